"""What LibreOffice makes of exported tables: cells that compute, and whatever else leads out of a sheet."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SEPARATORS = {",": "44", ";": "59", "tab": "9", "|": "124"}
"""By which spreadsheets of some language split cells, as LibreOffice is told them."""
CONTROL = b'"code","label"\r\n1,"=1+1"\r\n'
LIVE = re.compile(
    r'table:formula="[^"]*"|<table:dde-link|<table:cell-range-source|xlink:href="[^"]*"|<script:'
)
"""In a flat OpenDocument sheet: a formula, a link to another file or program, a script or its listener."""
TIMEOUT_S = 300.0


def find_office() -> str | None:
    """LibreOffice's program; None where it is not installed."""
    return shutil.which("soffice")


def live_in_office(office: str, tables: Sequence[bytes], folder: Path) -> list[str]:
    """What is live in CSV tables that LibreOffice opens, at each separator, and told to evaluate formulas.

    Args:
        folder: a new one; LibreOffice's profile is made in it, so that nobody's own is used.

    Raises:
        RuntimeError: not even a table that holds a formula shows one, so that the others prove nothing.
    """
    folder.mkdir(parents=True)
    files = {"control": CONTROL, **{f"table-{number}": table for number, table in enumerate(tables)}}
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content)
    found = []
    for separator, code in SEPARATORS.items():
        sheets = _converted(office, folder, list(files), code)
        if not LIVE.search(sheets.pop("control")) and separator == ",":
            raise RuntimeError("LibreOffice computed nothing where a formula is; its options have changed.")
        found += [f"{name} at {separator}: {live}" for name, sheet in sheets.items() for live in _live(sheet)]
    return found


def _live(sheet: str) -> list[str]:
    return [match.group() for match in LIVE.finditer(sheet)]


def _converted(office: str, folder: Path, names: list[str], separator: str) -> dict[str, str]:
    """The tables as flat OpenDocument, by name, opened by one process."""
    results = folder / f"split-at-{separator}"
    # Separator, quote, UTF-8, first line; then the defaults, all sheets, and formulas are evaluated.
    options = f"CSV:{separator},34,76,1,,0,false,true,false,false,false,-1,true"
    command = [
        office,
        f"-env:UserInstallation={(folder / 'profile').absolute().as_uri()}",
        "--headless",
        f"--infilter={options}",
        *("--convert-to", "fods", "--outdir", str(results)),
        *(str(folder / f"{name}.csv") for name in names),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    return {name: (results / f"{name}.fods").read_text(encoding="utf-8") for name in names}
