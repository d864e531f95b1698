/**
 * Outlines that SAM draws: asked for whenever the prompt on screen changes, one question at a time and the latest one
 * next; painted when they are taken. A box that was taken is offered on the slices around it. A slice that a person rests
 * on with such a tool is encoded ahead of the others, so that its first outline is there at once.
 */
import { isCovered, mayEdit, mayPaint } from "../state/access.js";
import { canBeAsked, edgesOf, isOnScreen, offerFrom, sameQuestion, unpackBits } from "../state/proposal.js";
import { writer } from "../tools/cells.js";
import { toolById } from "../tools/registry.js";
import { PromptKind } from "../api/contract.js";
import { sliceInText } from "../state/pictures.js";
import { sliceOnScreen } from "../state/slices.js";
import { listed, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Proposal } from "../state/types.d.ts"
 * @typedef {{ proposal: Proposal, book: AnnotationBook, name: string }} Taken an outline that is painted once it is here; the name of its slice
 */

const REST_MS = 150; // on a slice before anything is asked for it: scrolling through asks for nothing
const BUSY_MS = 50;
/** On other slices the label is only predicted or interpolated, and a box says where it really is. */
const REVIEWED = ["painted", "empty"];

/** What undo calls an outline. @param {Proposal["kind"]} kind */
const stepText = (kind) => t(`tools.${kind}.step`);

