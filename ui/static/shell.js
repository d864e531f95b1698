/**
 * Runs in Gradio's page before Gradio's own code, and shows the workspace there: a document of its own, whose policy is
 * stricter than Gradio's can be, in a frame that fills the window. It loads no words: the frame would wait for them, and
 * the name of the product is the only text here.
 */
import "./quiet_gradio.js";
import "./theme.js";

/**
 * @param {Document} page
 * @param {string} address of the workspace
 */
export function showWorkspace(page, address) {
  const frame = page.createElement("iframe");
  frame.className = "workspace";
  frame.name = "workspace";
  frame.title = "Few-shot SAM";
  frame.addEventListener("load", () => frame.contentWindow?.focus());
  frame.src = address;
  page.body.append(frame);
  return frame;
}

if (typeof window !== "undefined" && window.document?.querySelector("gradio-app")) showWorkspace(document, new URL("../workspace", import.meta.url).href);
