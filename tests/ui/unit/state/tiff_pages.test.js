import assert from "node:assert/strict";
import { test } from "node:test";

import { isStack } from "../../../../ui/static/state/tiff_pages.js";
import { tiff } from "../support/tiff.js";

test("a TIFF of several pages is a stack, whichever way it writes its numbers", async () => {
  for (const how of [{}, { little: false }, { big: true }, { big: true, little: false }]) {
    assert.equal(await isStack(new Blob([tiff([0, 0, 0], how)])), true, JSON.stringify(how));
    assert.equal(await isStack(new Blob([tiff([0], how)])), false, JSON.stringify(how));
    assert.equal(await isStack(new Blob([tiff([0, 1], how)])), false, "a smaller copy is no slice");
  }
});

test("what is no TIFF, or ends too soon, is none", async () => {
  assert.equal(await isStack(new Blob(["x"])), false);
  assert.equal(await isStack(new Blob(["\x89PNG\r\n\x1a\n and more than sixteen bytes"])), false);
  const whole = tiff([0, 0]);
  assert.equal(await isStack(new Blob([whole.slice(0, 20)])), false);
});
