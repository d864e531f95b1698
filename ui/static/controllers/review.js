/** The review of the volume on screen: its steps, the way from slice to slice, and pinned comments. */
import { mayReview } from "../state/access.js";
import { checkedHere, isInReview, lookedAt, mayCheck, nextInReview, nextToCheck, openComments } from "../state/review.js";
import { sliceKind, sliceOnScreen } from "../state/slices.js";
import { PLANES } from "../viewer/planes.js";
import { t } from "../words/index.js";
import { onReturn } from "./on_return.js";
import { replaceSummary } from "./summaries.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { PlaneName, Review, ReviewComment, Triple } from "../api/types.d.ts"
 * @import { ReviewAction } from "../api/reviews.js"
 */

export class ReviewController {
  /** Moves the crosshair; set once the panes are there. @type {(voxel: Triple) => void} */
  goTo = () => {};
  #changes = 0;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "review" | "stepReview" | "checkSlice" | "addComment" | "replyToComment" | "resolveComment" | "volume">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "withdraw" | "confirm">,
   *   saver: Pick<import("./autosave.js").Saver, "flush">,
   *   volume: Pick<import("./volume.js").VolumeController, "open">,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, saver, volume, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.volume = volume;
    // It may have been accepted meanwhile: then there is nothing to paint with any more, and who did so is said.
    store.when("refused", () => void this.#catchUp());
    onReturn(page, () => this.#catchUp({ quietly: true })); // others go on with it meanwhile
    /** @type {string | null} */
    let shown = null;
    store.on("pinning", ({ pinning }) => pinning || notify.withdraw("pinning"), { now: false });
    store.on(["volume", "mask"], ({ volume: now, mask }) => {
      const key = now && `${now.id} ${mask?.id}`;
      if (key === shown) return;
      shown = key;
      if (now) void this.#load(now.id);
    });
  }

  /** @param {string} volumeId @param {{ quietly?: boolean }} [how] quietly: nobody asked, so a failure is not told */
  async #load(volumeId, { quietly = false } = {}) {
    const changes = this.#changes;
    try {
      const review = await this.server.review(volumeId);
      // What was changed here since is in that change's answer, and may not be in this one.
      if (this.store.state.volume?.id === volumeId && changes === this.#changes) this.store.set({ review });
    } catch (error) {
      // What is not shared any more, or was deleted, is told by who opens volumes.
      if (!quietly && /** @type {{ status?: number }} */ (error).status !== 404) this.notify.failed(error);
    }
  }

  /**
   * Change something of the review; false where that failed, which is told.
   * @param {(volumeId: string) => Promise<Review>} change
   * @param {string} [id] the volume's, by default of the one on screen
   */
  async #change(change, id = this.store.state.volume?.id) {
    if (!id) return false;
    if (id === this.store.state.volume?.id) this.#changes += 1;
    try {
      const review = await change(id);
      if (this.store.state.volume?.id === id) this.store.set({ review });
      return true;
    } catch (error) {
      this.notify.failed(error);
      void this.#load(id); // somebody else may have gone on with it
      return false;
    } finally {
      await this.#refresh(id);
    }
  }

  /** @param {{ quietly?: boolean }} [how] */
  async #catchUp(how) {
    const id = this.store.state.volume?.id;
    if (id) await Promise.all([this.#load(id, how), this.#refresh(id)]);
  }

  /** @param {string} id */
  async #refresh(id) {
    try {
      replaceSummary(this.store, await this.server.volume(id));
    } catch {
      // the list is old until the next change
    }
  }

  /**
   * A step of the review; what was painted is saved before it is judged.
   * @param {ReviewAction} action
   * @param {string} [reason]
   */
  async step(action, reason) {
    if (action === "accept" && !(await this.#isLookedAt())) return false;
    const isJudged = action === "ready" || action === "accept";
    if (isJudged) this.store.emit("take-outline");
    const done = await this.#change(async (id) => {
      if (isJudged) await this.saver.flush(id);
      return this.server.stepReview(id, action, reason);
    });
    if (done && action === "ready") this.notify.say(t("review.said.ready"));
    return done;
  }

  /** Whether the volume is accepted as it was looked at; asked where that was not all. */
  async #isLookedAt() {
    const { state } = this.store;
    const counts = lookedAt(state.review?.slices ?? []);
    const text = t(`review.accept.lookedAt.${sliceKind(state)}`, counts);
    return counts.checked === counts.total || this.notify.confirm(t("review.accept.title"), text, t("review.accept.ok"), { danger: false, cancelText: t("dialogs.cancel") });
  }

  /** Go to the next slice to look at. Whether the volume on screen is in review, so that the key was for this. */
  next() {
    const { state } = this.store;
    if (!isInReview(state) || state.comparison) return false;
    const next = nextToCheck(state);
    if (next) this.#goToSlice(next.plane, next.slice_index);
    else this.notify.say(openComments(state.review).length ? t(`review.said.allCheckedOpen.${sliceKind(state)}`) : t(`review.said.allChecked.${sliceKind(state)}`));
    return true;
  }

  /** Accept the slice on screen and go to the next one; one that is accepted is only left. */
  async check() {
    const { state } = this.store;
    if (!mayCheck(state)) return;
    const here = sliceOnScreen(state);
    const done = checkedHere(state) || (await this.#change((id) => this.server.checkSlice(id, state.plane, here)));
    if (done && sliceOnScreen(this.store.state) === here) this.next();
  }

  /** The same by a key, which acts on what has the focus where something has. Whether it was for this. */
  checkByKey() {
    if (!mayCheck(this.store.state) || document.activeElement?.matches?.("button,a,select,summary")) return false;
    void this.check();
    return true;
  }

  /** The next click on a slice pins a comment; or no longer. */
  togglePinning() {
    const { state } = this.store;
    if (!state.voxels || !mayReview(state)) return;
    if (state.pinning) return this.stopPinning();
    this.store.set({ pinning: true });
    this.notify.say(t(`review.pin.where.${sliceKind(state)}`), { place: "pinning" });
  }

  stopPinning() {
    this.store.set({ pinning: false });
  }

  /**
   * @param {PlaneName} plane
   * @param {Triple} voxel
   * @param {string} text
   * @param {string} [volumeId] by default the one on screen
   */
  comment(plane, voxel, text, volumeId) {
    this.stopPinning();
    return this.#change((id) => this.server.addComment(id, { plane, voxel, text }), volumeId);
  }

  /** @param {string} commentId @param {string} text */
  reply(commentId, text) {
    return this.#change((id) => this.server.replyToComment(id, commentId, text));
  }

  /** @param {string} commentId @param {boolean} resolved */
  resolve(commentId, resolved) {
    return this.#change((id) => this.server.resolveComment(id, commentId, resolved));
  }

  /** Go to a comment's place. @param {ReviewComment} comment */
  show({ voxel: [x, y, z] }) {
    this.goTo([x, y, z]);
  }

  /** Open the next volume that is in review. */
  openNext() {
    const next = nextInReview(this.store.state);
    if (next) void this.volume.open(next.id);
  }

  /** @param {PlaneName} plane @param {number} index */
  #goToSlice(plane, index) {
    const [x, y, z] = this.store.state.cursor;
    /** @type {Triple} */
    const voxel = [x, y, z];
    voxel[PLANES[plane].axis] = index;
    this.goTo(voxel);
  }
}
