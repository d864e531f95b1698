"""Rows as answers of the HTTP API; of lists, each question is asked once for all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy.orm import Session

from backend.choices import RunChoice, encoder_title
from backend.queries.annotations import changed_since, painted_counts
from backend.queries.masks import NewestMask, current_labels, mask_models, newest_masks
from backend.queries.previous import previous_mask
from backend.queries.projects import label_names
from backend.queries.references import references_of
from backend.queries.review_state import volume_readings, volume_reviews
from backend.queries.runs import masks_of_runs, newest_models, newest_runs
from backend.records.origins import origins_of
from backend.records.volumes import slice_count
from backend.schemas.answers import (
    AnnotationAnswer,
    EncodingAnswer,
    LabelAnswer,
    LabelReport,
    MaskAnswer,
    RunAnswer,
    VolumeAnswer,
    VolumeReadingAnswer,
    VolumeReviewAnswer,
)
from backend.schemas.enums import EncodingState, ReviewState, RunKind, RunState, SliceState, VolumeState
from backend.schemas.parts import (
    DomainShiftAnswer,
    MaskLabel,
    OriginAnswer,
    PictureAnswer,
    PreviousMaskAnswer,
    RunChoiceAnswer,
    WorstLabelAnswer,
)
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, LabelRow, MaskRow, RunRow, VolumeRow, utc_now

_OLD_REPORT_KEYS = {"left_out_dice": "cross_validated_dice"}
_LABEL_KEYS = ("value", "code", "name", "color", "voxels", "volume_ml")


def label_answer(label: LabelRow) -> LabelAnswer:
    """A label."""
    names = ("id", "value", "code", "name", "color", "term")
    return LabelAnswer(**{name: getattr(label, name) for name in names})


def volume_answer(session: Session, volume: VolumeRow) -> VolumeAnswer:
    """A volume."""
    return volume_answers(session, [volume])[0]


def volume_answers(session: Session, volumes: Sequence[VolumeRow]) -> list[VolumeAnswer]:
    """Volumes, each with its newest run and mask."""
    ids = [volume.id for volume in volumes]
    painted, masks = painted_counts(session, ids), newest_masks(session, ids)
    made, models = mask_models(session, ids), newest_models(session, ids)
    runs = {run.volume_id: run for run in run_answers(session, list(newest_runs(session, ids).values()))}
    references = references_of(session, ids)
    names = label_names(session, {volume.project_id for volume in volumes})
    reviews, readings = volume_reviews(session, volumes), volume_readings(session, volumes)
    return [
        VolumeAnswer(
            id=volume.id,
            project_id=volume.project_id,
            name=volume.name,
            source_name=volume.source_name,
            modality=volume.modality,  # type: ignore[arg-type]  # Pydantic checks it
            shape=volume.geometry["shape"],
            spacing_mm=volume.geometry["spacing_mm"],
            affine=volume.geometry["affine"],
            dtype=volume.geometry["dtype"],
            plane=Plane(volume.plane),
            plane_chosen=volume.plane_chosen,
            **volume.display,
            encoding=_encoding_answer(volume),
            state=_volume_state(
                volume, painted[volume.id], volume.id in made and not masks[volume.id].by_hand
            ),
            review=VolumeReviewAnswer(**reviews[volume.id]),
            reading=VolumeReadingAnswer(**readings[volume.id]) if volume.id in readings else None,
            painted=painted[volume.id],
            worst_label=_worst_label(names, volume.project_id, masks.get(volume.id)),
            mask_id=masks[volume.id].id if volume.id in masks else None,
            mask_draft=volume.id in masks and masks[volume.id].draft,
            mean_confidence=masks[volume.id].mean_confidence if volume.id in masks else None,
            mask_differs=volume.id in masks and masks[volume.id].differs,
            has_reference=volume.id in references,
            mask_count=sum(made.get(volume.id, {}).values()),
            mask_model_ids=sorted(filter(None, made.get(volume.id, ()))),
            run=runs.get(volume.id),
            model_id=models.get(volume.id),
            notes=volume.geometry["metadata"].get("notes", ""),
            pictures=[PictureAnswer(**each) for each in volume.geometry.get("pictures", ())],
            colour=volume.colour_blob is not None,
            has_headers=volume.headers_blob is not None,
            created_at=volume.created_at,
        )
        for volume in volumes
    ]


def _volume_state(volume: VolumeRow, painted: Mapping[Plane, int], predicted: bool) -> VolumeState:
    if volume.review in (ReviewState.IN_REVIEW, ReviewState.ACCEPTED):
        return VolumeState(volume.review)
    if predicted:
        return VolumeState.PREDICTED
    return VolumeState.PAINTED if any(painted.values()) else VolumeState.NEW


def _worst_label(
    names: Mapping[tuple[str, int], str], project_id: str, mask: NewestMask | None
) -> WorstLabelAnswer | None:
    """The label with the lowest expected Dice of those that the project still has; None if none has one."""
    known = [
        (dice, names[project_id, int(value)])
        for value, label in (upgrade_report(mask.report) if mask else {}).items()
        if (dice := label.get("expected_dice")) is not None and (project_id, int(value)) in names
    ]
    dice, name = min(known, default=(None, ""))
    return None if dice is None else WorstLabelAnswer(name=name, expected_dice=dice)


def _encoding_answer(volume: VolumeRow) -> EncodingAnswer:
    return EncodingAnswer(
        state=EncodingState(volume.encoding_state),
        done=volume.encoding_done,
        total=slice_count(volume, Plane(volume.plane)),
        eta_s=volume.encoding_eta_s,
        error=volume.encoding_error,
    )


def run_answer(session: Session, run: RunRow) -> RunAnswer:
    """A run."""
    return run_answers(session, [run])[0]


def run_answers(session: Session, runs: Sequence[RunRow]) -> list[RunAnswer]:
    """Runs, each with its mask."""
    masks, now = masks_of_runs(session, [run.id for run in runs]), utc_now()
    return [
        RunAnswer(
            id=run.id,
            volume_id=run.volume_id,
            kind=RunKind(run.kind),
            plane=Plane(run.plane),
            choice=_choice_answer(run),
            continued=run.warm_start_model_id is not None,
            slices=len(run.annotation_versions),
            source_count=0 if run.kind != RunKind.PROPAGATE else len(run.sources or [run.volume_id]),
            state=RunState(run.state),
            stage=run.stage,
            fraction=round(run.fraction, 4),
            eta_s=run.eta_s,
            loss=run.loss,
            error=run.error,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            mask_id=masks.get(run.id),
            model_id=run.model_id,
            report=upgrade_report(run.report),
            elapsed_s=((run.finished_at or now) - run.started_at).total_seconds() if run.started_at else 0.0,
            cancel_requested=run.cancel_requested_at is not None,
        )
        for run in runs
    ]


def _choice_answer(run: RunRow) -> RunChoiceAnswer:
    choice = RunChoice.of_run(run)
    title = None if choice.encoder is None else encoder_title(choice.encoder)
    method, encoder = choice.method, choice.encoder
    return RunChoiceAnswer(method=method, encoder=encoder, encoder_title=title, seed=choice.seed)


def upgrade_report(report: Mapping[str, Mapping[str, Any]]) -> dict[str, LabelReport]:
    """A run's report by label value, with keys of earlier versions under their names of today."""
    return {
        value: cast(LabelReport, {_OLD_REPORT_KEYS.get(key, key): entry for key, entry in label.items()})
        for value, label in report.items()
    }


