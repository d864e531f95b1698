"""The review of a volume: marked ready, looked at, commented on, accepted or sent back, reopened."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.queries.access import get_volume
from backend.queries.review import comments_of, newest_step, review_answer
from backend.queries.review_state import open_comments
from backend.queries.runs import unfinished_runs
from backend.queries.signing import is_labelled, signature
from backend.schemas.enums import ReviewState, ReviewStep
from backend.schemas.limits import MAX_COMMENTS, MAX_REVIEW_STEPS
from backend.schemas.review import CommentBody, ReviewAnswer
from backend.services.planes import parse_plane, require_slice
from fewshot_sam.data.text import printable
from storage.database import Database
from storage.models import VolumeRow, utc_now
from storage.readings import ReadingRow
from storage.reviews import CheckedSliceRow, ReviewCommentRow, ReviewStepRow

_LEADS_TO = {
    ReviewStep.READY: ReviewState.IN_REVIEW,
    ReviewStep.WITHDRAWN: None,
    ReviewStep.SENT_BACK: ReviewState.SENT_BACK,
    ReviewStep.ACCEPTED: ReviewState.ACCEPTED,
    ReviewStep.REOPENED: None,
}
_NOT_IN_REVIEW = "This volume is not in review; somebody may have ended it meanwhile. Reload the page."


class Reviews:
    """Read reviews and go on with them. Rights: who may paint marks ready, who may review does the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, asker: Asker, volume_id: str) -> ReviewAnswer:
        """The review as it stands. Raises NotFoundError."""
        with self._database.read() as session:
            return review_answer(session, get_volume(session, asker, volume_id))

    def record(self, asker: Asker, volume_id: str) -> dict[str, Any]:
        """All of the review as JSON: the volume, every step with what was signed, and the comments.

        ``still_as_signed`` of an accepted volume says whether what is stored now has the hash that was
        signed; null for other volumes.
        """
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            answer = review_answer(session, volume, max_steps=None).model_dump(mode="json")
            accepted = newest_step(session, volume.id, ReviewStep.ACCEPTED)
            signed = accepted.signed if accepted and volume.review == ReviewState.ACCEPTED else None
            same = signed["hash"] == signature(session, volume)["hash"] if signed else None
            about = {"id": volume.id, "name": volume.name, "content_hash": volume.content_hash}
            return {"volume": about, "signed": signed, "still_as_signed": same, **answer}

    def mark_ready(self, asker: Asker, volume_id: str, reason: str = "") -> ReviewAnswer:
        """Say that a volume is ready for review.

        Raises:
            ConflictError: it is in review or accepted already, or there is nothing to review.
        """
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            if volume.review in (ReviewState.IN_REVIEW, ReviewState.ACCEPTED):
                raise ConflictError("This volume is in review or accepted already. Reload the page.")
            if session.get(ReadingRow, volume.id) is not None:
                raise ConflictError("A reading is finished, not reviewed. Have its merge reviewed.")
            if not is_labelled(session, volume):
                raise ConflictError(
                    "There is nothing to review yet. Paint slices or run a propagation, then mark it ready."
                )
            return _step(session, asker, volume, ReviewStep.READY, reason)

    def withdraw(self, asker: Asker, volume_id: str, reason: str = "") -> ReviewAnswer:
        """Take a volume out of review, by who works on it. Raises ConflictError where it is not in review."""
        with self._database.write() as session:
            volume = _require_in_review(get_volume(session, asker, volume_id))
            return _step(session, asker, volume, ReviewStep.WITHDRAWN, reason)

    def accept(self, asker: Asker, volume_id: str, reason: str = "") -> ReviewAnswer:
        """Accept a volume: it is frozen from now on, and what was signed is stored.

        Raises:
            ConflictError: it is not in review, comments are open, or a run on it has not ended.
        """
        with self._database.write() as session:
            volume = _require_in_review(get_volume(session, asker, volume_id))
            if count := open_comments(session, [volume.id]).get(volume.id):
                verb = "comment is" if count == 1 else "comments are"
                raise ConflictError(f"{count} {verb} open. Resolve them, or send the volume back.")
            if unfinished_runs(session, volume.id):
                raise ConflictError(
                    "A run on this volume has not ended. Wait for it or cancel it, then look at its result."
                )
            signed = signature(session, volume)
            return _step(session, asker, volume, ReviewStep.ACCEPTED, reason, signed)

    def send_back(self, asker: Asker, volume_id: str, reason: str = "") -> ReviewAnswer:
        """Send a volume back to who works on it.

        Raises:
            ConflictError: it is not in review, or no comment is open that says why.
        """
        with self._database.write() as session:
            volume = _require_in_review(get_volume(session, asker, volume_id))
            if not open_comments(session, [volume.id]):
                raise ConflictError("Pin a comment first that says what to mend, then send the volume back.")
            return _step(session, asker, volume, ReviewStep.SENT_BACK, reason)

    def reopen(self, asker: Asker, volume_id: str, reason: str) -> ReviewAnswer:
        """Reopen an accepted volume, so that it can be changed.

        Raises:
            InvalidRequestError: there is no reason.
            ConflictError: it is not accepted.
        """
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            if volume.review != ReviewState.ACCEPTED:
                raise ConflictError("This volume is not accepted, so it can be changed as it is.")
            if not _clean(reason):
                raise InvalidRequestError("Reopening needs a reason, which is recorded. Write one.")
            return _step(session, asker, volume, ReviewStep.REOPENED, reason)

    def check_slice(
        self, asker: Asker, volume_id: str, plane: str, slice_index: int, checked: bool = True
    ) -> ReviewAnswer:
        """Note that the asker looked at a slice and accepts it, or no longer does; harmless where it is so.

        Raises:
            InvalidRequestError: the plane has no such slice.
            ConflictError: the volume is not in review.
        """
        with self._database.write() as session:
            volume = _require_in_review(get_volume(session, asker, volume_id))
            chosen = parse_plane(plane)
            require_slice(volume, chosen, slice_index)
            ready = newest_step(session, volume.id, ReviewStep.READY)
            if ready is None:
                raise ConflictError(_NOT_IN_REVIEW)
            place = (ready.id, chosen.value, slice_index)
            row = session.get(CheckedSliceRow, place)
            if checked and row is None:
                step_id, name, index = place
                session.add(CheckedSliceRow(step_id=step_id, plane=name, slice_index=index, author=asker.id))
            elif checked and row is not None:
                row.author, row.created_at = asker.id, utc_now()  # it may have changed since it was checked
            elif row is not None:
                session.delete(row)
            session.flush()
            return review_answer(session, volume)

    def comment(self, asker: Asker, volume_id: str, body: CommentBody) -> ReviewAnswer:
        """Pin a comment to a voxel.

        Raises:
            InvalidRequestError: the text is empty, or the volume has no such voxel.
            ConflictError: the volume has as many comments as one may have.
        """
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            shape = volume.geometry["shape"]
            if not all(index < count for index, count in zip(body.voxel, shape, strict=True)):
                raise InvalidRequestError(f"A comment's voxel must be inside {shape}, got {body.voxel}.")
            _add_comment(session, asker, volume, body.text, body.plane.value, body.voxel, None)
            return review_answer(session, volume)

    def reply(self, asker: Asker, volume_id: str, comment_id: str, text: str) -> ReviewAnswer:
        """Reply to a comment. Raises as :meth:`comment` does, or NotFoundError."""
        with self._database.write() as session:
            volume, comment = _with_comment(session, asker, volume_id, comment_id)
            _add_comment(session, asker, volume, text, comment.plane, comment.voxel, comment.id)
            return review_answer(session, volume)

    def resolve(self, asker: Asker, volume_id: str, comment_id: str, resolved: bool) -> ReviewAnswer:
        """Resolve a comment or open it again; harmless where it is so. Raises NotFoundError."""
        with self._database.write() as session:
            volume, comment = _with_comment(session, asker, volume_id, comment_id)
            if resolved != (comment.resolved_by is not None):
                comment.resolved_by = asker.id if resolved else None
                comment.resolved_at = utc_now() if resolved else None
            session.flush()
            return review_answer(session, volume)


