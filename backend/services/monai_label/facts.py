"""What a project's programs are told: what runs here, and what the datastore holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from enum import StrEnum
from typing import Any

from backend.exports.file_names import safe_stem
from backend.schemas.answers import ProjectAnswer, RunAnswer, VolumeAnswer
from backend.services.monai_label.ranking import STRATEGIES
from backend.services.monai_label.tasks import statistics_of
from backend.services.monai_label.words import DESCRIPTION, IMAGE_SUFFIX, MODEL, Tag, codes_by_name
from fewshot_sam import __version__

HeldLabels = Mapping[str, Set[int]]
"""By the ids of masks, the values of the labels that are in them."""


class Listing(StrEnum):
    """What is asked of a datastore."""

    STATS = "stats"
    ALL = "all"
    TRAIN = "train"


def describe(project: ProjectAnswer, fitted: RunAnswer | None) -> dict[str, Any]:
    """All that a program shows when it connects.

    Args:
        fitted: the run that fitted the model last, or is to.
    """
    labels = _label_codes(project)
    return {
        "name": project.name,
        "description": DESCRIPTION,
        "version": __version__,
        "labels": list(labels),
        "label_colors": _colors(project),
        "models": {
            MODEL: {
                "type": "segmentation",
                "labels": labels,
                "dimension": 3,
                "description": DESCRIPTION,
                "config": {},
            }
        },
        "trainers": {MODEL: {"description": "Fit the model to all that is painted", "config": {}}},
        "strategies": {name: {"description": each.description} for name, each in STRATEGIES.items()},
        "scoring": {},
        "train_stats": {} if fitted is None else {MODEL: statistics_of(fitted)},
        "datastore": statistics(project.volumes),
    }


def statistics(volumes: Sequence[VolumeAnswer]) -> dict[str, Any]:
    """How many images there are, and how many have labels."""
    tags = [tags_of(volume) for volume in volumes]
    counts = {tag.value: sum(tag in each for each in tags) for tag in Tag}
    return {"total": len(volumes), "completed": counts[Tag.FINAL], "label_tags": counts}


def listing(
    project: ProjectAnswer, wanted: Listing, held: HeldLabels
) -> dict[str, Any] | list[dict[str, str]]:
    """What a datastore holds: how many images, pairs to train on, or all images with their labels.

    Args:
        held: of the masks, the values of the labels that are in them.
    """
    if wanted is Listing.STATS:
        return statistics(project.volumes)
    if wanted is Listing.TRAIN:
        painted = [each for each in project.volumes if Tag.FINAL in tags_of(each)]
        return [{"image": each.id, "label": each.id} for each in painted]
    return {
        "name": project.name,
        "description": DESCRIPTION,
        "objects": {volume.id: _object(project, volume, held) for volume in project.volumes},
    }


def image_info(volume: VolumeAnswer) -> dict[str, Any]:
    """What is said of one image; its name ends as its file does, by which programs know how to read it."""
    return {
        "name": f"{safe_stem(volume.name)}{IMAGE_SUFFIX}",
        "title": volume.name,
        "ts": int(volume.created_at.timestamp()),
        "modality": volume.modality,
        "state": volume.state.value,
    }


def tags_of(volume: VolumeAnswer) -> set[Tag]:
    """Which labels an image has."""
    found = {Tag.FINAL} if any(volume.painted.values()) else set()
    return found | ({Tag.ORIGINAL} if volume.mask_id and not volume.mask_draft else set())


def label_info(project: ProjectAnswer, volume: VolumeAnswer, tag: Tag, held: HeldLabels) -> dict[str, Any]:
    """What is said of a label of an image. Programs name the values that they find by its list, in order."""
    values = held.get(volume.mask_id or "") if tag is Tag.ORIGINAL else None
    names = {"label_names": _label_codes(project, values), "model": MODEL}
    return {"name": image_info(volume)["name"], "params": names}


def _label_codes(project: ProjectAnswer, values: Set[int] | None = None) -> dict[str, int]:
    """The codes of the project's labels, or of those with these values."""
    labels = [each for each in project.labels if values is None or each.value in values]
    return codes_by_name([{"name": label.name, "code": label.code} for label in labels])


def _colors(project: ProjectAnswer) -> dict[str, str]:
    """The colour of each label as "#rrggbb": no word of MONAI Label's, for programs that want it."""
    color_of = {label.code: label.color for label in project.labels}
    return {name: color_of[code] for name, code in _label_codes(project).items()}


def _object(project: ProjectAnswer, volume: VolumeAnswer, held: HeldLabels) -> dict[str, Any]:
    return {
        "image": {"ext": IMAGE_SUFFIX, "info": image_info(volume)},
        "labels": {
            tag.value: {"ext": IMAGE_SUFFIX, "info": label_info(project, volume, tag, held)}
            for tag in sorted(tags_of(volume))
        },
    }
