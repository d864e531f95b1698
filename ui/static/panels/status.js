/** The quiet lines: whether strokes are saved, and how far the encoding of slices is and what does it. */
import { EncodingState, Stage } from "../api/contract.js";
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { Encoding } from "../api/types.d.ts"
 */

const SAVE_TEXT = { saved: "Saved", saving: "Saving" };

/**
 * Whether strokes are saved, as "saved", "saving" or "offline", and in words.
 * @param {Pick<AppState, "saving" | "online" | "busy">} state
 */
export function saveText({ saving, online, busy }) {
  const state = saving.state === "saving" && !online ? "offline" : saving.state;
  if (state !== "offline") return { state, text: SAVE_TEXT[state] };
  const why = online ? "Not saved yet" : busy ? "Server busy" : "Offline";
  return { state, text: `${why}, ${saving.backedUp === false ? "keep this page open" : "kept in this browser"}` };
}

/**
 * How far the encoding is, in words.
 * @param {Encoding | undefined} encoding
 */
export function encodingText(encoding) {
  if (!encoding) return "";
  const { state, error, eta_s: seconds, done, total } = encoding;
  if (state === EncodingState.FAILED) return `${Stage.ENCODE} failed: ${error ?? "unknown reason"}`;
  if (state === EncodingState.DONE) return "Slices encoded";
  if (state === "pending") return Stage.ENCODE;
  return `${Stage.ENCODE} ${done}/${total}${seconds ? ` \u2013 ${formatSeconds(seconds)} left` : ""}`;
}

/** @param {Store} store */
export function saveStatus(store) {
  const text = h("span");
  const element = h("div.save-status", { "data-testid": "save-status", "data-state": "saved", role: "status" }, h("i.dot"), text);
  store.on(["saving", "online", "busy"], (state) => {
    const shown = saveText(state);
    const { count } = state.saving;
    element.dataset.state = shown.state;
    setText(text, shown.text);
    setAttr(element, "title", count ? `${count} slice${count === 1 ? "" : "s"} on the way` : "Every stroke is on the server");
  });
  return element;
}

/**
 * @param {Store} store
 * @param {{help: () => void}} intents
 */
export function footer(store, { help }) {
  const encoder = h("span.ellipsis", { "data-testid": "encoder-name" });
  const encoding = h("span.encoding.num", { "data-testid": "encoding-status" });
  const bar = h("i");
  const track = h("span.mini-bar", bar);
  store.on("system", ({ system }) => setText(encoder, system?.encoder ?? ""));
  store.on("volume", ({ volume }) => {
    const state = volume?.encoding;
    encoding.dataset.state = state?.state ?? "none";
    track.hidden = state?.state !== EncodingState.RUNNING && state?.state !== EncodingState.PENDING;
    bar.style.width = state?.total ? `${(100 * state.done) / state.total}%` : "0";
    setText(encoding, encodingText(state));
  });
  return h(
    "div.status-bar",
    track,
    encoding,
    encoder,
    h("span.spacer"),
    h("span.research", "Research use only \u2013 not a medical device"),
    h("button.status-button", { onclick: help, "data-testid": "help-button", title: "Keyboard and mouse  ?" }, icon("help", 14), "Shortcuts"),
  );
}
