import assert from "node:assert/strict";
import { test } from "node:test";

import { WheelSteps } from "../../../../ui/static/viewer/wheel.js";

/** @param {number} deltaY @param {number} timeStamp */
const turn = (deltaY, timeStamp) => ({ deltaY, deltaX: 0, deltaMode: 0, timeStamp });

test("a notch of a mouse wheel is one step in its direction", () => {
  const wheel = new WheelSteps();
  assert.equal(wheel.steps(turn(120, 0)), 1);
  assert.equal(wheel.steps(turn(-120, 10)), -1);
});

test("the small deltas of a trackpad add up to steps", () => {
  const wheel = new WheelSteps();
  let steps = 0;
  for (let n = 0; n < 20; n++) steps += wheel.steps(turn(9, 1000 + n * 10));
  assert.equal(steps, 5);
});
