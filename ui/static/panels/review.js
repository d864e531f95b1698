/** The review of the volume on screen: how far it is, what to do next, its comments and its history. */
import { MAX_LISTED, ReviewState } from "../api/contract.js";
import { once } from "../lib/busy.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { textDialog } from "../lib/text_dialog.js";
import { mayReview, mayWrite } from "../state/access.js";
import { known } from "../state/known.js";
import { pictureAt } from "../state/pictures.js";
import { isReading } from "../state/readings.js";
import { checkedHere, isInReview, lookedAt, mayCheck, nextInReview, openComments, personText, progressText, stepText } from "../state/review.js";
import { isRunning } from "../state/runs.js";
import { PLANES } from "../viewer/planes.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { Review, ReviewComment } from "../api/types.d.ts"
 *
 * @typedef {Pick<import("../controllers/review.js").ReviewController, "step" | "next" | "check" | "togglePinning" | "reply" | "resolve" | "show" | "openNext">} ReviewIntents
 */

/** The line under the volumes that opens the next one in review. @param {Store} store @param {{ review: Pick<ReviewIntents, "openNext"> }} intents */
export function nextReview(store, { review }) {
  const text = h("span");
  const button = h("button.link", { "data-testid": "next-review", onclick: () => review.openNext() }, t("review.line.next"));
  const element = h("div.review-line", { hidden: true }, text, button);
  store.on(["volumes", "volume"], (state) => {
    const count = state.volumes.filter(({ state: each }) => each === "in_review").length;
    element.hidden = !count;
    setText(text, t("review.line.inReview", { count }));
    button.hidden = !nextInReview(state);
  });
  return element;
}

