"""The rule of a project is set in its menu; near its end the page says so, until something is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace


def let_days_go_by(home: Path, days: int) -> None:
    """As if nobody had changed anything for so long."""
    moment = datetime.now(UTC) - timedelta(days=days)
    with closing(sqlite3.connect(home / "fewshot-sam.sqlite3", timeout=30)) as database, database:
        database.execute("UPDATE project SET changed_at = ?", (f"{moment:%Y-%m-%d %H:%M:%S.%f}",))


@pytest.mark.thorough
def test_a_rule_is_set_and_its_end_is_told_until_something_changes(
    workspace: Workspace, server: AppServer
) -> None:
    note = workspace.part("retention-note")
    expect(note).to_be_hidden()
    open_dialog(workspace)
    expect(workspace.part("keep-ever")).to_have_attribute("aria-checked", "true")
    workspace.part("keep-other").click()
    workspace.part("keep-days").fill("4000")
    workspace.part("keep-ok").click()
    expect(workspace.part("keep-dialog")).to_contain_text("Enter a whole number from 1 to 3650.")
    workspace.part("keep-30").click()
    workspace.part("keep-deidentify").check()
    workspace.part("keep-ok").click()
    expect(workspace.part("keep-dialog")).to_be_hidden()
    expect(note).to_be_hidden()

    let_days_go_by(server.home, 20)
    workspace.reload()
    end = (datetime.now(UTC) - timedelta(days=20)).astimezone() + timedelta(days=30)
    month = f"{end:%b}".replace("Sep", "Sept")  # as en-GB has it
    day = f"{end.day} {month}" + (f" {end.year}" if end.year != datetime.now().year else "")
    expect(note).to_contain_text(f"Deleted on {day} unless it is changed")
    expect(note).to_have_attribute(
        "title",
        "By its rule this project is kept for 30 days after its last change. Looking at it changes nothing.",
    )
    workspace.part("project-select").click()
    expect(workspace.part("project-item").first).to_contain_text(f"will be deleted on {day}")
    workspace.page.keyboard.press("Escape")

    workspace.add_label("Skull")
    expect(note).to_be_hidden()
    open_dialog(workspace)
    expect(workspace.part("keep-30")).to_have_attribute("aria-checked", "true")
    expect(workspace.part("keep-deidentify")).to_be_checked()


def open_dialog(workspace: Workspace) -> None:
    workspace.part("project-select").click()
    workspace.part("project-keep").click()
