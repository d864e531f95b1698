"""How labels came onto slices: names of people and masks beside the records, each asked for once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.choices import RunChoice
from backend.queries.answers import origin_answers
from backend.queries.model_answers import model_origin
from backend.schemas.enums import SliceState
from backend.schemas.parts import iso
from backend.schemas.provenance import MaskOriginAnswer, ProvenanceAnswer, SliceOriginsAnswer
from fewshot_sam.data.planes import Plane
from storage.accounts import AccountRow
from storage.models import AnnotationRow, MaskRow, ModelRow, RunRow


def provenance_answer(
    session: Session, volume_id: str, rows: Sequence[AnnotationRow], newest_mask: str | None
) -> ProvenanceAnswer:
    """Provenance of versions of a volume's slices.

    Args:
        newest_mask: the id of the mask that what is on none of them comes from.
    """
    slices = [_slice_answer(row) for row in rows]
    origins = [origin for each in slices for origin in each.labels.values()]
    people = {origin.by for origin in origins} | {each.author for each in slices}
    masks = {origin.mask for origin in origins if origin.mask}
    return ProvenanceAnswer(
        volume_id=volume_id,
        people=_names(session, people),
        masks=_mask_answers(session, volume_id, masks, newest_mask),
        slices=slices,
    )


def _slice_answer(row: AnnotationRow) -> SliceOriginsAnswer:
    return SliceOriginsAnswer(
        plane=Plane(row.plane),
        slice_index=row.slice_index,
        version=row.version,
        state=SliceState(row.state),
        author=row.author,
        saved_at=iso(row.created_at),
        labels=origin_answers(row),
    )


def _names(session: Session, people: Collection[str]) -> dict[str, str | None]:
    query = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(people))
    return {**dict.fromkeys(sorted(people)), **dict(session.execute(query).all())}


def _mask_answers(
    session: Session, volume_id: str, ids: Collection[str], newest: str | None
) -> list[MaskOriginAnswer]:
    """Masks of the volume, the oldest first, ``newest`` last; those that are gone are left out."""
    wanted = {*ids, newest} - {None}
    if not wanted:
        return []
    query = (
        select(MaskRow, RunRow, ModelRow)
        .join(RunRow, RunRow.id == MaskRow.run_id)
        .outerjoin(ModelRow, ModelRow.id == RunRow.model_id)
        .where(MaskRow.volume_id == volume_id, MaskRow.id.in_(wanted))
    )
    found = session.execute(query).all()
    answers = [_mask_answer(session, *each) for each in found]
    return sorted(answers, key=lambda each: (each.mask_id == newest, each.created_at))


def _mask_answer(session: Session, mask: MaskRow, run: RunRow, model: ModelRow | None) -> MaskOriginAnswer:
    choice = RunChoice.of_run(run)
    return MaskOriginAnswer(
        mask_id=mask.id,
        run_id=run.id,
        created_at=iso(mask.created_at),
        method=choice.method,
        encoder=choice.encoder,
        seed=choice.seed,
        model_id=run.model_id,
        sources=[each["name"] for each in (model.sources or [])] if model else [],
        model_file=model_origin(session, model),
    )
