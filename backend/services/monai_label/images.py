"""Which volume a program of MONAI Label means, and images and labels as files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, NotFoundError
from backend.exports.base import ExportFile
from backend.exports.file_names import safe_stem
from backend.exports.nifti import with_codes
from backend.names import clean_name
from backend.queries.access import get_project, get_volume
from backend.queries.projects import labels_of
from backend.records.label_maps import LabelMapParts
from backend.records.volumes import load_volume_row, pictures_of
from backend.schemas.enums import ReviewState, SliceState
from backend.services.deidentify import Deidentifier
from backend.services.monai_label.words import IMAGE_SUFFIX
from fewshot_sam.data.volume import Volume
from fewshot_sam.io.export import save_label_map, save_volume
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import ProjectRow, VolumeRow

NIFTI = "application/gzip"


class Images:
    """Images of projects, found by what programs call them."""

    def __init__(
        self, database: Database, blobs: BlobStore, temporary_folder: Path, deidentifier: Deidentifier
    ) -> None:
        self._database = database
        self._deidentifier = deidentifier
        self._blobs = blobs
        self._temporary_folder = temporary_folder

    def find(self, asker: Asker, project_id: str, image: str) -> VolumeRow:
        """The volume of a project that a program means, detached from its session.

        Args:
            image: the volume's id, the UID of the DICOM series that it came from, its name, or the name of a
                picture in it, with its ending or without.

        Raises:
            NotFoundError: the asker may look at no such project or volume.
            ForbiddenError: the request wants more of it than to look.
            ConflictError: several volumes have this name.
        """
        with self._database.read() as session:
            return self._find(session, asker, project_id, image)

    def call(self, asker: Asker, volume_id: str, name: str, is_new: bool) -> None:
        """Let a program go on calling an image as it did when it uploaded it.

        In projects that keep no names it is called by its id alone.

        Raises:
            ConflictError: it is called otherwise, since another image has the name, or since it was there
                before. A program that went on with the name would draw on the other image.
        """
        with self._database.write() as session:
            row = get_volume(session, asker, volume_id)
            project = session.get_one(ProjectRow, row.project_id)
            if self._deidentifier.applies_to(project.id):
                return
            taken = {each.name for each in project.volumes if each.id != row.id}
            wanted = clean_name(name, "image")
            if is_new:
                row.name = _free_name(wanted, taken)
            called = row.name
        if called != wanted or wanted in taken:
            raise ConflictError(
                f"This image is in the project as '{called}', and not as '{wanted}'. Take it from there by "
                "that name, or call the image so where you loaded it."
            )

    def image_file(self, asker: Asker, project_id: str, image: str) -> ExportFile:
        """The image itself as NIfTI, on the grid that its file states. Raises as :meth:`find`."""
        row = self.find(asker, project_id, image)
        return self._file(row, save_volume)

    def painted(self, asker: Asker, project_id: str, image: str) -> ExportFile:
        """What people painted on an image as NIfTI with the labels' codes; of an accepted one, all of it.

        Slices that were only interpolated are nobody's word, and left out. Raises as :meth:`find`, and
        NotFoundError where nothing is painted.
        """
        with self._database.read() as session:
            row = self._find(session, asker, project_id, image)
            parts = LabelMapParts.read(session, row)
            labels = [{"value": each.value, "code": each.code} for each in labels_of(session, project_id)]
        if row.review != ReviewState.ACCEPTED:
            said = [each for each in parts.slices if each.state != SliceState.INTERPOLATED]
            parts = replace(parts, mask_id=None, mask_blob=None, slices=said)
        if parts.mask_blob is None and not parts.slices:
            raise NotFoundError("Nothing is painted on this image yet.")
        codes = with_codes(parts.label_map(self._blobs), labels)
        return self._file(row, lambda volume, path: save_label_map(codes, volume, path))

    def _find(self, session: Session, asker: Asker, project_id: str, image: str) -> VolumeRow:
        project = get_project(session, asker, project_id)
        volumes = list(project.volumes)
        found = [each for each in volumes if image and image in (each.id, _series_of(each))]
        found = found or [each for each in volumes if each.name == image]
        found = found or [each for each in volumes if image in _pictures_of(each)]
        if not found:
            raise NotFoundError(
                "This project has no such image: it must be the id or the name of one of its volumes, or the "
                "UID of the DICOM series that one came from. Upload it first."
            )
        if len(found) > 1:
            raise ConflictError(f"{len(found)} images of this project are called so. Name one by its id.")
        return get_volume(session, asker, found[0].id)

    def _file(self, row: VolumeRow, write: Callable[[Volume, Path], None]) -> ExportFile:
        volume = load_volume_row(row, self._blobs)
        self._temporary_folder.mkdir(parents=True, exist_ok=True)
        name = f"{safe_stem(row.name)}{IMAGE_SUFFIX}"
        with TemporaryDirectory(prefix="export-", dir=self._temporary_folder) as folder:
            path = Path(folder) / f"file{IMAGE_SUFFIX}"
            write(volume, path)
            return ExportFile(name, NIFTI, path.read_bytes())


def _free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where another image has it."""
    names = (wanted if number == 1 else f"{wanted} ({number})" for number in count(1))
    return next(name for name in names if name not in taken)


def _pictures_of(row: VolumeRow) -> set[str]:
    names = [picture.name for picture in pictures_of(row)]
    return {*names, *(PurePath(name).stem for name in names)}


def _series_of(row: VolumeRow) -> str | None:
    uid: str | None = row.geometry["metadata"].get("series_uid")
    return uid or None
