/** The quiet lines: whether strokes are saved, and how far the encoding of slices is and what does it. */
import { EncodingState, Stage } from "../api/contract.js";
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { countText, keptTitle } from "../state/kept.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { Encoding } from "../api/types.d.ts"
 */

const SAVE_TEXT = { saved: "Saved", saving: "Saving" };

/**
 * Whether strokes are saved, as "saved", "saving", "offline", "kept" or "held", and in words.
 * @param {Pick<AppState, "saving" | "online" | "busy" | "kept">} state
 */
export function saveText({ saving, online, busy, kept }) {
  if (saving.state === "held") return { state: saving.state, text: `${countText(saving.count)} not saved, only in this window` };
  const state = saving.state === "saving" && !online ? "offline" : saving.state;
  const count = kept.here + kept.elsewhere;
  if (state === "saved" && count) return { state: "kept", text: `${countText(count)} not saved, kept in this browser` };
  if (state !== "offline") return { state, text: SAVE_TEXT[state] };
  const why = online ? "Not saved yet" : busy ? "Server busy" : "Offline";
  return { state, text: `${why}, ${saving.backedUp === false ? "keep this page open" : "kept in this browser"}` };
}

/**
 * More about it.
 * @param {string} state of `saveText`
 * @param {Pick<AppState, "saving" | "kept">} shown
 */
function saveTitle(state, { saving, kept }) {
  if (state === "held") return "This browser has no room for more. Keep this page open: it is saved once you may paint there again.";
  if (saving.count) return `${countText(saving.count)} on the way`;
  return state === "kept" ? keptTitle(kept) : "Every stroke is on the server";
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

/**
 * For how long work is kept and how much of it, where that is limited; else nothing.
 * @param {Pick<import("../api/types.d.ts").System, "keep_hours" | "max_owner_bytes"> | null} system
 */
export function keptText(system) {
  if (!system?.keep_hours) return { text: "", title: "" };
  const { keep_hours: hours, max_owner_bytes: bytes } = system;
  const time = hours > 48 ? `${Math.round(hours / 24)} days` : `${Math.round(hours)} h`;
  const size = bytes ? `${Number((bytes / 1024 ** 3).toPrecision(3))} GB` : "";
  return {
    text: `Kept for ${time}${size && `, up to ${size}`}`,
    title: `Everything here is deleted once nothing was changed for ${time}.${size && ` At most ${size} can be kept.`} Download what you need.`,
  };
}

/**
 * @param {Store} store
 * @param {{ kept: Pick<import("../controllers/kept.js").KeptSlices, "discard"> }} intents
 */
export function saveStatus(store, { kept }) {
  const text = h("span");
  const discard = h("button.link", { "data-testid": "discard-kept", onclick: () => void kept.discard() }, "Discard\u2026");
  const element = h("div.save-status", { "data-testid": "save-status", "data-state": "saved", role: "status" }, h("i.dot"), text);
  store.on(["saving", "online", "busy", "kept"], (state) => {
    const shown = saveText(state);
    element.dataset.state = shown.state;
    setText(text, shown.text);
    const { here, elsewhere } = state.kept;
    if (shown.state === "kept" || (shown.state === "held" && here + elsewhere)) element.append(discard);
    else discard.remove();
    setAttr(element, "title", saveTitle(shown.state, state));
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
  const kept = h("span.kept", { hidden: true, "data-testid": "kept" });
  store.on("system", ({ system }) => {
    const { text, title } = keptText(system);
    setText(encoder, system?.encoder ?? "");
    setText(kept, text);
    setAttr(kept, "title", title);
    kept.hidden = !text;
  });
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
    kept,
    h("span.research", "Research use only \u2013 not a medical device"),
    h("button.status-button", { onclick: help, "data-testid": "help-button", title: "Keyboard and mouse  ?" }, icon("help", 14), "Shortcuts"),
  );
}