def origin_answers(row: AnnotationRow) -> dict[str, OriginAnswer]:
    """How each label of a version came onto its slice, by the label's value."""
    return {key: OriginAnswer.model_validate(record) for key, record in origins_of(row).items()}


def annotation_answer(row: AnnotationRow) -> AnnotationAnswer:
    """A version of a slice."""
    return AnnotationAnswer(
        plane=Plane(row.plane),
        slice_index=row.slice_index,
        version=row.version,
        state=SliceState(row.state),
        values=row.values,
        author=row.author,
        origins=origin_answers(row),
        updated_at=row.created_at,
        saved_at=row.created_at,
    )


def mask_answer(session: Session, mask: MaskRow) -> MaskAnswer:
    """A mask, its labels as called now, with what the run's report says of how well each was learnt."""
    run = session.get_one(RunRow, mask.run_id)
    report = upgrade_report(run.report)
    previous = previous_mask(session, mask)
    before = {label["value"]: label["volume_ml"] for label in previous.labels} if previous else {}
    return MaskAnswer(
        id=mask.id,
        volume_id=mask.volume_id,
        run_id=mask.run_id,
        created_at=mask.created_at,
        labels=[_mask_label(label, report, before) for label in current_labels(session, mask)],
        choice=_choice_answer(run),
        previous=_previous_answer(previous),
        draft=mask.draft,
        edited_since=changed_since(session, mask.volume_id, Plane(run.plane), run.created_at),
        has_confidence=mask.confidence_blob is not None,
        slice_uncertainty=_by_plane(mask.slice_uncertainty),
        next_slices=mask.next_slices,
        domain_shift=_domain_shift(mask),
    )


def _domain_shift(mask: MaskRow) -> DomainShiftAnswer | None:
    """What is stored of it; None, as if the scan did not differ, where that cannot be read."""
    if not isinstance(mask.domain_shift, dict):
        return None
    told = {name: mask.domain_shift.get(name) for name in DomainShiftAnswer.model_fields}
    try:
        return DomainShiftAnswer.model_validate(told)
    except ValidationError:
        return None


def _by_plane(said: Mapping[str, list[float]] | None) -> dict[Plane, list[float]] | None:
    return None if said is None else {Plane(plane): said[plane] for plane in said}


def _previous_answer(mask: MaskRow | None) -> PreviousMaskAnswer | None:
    if mask is None:
        return None
    return PreviousMaskAnswer(mask_id=mask.id, run_id=mask.run_id, created_at=mask.created_at)


def _mask_label(
    label: Mapping[str, Any], report: Mapping[str, LabelReport], before: Mapping[int, float]
) -> MaskLabel:
    """``before``: millilitres by label value in the mask before this one."""
    said = report.get(str(label["value"]), LabelReport())
    return MaskLabel(
        **{key: label[key] for key in _LABEL_KEYS},
        previous_ml=before.get(label["value"]),
        expected_dice=said.get("expected_dice"),
        warning=said.get("warning"),
    )
