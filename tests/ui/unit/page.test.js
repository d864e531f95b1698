/** The whole page on a server in memory: every module loads, and the parts are connected. */
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";

import { event, fake, newPage, nextFrame } from "./support/page.js";
import { label, project, summary, system } from "./support/controllers.js";
import { counting } from "./support/volumes.js";
import { start } from "../../../ui/static/main.js";

/** @import { VolumeSummary } from "../../../ui/static/api/types.d.ts" */

const VOLUME = summary({ name: "Knee", encoding: { state: "running", done: 1, total: 5, eta_s: 9, error: null } });
const PROJECT = project({ name: "Knees", labels: [label(1, { name: "Femur" }), label(2, { name: "Tibia" })], volumes: [VOLUME], volume_count: 1 });
/** @type {VolumeSummary} */
let volume = VOLUME;
/** @type {string[]} what the page sent */
const sent = [];

/** @type {Record<string, () => unknown>} */
const ANSWERS = {
  "GET api/system": () => system(),
  "GET api/projects": () => [PROJECT],
  "GET api/projects/p": () => ({ ...PROJECT, volumes: [volume] }),
  "GET api/volumes/v": () => volume,
  "GET api/volumes/v/annotations": () => [],
  "GET api/volumes/v/voxels": () => counting([3, 4, 5]).buffer,
};

/** @param {string} address @param {{method: string}} options */
async function answer(address, { method }) {
  const request = `${method} ${String(address).split("/static/").pop()?.replace(/^.*?(?=api\/)/, "")}`;
  if (method !== "GET") sent.push(request);
  if (request.startsWith("PUT")) return new Response(JSON.stringify({ version: 1, merged: false, conflicting_cells: 0 }));
  const given = ANSWERS[request]?.();
  if (given === undefined) return new Response(JSON.stringify({ error: { code: "not_found", message: `no ${request}` } }), { status: 404 });
  return new Response(given instanceof ArrayBuffer ? given : JSON.stringify(given));
}

/** @type {import("./support/dom.js").FakeElement} */
let root;
/** @param {string} testid */
const byId = (testid) => /** @type {import("./support/dom.js").FakeElement} */ (root.querySelector(`[data-testid="${testid}"]`));
/** @returns {any} */
const hooks = () => Reflect.get(globalThis, "fewshotSam");

/** Let what was begun go on until `reached` is true. @param {() => unknown} reached */
async function until(reached) {
  for (const end = Date.now() + 30_000; !reached(); ) {
    assert.ok(Date.now() < end, `not reached: ${reached}`);
    nextFrame();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

before(async () => {
  mock.method(globalThis, "fetch", answer);
  mock.method(console, "warn", () => {}); // there is no 3D library
  root = newPage();
  start(/** @type {any} */ (root));
  await until(() => hooks().whole && hooks().ready);
});

after(async () => {
  volume = { ...VOLUME, encoding: { ...VOLUME.encoding, state: "done" } }; // nothing more to ask the server for
  await until(() => byId("encoding-status").textContent === "Slices encoded");
});

test("the project, its labels, the volume and the encoder are on screen", () => {
  assert.match(root.textContent, /Knees/);
  assert.deepEqual(root.querySelectorAll('[data-testid="label-item"]').map((row) => row.dataset.value), ["1", "2"]);
  assert.equal(byId("volume-item").dataset.id, "v");
  assert.match(byId("encoder-name").textContent, /LiteMedSAM/);
  assert.match(byId("encoding-status").textContent, /Encoding slices 1\/5/);
  assert.equal(byId("save-status").dataset.state, "saved");
});

test("lists keep their elements, and with them focus, while slices are encoded", async () => {
  const rows = ["label-item", "volume-item"].map(byId);
  volume = { ...VOLUME, encoding: { ...VOLUME.encoding, done: 2 } };
  await until(() => byId("encoding-status").textContent.includes("2/5"));
  assert.deepEqual(["label-item", "volume-item"].map(byId), rows);
});

test("every tool of the registry has its button, and a key", () => {
  assert.equal(byId("tool-brush").getAttribute("aria-pressed"), "false");
  byId("tool-brush").click();
  assert.equal(hooks().state.tool, "brush");
  root.dispatchEvent(event("keydown", { key: "v" }));
  assert.equal(hooks().state.tool, "navigate");
});

test("the help lists a tool only where the encoder serves it", () => {
  byId("help-button").click();
  const listed = byId("help").textContent;
  assert.match(listed, /BoxX/);
  assert.doesNotMatch(listed, /Point/);
  fake(byId("help")).remove();
});

test("a stroke is on the slice at once and on the server soon", async () => {
  byId("tool-brush").click();
  hooks().setBrushMm(1);
  const { x, y } = hooks().sliceToClient("axial", 1, 2);
  const pointer = { button: 0, buttons: 1, pointerId: 1, clientX: x, clientY: y, altKey: false };
  const canvas = byId("editor-canvas");
  canvas.dispatchEvent(event("pointerdown", pointer));
  canvas.dispatchEvent(event("pointerup", pointer));
  const slice = hooks().state.slice;
  assert.deepEqual([...hooks().sliceLabels(slice).entries()].filter(([, value]) => value), [[1 * 3 + 1, 1]]);
  assert.deepEqual(hooks().paintedSlices(), { [slice]: "painted" });
  await until(() => sent.length);
  assert.deepEqual(sent, [`PUT api/volumes/v/annotations/axial/${slice}`]);
  await until(() => byId("save-status").dataset.state === "saved");
});

test("undo takes the stroke back", () => {
  fake(byId("undo")).click();
  assert.ok(hooks().sliceLabels(hooks().state.slice).every((/** @type {number} */ value) => value === 0));
});

test("keys wait for the end of a stroke, and Esc gives it up", async () => {
  await until(() => byId("save-status").dataset.state === "saved");
  const { x, y } = hooks().sliceToClient("axial", 1, 2);
  const pointer = { button: 0, buttons: 1, pointerId: 1, clientX: x, clientY: y, altKey: false };
  const press = (/** @type {string} */ key) => root.dispatchEvent(event("keydown", { key }));
  const canvas = byId("editor-canvas");
  const { slice } = hooks().state;
  const before = [sent.length, hooks().paintedSlices()[slice]];
  byId("tool-lasso").click();
  canvas.dispatchEvent(event("pointerdown", pointer));
  for (const key of ["n", "e", "2", "ArrowUp"]) press(key);
  assert.deepEqual([hooks().state.tool, hooks().state.activeLabel, hooks().state.slice, hooks().paintedSlices()[slice]], ["lasso", 1, slice, before[1]]);
  press("Escape");
  canvas.dispatchEvent(event("pointerup", pointer));
  byId("tool-brush").click();
  canvas.dispatchEvent(event("pointerdown", pointer));
  press("Escape");
  canvas.dispatchEvent(event("pointerup", pointer));
  assert.deepEqual([sent.length, hooks().paintedSlices()[slice]], before);
  press("e");
  assert.equal(hooks().state.tool, "eraser");
});
