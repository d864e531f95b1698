/** The quiet lines: whether strokes are saved, and how far the slices are prepared and by what. */
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const SAVE_TEXT = { saved: "Saved", saving: "Saving" };

export function saveStatus(store) {
  const text = h("span");
  const element = h("div.save-status", { "data-testid": "save-status", "data-state": "saved", role: "status" }, h("i.dot"), text);
  store.on(["saving", "online", "busy"], ({ saving, online, busy }) => {
    const state = saving.state === "saving" && !online ? "offline" : saving.state;
    element.dataset.state = state;
    const unsafe = state === "offline" && saving.backedUp === false;
    const where = unsafe ? "keep this page open" : "kept in this browser";
    const why = online ? "Not saved yet" : busy ? "Server busy" : "Offline";
    setText(text, state === "offline" ? `${why}, ${where}` : SAVE_TEXT[state]);
    setAttr(element, "title", saving.count ? `${saving.count} slice${saving.count === 1 ? "" : "s"} on the way` : "Every stroke is on the server");
  });
  return element;
}

export function footer(store, { help }) {
  const encoder = h("span.ellipsis", { "data-testid": "encoder-name" });
  const encoding = h("span.encoding.num", { "data-testid": "encoding-status" });
  const bar = h("i");
  const track = h("span.mini-bar", bar);
  store.on("system", ({ system }) => setText(encoder, system?.encoder ?? ""));
  store.on("volume", ({ volume }) => {
    const state = volume?.encoding;
    encoding.dataset.state = state?.state ?? "none";
    track.hidden = !state || !["running", "pending"].includes(state.state);
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

function encodingText(state) {
  if (!state) return "";
  if (state.state === "failed") return `Preparing slices failed: ${state.error ?? "unknown reason"}`;
  if (state.state === "done") return "Slices prepared";
  if (state.state === "pending") return "Preparing slices";
  const left = state.eta_s ? ` \u2013 ${formatSeconds(state.eta_s)} left` : "";
  return `Preparing slices ${state.done}/${state.total}${left}`;
}
