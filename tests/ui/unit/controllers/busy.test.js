/** While the server is busy the page keeps what was painted, says so calmly, and tries again. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { newPage } from "../support/page.js";
import { bookOf, fakeNotify, paintingStore, VOLUME } from "../support/painting.js";
import { api } from "../../../../ui/static/api/client.js";
import { Saver } from "../../../../ui/static/controllers/autosave.js";
import { recall } from "../../../../ui/static/controllers/backup.js";
import { saveStatus } from "../../../../ui/static/panels/status.js";

Reflect.deleteProperty(globalThis, "CompressionStream"); // it works in a thread: nothing tells when it is done
afterEach(() => {
  mock.restoreAll();
  mock.timers.reset();
});

const settle = () => new Promise((done) => setImmediate(done));

/** @param {string} code */
const told = (code) => JSON.stringify({ error: { code, message: "The reason." } });

for (const [status, body, expected] of /** @type {[number, string, string][]} */ ([
  [503, told("busy"), "Server busy, kept in this browser"],
  [429, told("too_many"), "Server busy, kept in this browser"],
  [503, "<html>a proxy's own page</html>", "Server busy, kept in this browser"],
  [507, told("disk_full"), "Server busy, kept in this browser"],
  [500, told("internal"), "Server busy, kept in this browser"],
  [409, told("quota"), "Not saved yet, kept in this browser"],
  [413, told("too_large"), "Not saved yet, kept in this browser"],
  [403, told("forbidden"), "Not saved yet, kept in this browser"],
])) {
  test(`no stroke is lost to an answer ${status} ${body}, and it is not called offline`, async () => {
    newPage();
    mock.timers.enable({ apis: ["setTimeout"] });
    let busy = true;
    mock.method(globalThis, "fetch", async () =>
      busy ? new Response(body, { status }) : new Response(JSON.stringify({ version: 1, merged: false, conflicting_cells: 0 })),
    );
    const store = paintingStore();
    const saver = new Saver(store, { server: api, notify: fakeNotify(), page: /** @type {any} */ (new EventTarget()) });
    const line = saveStatus(store, { kept: { discard: async () => {} } });
    const slice = bookOf(store).ensure(1);
    slice.state = "painted";
    slice.labels[3] = 1;
    saver.enqueue(VOLUME, "axial", 1, slice);
    mock.timers.tick(250);
    await settle();
    assert.deepEqual([line.textContent, saver.atRisk], [expected, false]);
    assert.deepEqual(recall(VOLUME).map(({ index, labels }) => [index, labels[3]]), [[1, 1]]);

    busy = false;
    const flushed = saver.flush(VOLUME);
    mock.timers.tick(0);
    await flushed;
    assert.deepEqual([line.textContent, recall(VOLUME), slice.version], ["Saved", [], 1]);
  });
}
