import assert from "node:assert/strict";
import { test } from "node:test";

import { shownOptions, toolById, TOOLS } from "../../../../ui/static/tools/registry.js";
import { registerTool } from "../../../../ui/static/tools/tool.js";

const toy = { id: "toy", label: "Toy", hint: "", icon: "fill", key: "Y", cursor: "none", paints: true, options: [], down() {} };

test("the tools stand in the order of the toolbar, each with a key of its own", () => {
  assert.deepEqual(TOOLS.map(({ id }) => id), ["navigate", "brush", "sphere", "eraser", "lasso", "polygon", "box", "point", "fill", "keep", "pick"]);
  assert.equal(TOOLS.map(({ key }) => key).join(" "), "V B Q E L P X Shift+X F K I");
});

test("a registered tool is found and comes last", () => {
  registerTool(toy);
  assert.equal(toolById("toy"), toy);
  assert.equal(TOOLS.at(-1), toy);
});

test("a second tool of an id or a key is refused", () => {
  assert.throws(() => registerTool({ ...toy, id: "brush", key: "Q" }), /one tool of each id, got a second brush/);
  assert.throws(() => registerTool({ ...toy, id: "other", key: "B" }), /other and brush must not have the same key, B/);
});

test("a painting tool must take a press", () => {
  assert.throws(() => registerTool({ ...toy, id: "idle", key: "!", down: undefined }), /idle paints, so it must have a function down/);
});

test("an unknown tool is told with those there are", () => {
  assert.throws(() => toolById("pencil"), /no tool pencil, only navigate, brush/);
});

test("the brush's tolerance shows only with similar only", () => {
  const brush = toolById("brush");
  assert.deepEqual([...shownOptions(brush, { similarOnly: false, penSeen: false })], ["brushMm", "similarOnly", "protect"]);
  assert.ok(shownOptions(brush, { similarOnly: true, penSeen: false }).has("tolerance"));
  assert.ok(shownOptions(brush, { similarOnly: false, penSeen: true }).has("penPressure"));
  assert.ok(shownOptions(toolById("fill"), { similarOnly: false, penSeen: false }).has("tolerance"));
});
