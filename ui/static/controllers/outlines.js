/**
 * Outlines that SAM draws: asked for whenever the prompt on screen changes, one question at a time and the latest one
 * next; painted when they are taken. A box that was taken is offered on the slices around it. A slice that a person rests
 * on with such a tool is encoded ahead of the others, so that its first outline is there at once.
 */
import { canBeAsked, edgesOf, isOnScreen, offerFrom, sameQuestion, unpackBits } from "../state/proposal.js";
import { writer } from "../tools/cells.js";
import { toolById } from "../tools/registry.js";
import { PromptKind } from "../api/contract.js";
import { sliceOnScreen } from "../state/slices.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Proposal } from "../state/types.d.ts"
 * @typedef {{ proposal: Proposal, book: AnnotationBook }} Taken an outline that is painted once it is here
 */

const REST_MS = 150; // on a slice before anything is asked for it: scrolling through asks for nothing
const BUSY_MS = 50;
const NOTHING_FOUND = "Nothing was found there. Draw the box closer around the structure, or paint it.";

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
    store.on("launching", ({ launching }) => launching && this.#takeOwn(), { now: false });
    store.when("take-outline", () => this.#takeOwn());
  }

  /** Paint the outline on screen, once it is here; whether there is one. */
  take() {
    const { proposal, annotations } = this.store.state;
    if (!proposal || !annotations) return false;
    if (proposal.kind === PromptKind.BOX && !proposal.erasing) this.#last = proposal;
    this.#taken.push({ proposal: { ...proposal, held: null }, book: annotations });
    this.store.set({ proposal: null });
    this.#paintTaken();
    return true;
  }

  /** Drop the outline that the person made, not one that is offered; whether there was one. */
  drop() {
    const { proposal } = this.store.state;
    if (!proposal || proposal.offered) return false;
    this.store.set({ proposal: null });
    return true;
  }

  /** Drop what is on screen, and offer it nowhere else. */
  giveUp() {
    clearTimeout(this.#timer);
    this.#last = null;
    this.store.set({ proposal: null });
  }

  #takeOwn() {
    if (this.store.state.proposal?.offered === false) this.take();
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
    this.#taken = [];
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

  /** Paint what was taken and is here; a stroke that is going on ends first. */
  #paintTaken() {
    const here = this.#taken.filter(({ proposal }) => proposal.state !== "asked");
    if (here.length && this.edits.active) {
      setTimeout(() => this.#paintTaken(), BUSY_MS);
      return;
    }
    this.#taken = this.#taken.filter((taken) => !here.includes(taken));
    for (const { proposal, book } of here) if (book === this.store.state.annotations) this.#paint(proposal, book);
    this.#ask();
  }

  /**
   * @param {Proposal} proposal
   * @param {AnnotationBook} book
   */
  #paint({ index, kind, value, erasing, cells }, book) {
    if (!cells) return;
    if (!cells.includes(1)) return this.notify.say(NOTHING_FOUND);
    const labels = this.edits.begin(index);
    const { protect } = this.store.state;
    const write = writer(labels, { value: erasing ? 0 : value, active: value, protect, range: null, intensities: [] });
    cells.forEach((inside, at) => inside && write(at));
    this.edits.touch(book.everything);
    this.edits.commit(erasing ? "erasing" : kind);
  }
}
