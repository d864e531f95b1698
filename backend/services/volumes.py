"""Volumes: import of uploaded files, summaries, choosing a plane, deletion."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from backend.asker import Asker
from backend.blobs import require_blobs, stored_again
from backend.names import clean_name
from backend.queries.access import get_project, get_upload, get_volume
from backend.queries.answers import volume_answer
from backend.records.media_requests import add_requests, preview_of
from backend.records.volumes import (
    blobs_of,
    display_as,
    load_volume_row,
    pictures_of,
    store_volume,
    store_volume_file,
)
from backend.schemas.answers import VolumeAnswer
from backend.services.deidentify import SOURCE_NAME, Deidentifier
from backend.services.deletion import put_volume_away
from backend.services.encoding_requests import choose_encoding, read_as
from backend.services.housekeeping import Housekeeping, expire_uploads
from backend.services.project_plane import choose_for_project, take_plane_of_project
from backend.services.quotas import Quotas, called_by
from backend.services.volume_slices import colours, intensities
from backend.services.waiting_uploads import (
    CHOICE_ERRORS,
    asking_further,
    forget_upload,
    keep_for_choice,
    require_new_scan,
    require_series,
)
from fewshot_sam.data.pictures import StackKind
from fewshot_sam.data.volume import Modality, Volume
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.io.sandbox.limits import no_check
from fewshot_sam.io.sandbox.reading import VolumeFile
from storage import arrays
from storage.blobs import BlobStore
from storage.changes import note_change
from storage.database import Database
from storage.models import VolumeRow


class Volumes:
    """Volumes of projects.

    Args:
        read: opens the volume in files from outside (:meth:`backend.services.readers.Readers.volume`).
        wake_worker: called after a commit that gives the worker something to do.
        deidentify: takes from what was read all that may tell whose it is, in projects that want it.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        housekeeping: Housekeeping,
        quotas: Quotas,
        uploads_folder: Path,
        read: Callable[..., AbstractContextManager[VolumeFile]],
        wake_worker: Callable[[], None],
        deidentify: Deidentifier,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._housekeeping = housekeeping
        self._quotas = quotas
        self._uploads_folder = uploads_folder
        self._read = read
        self._wake_worker = wake_worker
        self._deidentify = deidentify

    def get(self, asker: Asker, volume_id: str) -> VolumeAnswer:
        """A volume with its newest run and mask. Raises NotFoundError."""
        with self._database.read() as session:
            return volume_answer(session, get_volume(session, asker, volume_id))

    def voxel_file(self, asker: Asker, volume_id: str) -> tuple[Path, int, str]:
        """File of the voxels, X fastest, the byte they begin at, and a tag of their content.

        Raises:
            NotFoundError: there is no such volume.
            DamagedDataError: the file is missing or damaged.
        """
        key = self.row(asker, volume_id).voxel_blob
        path = self._blobs.verified_path(key)
        return path, arrays.voxels_offset(path), key

    def slice_voxels(self, asker: Asker, volume_id: str, plane: str, index: int) -> tuple[np.ndarray, str]:
        """See :func:`backend.services.volume_slices.intensities`. Raises NotFoundError too."""
        return intensities(self.row(asker, volume_id), self._blobs, plane, index)

    def colour_slice(self, asker: Asker, volume_id: str, slice_index: int) -> tuple[np.ndarray, str]:
        """See :func:`backend.services.volume_slices.colours`. Raises NotFoundError too."""
        return colours(self.row(asker, volume_id), self._blobs, slice_index)

    def open(self, asker: Asker, volume_id: str) -> Volume:
        """The volume itself; voxels are a memory map. Raises NotFoundError or DamagedDataError."""
        return load_volume_row(self.row(asker, volume_id), self._blobs)

    def row(self, asker: Asker, volume_id: str) -> VolumeRow:
        """The volume's row, detached from its session."""
        with self._database.read() as session:
            return get_volume(session, asker, volume_id)

    def new_upload_folder(self, asker: Asker, project_id: str) -> Path:
        """An empty folder to receive an upload into; pass it to :meth:`import_upload` or remove it.

        The project counts as changed from now on, so that its time is not over while the files come in.
        """
        with self._database.write() as session:
            note_change(get_project(session, asker, project_id))
        return self._new_folder()

    def new_label_map_folder(self, asker: Asker, volume_id: str) -> Path:
        """An empty folder to receive a label map of a volume into; remove it afterwards."""
        with self._database.read() as session:
            get_volume(session, asker, volume_id)
        return self._new_folder()

    def _new_folder(self) -> Path:
        expire_uploads(self._database, self._uploads_folder)
        folder = self._uploads_folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return folder

    def import_upload(
        self,
        asker: Asker,
        project_id: str,
        folder: Path,
        again: bool = False,
        check: Callable[[], None] = no_check,
    ) -> VolumeAnswer:
        """Make a volume of the files in an upload folder; the folder is gone afterwards.

        Args:
            again: though the project has the same scan already.
            check: called now and then; what it raises ends the import, of which nothing is kept.

        Raises:
            ConflictError: code "series_choice": the files hold several series, "resample_choice": their
                slices form no regular stack, "half_choice": they are too large but at half resolution,
                "pictures_choice": they may be unrelated. They wait under ``upload_id`` for
                :meth:`choose_series`. "same_scan": the project has it already; nothing is kept.
            UserError: the files cannot be used; nothing is kept.
        """
        waits = False
        try:
            return self._import(asker, project_id, folder, None, again=again, check=check, kind=StackKind.ASK)
        except CHOICE_ERRORS as error:
            asking = keep_for_choice(self._database, self._quotas, asker, project_id, folder, error)
            waits = True
            raise asking from error
        finally:
            if not waits:
                shutil.rmtree(folder, ignore_errors=True)

    def choose_series(
        self,
        asker: Asker,
        upload_id: str,
        series_uid: str | None,
        resample: bool = False,
        again: bool = False,
        check: Callable[[], None] = no_check,
        pictures: bool = False,
        half: bool = False,
    ) -> VolumeAnswer:
        """Import a waiting upload, or one series of it. The upload stays, so another series can follow.

        Args:
            pictures: its files are unrelated pictures, not slices of a body.
            check: called now and then; OperationCancelled from it ends the import and forgets the upload.

        Raises:
            NotFoundError, InvalidRequestError: there is no such upload, or series in it.
            ConflictError: "resample_choice", "half_choice", "same_scan", to which ``resample``, ``half`` and
                ``again`` say yes; "series_choice": the file that was chosen holds several volumes.
            UserError: its files cannot be used.
        """
        with self._database.read() as session:
            upload = get_upload(session, asker, upload_id)
        require_series(upload, series_uid)
        project, folder = upload.project_id, self._uploads_folder / upload.id
        kind = StackKind.PICTURES if pictures else StackKind.SLICES
        try:
            with asking_further(self._database, upload.id):
                return self._import(asker, project, folder, series_uid, resample, half, again, check, kind)
        except OperationCancelled:
            with self._housekeeping.deleting() as session:
                forget_upload(session, upload_id, self._quotas)
            raise

    def add(self, asker: Asker, project_id: str, volume: Volume, source_name: str) -> VolumeAnswer:
        """Store a volume that is already in memory."""
        return self._add_row(asker, store_volume(volume, self._blobs, project_id, source_name))

    def _add_row(
        self, asker: Asker, row: VolumeRow, again: bool = True, check: Callable[[], None] = no_check
    ) -> VolumeAnswer:
        try:
            with self._database.write() as session:
                project = get_project(session, asker, row.project_id)
                owner = project.owner
                if not again:
                    require_new_scan(session, row)
                self._quotas.require_volumes(session, owner, called_by(asker, owner))
                require_blobs(self._blobs, blobs_of(row))
                take_plane_of_project(project, row)
                session.add(row)
                session.flush()
                if not pictures_of(row):  # which are not seen in 3D
                    add_requests(session, [preview_of(row)])
                summary = volume_answer(session, row)
                check()
        except BaseException:
            self._housekeeping.release_blobs(blobs_of(row))
            raise
        self._wake_worker()
        return summary

    def change(
        self,
        asker: Asker,
        volume_id: str,
        name: str | None = None,
        plane: str | None = None,
        first_slice: int | None = None,
        modality: Modality | None = None,
        chosen: bool = True,
    ) -> VolumeAnswer:
        """Rename, choose the plane to annotate, tell which slice to encode first, or correct the modality.

        The modality decides the windows that are offered and the one that slices are encoded in. A plane
        that nobody chose, as an import or its undo leads to one, is this volume's alone.

        Raises:
            NotFoundError: there is no such volume.
            InvalidRequestError: the name is empty, or there is no such plane or slice.
            DamagedDataError: for another modality the voxels are needed, and their file is damaged.
        """
        display = None
        if modality and (row := self.row(asker, volume_id)).modality != modality:
            display = display_as(row, self._blobs, modality)
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            if name is not None:
                volume.name = clean_name(name, "volume")
            if modality and display:
                read_as(volume, modality, display)
                add_requests(session, [preview_of(volume)])
            choose_encoding(volume, plane, first_slice)
            if plane is not None and chosen:
                choose_for_project(session, volume, plane)
            session.flush()
            summary = volume_answer(session, volume)
        self._wake_worker()
        return summary

    def delete(self, asker: Asker, volume_id: str) -> None:
        """Delete the volume with its annotations, runs and masks; it can be restored. Its models stay."""
        with self._database.write() as session:
            put_volume_away(session, get_volume(session, asker, volume_id), asker.id)
        self._wake_worker()

    def _import(
        self,
        asker: Asker,
        project_id: str,
        folder: Path,
        series_uid: str | None,
        resample: bool = False,
        half: bool = False,
        again: bool = False,
        check: Callable[[], None] = no_check,
        kind: StackKind = StackKind.SLICES,
    ) -> VolumeAnswer:
        paths = sorted(path for path in folder.iterdir() if path.is_file())
        source_name = paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"
        with self._read(paths, series_uid, resample, half, check, kind) as read:
            if self._deidentify.applies_to(project_id):
                read, source_name = self._deidentify(read, project_id), SOURCE_NAME

            def store() -> VolumeAnswer:
                row = store_volume_file(read, self._blobs, project_id, source_name)
                return self._add_row(asker, row, again, check)

            return stored_again(store)