export class OutlineController {
  #asking = false;
  /** @type {Taken[]} */
  #taken = [];
  /** @type {Proposal | null} the box taken last */
  #last = null;
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  /** @type {Set<number>} slices that were asked to be encoded */
  #prepared = new Set();

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "outline">,
   *   edits: Pick<import("../tools/edits.js").Edits, "active" | "begin" | "touch" | "commit">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   restMs?: number,
   * }} parts
   */
  constructor(store, { server, edits, notify, restMs = REST_MS }) {
    this.store = store;
    this.server = server;
    this.edits = edits;
    this.notify = notify;
    this.restMs = restMs;
    store.on("proposal", () => this.#ask(), { now: false });
    store.on(["cursor", "plane", "mainPane", "tool", "activeLabel"], () => this.#follow(), { now: false });
    store.on("annotations", () => this.#forget(), { now: false });
    store.on("labels", () => this.#dropDeleted(), { now: false });
    store.on("comparison", () => this.#taken.length && this.#paintTaken(), { now: false }); // it is over, perhaps
    store.on("launching", ({ launching }) => launching && this.#takeOwn(), { now: false });
    store.when("take-outline", () => this.#takeOwn());
    store.when("drop-outlines", ({ index }) => this.#dropOn(index));
    store.when("undone", (step) => this.#forgetUndone(step));
    store.when("box-too-small", () => notify.say(t("tools.outlines.larger"), { place: "box", durationMs: 2500 }));
  }

  /** Paint the outline on screen, once it is here; whether there is one. */
  take() {
    const { proposal, annotations } = this.store.state;
    if (!proposal || !annotations || (proposal.offered && !mayEdit(this.store.state))) return false; // an offer is out of sight then
    this.store.set({ proposal: null });
    if (!this.#isKnown(proposal)) return false;
    if (proposal.kind === PromptKind.BOX && !proposal.erasing) this.#last = proposal;
    this.#taken.push({ proposal: { ...proposal, held: null }, book: annotations, name: sliceInText(this.store.state, proposal.index) });
    this.#paintTaken();
    return true;
  }

  /** Drop what the person did last and is not painted yet: an own outline on screen, else one taken; whether there was one. */
  drop() {
    const { proposal } = this.store.state;
    if (proposal && !proposal.offered) {
      this.store.set({ proposal: null });
      return true;
    }
    const taken = this.#taken.at(-1);
    if (!taken) return false;
    this.#keepTaken((each) => each !== taken);
    if (this.#last?.id === taken.proposal.id) this.#last = null;
    this.notify.say(t("slices.undo.undone", { step: stepText(taken.proposal.kind) }), { place: "undo", durationMs: 3500 });
    return true;
  }

  /** Drop what is on screen, and offer it nowhere else. */
  giveUp() {
    clearTimeout(this.#timer);
    this.#last = null;
    this.store.set({ proposal: null });
  }

  /** A box that is just being dragged is not what the person wants yet. */
  #takeOwn() {
    const { proposal } = this.store.state;
    if (proposal && !proposal.offered && !proposal.held) this.take();
  }

  /** Whether the project still has the label of a proposal. @param {Proposal} proposal */
  #isKnown({ value }) {
    return this.store.state.labels.some((label) => label.value === value);
  }

  /** A box that is taken back was not right: it is offered nowhere else. @param {import("../state/history.js").Step} step */
  #forgetUndone({ text, slices }) {
    const last = this.#last;
    if (last && text === stepText(PromptKind.BOX) && slices.some(({ index }) => index === last.index)) this.#last = null;
  }

  /** An outline of a label that was deleted must not paint it again. */
  #dropDeleted() {
    const { proposal } = this.store.state;
    if (this.#last && !this.#isKnown(this.#last)) this.#last = null;
    this.#keepTaken((taken) => this.#isKnown(taken.proposal));
    if (proposal && !this.#isKnown(proposal)) this.store.set({ proposal: null });
  }

  /** Drop outlines that are not painted yet. @param {number | null} index of the slice, null for all */
  #dropOn(index) {
    const { proposal } = this.store.state;
    this.#keepTaken((taken) => index !== null && taken.proposal.index !== index);
    if (proposal && (index === null || proposal.index === index)) this.store.set({ proposal: null });
  }

  /** @param {(taken: Taken) => boolean} keep */
  #keepTaken(keep) {
    this.#taken = this.#taken.filter(keep);
    this.store.set({ taking: this.#taken.length });
  }

  /** Another slice, label or tool: the person's own outline is taken, an offered one was not wanted. */
  #follow() {
    const { proposal } = this.store.state;
    if (proposal && !isOnScreen(this.store.state, proposal)) {
      if (proposal.offered) this.store.set({ proposal: null });
      else this.take();
    }
    clearTimeout(this.#timer);
    if (toolById(this.store.state.tool).prompt) this.#timer = setTimeout(() => this.#rest(), this.restMs);
  }

  /** A person rests on a slice: a box from nearby is offered, or else the slice is made ready for one. */
  #rest() {
    const offer = offerFrom(this.store.state, this.#last);
    if (offer) this.store.set({ proposal: offer });
    else this.#prepare();
  }

  /** Failing is told once a box is drawn. */
  #prepare() {
    const { volume, plane, mainPane, proposal, annotations } = this.store.state;
    const index = sliceOnScreen(this.store.state);
    if (!volume || !annotations || proposal || plane !== mainPane || this.#prepared.has(index)) return;
    this.#prepared.add(index);
    this.server.outline(volume.id, plane, index, {}).catch(() => this.#prepared.delete(index));
  }

  /** Other slices are on screen. */
  #forget() {
    const lost = this.#taken.map(({ name }) => name);
    if (lost.length) this.notify.say(t("tools.outlines.dropped", { count: lost.length, slices: listed(lost) }));
    this.#keepTaken(() => false);
    this.#prepared.clear();
    this.giveUp();
    this.#follow();
  }

  /** What is to be asked next: first what is taken, then what is on screen. */
  #question() {
    const { proposal } = this.store.state;
    const waiting = [...this.#taken.map((taken) => taken.proposal), ...(proposal ? [proposal] : [])];
    return waiting.find((each) => each.state === "asked" && canBeAsked(each)) ?? null;
  }

  async #ask() {
    const { volume, annotations } = this.store.state;
    const question = this.#question();
    if (this.#asking || !question || !volume || !annotations) return;
    const { kind, plane, index, box, points } = question;
    this.#asking = true;
    this.store.set({ outlining: true });
    try {
      const prompt = kind === PromptKind.BOX ? { box: [box.x0, box.y0, box.x1, box.y1] } : { points };
      const cells = unpackBits(await this.server.outline(volume.id, plane, index, prompt), annotations.cells);
      this.#answer(question, { cells, edges: edgesOf(cells, annotations.size), state: "answered" });
    } catch (error) {
      this.#answer(question, { state: "failed" });
      if (annotations === this.store.state.annotations) this.notify.failed(error);
    }
    this.#asking = false;
    this.store.set({ outlining: this.#question() !== null });
    this.#paintTaken();
    this.#ask();
  }

  /**
   * Note an answer with whatever asked the same. A prompt that has moved on shows it until its own comes.
   * @param {Proposal} question
   * @param {Partial<Proposal>} answer
   */
  #answer(question, answer) {
    for (const taken of this.#taken) {
      if (sameQuestion(taken.proposal, question)) taken.proposal = { ...taken.proposal, ...answer };
    }
    const { proposal } = this.store.state;
    if (proposal?.id !== question.id) return;
    if (sameQuestion(proposal, question)) this.store.set({ proposal: { ...proposal, ...answer } });
    else if (answer.cells) this.store.set({ proposal: { ...proposal, ...answer, state: "asked" } });
  }

  /** Paint what was taken and is here; a stroke that is going on, and a comparison that hides the slice, end first. */
  #paintTaken() {
    this.store.set({ taking: this.#taken.length });
    const { state } = this.store;
    const isHidden = mayPaint(state) && isCovered(state);
    const here = this.#taken.filter(({ proposal }) => proposal.state !== "asked" && !isHidden);
    if (here.length && this.edits.active) {
      setTimeout(() => this.#paintTaken(), BUSY_MS);
      return;
    }
    this.#keepTaken((taken) => !here.includes(taken));
    for (const { proposal, book } of here) if (book === this.store.state.annotations) this.#paint(proposal, book);
    this.#ask();
  }

  /**
   * @param {Proposal} proposal
   * @param {AnnotationBook} book
   */
  #paint({ index, kind, value, erasing, cells }, book) {
    if (!cells) return;
    if (!cells.includes(1)) return this.notify.say(t("tools.outlines.nothingFound"));
    const replaces = kind === PromptKind.BOX && !erasing && !REVIEWED.includes(book.state(index));
    const isReviewed = REVIEWED.includes(book.state(index));
    const labels = this.edits.begin(index);
    const isOutline = !erasing && (replaces || isReviewed || !labels.includes(value)); // else it corrects a prediction
    const { protect } = this.store.state;
    const write = writer(labels, { value: erasing ? 0 : value, active: value, protect, range: null, intensities: [] });
    cells.forEach((inside, at) => {
      if (inside) write(at);
      else if (replaces && labels[at] === value) labels[at] = 0;
    });
    this.edits.touch(book.everything);
    this.edits.commit(erasing ? t("tools.step.erasing") : stepText(kind));
    const slice = book.ensure(index);
    if (isOutline) slice.notes = { ...slice.notes, outlined: [...new Set([...slice.notes.outlined, value])] };
  }
}
