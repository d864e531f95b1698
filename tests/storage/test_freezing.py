"""What is frozen is so for those too who cannot see it, as they read its scan blind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.deleted import put_away
from storage.errors import FrozenError
from storage.freezing import accepted_names
from storage.models import AnnotationRow, LabelRow, MaskRow, VolumeRow, utc_now
from storage.readings import see_as
from storage.reviews import ReviewStepRow
from tests.storage.test_readings import ANN, database, slice_columns

__all__ = ["database"]
SIGNED = {"labels": [{"value": 1, "code": 1, "name": "Liver"}]}


@pytest.fixture
def signed(database: Database) -> Database:
    """The scan that is being read was accepted, with a label on it."""
    with database.write() as session:
        session.add(LabelRow(id="l", project_id="p", value=1, code=1, name="Liver", color="#ff0000"))
        session.add(ReviewStepRow(volume_id="scan", step="accepted", author="a", signed=SIGNED))
        session.get_one(VolumeRow, "scan").review = "accepted"
    return database


def rename(session: Session) -> None:
    session.get_one(LabelRow, "l").name = "Spleen"


def recode(session: Session) -> None:
    session.get_one(LabelRow, "l").code = 7


def delete_label(session: Session) -> None:
    put_away(session, session.get_one(LabelRow, "l"), "label", ANN, {})


def delete_label_for_good(session: Session) -> None:
    session.delete(session.get_one(LabelRow, "l"))


def paint(session: Session) -> None:
    session.add(AnnotationRow(volume_id="scan", **slice_columns(2)))


def add_mask(session: Session) -> None:
    session.add(MaskRow(volume_id="scan", run_id="run_scan", shape=[], labels=[], blob="b"))


@pytest.mark.parametrize("change", [rename, recode, delete_label, delete_label_for_good, paint, add_mask])
def test_what_was_accepted_stays_whoever_changes_it(
    signed: Database, change: Callable[[Session], Any]
) -> None:
    with pytest.raises(FrozenError, match="'scan'"), signed.write() as session:
        see_as(session, ANN)
        change(session)
    with signed.read() as session:
        label = session.get_one(LabelRow, "l")
        assert (label.code, label.name) == (1, "Liver")


def test_a_reader_learns_that_the_project_holds_what_was_accepted(signed: Database) -> None:
    with signed.read() as session:
        see_as(session, ANN)
        assert accepted_names(session, "p") == ["scan"]
        assert "scan" not in set(session.scalars(select(VolumeRow.name)))


def test_what_was_looked_up_for_freezing_is_not_found_afterwards(signed: Database) -> None:
    with signed.write() as session:
        see_as(session, ANN)
        with pytest.raises(FrozenError):
            paint(session)
            session.flush()
        session.rollback()
    with signed.write() as session:
        see_as(session, ANN)
        session.get_one(LabelRow, "l").color = "#00ff00"
        session.add(AnnotationRow(volume_id="by_ann", created_at=utc_now(), **slice_columns(2)))
        accepted_names(session, "p")
        session.flush()
        assert session.get(VolumeRow, "scan") is None
        assert session.get(VolumeRow, "by_ben") is None
