"""The commands, in the order in which ``--help`` lists them. A new one is a module and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

COMMANDS: dict[str, str] = {
    "propagate": "fewshot_sam.cli.propagate",
    "fit": "fewshot_sam.cli.fit",
    "predict": "fewshot_sam.cli.predict",
    "model": "fewshot_sam.cli.model",
    "evaluate": "fewshot_sam.cli.evaluate",
    "export": "fewshot_sam.cli.export",
    "archive": "fewshot_sam.cli.archive",
    "encode": "fewshot_sam.cli.encode",
    "doctor": "fewshot_sam.cli.doctor",
    "check": "fewshot_sam.cli.check",
    "backup": "fewshot_sam.cli.backup",
    "restore": "fewshot_sam.cli.restore",
    "serve": "fewshot_sam.cli.serve",
    "users": "fewshot_sam.cli.users",
    "audit": "fewshot_sam.cli.audit",
    "retention": "fewshot_sam.cli.retention",
}
"""Name to module. ``--help`` loads them all, so what is heavy is imported inside the commands' ``run``."""


class Command(Protocol):
    """The module of a command."""

    def add_parser(self, subparsers: Any) -> None:
        """Add the command's parser to argparse's subparsers; its default ``run`` returns the exit code."""


def commands() -> list[Command]:
    """The modules of all commands."""
    return [cast("Command", import_module(module)) for module in COMMANDS.values()]
