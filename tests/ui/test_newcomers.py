"""How a session starts for a visitor whom the server does not know yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MODULES = ["controllers/session.js", "state/store.js"]

START = """async ({ Session, Store, initialState }, keepsCookies) => {
  const realFetch = window.fetch;
  const app = document.createElement("div");
  app.className = "app";
  document.body.append(app);
  const project = { id: "p", name: "Demo" };
  let known = false;
  window.fetch = async (address, { method }) => {
    const path = new URL(address).pathname.split("/api/")[1];
    const answer = (value, status = 200) => new Response(JSON.stringify(value), { status });
    if (path === "system") return answer({ encoder: "" });
    if (path === "projects") return answer(known ? [project] : []);
    if (path === "workspace" && method === "POST") {
      known = keepsCookies;
      return answer([project]);
    }
    if (path === "projects/p" && known) return answer({ ...project, labels: [], volumes: [] });
    return answer({ error: { code: "not_found", message: "This project does not exist." } }, 404);
  };
  try {
    const store = new Store(initialState());
    await new Session(store, { edits: { open() {} }, saver: {} }).start();
    const messages = [...app.querySelectorAll(".toast-text")].map((each) => each.textContent);
    return { messages, project: store.state.project?.name ?? null };
  } finally {
    window.fetch = realFetch;
    app.remove();
  }
}"""


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_a_browser_without_cookies_is_told_what_to_do(
    run_js: Callable[..., Any], keeps_cookies: bool
) -> None:
    outcome = run_js(MODULES, START, keeps_cookies)
    if keeps_cookies:
        assert outcome == {"messages": [], "project": "Demo"}
    else:
        (message,) = outcome["messages"]
        assert "Allow cookies for this site, then reload the page." in message
        assert outcome["project"] is None
