"""Projects as training sets of other programs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from backend.asker import Asker
from backend.errors import ConflictError
from backend.exports.nifti import with_codes
from backend.exports.project import VolumeToExport
from backend.exports.training_set import (
    CasePart,
    OpenedVolume,
    PlannedVolume,
    TrainingChoice,
    TrainingSetPlan,
    TrainingSetSource,
    case_names,
    training_set_zip,
)
from backend.queries.masks import NO_METHOD
from backend.schemas.enums import VolumeState
from backend.services.masks import Masks
from fewshot_sam.data.volume import Volume
from storage.models import utc_now


class TrainingSets:
    """Scans and masks of whole projects in the layouts of :mod:`fewshot_sam.io.training_sets`.

    Args:
        open_volume: a volume by its id; raises NotFoundError or DamagedDataError.
        temporary_folder: where one file of each download lies until it is sent.
    """

    def __init__(
        self, masks: Masks, open_volume: Callable[[Asker, str], Volume], temporary_folder: Path
    ) -> None:
        self._masks = masks
        self._open_volume = open_volume
        self._temporary_folder = temporary_folder

    def plan(self, asker: Asker, project_id: str, choice: TrainingChoice) -> TrainingSetPlan:
        """What is to become of each volume of a project.

        Raises:
            NotFoundError: there is no such project.
            ConflictError: no volume of it would have labels.
        """
        project = self._masks.of_project(asker, project_id, accepted_only=False)
        planned = [
            PlannedVolume(
                item,
                case,
                *choice.part(item, item.volume.state is VolumeState.ACCEPTED, _of_painted_slices_alone(item)),
            )
            for item, case in zip(
                project.volumes, case_names([item.volume.id for item in project.volumes]), strict=True
            )
        ]
        if all(each.part is not CasePart.TRAINING for each in planned):
            lacking = "has been accepted" if choice.accepted_only else "has a mask of all its slices"
            raise ConflictError(
                f"A training set needs a scan with labels, but no scan of this project {lacking} yet. "
                "Propagate first, or take masks that were not accepted too."
            )
        return TrainingSetPlan(project, choice.layout, planned)

    def pieces(self, plan: TrainingSetPlan, asker_still: Callable[[], Asker]) -> Generator[bytes]:
        """The zip, a piece at a time, made of what the volumes hold when their turn comes.

        Args:
            asker_still: see :class:`~backend.exports.training_set.TrainingSetSource`.
        """
        source = TrainingSetSource(asker_still, self._open, self._temporary_folder)
        return training_set_zip(plan, source, utc_now())

    def _open(self, asker: Asker, planned: PlannedVolume) -> OpenedVolume:
        item = planned.item
        if planned.part is CasePart.TEST or item.mask is None:
            return OpenedVolume(self._open_volume(asker, item.volume.id), None)
        mask = self._masks.for_export(asker, item.mask.id, self._temporary_folder)
        return OpenedVolume(mask.volume, with_codes(mask.label_map, mask.labels))


def _of_painted_slices_alone(item: VolumeToExport) -> bool:
    """Whether nothing is predicted in a volume's mask, and not every slice of its plane was labelled."""
    mask, run = item.mask, item.volume.run
    if mask is None or mask.choice.method != NO_METHOD:
        return False
    known = run is not None and run.mask_id == mask.id
    return run is None or not known or run.slices < item.volume.shape[run.plane.axis]
