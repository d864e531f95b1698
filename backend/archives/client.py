"""What is asked of an archive: studies and series are searched, a series is fetched, an object is stored.

Nothing of DICOM that an archive sends is parsed here: what is fetched goes to files, which a confined
process reads (:mod:`fewshot_sam.io.sandbox`). No question is asked twice, and clients are made anew for each.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests
import urllib3
from dicomweb_client.web import DICOMwebClient

from backend.archives.errors import ArchiveError
from backend.archives.found import found_series, found_study, is_uid
from backend.archives.settings import ArchiveSettings
from backend.archives.transport import ArchiveSession, Budget
from backend.schemas.archives import FoundSeries, FoundStudy
from fewshot_sam.io.sandbox.limits import no_check

if TYPE_CHECKING:
    import pydicom

T = TypeVar("T")

MAX_ANSWER_BYTES = 32 * 1024**2
MAX_INSTANCE_BYTES = 1024**3
"""Of one file of a scan: a part of an answer is held in memory until it is whole."""
_SERIES = 'multipart/related; type="application/dicom"; transfer-syntax=*'
"""As the files were stored, still compressed where they are."""
_NO_SERVICE = "has no DICOMweb service at its address. Ask who runs this server to correct it."
_STUDY_FIELDS = ("00081030", "00080061", "00201206", "00201208")
_SERIES_FIELDS = ("0008103E", "00080021", "00201209")


@dataclass(frozen=True)
class Wanted:
    """What to search studies by; "" is anything.

    Attributes:
        patient_id, patient_name: as DICOM matches them, with * and ? for any characters.
        dates: a day or a range of days, YYYYMMDD-YYYYMMDD; either end may be missing.
        modality: that a study must hold, such as "CT".
    """

    patient_id: str = ""
    patient_name: str = ""
    dates: str = ""
    modality: str = ""

    def filters(self) -> dict[str, str]:
        """By tag, for QIDO-RS."""
        wanted = {
            "00100020": self.patient_id,
            "00100010": self.patient_name,
            "00080020": self.dates,
            "00080061": self.modality,
        }
        return {tag: text for tag, text in wanted.items() if text}

    def in_ascii(self) -> Wanted:
        """For archives that do not decode a query, as Orthanc's plug-in 1.7: * for what would be escaped."""
        return replace(self, patient_name=re.sub(r"[^A-Za-z0-9?.-]+", "*", self.patient_name))


