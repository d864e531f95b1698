import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import "../support/page.js";
import { api, ApiError, fetchBytes, fetchInto, isBusy, request, toError, url } from "../../../../ui/static/api/client.js";
import { importAnnotations, uploadVolume } from "../../../../ui/static/api/forms.js";

/**
 * Answer every request; returns what was asked.
 * @param {() => Response | Promise<Response>} answer
 */
function serve(answer) {
  /** @type {{path: string, method: string, headers: Record<string, string>, body: unknown}[]} */
  const asked = [];
  mock.method(globalThis, "fetch", async (/** @type {string} */ address, /** @type {any} */ { method, headers, body }) => {
    asked.push({ path: address.slice(url("").length), method, headers, body });
    return answer();
  });
  return asked;
}

/** @param {unknown} value @param {number} status */
const json = (value, status = 200) => new Response(JSON.stringify(value), { status });

afterEach(() => mock.restoreAll());

test("requests that change something carry the header that other sites cannot send", async () => {
  const asked = serve(() => json([]));
  await api.projects();
  await api.createProject("Knees");
  assert.deepEqual(asked[0], { path: "api/projects", method: "GET", headers: {}, body: undefined });
  assert.deepEqual(asked[1].headers, { "X-Fewshot-Sam": "1", "Content-Type": "application/json" });
  assert.equal(asked[1].body, '{"name":"Knees"}');
});

test("words are asked for as they are typed", async () => {
  const asked = serve(() => json({ terms: [], meant: null }));
  await api.terms("nerf & vein?");
  assert.equal(asked[0].path, "api/terms?words=nerf+%26+vein%3F");
});

test("an error is what the server says", async () => {
  serve(() => json({ error: { code: "conflict", message: "Changed elsewhere.", version: 3 } }, 409));
  await assert.rejects(api.project("p"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.message, error.status, error.code, error.detail.version], ["Changed elsewhere.", 409, "conflict", 3]);
    return true;
  });
});

for (const [status, message] of /** @type {[number, RegExp][]} */ ([
  [401, /sign in again/],
  [403, /sign in again/],
  [429, /server is busy/],
  [503, /The server is busy; your work is kept in this browser until it can take it\./],
  [500, /unexpected error \(500\)/],
])) {
  test(`a page of a proxy with status ${status} becomes a sentence`, async () => {
    const error = await toError(status, async () => JSON.parse("<html>"));
    assert.match(error.message, message);
    assert.equal(error.code, "unexpected");
  });
}

test("a server that is not reached is offline, a request that was called off is not", async () => {
  serve(() => Promise.reject(new TypeError("fetch failed")));
  await assert.rejects(request("GET", "api/system"), { code: "offline", status: 0 });
  serve(() => Promise.reject(new DOMException("stopped", "AbortError")));
  await assert.rejects(request("GET", "api/system"), { name: "AbortError" });
});

test("busy is what asks to come again", () => {
  assert.deepEqual([{ status: 429 }, { status: 503 }, { status: 500 }, {}, null].map(isBusy), [true, true, false, false, false]);
});

test("an answer without a body is null", async () => {
  serve(() => new Response(null, { status: 204 }));
  assert.equal(await api.deleteVolume("v"), null);
});

test("each call asks for its own path", async () => {
  const asked = serve(() => json({}));
  await api.deleteLabel("l", true);
  await api.chooseSeries("u", "1.2");
  await api.putSlice("v", "axial", 3, { body: Uint8Array.of(1), headers: { "X-State": "painted" } });
  await api.revertSlices("v", "coronal", [[3, 2, 1]]);
  assert.deepEqual(asked.map(({ method, path }) => `${method} ${path}`), [
    "DELETE api/labels/l?force=1",
    "POST api/uploads/u",
    "PUT api/volumes/v/annotations/axial/3",
    "POST api/volumes/v/annotations/coronal/revert",
  ]);
  assert.equal(asked[2].headers["X-State"], "painted");
  assert.equal(asked[3].body, '{"slices":[[3,2,1]]}');
});

test("bytes are read as they arrive, and how far they are is told", async () => {
  const pieces = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
  serve(() => new Response(new ReadableStream({ pull: (stream) => (pieces.length ? stream.enqueue(pieces.shift()) : stream.close()) })));
  /** @type {number[]} */
  const fractions = [];
  const buffer = await fetchBytes("api/masks/m/voxels", 4, (fraction) => fractions.push(fraction));
  assert.deepEqual([...new Uint8Array(buffer)], [1, 2, 3, 4]);
  assert.deepEqual(fractions, [0.5, 1]);
});

