"""Archives of the hospital: what they have, and what goes there; those that an administrator named alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.archives.settings import ArchiveSettings
from backend.asker import Asker
from backend.errors import ConflictError, ForbiddenError, NotFoundError
from backend.schemas.archives import FetchBody, FoundSeriesAnswer, FoundStudiesAnswer, StudySearchBody

if TYPE_CHECKING:
    from backend.archives.client import ArchiveClient
    from backend.services.deidentify import Deidentifier
    from backend.services.exports import Exports
    from backend.services.masks import Masks


class Archives:
    """Searches archives, fetches from them and stores in them.

    What asks one raises ArchiveError with a sentence where it could not be asked.

    Attributes:
        keeps_no_names: whether imports into a project keep none: the audit trail keeps no UID of them either.
    """

    def __init__(
        self, archives: Sequence[ArchiveSettings], masks: Masks, exports: Exports, deidentify: Deidentifier
    ) -> None:
        self._by_id = {each.id: each for each in archives}
        self.keeps_no_names = deidentify.applies_to
        self._masks = masks
        self._exports = exports

    def find(self, archive_id: str) -> ArchiveSettings:
        """The archive of an id. Raises NotFoundError."""
        if archive_id not in self._by_id:
            raise NotFoundError("There is no such archive; it may have been taken out. Reload the page.")
        return self._by_id[archive_id]

    def studies(self, archive_id: str, body: StudySearchBody) -> FoundStudiesAnswer:
        """Studies of an archive, some of them where there are many. Raises NotFoundError."""
        from backend.archives.client import wanted_of

        days = (body.first_day, body.last_day)
        wanted = wanted_of(body.patient_id, body.patient_name, *days, body.modality)
        found, more = self._ask(archive_id).studies(wanted)
        return FoundStudiesAnswer(studies=found, more=more)

    def series(self, archive_id: str, study_uid: str) -> FoundSeriesAnswer:
        """The series of a study. Raises NotFoundError."""
        found, more = self._ask(archive_id).series(study_uid)
        return FoundSeriesAnswer(series=found, more=more)

    def fetch(
        self,
        archive_id: str,
        body: FetchBody,
        folder: Path,
        report: Callable[[int, int], None],
        check: Callable[[], None],
    ) -> int:
        """Write the files of a series into a folder; how many bytes came.

        Args:
            report: told how many files and bytes there are by now.
            check: called at each piece that comes; what it raises ends the fetch.
        """
        return self._ask(archive_id, check).fetch(body.study_uid, body.series_uid, folder, report)

    def mask_to_store(self, asker: Asker, archive_id: str, mask_id: str, export: str) -> bytes:
        """The DICOM object of a mask that may be sent to an archive.

        Raises:
            NotFoundError: there is no such archive or mask.
            ForbiddenError: the archive takes none, or the asker may not change the project.
            ConflictError: the mask is a draft.
            ImageFormatError: the mask's volume did not come from DICOM, or no headers were kept.
        """
        archive = self.find(archive_id)
        if not archive.store:
            raise ForbiddenError(f"{archive.name} takes no masks from this server.")
        if self._masks.get(asker, mask_id).draft:
            raise ConflictError("A draft is not a run's result. Send the mask of a run that is done.")
        return self._exports.export(asker, mask_id, export).content

    def store(self, archive_id: str, content: bytes) -> str:
        """Send a DICOM object of ours to an archive that has its study; the study's UID."""
        return self._ask(archive_id).store_in_study(content)

    def _ask(self, archive_id: str, check: Callable[[], None] | None = None) -> ArchiveClient:
        from backend.archives.client import ArchiveClient  # for those alone who have an archive
        from fewshot_sam.io.sandbox.limits import no_check

        return ArchiveClient(self.find(archive_id), check or no_check)