def _step(
    session: Session,
    asker: Asker,
    volume: VolumeRow,
    step: ReviewStep,
    reason: str,
    signed: dict[str, Any] | None = None,
) -> ReviewAnswer:
    """Add the step and go where it leads."""
    query = select(func.count(ReviewStepRow.id)).where(ReviewStepRow.volume_id == volume.id)
    # A volume in review can always be judged, and an accepted one reopened.
    if step is ReviewStep.READY and (session.scalar(query) or 0) >= MAX_REVIEW_STEPS:
        raise ConflictError(f"A volume's review has {MAX_REVIEW_STEPS} steps at most.")
    session.add(
        ReviewStepRow(volume_id=volume.id, step=step, author=asker.id, reason=_clean(reason), signed=signed)
    )
    volume.review = _LEADS_TO[step]
    session.flush()
    return review_answer(session, volume)


def _require_in_review(volume: VolumeRow) -> VolumeRow:
    if volume.review != ReviewState.IN_REVIEW:
        raise ConflictError(_NOT_IN_REVIEW)
    return volume


def _with_comment(
    session: Session, asker: Asker, volume_id: str, comment_id: str
) -> tuple[VolumeRow, ReviewCommentRow]:
    """A volume and a comment on it that is no reply."""
    volume = get_volume(session, asker, volume_id)
    comment = session.get(ReviewCommentRow, comment_id)
    if comment is None or comment.volume_id != volume.id or comment.reply_to is not None:
        raise NotFoundError("This comment does not exist. Reload the page.")
    return volume, comment


def _add_comment(
    session: Session,
    asker: Asker,
    volume: VolumeRow,
    text: str,
    plane: str,
    voxel: list[int],
    reply_to: str | None,
) -> None:
    if not (cleaned := _clean(text)):
        raise InvalidRequestError("A comment must not be empty. Write something.")
    if len(comments_of(session, volume.id)) >= MAX_COMMENTS:
        raise ConflictError(f"A volume has {MAX_COMMENTS} comments and replies at most.")
    session.add(
        ReviewCommentRow(
            volume_id=volume.id, reply_to=reply_to, plane=plane, voxel=voxel, text=cleaned, author=asker.id
        )
    )
    session.flush()


def _clean(text: str) -> str:
    """Plain text, trimmed: lines stay, other control characters become spaces."""
    return "\n".join(printable(line).rstrip() for line in text.splitlines()).strip()
