"""How this server speaks with an archive: requests, with limits on what it sends where and what it reads.

No redirect is followed, no proxy or .netrc of the environment is used, certificates are verified, nothing
compressed is taken, and an answer has limits of bytes and time, checked at each piece that comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from backend.archives.errors import ArchiveError
from backend.archives.settings import ArchiveSettings

PIECE_BYTES = 128 * 1024
TAIL_BYTES = 16


class Budget:
    """What the answers to one question may take.

    Attributes:
        received_bytes: so many came.
        ends_multipart: the last answer ended as a multipart one does, and was not broken off.

    Args:
        name: of the archive, for people.
        part_bytes: limit of what comes between two calls of :meth:`begin_part`.
        check: called at each piece; what it raises ends the answer.
    """

    def __init__(
        self, name: str, max_bytes: int, part_bytes: int, seconds: float, check: Callable[[], None]
    ) -> None:
        self.received_bytes = 0
        self._name = name
        self._max_bytes, self._part_bytes = max_bytes, part_bytes
        self._part = 0
        self._seconds = seconds
        self._ends_s = time.monotonic() + seconds
        self._check = check
        self._tail = b""

    @property
    def ends_multipart(self) -> bool:
        """Whether the last bytes were a multipart answer's end."""
        return self._tail.rstrip().endswith(b"--")

    def begin_part(self) -> None:
        """What comes from now on is another part."""
        self._part = 0

    def take(self, piece: bytes) -> None:
        """Count a piece. Raises ArchiveError when it is too much, or too late."""
        self._check()
        self.received_bytes += len(piece)
        self._part += len(piece)
        self._tail = (self._tail + piece)[-TAIL_BYTES:]
        for taken, limit in ((self.received_bytes, self._max_bytes), (self._part, self._part_bytes)):
            if taken > limit:
                raise ArchiveError(
                    f"{self._name} sent more than {limit / 1024**2:.4g} MB, the most that is taken here."
                )
        if time.monotonic() > self._ends_s:
            raise ArchiveError(
                f"{self._name} was not done within {self._seconds:g} s. Try again later, or ask who runs "
                "this server for more time."
            )


class ArchiveSession(requests.Session):
    """One question to an archive.

    Args:
        accept: what is asked for; None for what the client asks for.
        expected: how the type of an answer must begin.
    """

    def __init__(
        self, archive: ArchiveSettings, budget: Budget, accept: str | None = None, expected: str | None = None
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = archive.ca_file or True
        self.headers.update({"Accept": "application/dicom+json", "Accept-Encoding": "identity"})
        if archive.token:
            self.headers["Authorization"] = f"Bearer {archive.token}"
        elif archive.user:
            self.auth = HTTPBasicAuth(archive.user.encode(), archive.password.encode())
        transport = _Transport(archive, budget, accept, expected)
        self.mount("https://", transport)
        self.mount("http://", transport)


class _Transport(HTTPAdapter):
    def __init__(
        self, archive: ArchiveSettings, budget: Budget, accept: str | None, expected: str | None
    ) -> None:
        super().__init__(max_retries=0)
        self._archive = archive
        self._budget = budget
        self._accept = accept
        self._expected = expected

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send; the body is read later, piece by piece. Raises ArchiveError."""
        request.headers.pop("Host", None)  # the client leaves the port out
        # Both stand for themselves in a query (RFC 3986), and some archives decode none that are escaped.
        request.url = (request.url or "").replace("%2A", "*").replace("%3F", "?")
        if self._accept:
            request.headers["Accept"] = self._accept
        answer = super().send(request, *args, **options)
        try:
            self._require_usable(answer)
        except ArchiveError:
            answer.close()
            raise
        return answer

    def build_response(self, request: requests.PreparedRequest, raw: Any) -> requests.Response:
        """The answer, with its limits."""
        bounded = _BoundedResponse(self._budget)
        bounded.__dict__.update(super().build_response(request, raw).__dict__)
        return bounded

    def _require_usable(self, answer: requests.Response) -> None:
        name = self._archive.name
        if answer.is_redirect or answer.is_permanent_redirect:
            raise ArchiveError(
                f"{name} answers with a redirect, which is not followed. Ask who runs this server to correct "
                "its address."
            )
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity" and answer.ok:
            raise ArchiveError(f"{name} compresses its answer, although it was asked not to.")
        if self._expected and answer.status_code == 200 and not _is_of(answer.headers, self._expected):
            raise ArchiveError(
                f"{name} answers with something else than DICOM. Ask who runs this server to check its "
                "address."
            )


def _is_of(headers: Mapping[str, str], expected: str) -> bool:
    return headers.get("Content-Type", "").strip().lower().startswith(expected)


class _BoundedResponse(requests.Response):
    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The body as it comes: a piece is what is there, so that none waits for the next."""
        while piece := self.raw.read1(PIECE_BYTES, decode_content=False):
            self._budget.take(piece)
            yield piece
