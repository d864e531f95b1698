"""The rows by name. A new one is a module with a ``TortureRow`` and a line here."""

from __future__ import annotations

from pkgutil import resolve_name

from benchmarks.torture.row import TortureRow

ROWS = {
    "server-kills": "benchmarks.torture.kills:SERVER_KILLS",
    "worker-kills": "benchmarks.torture.kills:WORKER_KILLS",
    "people": "benchmarks.torture.people:PEOPLE",
    "mutations": "benchmarks.torture.mutations:MUTATIONS",
    "mutations-http": "benchmarks.torture.mutations_http:MUTATIONS_HTTP",
    "bombs": "benchmarks.torture.bombs:BOMBS",
    "disk-faults": "benchmarks.torture.disk_faults:DISK_FAULTS",
    "strangers": "benchmarks.torture.strangers:STRANGERS",
    "names": "benchmarks.torture.names:NAMES",
    "scripts": "benchmarks.torture.scripts:SCRIPTS_ROW",
    "corruptions": "benchmarks.torture.corruptions:CORRUPTIONS",
    "geometry": "benchmarks.torture.geometry:GEOMETRY",
    "backups": "benchmarks.torture.backups:BACKUPS",
}


def row_names() -> tuple[str, ...]:
    """All rows, in the order of the table."""
    return tuple(ROWS)


def load_row(name: str) -> TortureRow:
    """A row; its module is imported now."""
    row: TortureRow = resolve_name(ROWS[name])
    return row
