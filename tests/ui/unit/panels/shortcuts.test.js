import assert from "node:assert/strict";
import { test } from "node:test";

import { shortcutTable } from "../../../../ui/static/panels/shortcut_table.js";
import { describe, rowOf, shortcutsByKey } from "../../../../ui/static/panels/shortcuts.js";
import { registerTool, TOOLS } from "../../../../ui/static/tools/tool.js";

/** Actions that take note of what is asked for. */
function noted() {
  /** @type {unknown[][]} */
  const asked = [];
  const actions = new Proxy({}, { get: (_, name) => (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]) });
  return { asked, actions: /** @type {import("../../../../ui/static/panels/shortcut_table.js").Actions} */ (actions) };
}

/** @param {Partial<KeyboardEvent>} event */
const pressed = (event) => describe({ key: "", ctrlKey: false, metaKey: false, shiftKey: false, ...event });

test("a chord has one name", () => {
  assert.equal(pressed({ key: "Z", ctrlKey: true, shiftKey: true }), "ctrl+shift+z");
  assert.equal(pressed({ key: "z", metaKey: true }), "ctrl+z");
  assert.equal(pressed({ key: "?", shiftKey: true }), "?");
  assert.equal(pressed({ key: "ArrowUp" }), "arrowup");
  assert.equal(pressed({ key: "B", shiftKey: true }), "b");
});

test("no key does two things", () => {
  const keys = shortcutTable(noted().actions).flatMap(({ rows }) => rows.flatMap(({ match }) => match ?? []));
  assert.deepEqual(keys, [...new Set(keys)]);
});

test("shift with a letter has a row of its own, or does what the letter does", () => {
  const { asked, actions } = noted();
  const byKey = shortcutsByKey(shortcutTable(actions));
  for (const key of ["x", "X", "B"]) {
    const event = /** @type {KeyboardEvent} */ ({ key, ctrlKey: false, metaKey: false, shiftKey: key !== "x" });
    rowOf(byKey, event)?.run?.(event);
  }
  assert.deepEqual(asked, [["tool", "box"], ["tool", "point"], ["tool", "brush"]]);
});

test("keys ask for what the help says", () => {
  const { asked, actions } = noted();
  const byKey = shortcutsByKey(shortcutTable(actions));
  const event = /** @type {KeyboardEvent} */ ({ key: "3" });
  for (const key of ["pagedown", "3", "t", "g", "ctrl+enter", "a", "d", ",", "escape", "enter", "ctrl+y"]) byKey.get(key)?.run?.(event);
  const expected = [["step", -5], ["label", 3], ["slice", "accept"], ["reshape", "grow"], ["propagate"], ["toggleAuto"], ["toggleUncertainty"], ["nextPainted", -1], ["cancel"], ["finish"], ["redo"]];
  assert.deepEqual(asked, expected);
});

test("of pictures the help says what they are, and nothing of what lies between slices", () => {
  const said = (/** @type {"slice" | "picture"} */ kind) => shortcutTable(noted().actions, kind).flatMap(({ title, rows }) => [title, ...rows.map(({ text }) => text ?? "")]);
  const ofPictures = said("picture").join("\n");
  assert.doesNotMatch(ofPictures, /slice|voxel|\bmm\b|interpolat|another view/i);
  for (const text of ["Picture by keyboard", "Next or previous picture", "Grow by 1 px", "Ten pixels"]) assert.ok(ofPictures.includes(text), text);
  for (const text of ["Slice by keyboard", "Next or previous slice", "Grow by 1 mm", "Copy to the next slice"]) assert.ok(said("slice").includes(text), text);
});

test("a tool brings its own key and its line in the help", () => {
  const toy = registerTool({ id: "toy", label: "Toy", hint: "", icon: [], key: "J", cursor: "default", paints: false, options: [] });
  try {
    const { asked, actions } = noted();
    const table = shortcutTable(actions);
    const row = table.flatMap(({ rows }) => rows).find(({ text }) => text === "Toy");
    assert.deepEqual(row?.show, ["J"]);
    shortcutsByKey(table).get("j")?.run?.(/** @type {KeyboardEvent} */ ({}));
    assert.deepEqual(asked, [["tool", "toy"]]);
  } finally {
    TOOLS.splice(TOOLS.indexOf(toy), 1);
  }
});
