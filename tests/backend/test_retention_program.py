"""``fewshot-sam retention``, and what a restored backup means for the end of its projects."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend import backup, restore, retention
from backend.config import Config
from backend.services import Services
from storage.models import ProjectRow, UploadRow, utc_now
from tests.backend.data_folders import OWNER, as_earlier_version, started

pytestmark = pytest.mark.usefixtures("one_process", "check_environment")


def printed(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    assert retention.main([]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_it_prints_what_goes_when(
    filled: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []

    def give_rules(services: Services) -> None:
        for days, name in ((60, "Livers"), (30, "Li\tvers")):
            ids.append(services.projects.create(OWNER, name).id)
            services.projects.set_rules(OWNER, ids[-1], days, deidentify=False)
        with services.database.write() as session:
            session.add(UploadRow(id="0" * 32, project_id=ids[0], choices=[]))

    started(filled, give_rules)
    first, last = printed(capsys)
    assert first[0] == f"{utc_now() + timedelta(days=30):%Y-%m-%d}"
    assert first[2:] == ["30", "project", "-", ids[1], "Li vers"]
    assert last[2:] == ["60", "project", "busy", ids[0], "Livers"]
    monkeypatch.setenv("FEWSHOT_SAM_MAX_KEEP_DAYS", "45")
    rules = [line[2:4] for line in printed(capsys)]
    assert rules[0] == ["30", "project"]
    assert len(rules) > 2 and set(map(tuple, rules[1:])) == {("45", "server")}


def test_a_database_of_an_earlier_version_is_told(filled: Config, capsys: pytest.CaptureFixture[str]) -> None:
    as_earlier_version(filled)
    assert retention.main([]) == 2
    assert "of an earlier version. Start the server once" in capsys.readouterr().err


def test_a_restore_counts_as_a_change_so_that_no_project_goes_at_once(
    filled: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago, archive = utc_now() - timedelta(days=400), tmp_path / "backup.zip"

    def let_its_time_be_over(services: Services) -> None:
        rules = update(ProjectRow).values(keep_days=30, changed_at=long_ago, keep_warned_at=long_ago)
        with services.database.write() as session:
            session.execute(rules)

    started(filled, let_its_time_be_over)
    assert backup.main([str(archive)]) == 0
    other = dataclasses.replace(Config.for_home(tmp_path / "other"), start_wait_s=0.2)
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(other.home))
    assert restore.main([str(archive)]) == 0

    def sweep(services: Services) -> None:
        assert services.retention.sweep() == 0
        with services.database.read() as session:
            found = list(session.scalars(select(ProjectRow)))
        assert found and all(utc_now() - each.changed_at < timedelta(hours=1) for each in found)
        assert {(each.keep_days, each.keep_warned_at) for each in found} == {(30, None)}

    started(other, sweep)
