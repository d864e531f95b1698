"""Outlines that SAM draws: who may ask for one, and whether the question makes sense."""

from __future__ import annotations

import time
from concurrent.futures import Future

from backend.asker import Asker
from backend.errors import InvalidRequestError
from backend.outlines.errors import OutlineError
from backend.outlines.link import WorkerLink
from backend.outlines.messages import Question
from backend.queries.access import get_volume
from backend.records.volumes import display_shape
from backend.schemas.enums import PromptKind
from backend.schemas.requests import OutlineBody
from backend.services.planes import require_slice
from fewshot_sam.data.planes import Plane
from storage.database import Database

NO_PROMPTS = {
    PromptKind.BOX: "This server's encoder has no SAM decoder, which outlines what is in a box. "
    "Use another tool, or an encoder such as lite-medsam.",
    PromptKind.POINT: "This server's encoder was not trained on points. "
    "Draw a box, or use an encoder such as sam-vit-b.",
}


class Outlines:
    """Questions to the worker, each about one slice of a volume.

    Attributes:
        link: to the worker; the supervisor attaches the one that runs.
    """

    def __init__(self, database: Database, link: WorkerLink) -> None:
        self._database = database
        self.link = link

    def question(
        self, asker: Asker, volume_id: str, plane: Plane, slice_index: int, body: OutlineBody, wait_s: float
    ) -> Question:
        """What to ask the worker.

        Raises:
            NotFoundError: there is no such volume.
            InvalidRequestError: the slice is none of the volume's, or the prompt does not lie on it.
        """
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
        require_slice(volume, plane, slice_index)
        if body.box is not None and body.points:
            raise InvalidRequestError("A prompt must be a box or points, not both.")
        _require_on_slice(body, *display_shape(volume, plane))
        box = None if body.box is None else (body.box[0], body.box[1], body.box[2], body.box[3])
        points = tuple((point.column, point.row, point.inside) for point in body.points)
        return Question(asker.id, volume_id, plane, slice_index, box, points, time.time() + wait_s)

    def ask(self, question: Question) -> Future[bytes]:
        """Ask the worker; see :meth:`backend.outlines.link.WorkerLink.ask`.

        Raises:
            OutlineError: the worker's encoder cannot answer prompts of this kind.
            WorkerAwayError: there is no worker that could answer yet.
        """
        kind = PromptKind.POINT if question.points else PromptKind.BOX
        prompts = self.link.prompts
        if prompts is not None and kind not in prompts:
            raise OutlineError(NO_PROMPTS[kind])
        return self.link.ask(question)


def _require_on_slice(body: OutlineBody, rows: int, columns: int) -> None:
    if body.box is not None:
        left, top, right, bottom = body.box
        if not (left < right <= columns and top < bottom <= rows):
            raise InvalidRequestError(
                f"A box must be [left, top, right, bottom] on {columns} columns and {rows} rows, "
                f"got [{left:g}, {top:g}, {right:g}, {bottom:g}]."
            )
    for point in body.points:
        if point.column > columns or point.row > rows:
            raise InvalidRequestError(
                f"A point must be on {columns} columns and {rows} rows, got {point.column:g}, {point.row:g}."
            )