for (const [count, message] of /** @type {[number, RegExp][]} */ ([[3, /more voxels/], [5, /incomplete/]])) {
  test(`four bytes where ${count} are expected are refused`, async () => {
    serve(() => new Response(Uint8Array.of(1, 2, 3, 4)));
    await assert.rejects(fetchInto(new Uint8Array(count), "api/volumes/v/voxels"), { code: "size", message });
  });
}

/** XMLHttpRequest that is answered by the test. */
class FakeUpload {
  upload = { onprogress: /** @type {((event: object) => void) | null} */ (null), onload: () => {} };
  /** @type {FormData | null} */
  form = null;
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  status = 0;
  responseText = "";
  /** @type {unknown[]} */
  sent = [];
  open(/** @type {string} */ method, /** @type {string} */ address) {
    this.sent.push(`${method} ${address.slice(url("").length)}`);
  }
  setRequestHeader(/** @type {string} */ name, /** @type {string} */ value) {
    this.sent.push(`${name}: ${value}`);
  }
  send(/** @type {FormData} */ form) {
    this.form = form;
    this.sent.push(...form.getAll("files").map((file) => /** @type {File} */ (file).name));
  }
  abort() {
    this.onabort();
  }
}

function fakeRequest() {
  const xhr = new FakeUpload();
  Object.assign(globalThis, { XMLHttpRequest: class { constructor() { return xhr; } } });
  return xhr;
}

/** @param {AbortSignal} [signal] */
function startUpload(signal) {
  const xhr = fakeRequest();
  /** @type {number[]} */
  const fractions = [];
  const file = Object.assign(new File(["x"], "1.dcm"), { relativePath: "scan/1.dcm" });
  return { xhr, fractions, done: uploadVolume("p", [file], (fraction) => fractions.push(fraction), signal) };
}

test("an upload keeps the paths of a folder, tells how far it is and gives the volume", async () => {
  const { xhr, fractions, done } = startUpload();
  xhr.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 4 });
  Object.assign(xhr, { status: 201, responseText: '{"id":"v"}' }).onload();
  assert.deepEqual(await done, { id: "v" });
  assert.deepEqual(fractions, [0.25]);
  assert.deepEqual(xhr.sent, ["POST api/projects/p/volumes", "X-Fewshot-Sam: 1", "scan/1.dcm"]);
});

test("an upload that is refused, not answered or called off says which", async () => {
  const refused = startUpload();
  Object.assign(refused.xhr, { status: 409, responseText: '{"error":{"code":"series_choice","message":"Choose."}}' }).onload();
  await assert.rejects(refused.done, { code: "series_choice", message: "Choose." });
  const lost = startUpload();
  lost.xhr.onerror();
  await assert.rejects(lost.done, { code: "offline" });
  const controller = new AbortController();
  const stopped = startUpload(controller.signal);
  controller.abort();
  await assert.rejects(stopped.done, { code: "cancelled" });
});

test("a label map is sent with its names and the answers, and then it is read", async () => {
  const xhr = fakeRequest();
  /** @type {number[]} */
  const fractions = [];
  const files = [new File(["x"], "map.nii.gz"), new File(["{}"], "map.json")];
  /** @type {import("../../../../ui/static/api/forms.js").ImportAnswers} */
  const answers = { plane: "coronal", names: { 3: "new" }, paint: "merge", paint_tag: "ab" };
  const done = importAnnotations("v", files, answers, (fraction) => fractions.push(fraction));
  xhr.upload.onload();
  Object.assign(xhr, { status: 201, responseText: '{"slices":[1]}' }).onload();
  assert.deepEqual(await done, { slices: [1] });
  assert.deepEqual([fractions, xhr.sent], [[1], ["POST api/volumes/v/annotations/import", "X-Fewshot-Sam: 1"]]);
  assert.deepEqual(["plane", "names", "paint", "paint_tag"].map((name) => xhr.form?.get(name)), ["coronal", '{"3":"new"}', "merge", "ab"]);
  assert.deepEqual(xhr.form?.getAll("file").map((each) => /** @type {File} */ (each).name), ["map.nii.gz", "map.json"]);
});

test("what was called off before it begins is not sent", async () => {
  const xhr = fakeRequest();
  await assert.rejects(importAnnotations("v", [], {}, () => {}, AbortSignal.abort()), { code: "cancelled" });
  assert.deepEqual(xhr.sent, []);
});
