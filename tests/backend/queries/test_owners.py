"""What counts towards an owner's share of the disk."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import JSON, Executable, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import iterate

from backend.queries.owners import ROW_BYTES, contents_of
from backend.services import Services
from storage.models import ProjectRow
from storage.references import ReferenceRow, ReferenceScoreRow
from storage.reviews import ReviewCommentRow, ReviewStepRow
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE


def row_bytes(services: Services) -> int:
    with services.database.read() as session:
        return contents_of(session, ProjectRow.owner == OWNER.id).row_bytes


def test_postgresql_takes_every_length(services: Services) -> None:
    """JSON has a length in SQLite alone; PostgreSQL refuses length(json)."""
    found: list[Executable] = []
    with services.database.read() as session:
        event.listen(session, "do_orm_execute", lambda state: found.append(state.statement))
        contents_of(session, ProjectRow.owner == OWNER.id)
    measured = [call.clauses.clauses[0] for each in found for call in lengths_in(each)]
    assert len(measured) == 9
    assert not [column for column in measured if isinstance(column.type, JSON)]
    text = "\n".join(str(each.compile(dialect=postgresql.dialect())) for each in found)
    assert "length(CAST(annotation.origins AS TEXT))" in text
    assert "length(annotation.data)" in text


def lengths_in(statement: Executable) -> list[FunctionElement[Any]]:
    return [
        part
        for part in iterate(statement)
        if isinstance(part, FunctionElement) and getattr(part, "name", "") == "length"
    ]


def test_reviews_and_scores_count(services: Services, volume_id: str) -> None:
    mask_id = store_mask(services, volume_id, np.ones(SHAPE, np.uint8))
    counts = [row_bytes(services)]

    def add(*rows: object) -> int:
        with services.database.write() as session:
            session.add_all(rows)
        counts.append(row_bytes(services))
        return counts[-1] - counts[-2]

    comment = {"volume_id": volume_id, "plane": "axial", "voxel": [0, 0, 0], "author": OWNER.id}
    assert add(ReviewCommentRow(text="x" * 100, **comment)) == ROW_BYTES + 100
    step = {"volume_id": volume_id, "author": OWNER.id}
    assert add(ReviewStepRow(step="ready", reason="y" * 10, **step)) == ROW_BYTES + 10
    assert add(ReviewStepRow(step="accepted", signed={"hash": "z" * 1000}, **step)) > ROW_BYTES + 1000
    assert add(ReferenceRow(id="r", volume_id=volume_id, labels=[], blob="b.u8.gz")) == 0
    scores = ReferenceScoreRow(
        reference_id="r", mask_id=mask_id, leave_out=False, scores=[{"distances": "0" * 500}]
    )
    assert add(scores) > ROW_BYTES + 500
