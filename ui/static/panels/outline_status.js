/** In the bar, while a tool is chosen that asks SAM: what it does now, and what a person can do about it. */
import { h, setAttr, setText } from "../lib/dom.js";
import { toolById } from "../tools/registry.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

/**
 * What is said of the outline on screen; null while no such tool is chosen.
 * @param {Pick<AppState, "tool" | "proposal" | "outlining">} state
 * @returns {{ state: string, text: string } | null}
 */
export function outlineText({ tool, proposal, outlining }) {
  const { prompt } = toolById(tool);
  if (!prompt) return null;
  if (outlining && !proposal?.cells) return { state: "busy", text: t("tools.status.busy") };
  if (!proposal) return { state: "idle", text: prompt === "box" ? t("tools.status.dragBox") : t("tools.status.clickInside") };
  if (proposal.state === "failed") return { state: "failed", text: t("tools.status.failed") };
  if (proposal.state === "asked") return { state: "busy", text: t("tools.status.take") };
  if (proposal.cells && !proposal.cells.includes(1)) return { state: "empty", text: t("tools.status.empty") };
  if (proposal.offered) return { state: "offered", text: t("tools.status.offered") };
  return { state: "ready", text: t("tools.status.take") };
}

/** @param {Store} store */
export function outlineStatus(store) {
  const text = h("span");
  const element = h("span.outline-status", { "data-testid": "outline-status", role: "status" }, h("i.spinner"), text);
  store.on(["tool", "proposal", "outlining"], (state) => {
    const shown = outlineText(state);
    element.hidden = !shown;
    element.dataset.state = shown?.state ?? "";
    setText(text, shown?.text ?? "");
  });
  store.on("volume", (state) => setAttr(element, "title", t(`tools.status.title.${sliceKind(state)}`)));
  return element;
}