export class ReviewPanel {
  /**
   * @param {Store} store
   * @param {{ review: ReviewIntents, links: Pick<import("../controllers/server.js").Links, "reviewRecord"> }} parts
   */
  constructor(store, { review, links }) {
    this.store = store;
    this.review = review;
    this.links = links;
    this.title = h("h2");
    this.note = h("p.review-note", { "data-testid": "review-progress" });
    this.bar = h("i");
    this.track = h("span.bar.review-bar", this.bar);
    const button = (/** @type {string} */ testid, /** @type {string} */ text, /** @type {(event: MouseEvent) => unknown} */ act, { key = "", primary = false } = {}) =>
      h(`button.button.small${primary ? ".primary" : ""}`, { "data-testid": testid, onclick: (event) => (act(event), event.detail && /** @type {HTMLElement} */ (event.currentTarget).blur()) }, h("span", text), key && h("kbd", key));
    this.next = button("review-next", "", () => review.next(), { key: "J" });
    this.check = button("review-check", "", () => review.check(), { key: "\u21b5", primary: true });
    this.comment = button("review-comment", t("review.action.comment"), () => review.togglePinning(), { key: "\u21e7N" });
    this.accept = button("review-accept", t("review.action.accept"), once(() => review.step("accept")));
    this.sendBack = button("review-send-back", t("review.action.sendBack"), once(() => review.step("send-back")));
    this.ready = button("review-ready", t("review.action.ready"), once(() => review.step("ready")));
    this.withdraw = button("review-withdraw", t("dialogs.takeBack"), once(() => review.step("withdraw")));
    this.reopen = button("review-reopen", t("review.action.reopen"), () => this.#reopen());
    this.comments = h("ol.comments");
    const history = h("button.link", { "data-testid": "review-history", onclick: () => this.#history() }, t("review.history.open"));
    this.head = h("header.panel-head", this.title, history);
    this.element = h("section.review", { hidden: true, "data-testid": "review", "aria-label": t("review.panel.name") }, this.head, this.note, this.track, h("div.review-actions", this.check, this.next, this.comment), this.comments, h("div.review-actions", this.ready, this.accept, this.sendBack, this.withdraw, this.reopen));
    store.on(["review", "cursor", "plane", "mainPane", "comparison", "volume", "mask", "project", "login", "pinning", "run"], (state) => this.#render(state));
    store.on("review", () => this.#renderComments());
    store.when("slice-saved", () => this.#render(this.store.state));
    store.when("annotations-loaded", () => this.#render(this.store.state));
  }

  /** @param {AppState} state */
  #render(state) {
    const { review, volume, annotations, mask, pinning } = state;
    const writes = mayWrite(state);
    const reviews = mayReview(state);
    const hasWork = Boolean(mask || annotations?.indices("painted").length);
    this.element.hidden = !review || !volume || (!review.state && !review.steps.length && !review.comments.length && !(hasWork && writes && !isReading(volume)));
    if (!review || !volume) return;
    const inReview = isInReview(state);
    const kind = sliceKind(state);
    const frozen = review.state === "accepted";
    setAttr(this.element, "data-state", review.state ?? (review.steps.length || review.comments.length ? "over" : "none"));
    setText(this.title, titleText(review.state));
    setText(this.note, inReview ? progressText(review, kind) : review.steps[0] ? stepText(review.steps[0]) : "");
    this.note.hidden = !this.note.textContent;
    const { checked, total } = lookedAt(review.slices);
    this.track.hidden = !inReview;
    this.bar.style.width = `${(100 * checked) / Math.max(1, total)}%`;
    const here = checkedHere(state);
    setText(/** @type {Element} */ (this.check.firstElementChild), here ? t(`review.action.checked.${kind}`) : t(`review.action.check.${kind}`));
    setText(/** @type {Element} */ (this.next.firstElementChild), t(`review.action.next.${kind}`));
    this.check.hidden = !inReview || !reviews;
    this.check.disabled = Boolean(here) || !mayCheck(state);
    this.next.hidden = !inReview;
    this.comment.hidden = !reviews || (!review.state && !review.steps.length);
    setAttr(this.comment, "aria-pressed", String(pinning));
    const open = openComments(review).length;
    this.ready.hidden = !writes || inReview || frozen || !hasWork || isReading(volume);
    this.accept.hidden = this.sendBack.hidden = !inReview || !reviews;
    const running = isRunning(state);
    this.accept.disabled = open > 0 || running;
    setAttr(this.accept, "title", t(open ? "review.action.acceptBlocked" : running ? "review.action.acceptRunning" : "review.action.acceptHint"));
    this.sendBack.disabled = open === 0;
    setAttr(this.sendBack, "title", open ? t("review.action.sendBackHint") : t("review.action.sendBackBlocked"));
    this.withdraw.hidden = !inReview || !writes;
    this.reopen.hidden = !frozen || !reviews;
    this.head.querySelector("button")?.toggleAttribute("hidden", !review.steps.length);
  }

  #renderComments() {
    const comments = this.store.state.review?.comments ?? [];
    this.comments.replaceChildren(...comments.map((each, n) => this.#comment(each, n + 1)));
    this.comments.hidden = !comments.length;
  }

  /**
   * @param {ReviewComment} comment
   * @param {number} number
   */
  #comment(comment, number) {
    const resolved = Boolean(comment.resolved_by);
    const where = pictureAt(this.store.state, comment.slice_index)?.name ?? t("review.comment.slice", { plane: PLANES[comment.plane].name, number: comment.slice_index + 1 });
    const go = h("button.comment-go", { "data-testid": "comment-go", title: t("review.comment.go"), onclick: () => this.review.show(comment) }, h("span.pin-number", String(number)), h("span", t("review.comment.where", { name: personText(comment.author_name), slice: where })));
    const replies = comment.replies.map((reply) => h("p.comment-reply", h("b", t("page.named", { name: personText(reply.author_name) })), " ", reply.text));
    const actions = mayReview(this.store.state) && [
      h("button.link", { "data-testid": "comment-resolve", onclick: () => this.review.resolve(comment.id, !resolved) }, resolved ? t("review.comment.openAgain") : t("review.comment.resolve")),
      h("button.link", { "data-testid": "comment-reply", onclick: () => this.#reply(comment) }, t("review.comment.reply")),
    ];
    const outcome = resolved && h("p.dim", t("review.comment.resolvedBy", { name: personText(comment.resolved_by_name) }));
    return h(`li.comment${resolved ? ".resolved" : ""}`, { "data-testid": "comment", "data-resolved": String(resolved) }, go, h("p.comment-text", comment.text), replies, outcome, h("div.comment-actions", actions));
  }

  /** @param {ReviewComment} comment */
  async #reply(comment) {
    const text = await textDialog(t("review.comment.reply"), comment.text, t("review.comment.reply"));
    if (text) await this.review.reply(comment.id, text);
  }

  async #reopen() {
    const reason = await textDialog(t("review.reopen.title"), t("review.reopen.question"), t("review.reopen.ok"));
    if (reason) await this.review.step("reopen", reason);
  }

  #history() {
    const { review, volume } = this.store.state;
    if (!review || !volume) return;
    const rows = review.steps.map((step) =>
      h("li", h("span", stepText(step)), step.reason && h("p.comment-text", step.reason), step.signed_hash && h("p.dim.num", { title: step.signed_hash }, t("review.history.signed", { hash: step.signed_hash.slice(0, 12) }))),
    );
    const record = h("a.button", { href: this.links.reviewRecord(volume.id), download: "", "data-testid": "review-record" }, icon("download", 15), h("span", t("review.history.record")));
    const more = rows.length === MAX_LISTED && h("p.dim", { "data-testid": "review-earlier" }, t("review.history.newest", { most: MAX_LISTED }));
    openDialog(t("review.history.title"), [h("ol.review-history", rows), more, h("div.dialog-foot", record)], { testid: "review-history-dialog" });
  }
}

/** What the volume is at, as the list of volumes says it; that it is frozen too. @param {Review["state"]} shown */
function titleText(shown) {
  const state = known(ReviewState, shown);
  if (!state) return t("review.panel.name");
  return state === "accepted" ? t("review.panel.accepted") : t(`volumes.state.${state}`);
}
