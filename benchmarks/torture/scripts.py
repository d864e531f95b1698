"""Script strings as names of everything that the page shows, in Chromium: none is run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import AttackedServer
from benchmarks.torture.hostile_names import SCRIPTS
from benchmarks.torture.ledger import scan
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import toy_server
from benchmarks.torture.write_points import ended, save
from tests.e2e.waiting import wait_until

OPEN_MS = 60_000
BURST = 4  # labels of one project


def show_scripts(folder: Path, count: int, seed: int) -> Found:
    """Show the first ``count`` strings in a browser of its own."""
    from playwright.sync_api import sync_playwright

    from benchmarks.page.app import ARGUMENTS, browser_executable

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_executable(), args=ARGUMENTS)
        try:
            return show_in(browser, folder, count, seed)
        finally:
            browser.close()


def show_in(browser: Browser, folder: Path, count: int, seed: int) -> Found:
    """Name projects, labels, scans and files by the strings and look at each in the page."""
    found, shown, hits = Found(), 0, 0
    server = toy_server(folder / "home")
    with server, server.visitor() as client:
        client.get("/api/system")  # gives the cookie that the page gets too
        context = browser.new_context(base_url=server.url)
        context.add_cookies(
            [{"name": c.name, "value": c.value or "", "url": server.url} for c in client.cookies.jar]
        )
        for number, text in enumerate(SCRIPTS[:count]):
            _named(client, text, seed + number)
            page = context.new_page()
            dialogs: list[str] = []
            page.on("dialog", lambda dialog, seen=dialogs: (seen.append(dialog.message), dialog.dismiss()))
            texts = _look(page, server, text)
            ran = int(page.evaluate("window.hits || 0")) + len(dialogs)
            hits, shown = hits + ran, shown + texts
            if ran:
                found.faults.append(f"ran: {text}")
            page.close()
        context.close()
    if not shown:
        found.faults.append("no string was shown as text, so that nothing was tried")
    found.figures = f"{min(count, len(SCRIPTS))} strings, shown {shown} times: {hits} run in Chromium"
    return found


def _named(client: httpx.Client, text: str, seed: int) -> None:
    """A project that is called so, with everything in it that has a name; the newest is opened."""
    project = new_project(client)
    client.patch(f"/api/projects/{project}", json={"name": text}).raise_for_status()
    labels = [
        client.post(f"/api/projects/{project}/labels", json={"name": f"{text}{' ' * n}{n}"}).json()
        for n in range(BURST)
    ]
    content = scan(seed)[1]
    volume = upload(client, project, (f"{text}.nii", content)).json()["id"]
    client.patch(f"/api/volumes/{volume}", json={"name": text}).raise_for_status()
    save(client, volume, labels[0]["value"], 3).raise_for_status()
    run = client.post(f"/api/volumes/{volume}/runs", json={"kind": "propagate"}).json()
    ended(client, run["id"])


def _look(page: Page, server: AttackedServer, text: str) -> int:
    """Open the project, its lists and menus, and cause an error that quotes a file's name.

    Returns:
        How many elements show the string as text.
    """
    page.goto("/workspace")
    wait_until(page, "window.fewshotSam?.ready === true", timeout=OPEN_MS)
    page.get_by_test_id("project-select").click()
    page.wait_for_timeout(200)
    page.keyboard.press("Escape")
    with tempfile.TemporaryDirectory() as folder:
        name = "".join("_" if character in "/\0" else character for character in text)[:150]
        path = Path(folder) / f"{name}.nii"
        path.write_bytes(b"not a NIfTI")
        page.get_by_test_id("upload-input").set_input_files([str(path)])
        page.wait_for_timeout(1500)
    for item in page.get_by_test_id("label-item").all():
        item.hover()
    page.wait_for_timeout(200)
    start = text[:25]
    return int(
        page.evaluate(
            "start => [...document.querySelectorAll('*')].filter(e => e.children.length === 0 && "
            "((e.textContent || '').includes(start) || (e.value || '').includes?.(start) || "
            "(e.title || '').includes(start))).length",
            start,
        )
    )


SCRIPTS_ROW = TortureRow("0 run in Chromium", len(SCRIPTS), "strings", show_scripts)
