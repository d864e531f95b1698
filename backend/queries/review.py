"""The review of a volume: what is to be looked at, what was done, and the comments on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.queries.annotations import latest_annotations, latest_versions
from backend.queries.review_state import person_names
from backend.queries.signing import newest_mask
from backend.records.volumes import slice_count
from backend.schemas.enums import ReviewState, ReviewStep, SliceState
from backend.schemas.limits import MAX_LISTED
from backend.schemas.review import (
    CommentAnswer,
    ReplyAnswer,
    ReviewAnswer,
    SliceToCheckAnswer,
    StepAnswer,
)
from fewshot_sam.data.planes import Plane
from storage.models import MaskRow, VolumeRow
from storage.reviews import CheckedSliceRow, ReviewCommentRow, ReviewStepRow

SLICES_TO_CHECK = 10
_MIN_GAP = 2  # slices: neighbours look alike


def review_answer(session: Session, volume: VolumeRow, max_steps: int | None = MAX_LISTED) -> ReviewAnswer:
    """The review as it stands, with its newest steps; with all of them where ``max_steps`` is None."""
    steps = list(session.scalars(select_steps(volume.id).limit(max_steps)))
    comments = comments_of(session, volume.id)
    checked = checked_slices(session, volume)
    people = {row.author for row in steps} | {row.author for row in comments}
    people |= {row.author for row in checked}
    names = person_names(session, people | {row.resolved_by for row in comments if row.resolved_by})
    return ReviewAnswer(
        state=ReviewState(volume.review) if volume.review else None,
        slices=_slice_answers(session, volume, checked, names),
        steps=_step_answers(steps, names),
        comments=_comment_answers(comments, names),
    )


def select_steps(volume_id: str) -> Select[ReviewStepRow]:
    """The steps of a volume's review, the newest first."""
    return select(ReviewStepRow).where(ReviewStepRow.volume_id == volume_id).order_by(ReviewStepRow.id.desc())


def newest_step(session: Session, volume_id: str, step: ReviewStep) -> ReviewStepRow | None:
    """The newest step of a kind."""
    return session.scalar(select_steps(volume_id).where(ReviewStepRow.step == step).limit(1))


def comments_of(session: Session, volume_id: str) -> list[ReviewCommentRow]:
    """Comments and replies, oldest first."""
    query = select(ReviewCommentRow).where(ReviewCommentRow.volume_id == volume_id)
    return list(session.scalars(query.order_by(ReviewCommentRow.created_at, ReviewCommentRow.id)))


def checked_slices(session: Session, volume: VolumeRow) -> list[CheckedSliceRow]:
    """The slices that were checked since the volume was marked ready, and are as they were checked."""
    ready = newest_step(session, volume.id, ReviewStep.READY)
    if ready is None:
        return []
    query = select(CheckedSliceRow).where(CheckedSliceRow.step_id == ready.id)
    rows = list(session.scalars(query.order_by(CheckedSliceRow.created_at)))
    saved = {(row.plane, row.slice_index): row.created_at for row in latest_annotations(session, volume.id)}
    mask = newest_mask(session, volume)
    masked_at = (mask.made_current_at or mask.created_at) if mask else None

    def is_as_checked(row: CheckedSliceRow) -> bool:
        changed = (saved.get((row.plane, row.slice_index)), masked_at)
        return all(moment is None or moment <= row.created_at for moment in changed)

    return [row for row in rows if is_as_checked(row)]


def slices_to_check(session: Session, volume: VolumeRow) -> list[tuple[int, float | None]]:
    """Slices of the annotation plane, and the expected number of wrong voxels on each, the least certain
    first; without such figures evenly spaced over the mask's slices, or over the painted ones."""
    plane, mask = Plane(volume.plane), newest_mask(session, volume)
    found = _least_certain(mask, plane)
    if found:
        return found
    painted = sorted(latest_versions(session, volume.id, plane)[SliceState.PAINTED])
    candidates = painted if mask is None else list(range(slice_count(volume, plane)))
    return [(index, None) for index in _evenly_spaced(candidates)]


