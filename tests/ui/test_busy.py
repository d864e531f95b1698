"""What the page does while the server is busy: it keeps what was painted, says so calmly, and tries again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

MODULES = [
    "controllers/autosave.js",
    "controllers/backup.js",
    "panels/status.js",
    "state/store.js",
    "api/client.js",
]

SAVE = """async ({ Saver, saveStatus, Store, initialState, recall, forget }, { status, body }) => {
  const realFetch = window.fetch;
  let busy = true;
  let puts = 0;
  window.fetch = async () => {
    puts += 1;
    return busy
      ? new Response(body, { status, headers: { "Retry-After": "5" } })
      : new Response(JSON.stringify({ version: 1 }), { status: 200 });
  };
  try {
    const store = new Store(initialState());
    const saver = new Saver(store);
    const line = saveStatus(store);
    const slice = { labels: new Uint8Array([1, 0, 1, 1]), state: "painted", version: 0 };
    saver.enqueue("v", "axial", 3, slice, { delayMs: 0 });
    const pause = () => new Promise((done) => setTimeout(done, 20));
    const until = async (reached) => { while (!reached()) await pause(); };
    await until(() => line.dataset.state === "offline");
    const kept = recall("v").map(({ index, labels }) => [index, [...labels]]);
    const while_busy = { kept, text: line.textContent, atRisk: saver.atRisk };
    busy = false;
    await saver.flush("v");
    const saved = { kept: recall("v").length, text: line.textContent, version: slice.version, puts };
    return { while_busy, saved };
  } finally {
    window.fetch = realFetch;
    forget("v", "axial", 3);
  }
}"""


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, json.dumps({"error": {"code": "busy", "message": "The server is busy."}})),
        (429, json.dumps({"error": {"code": "too_many", "message": "Wait."}})),
        (503, "<html>a proxy's own page</html>"),
    ],
)
def test_a_busy_server_loses_no_stroke(run_js: Callable[..., Any], status: int, body: str) -> None:
    outcome = run_js(MODULES, SAVE, {"status": status, "body": body})
    assert outcome["while_busy"] == {
        "kept": [[3, [1, 0, 1, 1]]],
        "text": "Server busy, kept in this browser",
        "atRisk": False,
    }
    saved = outcome["saved"]
    assert (saved["kept"], saved["text"], saved["version"]) == (0, "Saved", 1)
    assert saved["puts"] >= 2


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (507, "disk_full", "Server busy, kept in this browser"),
        (500, "internal", "Server busy, kept in this browser"),
        (409, "quota", "Not saved yet, kept in this browser"),
        (413, "too_large", "Not saved yet, kept in this browser"),
        (403, "forbidden", "Not saved yet, kept in this browser"),
    ],
)
def test_a_server_that_answers_is_not_called_offline(
    run_js: Callable[..., Any], status: int, code: str, text: str
) -> None:
    body = json.dumps({"error": {"code": code, "message": f"The reason {status}."}})
    outcome = run_js(MODULES, SAVE, {"status": status, "body": body})
    assert outcome["while_busy"] == {"kept": [[3, [1, 0, 1, 1]]], "text": text, "atRisk": False}
    assert outcome["saved"]["text"] == "Saved"


def test_a_proxys_busy_page_becomes_a_sentence(run_js: Callable[..., Any]) -> None:
    message = run_js(
        ["api/client.js"],
        "async ({ toError }) => (await toError(503, async () => JSON.parse('<html>'))).message",
    )
    assert message == "The server is busy; your work is kept in this browser until it can take it."
