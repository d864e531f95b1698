"""/api/volumes/{id}/review and /comments: the review of a volume. Each change answers with all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from backend.http.answers import JsonAnswer
from backend.http.documents import bytes_answer
from backend.http.file_names import content_disposition
from backend.http.identity import Owner, ReviewingOwner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.requests import PathPlane, PathSlice, VolumeId
from backend.schemas.review import (
    CheckBody,
    CommentBody,
    CommentId,
    ReplyBody,
    ResolvedBody,
    ReviewAnswer,
    StepBody,
)

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.review import Reviews

VOLUME = "/volumes/{volume_id}"
COMMENT = f"{VOLUME}/comments/{{comment_id}}"


def review_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of reviews."""
    router = APIRouter()
    reviews = services.reviews

    @router.get(f"{VOLUME}/review")
    def get_review(asker: Owner, volume_id: VolumeId) -> ReviewAnswer:
        """The review as it stands."""
        return reviews.get(asker, volume_id)

    @router.get(
        f"{VOLUME}/review/record",
        response_class=Response,
        responses=bytes_answer("the review as JSON", "application/json"),
    )
    def review_record(asker: Owner, volume_id: VolumeId) -> Response:
        """All of the review to keep elsewhere: each step, what was signed, the comments."""
        headers = {"Content-Disposition": content_disposition(f"review-{volume_id}.json")}
        return JsonAnswer(reviews.record(asker, volume_id), headers=headers)

    @router.put(f"{VOLUME}/review/slices/{{plane}}/{{slice_index}}")
    async def check_slice(
        asker: ReviewingOwner,
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        body: CheckBody | None = None,
    ) -> ReviewAnswer:
        """Note that the asker looked at the slice and accepts it, or with "checked" false no longer does."""
        checked = body is None or body.checked
        return await work.write(reviews.check_slice, asker, volume_id, plane, slice_index, checked)

    _add_steps(router, reviews, work)
    _add_comments(router, reviews, work)
    return router


def _add_steps(router: APIRouter, reviews: Reviews, work: ApiWork) -> None:
    @router.post(f"{VOLUME}/review/ready")
    async def mark_ready(
        asker: WritingOwner, volume_id: VolumeId, body: StepBody | None = None
    ) -> ReviewAnswer:
        """Say that the volume is ready for review."""
        return await work.write(reviews.mark_ready, asker, volume_id, _reason(body))

    @router.post(f"{VOLUME}/review/withdraw")
    async def withdraw(
        asker: WritingOwner, volume_id: VolumeId, body: StepBody | None = None
    ) -> ReviewAnswer:
        """Take the volume out of review."""
        return await work.write(reviews.withdraw, asker, volume_id, _reason(body))

    @router.post(f"{VOLUME}/review/accept")
    async def accept(
        asker: ReviewingOwner, volume_id: VolumeId, body: StepBody | None = None
    ) -> ReviewAnswer:
        """Accept the volume, which freezes it."""
        return await work.write(reviews.accept, asker, volume_id, _reason(body))

    @router.post(f"{VOLUME}/review/send-back")
    async def send_back(
        asker: ReviewingOwner, volume_id: VolumeId, body: StepBody | None = None
    ) -> ReviewAnswer:
        """Send the volume back; at least one comment must be open."""
        return await work.write(reviews.send_back, asker, volume_id, _reason(body))

    @router.post(f"{VOLUME}/review/reopen")
    async def reopen(asker: ReviewingOwner, volume_id: VolumeId, body: StepBody) -> ReviewAnswer:
        """Reopen an accepted volume; the reason must not be empty."""
        return await work.write(reviews.reopen, asker, volume_id, body.reason)


def _add_comments(router: APIRouter, reviews: Reviews, work: ApiWork) -> None:
    @router.post(f"{VOLUME}/comments", status_code=201)
    async def add_comment(asker: ReviewingOwner, volume_id: VolumeId, body: CommentBody) -> ReviewAnswer:
        """Pin a comment to a voxel."""
        return await work.write(reviews.comment, asker, volume_id, body)

    @router.post(f"{COMMENT}/replies", status_code=201)
    async def reply(
        asker: ReviewingOwner, volume_id: VolumeId, comment_id: CommentId, body: ReplyBody
    ) -> ReviewAnswer:
        """Reply to a comment."""
        return await work.write(reviews.reply, asker, volume_id, comment_id, body.text)

    @router.put(f"{COMMENT}/resolved")
    async def resolve(
        asker: ReviewingOwner, volume_id: VolumeId, comment_id: CommentId, body: ResolvedBody
    ) -> ReviewAnswer:
        """Resolve a comment, or open it again."""
        return await work.write(reviews.resolve, asker, volume_id, comment_id, body.resolved)


def _reason(body: StepBody | None) -> str:
    return "" if body is None else body.reason
