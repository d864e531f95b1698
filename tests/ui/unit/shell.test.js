import assert from "node:assert/strict";
import { test } from "node:test";

import "./support/page.js";
import { showWorkspace } from "../../../ui/static/shell.js";

test("Gradio's page gets one frame, with the workspace, that has the keyboard when it is there", () => {
  const frame = showWorkspace(document, "http://localhost/tool/workspace");
  assert.equal(frame.src, "http://localhost/tool/workspace");
  assert.equal(frame.title, "Few-shot SAM");
  assert.equal(frame.parentNode, document.body);
  let focused = 0;
  Object.defineProperty(frame, "contentWindow", { value: { focus: () => focused++ } });
  frame.dispatchEvent(new Event("load"));
  assert.equal(focused, 1);
});
