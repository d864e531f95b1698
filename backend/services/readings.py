"""Blind readings: begun by a project's owner, finished by each reader, then seen by everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError
from backend.queries.access import get_volume_in_project
from backend.queries.readings import (
    first_moment,
    possible_readers,
    read_volume_id,
    readings_answer,
    readings_of,
)
from backend.queries.runs import unfinished_runs
from backend.queries.signing import holds_anything, is_labelled
from backend.records.leases import request_cancel
from backend.records.volumes import reading_row
from backend.schemas.limits import MAX_READERS, MAX_READINGS
from backend.schemas.readings import ReadingsAnswer
from backend.services.quotas import Quotas, called_by
from fewshot_sam.errors import UserError
from storage.database import Database
from storage.models import ProjectRow, VolumeRow, utc_now
from storage.readings import ReadingRow, open_readings


class Readings:
    """Begin, finish and end readings. Rights: the owner begins and ends them, a reader finishes their own.

    Args:
        wake_worker: called after a commit that gives the worker something to do.
    """

    def __init__(self, database: Database, quotas: Quotas, wake_worker: Callable[[], None]) -> None:
        self._database = database
        self._quotas = quotas
        self._wake_worker = wake_worker

    def get(self, asker: Asker, volume_id: str) -> ReadingsAnswer:
        """The readings of a scan, by the id of the volume that is read or of a reading of it."""
        with self._database.read() as session:
            return readings_answer(session, asker, *get_volume_in_project(session, asker, volume_id))

    def start(self, asker: Asker, volume_id: str, readers: Sequence[str] = ()) -> ReadingsAnswer:
        """Have a volume read: each reader gets a volume of their own of the same voxels.

        Args:
            readers: ids of people who may paint in the project; none stands for the asker. One alone is
                the second reading of what is labelled already.

        Raises:
            UserError: somebody is named twice, or may not paint in the project.
            ConflictError: the volume is being read, or is a reading itself, or there is nothing to compare a
                single reading with.
            QuotaError: the owner has as many volumes as one may have.
        """
        chosen = list(readers) or [asker.id]
        with self._database.write() as session:
            volume, project = get_volume_in_project(session, asker, volume_id)
            _require_readers(session, project, chosen)
            earlier = _require_unread(session, volume)
            last = earlier[-1].number if earlier else 0
            first_at = first_moment(earlier)
            if len(chosen) + last == 1:  # it is the first reading itself
                last, first_at = 1, utc_now()
            if last == 1 and not earlier and not is_labelled(session, volume):
                raise ConflictError(
                    "One reading alone can be compared with nothing. Choose two people, or label the volume "
                    "first: then this is its second reading."
                )
            self._quotas.require_volumes(session, project.owner, called_by(asker, project.owner), len(chosen))
            _add_readings(session, volume, chosen, last, first_at)
            answer = readings_answer(session, asker, volume, project)
        self._wake_worker()
        return answer

    def finish(self, asker: Asker, volume_id: str) -> ReadingsAnswer:
        """Say that one's reading is finished. With the last of them all are revealed.

        Raises:
            ConflictError: it is not the asker's, is finished already, holds nothing, or a run has not ended.
        """
        with self._database.write() as session:
            volume, project = get_volume_in_project(session, asker, volume_id)
            reading = _require_own(session, asker, volume)
            if reading.finished_at is not None:
                raise ConflictError("This reading is finished already. Reload the page.")
            if unfinished_runs(session, volume.id):
                raise ConflictError("A run on this volume has not ended. Wait for it or cancel it first.")
            if not holds_anything(session, volume):
                raise ConflictError(
                    "There is nothing in this reading yet. Paint slices, or mark them as empty, before you "
                    "finish it."
                )
            reading.finished_at = utc_now()
            session.flush()
            of_this_round = open_readings(session, reading.of_id)
            if all(row.finished_at is not None for row in of_this_round):
                _reveal(of_this_round)
            session.flush()
            return readings_answer(session, asker, volume, project)

    def take_back(self, asker: Asker, volume_id: str) -> ReadingsAnswer:
        """Go on with one's reading though it was finished.

        Raises:
            ConflictError: it is not the asker's or not finished, or all are and have been seen.
        """
        with self._database.write() as session:
            volume, project = get_volume_in_project(session, asker, volume_id)
            reading = _require_own(session, asker, volume)
            if reading.finished_at is None:
                raise ConflictError("This reading is not finished, so you can go on with it.")
            reading.finished_at = None
            session.flush()
            return readings_answer(session, asker, volume, project)

    def end(self, asker: Asker, volume_id: str) -> ReadingsAnswer:
        """Reveal all readings of a scan as they are, finished or not; nobody goes on with them.

        Raises:
            ConflictError: nobody is reading the scan.
        """
        with self._database.write() as session:
            volume, project = get_volume_in_project(session, asker, volume_id)
            readings = open_readings(session, read_volume_id(session, volume))
            if not readings:
                raise ConflictError("Nobody is reading this scan. Reload the page.")
            for reading in readings:
                for run in unfinished_runs(session, reading.volume_id):
                    request_cancel(run)
            _reveal(readings)
            session.flush()
            answer = readings_answer(session, asker, volume, project)
        self._wake_worker()
        return answer


def _require_readers(session: Session, project: ProjectRow, readers: Sequence[str]) -> None:
    if len(readers) > MAX_READERS or len(set(readers)) < len(readers):
        raise UserError(
            f"A scan is read by at most {MAX_READERS} different people at a time. Name each of them once."
        )
    if not possible_readers(session, project).keys() >= set(readers):
        raise UserError(
            "Readers must be able to paint in this project, and one is not. Share it with that person first."
        )


def _require_unread(session: Session, volume: VolumeRow) -> list[ReadingRow]:
    """Earlier readings of the volume. Raises ConflictError where it cannot be read now."""
    if session.get(ReadingRow, volume.id) is not None:
        raise ConflictError("This volume is a reading itself. Have the volume read that it is a reading of.")
    if open_readings(session, volume.id):
        raise ConflictError(
            "This volume is being read already. Wait until that is finished, or end it first."
        )
    earlier = readings_of(session, volume.id)
    if len(earlier) >= MAX_READINGS:
        raise ConflictError(f"A volume can be read {MAX_READINGS} times at most.")
    return earlier


def _require_own(session: Session, asker: Asker, volume: VolumeRow) -> ReadingRow:
    reading = session.get(ReadingRow, volume.id)
    if reading is None or reading.reader != asker.id:
        raise ConflictError("This is no reading of yours. Open your own one, and try again.")
    if reading.revealed_at is not None:
        raise ConflictError("The readings of this scan have been compared, so this one stays as it is.")
    return reading


def _add_readings(
    session: Session, volume: VolumeRow, readers: Sequence[str], last: int, first_at: datetime | None
) -> None:
    """``last``: the highest number of a reading; ``first_at``: since when the volume is the first itself."""
    for number, reader in enumerate(readers, last + 1):
        row = reading_row(volume, f"reading {number}")
        session.add(row)
        session.flush()
        session.add(
            ReadingRow(
                volume_id=row.id,
                of_id=volume.id,
                project_id=volume.project_id,
                reader=reader,
                number=number,
                of_first_at=first_at,
            )
        )
    session.flush()


def _reveal(readings: Sequence[ReadingRow]) -> None:
    now = utc_now()
    for reading in readings:
        reading.revealed_at = now
