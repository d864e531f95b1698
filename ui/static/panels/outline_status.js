/** In the bar, while a tool is chosen that asks SAM: what it does now, and what a person can do about it. */
import { h, setText } from "../lib/dom.js";
import { toolById } from "../tools/registry.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

const TAKE = "Enter takes it, Esc drops it";

/**
 * What is said of the outline on screen; null while no such tool is chosen.
 * @param {Pick<AppState, "tool" | "proposal" | "outlining">} state
 * @returns {{ state: string, text: string } | null}
 */
export function outlineText({ tool, proposal, outlining }) {
  const { prompt } = toolById(tool);
  if (!prompt) return null;
  if (outlining && !proposal?.cells) return { state: "busy", text: "Outlining\u2026" };
  if (!proposal) return { state: "idle", text: prompt === "box" ? "Drag a box around a structure" : "Click inside a structure" };
  if (proposal.state === "failed") return { state: "failed", text: "No outline: change it to try again" };
  if (proposal.state === "asked") return { state: "busy", text: TAKE };
  if (proposal.cells && !proposal.cells.includes(1)) return { state: "empty", text: "Nothing found there" };
  if (proposal.offered) return { state: "offered", text: "From a slice nearby: Enter takes it, Esc drops it" };
  return { state: "ready", text: TAKE };
}

/** @param {Store} store */
export function outlineStatus(store) {
  const text = h("span");
  const element = h("span.outline-status", { "data-testid": "outline-status", role: "status", title: "A slice that was not encoded yet is encoded first" }, h("i.spinner"), text);
  store.on(["tool", "proposal", "outlining"], (state) => {
    const shown = outlineText(state);
    element.hidden = !shown;
    element.dataset.state = shown?.state ?? "";
    setText(text, shown?.text ?? "");
  });
  return element;
}
