import assert from "node:assert/strict";
import { test } from "node:test";

import { quietGradio } from "../../../ui/static/quiet_gradio.js";

test("frames for Gradio's status tracker are dropped, all others given", () => {
  /** @type {FrameRequestCallback[]} */
  const asked = [];
  const page = { requestAnimationFrame: (/** @type {FrameRequestCallback} */ then) => asked.push(then) };
  quietGradio(page);
  const draw = () => {};
  assert.equal(page.requestAnimationFrame(draw), 1);
  const statustracker = () => page.requestAnimationFrame(draw);
  assert.equal(statustracker(), 0);
  assert.deepEqual(asked, [draw]);
});
