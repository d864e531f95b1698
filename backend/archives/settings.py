"""Which archives there are: a TOML file of an administrator's, never what a visitor types."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.addresses import require_address
from fewshot_sam.data.text import on_one_line
from fewshot_sam.errors import UserError

VARIABLE = "FEWSHOT_SAM_ARCHIVES"
ID_PATTERN = r"^[a-z][a-z0-9-]{0,31}$"
MAX_ARCHIVES = 20
MAX_NAME_LENGTH = 60
MAX_FILE_BYTES = 64 * 1024
MAX_SECRET_BYTES = 4096
GIGABYTE = 1024**3
_NUMBERS = {  # default, lowest, highest
    "timeout_s": (30.0, 1.0, 600.0),
    "fetch_minutes": (30.0, 1.0, 24 * 60.0),
    "max_gb": (4.0, 0.001, 1024.0),
    "max_instances": (10_000.0, 1.0, 100_000.0),
    "max_results": (100.0, 1.0, 1000.0),
}
_TEXTS = ("name", "url", "user", "password_env", "password_file", "token_env", "token_file", "ca_file")
_SWITCHES = ("store", "unencrypted")


@dataclass(frozen=True)
class ArchiveSettings:
    """One archive.

    Attributes:
        id: its key in the file, which requests name it by.
        name: what people call it.
        url: the address of its DICOMweb service; QIDO-RS, WADO-RS and STOW-RS are below it.
        store: masks may be sent to it.
        user, password: of HTTP's basic authentication; "" for none.
        token: sent as a bearer token; "" for none.
        ca_file: certificates that its own is verified by; None for those that certifi trusts.
        timeout_s: of connecting, and of each piece of an answer; all but a scan must be here in twice that.
        fetch_s: how long one scan may take to come.
        max_bytes, max_instances: of one scan.
        max_results: of one search.
    """

    id: str
    name: str
    url: str
    store: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca_file: str | None = None
    timeout_s: float = _NUMBERS["timeout_s"][0]
    fetch_s: float = _NUMBERS["fetch_minutes"][0] * 60
    max_bytes: int = int(_NUMBERS["max_gb"][0] * GIGABYTE)
    max_instances: int = int(_NUMBERS["max_instances"][0])
    max_results: int = int(_NUMBERS["max_results"][0])


def archives_from(environment: Mapping[str, str] = os.environ) -> tuple[ArchiveSettings, ...]:
    """The archives of the file that FEWSHOT_SAM_ARCHIVES names, none where it names none.

    Raises:
        UserError: the file cannot be read, or says what it must not.
    """
    path = environment.get(VARIABLE, "").strip()
    if not path:
        return ()
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise UserError(f"{VARIABLE}: {path} must have at most {MAX_FILE_BYTES // 1024} KB.")
        read = tomllib.loads(content.decode())
    except OSError as error:
        raise UserError(f"{VARIABLE}: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # no UTF-8, or no TOML; a secret may stand in the file, so it is not quoted
        place = re.search(r"line \d+", str(error))
        where = f" at {place[0]}" if place else ""
        raise UserError(f"{VARIABLE}: {path} is no TOML{where}.") from None
    tables = read.pop("archives", None)
    if read or not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
        raise UserError(f"{VARIABLE}: {path} must hold tables [archives.NAME] and nothing else.")
    if not 1 <= len(tables) <= MAX_ARCHIVES:
        raise UserError(f"{VARIABLE}: {path} must name 1 to {MAX_ARCHIVES} archives, got {len(tables)}.")
    return tuple(_archive(key, table, environment) for key, table in tables.items())


def _archive(key: str, table: Mapping[str, Any], environment: Mapping[str, str]) -> ArchiveSettings:
    source = f"{VARIABLE}: archives.{key[:40]}"
    if not re.match(ID_PATTERN, key):
        raise UserError(f"{source} must be called by small letters, digits and hyphens, 32 at most.")
    _require_known(source, table)
    texts = {name: _text(source, table, name) for name in _TEXTS}
    switches = {name: _switch(source, table, name) for name in _SWITCHES}
    numbers = {name: _number(source, table, name) for name in _NUMBERS}
    url = texts["url"].rstrip("/")
    require_address(url, f"{source}.url", everywhere=switches["unencrypted"])
    password = _secret(source, texts, "password", environment)
    token = _secret(source, texts, "token", environment)
    if bool(texts["user"]) != bool(password) or (password and token):
        raise UserError(
            f"{source} must have a user with a password_env or password_file, or a token_env or token_file, "
            "or none of them."
        )
    return ArchiveSettings(
        key,
        on_one_line(texts["name"])[:MAX_NAME_LENGTH] or key,
        url,
        switches["store"],
        texts["user"],
        password,
        token,
        _certificates(source, texts["ca_file"]),
        numbers["timeout_s"],
        numbers["fetch_minutes"] * 60,
        int(numbers["max_gb"] * GIGABYTE),
        int(numbers["max_instances"]),
        int(numbers["max_results"]),
    )


def _require_known(source: str, table: Mapping[str, Any]) -> None:
    if {"password", "token"} & table.keys():
        raise UserError(
            f"{source} must not hold a secret itself: name a variable by password_env or token_env, or a "
            "file by password_file or token_file."
        )
    known = {*_TEXTS, *_SWITCHES, *_NUMBERS}
    for name in table:
        if name not in known:
            raise UserError(f"{source} can hold {', '.join(sorted(known))}, got {name[:40]!r}.")


def _text(source: str, table: Mapping[str, Any], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str):
        raise UserError(f"{source}.{name} must be a text in quotes.")
    return value.strip()


def _switch(source: str, table: Mapping[str, Any], name: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise UserError(f"{source}.{name} must be true or false.")
    return value


def _number(source: str, table: Mapping[str, Any], name: str) -> float:
    default, low, high = _NUMBERS[name]
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError(f"{source}.{name} must be a number from {low:g} to {high:g}.")
    return float(value)


def _certificates(source: str, path: str) -> str | None:
    if path and not Path(path).is_file():
        raise UserError(f"{source}.ca_file: there is no file {path}.")
    return path or None


def _secret(source: str, texts: Mapping[str, str], what: str, environment: Mapping[str, str]) -> str:
    """What a variable or a file holds; "" where neither is named."""
    variable, file = texts[f"{what}_env"], texts[f"{what}_file"]
    if variable and file:
        raise UserError(f"{source} must have {what}_env or {what}_file, not both.")
    if not variable and not file:
        return ""
    if variable:
        text = environment.get(variable, "").strip()
    else:
        try:
            with Path(file).open("rb") as opened:
                text = opened.read(MAX_SECRET_BYTES + 1).decode().strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise UserError(f"{source}.{what}_file cannot be read: {reason}.") from None
    if not 1 <= len(text) <= MAX_SECRET_BYTES or not text.isprintable():
        raise UserError(
            f"{source}: {variable or file} must hold 1 to {MAX_SECRET_BYTES} characters on one line."
        )
    return text
