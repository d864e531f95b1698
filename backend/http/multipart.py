"""Receiving multipart uploads straight into a folder on the data disk.

Starlette's own form parser goes through the system's temporary folder, which is often memory, and
sets no limit; scans are gigabytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from backend.errors import InvalidRequestError, TooLargeError
from backend.http.bodies import content_length
from backend.http.file_names import FileNames

MAX_FILES = 20_000
MAX_FIELDS = 20
MAX_FIELD_NAME_BYTES = 100
MAX_FIELD_BYTES = 10_000
_BATCH_BYTES = 256 * 1024
_BOUNDARY = re.compile(rb"[\x21-\x7e](?:[\x20-\x7e]{0,68}[\x21-\x7e])?")  # RFC 2046: at most 70 characters


@dataclass
class ReceivedForm:
    """Files by the order they came in, and text fields."""

    files: list[Path] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


async def receive_form(
    request: Request, folder: Path, max_bytes: int, needs_file: bool = True
) -> ReceivedForm:
    """Write the request's files into ``folder`` (existing, empty) and return what came.

    Args:
        needs_file: a form of fields alone will not do.

    Raises:
        TooLargeError: more than ``max_bytes``, or too many files or fields.
        InvalidRequestError: not a multipart form, cut off, or without any file.
    """
    boundary = _boundary_of(request.headers.get("content-type", ""))
    _check_size(content_length(request.headers) or 0, max_bytes)
    writer = _FormWriter(folder)
    parser = MultipartParser(boundary, writer.callbacks())  # type: ignore[arg-type]
    try:
        received, batch = 0, bytearray()
        async for chunk in request.stream():
            received += len(chunk)
            _check_size(received, max_bytes)
            batch += chunk
            if len(batch) >= _BATCH_BYTES:
                await run_in_threadpool(_feed, parser, bytes(batch))
                batch.clear()
        await run_in_threadpool(_feed, parser, bytes(batch))
    finally:
        writer.close()
    if not writer.complete:
        raise InvalidRequestError("The upload ended before it was complete. Try again.")
    if needs_file and not writer.form.files:
        raise InvalidRequestError("The upload holds no file. Choose one or more files.")
    return writer.form


def _boundary_of(content_type: str) -> bytes:
    try:
        kind, options = parse_options_header(content_type)
    except Exception:  # the email package's parser, on a header that is none; it has several errors
        kind, options = b"", {}
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
        raise InvalidRequestError("An upload must be a multipart form with the files in it.")
    return boundary


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise TooLargeError(
            f"The upload must be at most {max_bytes / 1024**3:.3g} GB, got {size / 1024**3:.3g} GB or more. "
            "Crop the scan, or raise FEWSHOT_SAM_MAX_UPLOAD_GB."
        )


def _feed(parser: MultipartParser, data: bytes) -> None:
    try:
        parser.write(data)
    except ValueError as error:  # python_multipart's errors are ValueErrors
        raise InvalidRequestError("The upload's form is malformed. Try again.") from error


class _FormWriter:
    """Callbacks of the parser: one part after the other into a file or a field."""

    def __init__(self, folder: Path) -> None:
        self.form = ReceivedForm()
        self.complete = False
        self._names = FileNames(folder)
        self._fields = 0
        self._file: BinaryIO | None = None
        self._header_name = b""
        self._header_value = b""
        self._disposition: dict[bytes, bytes] = {}
        self._text = b""

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value_part,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _part_begin(self) -> None:
        self._disposition, self._text = {}, b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_value_part(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            try:
                _, self._disposition = parse_options_header(self._header_value)
            except Exception as error:  # the email package's parser has several
                raise InvalidRequestError("The upload's form is malformed. Try again.") from error
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        if b"filename" not in self._disposition:
            self._fields += 1
            if self._fields > MAX_FIELDS:
                raise TooLargeError(f"An upload's form can hold {MAX_FIELDS} fields at most.")
            return
        if len(self.form.files) >= MAX_FILES:
            raise TooLargeError(f"An upload can hold {MAX_FILES} files at most. Send them as one zip file.")
        path = self._names.new_path(self._disposition[b"filename"].decode("utf-8", "replace"))
        self._file = path.open("xb")
        self.form.files.append(path)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > MAX_FIELD_BYTES:
            raise TooLargeError(f"A form field must be at most {MAX_FIELD_BYTES} bytes.")

    def _part_end(self) -> None:
        if self._file is None:
            name = self._disposition.get(b"name", b"")[:MAX_FIELD_NAME_BYTES].decode("utf-8", "replace")
            self.form.fields[name] = self._text.decode("utf-8", "replace")
        self.close()

    def _end(self) -> None:
        self.complete = True