def _least_certain(mask: MaskRow | None, plane: Plane) -> list[tuple[int, float | None]]:
    figures = (mask.slice_uncertainty or {}).get(plane.value, []) if mask else []
    chosen: list[tuple[int, float | None]] = []
    by_voxels = sorted(enumerate(map(float, figures)), key=lambda each: (-each[1], each[0]))
    for index, voxels in by_voxels:
        if voxels <= 0 or len(chosen) == SLICES_TO_CHECK:
            break
        if all(abs(index - other) >= _MIN_GAP for other, _ in chosen):
            chosen.append((index, voxels))
    return chosen


def _evenly_spaced(indices: Sequence[int]) -> list[int]:
    """SLICES_TO_CHECK of them at most, none at the very ends where some are left out."""
    count = len(indices)
    if count <= SLICES_TO_CHECK:
        return list(indices)
    return [indices[int((n + 0.5) * count / SLICES_TO_CHECK)] for n in range(SLICES_TO_CHECK)]


def _slice_answers(
    session: Session, volume: VolumeRow, checked: Sequence[CheckedSliceRow], names: dict[str, str]
) -> list[SliceToCheckAnswer]:
    """Those to be looked at, then others that were."""
    plane = Plane(volume.plane)
    by_place = {(row.plane, row.slice_index): row for row in checked}
    wanted = [(plane, index, voxels) for index, voxels in slices_to_check(session, volume)]
    known = {(each.value, index) for each, index, _ in wanted}
    others = [row for place, row in by_place.items() if place not in known]
    wanted += [(Plane(row.plane), row.slice_index, None) for row in others]
    answers = []
    for each, index, voxels in wanted:
        row = by_place.get((each.value, index))
        answers.append(
            SliceToCheckAnswer(
                plane=each,
                slice_index=index,
                uncertainty=voxels,
                checked_by=row.author if row else None,
                checked_by_name=names.get(row.author) if row else None,
                checked_at=row.created_at if row else None,
            )
        )
    return answers


def _step_answers(steps: Sequence[ReviewStepRow], names: dict[str, str]) -> list[StepAnswer]:
    """``steps``: the newest first."""
    answers, marked_by = [], None
    for row in reversed(steps):
        marked_by = row.author if row.step == ReviewStep.READY else marked_by
        accepted = row.step == ReviewStep.ACCEPTED
        answers.append(
            StepAnswer(
                step=ReviewStep(row.step),
                author=row.author,
                author_name=names.get(row.author),
                at=row.created_at,
                reason=row.reason,
                same_person=accepted and row.author == marked_by,
                signed_hash=row.signed["hash"] if row.signed else None,
            )
        )
    return answers[::-1]


def _comment_answers(rows: Sequence[ReviewCommentRow], names: dict[str, str]) -> list[CommentAnswer]:
    replies: dict[str, list[ReplyAnswer]] = {}
    for row in rows:
        if row.reply_to:
            reply = ReplyAnswer(
                id=row.id,
                text=row.text,
                author=row.author,
                author_name=names.get(row.author),
                at=row.created_at,
            )
            replies.setdefault(row.reply_to, []).append(reply)
    return [
        CommentAnswer(
            id=row.id,
            text=row.text,
            author=row.author,
            author_name=names.get(row.author),
            at=row.created_at,
            plane=Plane(row.plane),
            slice_index=row.voxel[Plane(row.plane).axis],
            voxel=(row.voxel[0], row.voxel[1], row.voxel[2]),
            resolved_by=row.resolved_by,
            resolved_by_name=names.get(row.resolved_by or ""),
            resolved_at=row.resolved_at,
            replies=replies.get(row.id, []),
        )
        for row in rows
        if row.reply_to is None
    ]
