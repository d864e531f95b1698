/** The quiet lines: whether strokes are saved, and how far the encoding of slices is and what does it. */
import { EncodingState } from "../api/contract.js";
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { keptTitle } from "../state/kept.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { Encoding } from "../api/types.d.ts"
 */

/**
 * Whether strokes are saved, as "saved", "saving", "offline", "kept" or "held", and in words.
 * @param {Pick<AppState, "saving" | "online" | "busy" | "kept">} state
 */
export function saveText({ saving, online, busy, kept }) {
  if (saving.state === "held") return { state: saving.state, text: t("status.save.held", { count: saving.count }) };
  const state = saving.state === "saving" && !online ? "offline" : saving.state;
  const count = kept.here + kept.elsewhere;
  if (state === "saved" && count) return { state: "kept", text: t("status.save.kept", { count }) };
  if (state !== "offline") return { state, text: t(`status.save.${state}`) };
  const why = online ? "notYet" : busy ? "busy" : "offline";
  return { state, text: t(`status.save.${why}.${saving.backedUp === false ? "keepOpen" : "inBrowser"}`) };
}

/**
 * More about it.
 * @param {string} state of `saveText`
 * @param {Pick<AppState, "saving" | "kept">} shown
 */
function saveTitle(state, { saving, kept }) {
  if (state === "held") return t("status.save.heldHint");
  if (state === "offline") return t("status.save.waiting", { count: saving.count });
  if (saving.count) return t("status.save.onTheWay", { count: saving.count });
  return state === "kept" ? keptTitle(kept) : t("status.save.savedHint");
}

/**
 * How far the encoding is, in words.
 * @param {Encoding | undefined} encoding
 * @param {import("../state/slices.js").SliceKind} [kind] what is encoded
 */
export function encodingText(encoding, kind = "slice") {
  if (!encoding) return "";
  const { state, error, eta_s: seconds, done, total } = encoding;
  if (state === EncodingState.FAILED) return t(`status.encoding.${kind}.failed`, { reason: error ?? t("status.encoding.unknownReason") });
  if (state === EncodingState.DONE) return t(`status.encoding.${kind}.done`);
  if (state === EncodingState.PENDING) return t(`runs.stage.ENCODE.${kind}`);
  return seconds ? t(`status.encoding.${kind}.left`, { done, total, time: formatSeconds(seconds) }) : t(`status.encoding.${kind}.running`, { done, total });
}

/**
 * For how long work is kept and how much of it, where that is limited; else nothing.
 * @param {Pick<import("../api/types.d.ts").System, "keep_hours" | "max_owner_bytes"> | null} system
 */
export function keptText(system) {
  if (!system?.keep_hours) return { text: "", title: "" };
  const { keep_hours: hours, max_owner_bytes: bytes } = system;
  const time = hours > 48 ? t("status.kept.days", { count: Math.round(hours / 24) }) : t("status.kept.hours", { count: Math.round(hours) });
  if (!bytes) return { text: t("status.kept.text", { time }), title: t("status.kept.hint", { time }) };
  const size = `${Number((bytes / 1024 ** 3).toPrecision(3))} GB`;
  return { text: t("status.kept.textWithSize", { time, size }), title: t("status.kept.hintWithSize", { time, size }) };
}

/**
 * @param {Store} store
 * @param {{ kept: Pick<import("../controllers/kept.js").KeptSlices, "discard"> }} intents
 */
export function saveStatus(store, { kept }) {
  const text = h("span");
  const discard = h("button.link", { title: t("status.save.discardHint"), "data-testid": "discard-kept", onclick: () => void kept.discard() }, t("status.save.discard"));
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
    const kind = sliceKind({ volume });
    setText(encoding, encodingText(state, kind));
    setAttr(encoding, "title", t(`status.encoding.${kind}.hint`));
    setAttr(encoder, "title", t(`status.encoding.${kind}.encoderHint`));
  });
  return h(
    "div.status-bar",
    track,
    encoding,
    encoder,
    h("span.spacer"),
    kept,
    h("span.research", t("login.page.research")),
    h("button.status-button", { onclick: help, "data-testid": "help-button", title: t("status.footer.shortcutsHint") }, icon("help", 14), t("status.footer.shortcuts")),
  );
}