class ArchiveClient:
    """Asks one archive. All methods raise ArchiveError, and what ``check`` raises.

    Args:
        check: called at each piece of an answer; what it raises ends the question.
    """

    def __init__(self, archive: ArchiveSettings, check: Callable[[], None] = no_check) -> None:
        self._archive = archive
        self._check = check

    def studies(self, wanted: Wanted) -> tuple[list[FoundStudy], bool]:
        """Studies, the newest first, and whether there are more than are told."""
        found, more = self._studies(wanted)
        in_ascii = wanted.in_ascii()
        return (found, more) if found or in_ascii == wanted else self._studies(in_ascii)

    def _studies(self, wanted: Wanted) -> tuple[list[FoundStudy], bool]:
        client, limit = self._client(), self._archive.max_results
        with self._told(_NO_SERVICE):
            filters = wanted.filters()
            answers = client.search_for_studies(limit=limit + 1, fields=_STUDY_FIELDS, search_filters=filters)
            found, more = _some(answers, found_study, limit)
            return sorted(found, key=lambda study: study.date, reverse=True), more

    def series(self, study_uid: str) -> tuple[list[FoundSeries], bool]:
        """Series of a study, and whether there are more than are told; none of a study that is not there."""
        client, limit = self._client(), self._archive.max_results
        with self._told(_NO_SERVICE):
            answers = client.search_for_series(study_uid, limit=limit + 1, fields=_SERIES_FIELDS)
            return _some(answers, found_series, limit)

    def fetch(
        self,
        study_uid: str,
        series_uid: str,
        folder: Path,
        report: Callable[[int, int], None] = lambda _instances, _bytes: None,
    ) -> int:
        """Write each object of a series to a file in ``folder``, as it comes.

        Args:
            report: told how many files and bytes there are by now.

        Returns:
            Bytes that came.
        """
        archive = self._archive
        budget = Budget(archive.name, archive.max_bytes, MAX_INSTANCE_BYTES, archive.fetch_s, self._check)
        client = self._client(budget, _SERIES, "multipart/related")
        count = 0
        with self._told("has no such series any more. Search again."):
            # As bulk data, for the parts come as bytes then: of a series the client parses each.
            url = f"{archive.url}/studies/{study_uid}/series/{series_uid}"
            for part in client.iter_bulkdata(url):
                count += 1
                if count > archive.max_instances:
                    raise ArchiveError(
                        f"The series has more than {archive.max_instances} images, the most taken from "
                        f"{archive.name}."
                    )
                (folder / f"{count:05d}.dcm").write_bytes(part)
                budget.begin_part()
                report(count, budget.received_bytes)
            if not budget.ends_multipart:
                raise ArchiveError(f"{archive.name} broke off before the whole series was here. Try again.")
        return budget.received_bytes

    def store_in_study(self, content: bytes) -> str:
        """Send a DICOM object to an archive that has its study, else it would begin one; the study's UID."""
        import pydicom

        try:
            study_uid = str(pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True).StudyInstanceUID)
        except Exception:  # of whatever kind: pydicom raises many
            study_uid = ""
        if not is_uid(study_uid):
            raise ArchiveError("What is stored must be a DICOM object that names its study.")
        if not self.series(study_uid)[0]:
            raise ArchiveError(
                f"{self._archive.name} does not have the study that this is of. Send it to the archive that "
                "has it."
            )
        self.store(content)
        return study_uid

    def store(self, content: bytes) -> None:
        """Send a DICOM object of ours (PS3.10) into the study that it names."""
        import pydicom

        made, archive = pydicom.dcmread(io.BytesIO(content)), self._archive
        limits = (archive.name, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES, archive.fetch_s, self._check)
        client = self._client(Budget(*limits))
        client.set_chunk_size(
            2 * len(content) + 2**20
        )  # so that it is sent with its length, as proxies want it
        with self._told(_NO_SERVICE):
            answer = client.store_instances([made])
            _require_stored(self._archive.name, answer)

    def _client(
        self, budget: Budget | None = None, accept: str | None = None, expected: str | None = None
    ) -> DICOMwebClient:
        archive = self._archive
        budget = budget or Budget(
            archive.name, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES, 2 * archive.timeout_s, self._check
        )
        session = ArchiveSession(archive, budget, accept, expected)
        client = DICOMwebClient(archive.url, session=session, timeout=archive.timeout_s)
        client.set_http_retry_params(retry=False)
        return client

    @contextmanager
    def _told(self, not_found: str) -> Iterator[None]:
        """Turn what goes wrong into one sentence; none holds what the archive sent, or an address."""
        name = self._archive.name
        try:
            yield
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            raise ArchiveError(_of_status(name, status, not_found)) from None
        except requests.exceptions.SSLError:
            raise ArchiveError(
                f"{name} shows no certificate that is trusted here. Ask who runs this server to set its "
                "ca_file."
            ) from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise ArchiveError(
                f"{name} did not answer within {self._archive.timeout_s:g} s. Try again later."
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if isinstance(error, ValueError):  # of requests: an answer that is no JSON
                raise ArchiveError(_no_dicom(name)) from None
            broke = isinstance(error, urllib3.exceptions.HTTPError)
            what = "broke off its answer" if broke else "cannot be reached"
            raise ArchiveError(f"{name} {what}. Try again later, or tell who runs this server.") from None
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            SyntaxError,
        ):  # the last of XML
            raise ArchiveError(_no_dicom(name)) from None


def _some(answers: Any, read: Callable[[Any], T | None], limit: int) -> tuple[list[T], bool]:
    if not isinstance(answers, list):
        raise TypeError("no list")
    found = [each for each in map(read, answers) if each is not None]
    return found[:limit], len(found) > limit


def _require_stored(name: str, answer: pydicom.Dataset) -> None:
    """Raise ArchiveError where the archive says that it did not take the object."""
    failed = answer.get("FailedSOPSequence")
    if not failed:
        return
    reason = failed[0].get("FailureReason")
    code = f" (reason {int(reason):04X} of DICOM)" if reason is not None else ""
    raise ArchiveError(f"{name} did not take the object{code}. Ask who runs the archive.")


def _of_status(name: str, status: int, not_found: str) -> str:
    if status in (401, 403):
        return f"{name} refuses the login of this server. Ask who runs this server to correct it."
    if status == 404:
        return f"{name} {not_found}"
    if status == 409:  # of what is stored alone
        return f"{name} did not take the object. Ask who runs the archive."
    if status == 413:
        return f"{name} does not take an object of this size."
    if status in (429, 502, 503, 504):
        return f"{name} is too busy, or down. Try again later."
    return f"{name} could not answer (status {status}). Try again later, or ask who runs the archive."


def _no_dicom(name: str) -> str:
    return f"{name} answers with something else than DICOM. Ask who runs this server to check its address."


def wanted_of(
    patient_id: str, patient_name: str, first_day: str | None, last_day: str | None, modality: str
) -> Wanted:
    """What a person typed, as DICOM matches it: the beginning of a name is enough."""
    name = re.sub(r"\s*,\s*", "^", patient_name.strip())
    if name and not set("*?") & set(name):
        name = f"{name}*"
    days = [(day or "").replace("-", "") for day in (first_day, last_day)]
    return Wanted(patient_id.strip(), name, "-".join(days) if any(days) else "", modality.strip())
