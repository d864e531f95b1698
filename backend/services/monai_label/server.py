"""All that is asked of a project by programs of MONAI Label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from backend.asker import Asker
from backend.config import Config
from backend.errors import NotFoundError
from backend.exports.base import ExportFile
from backend.schemas.answers import ImportAnswer, ProjectAnswer, VolumeAnswer
from backend.services.deidentify import Deidentifier
from backend.services.label_import import LabelImport
from backend.services.masks import Masks
from backend.services.monai_label import facts
from backend.services.monai_label.images import Images
from backend.services.monai_label.inference import Inference
from backend.services.monai_label.labels import save_label
from backend.services.monai_label.ranking import STRATEGIES, next_image
from backend.services.monai_label.results import ResultForm, Results
from backend.services.monai_label.training import Training
from backend.services.monai_label.words import Tag
from backend.services.projects import Projects
from backend.services.runs import RunQueue
from backend.services.volumes import Volumes
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, VolumeRow


class MonaiLabel:
    """A project as its programs see it.

    Attributes:
        images: finds and writes images.
        inference: runs that label one.
        results: masks as files.
        training: runs that fit the model.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        projects: Projects,
        volumes: Volumes,
        runs: RunQueue,
        masks: Masks,
        label_import: LabelImport,
        config: Config,
    ) -> None:
        self._database = database
        self._projects = projects
        self._label_import = label_import
        deidentifier = Deidentifier(database, config.deidentify)
        self.images = Images(database, blobs, config.temporary_folder, deidentifier)
        self.inference = Inference(volumes, runs, masks)
        self.results = Results(masks, config.temporary_folder)
        self.training = Training(database, runs)

    def describe(self, asker: Asker, project_id: str) -> dict[str, Any]:
        """What a program shows when it connects. Raises NotFoundError."""
        project = self._projects.get(asker, project_id)
        return facts.describe(project, self.training.latest(asker, project_id))

    def listing(self, asker: Asker, project_id: str, wanted: facts.Listing) -> Any:
        """What the datastore holds. Raises NotFoundError."""
        project = self._projects.get(asker, project_id)
        masks = [each.mask_id for each in project.volumes if each.mask_id]
        return facts.listing(project, wanted, self._held(masks))

    def image_info(self, asker: Asker, project_id: str, image: str) -> dict[str, Any]:
        """What is said of an image. Raises as :meth:`backend.services.monai_label.images.Images.find`."""
        return facts.image_info(self._volume(asker, project_id, image)[1])

    def label_info(self, asker: Asker, project_id: str, image: str, tag: Tag) -> dict[str, Any]:
        """What is said of a label. Raises as :meth:`image_info`, and where there is no such label."""
        project, volume = self._volume(asker, project_id, image)
        if tag not in facts.tags_of(volume):
            raise NotFoundError(f"This image has no label of the tag {tag}.")
        held = self._held([volume.mask_id] if volume.mask_id else [])
        return facts.label_info(project, volume, tag, held)

    def next_image(self, asker: Asker, project_id: str, strategy: str) -> dict[str, Any]:
        """The image to work on next, empty where all were accepted.

        Raises:
            NotFoundError: there is no such project or strategy.
        """
        if strategy not in STRATEGIES:
            raise NotFoundError(f"Strategies are {', '.join(STRATEGIES)}, got {strategy[:40]}.")
        project = self._projects.get(asker, project_id)
        chosen = next_image(project.volumes, STRATEGIES[strategy])
        return {} if chosen is None else {"id": chosen.id, **facts.image_info(chosen)}

    def label_file(self, asker: Asker, project_id: str, image: str, tag: Tag) -> ExportFile:
        """A label of an image as NIfTI. Raises as :meth:`label_info`."""
        if tag is Tag.FINAL:
            return self.images.painted(asker, project_id, image)
        row = self.images.find(asker, project_id, image)
        mask_id = self.inference.current_mask(asker, row.id)
        if mask_id is None:
            raise NotFoundError("This image has no mask yet. Infer on it first.")
        return self.results.of_mask(asker, mask_id, ResultForm()).file

    def save_label(
        self,
        asker: Asker,
        volume: VolumeRow,
        files: Sequence[Path],
        tag: str,
        params: Mapping[str, Any],
        check: Callable[[], None],
    ) -> ImportAnswer:
        """Paint slices from a label map: see :func:`backend.services.monai_label.labels.save_label`."""
        return save_label(self._label_import, asker, volume, files, tag, params, check)

    def _volume(self, asker: Asker, project_id: str, image: str) -> tuple[ProjectAnswer, VolumeAnswer]:
        row = self.images.find(asker, project_id, image)
        project = self._projects.get(asker, project_id)
        return project, next(each for each in project.volumes if each.id == row.id)

    def _held(self, mask_ids: list[str]) -> facts.HeldLabels:
        with self._database.read() as session:
            rows = session.execute(select(MaskRow.id, MaskRow.labels).where(MaskRow.id.in_(mask_ids)))
            return {
                mask_id: {int(label["value"]) for label in labels if label.get("voxels")}
                for mask_id, labels in rows
            }
