"""Parses the command line, runs one command and turns its errors into exit codes.

Exit codes: 0 success, 1 ``doctor`` or ``check`` found a fault, 2 a user-correctable error, with one line
on standard error that says what to do, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from fewshot_sam import __version__
from fewshot_sam.cli.registry import commands
from fewshot_sam.errors import (
    HalfChoiceError,
    IrregularGridError,
    OperationCancelled,
    OtherGridError,
    OverlapError,
    SeriesChoiceError,
    UserError,
)

USER_ERROR = 2
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {one_line(message)} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each command's module adds its own part."""
    parser = OneLineParser(
        prog="fewshot_sam",
        description="Label anatomy in medical volumes from a few painted slices. "
        "Research use, not a medical device.",
        epilog="Run 'python -m fewshot_sam COMMAND --help' for a command's options and examples.",
    )
    parser.add_argument("--version", action="version", version=f"fewshot_sam {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands():
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; ``--help`` and bad arguments raise SystemExit."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch loads: idle threads must not spin
    arguments = join_negative_windows(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(arguments)
    try:
        with quiet_libraries():
            return args.run(args)
    except UserError as error:
        return fail(args.command, describe(error, vars(args)))
    except MemoryError:
        return fail(
            args.command, "Not enough memory for this volume; close other programs or crop the image."
        )
    except OSError as error:
        return fail(args.command, describe_os_error(error))
    except (KeyboardInterrupt, OperationCancelled):
        sys.stderr.write(f"fewshot_sam {args.command}: stopped\n")
        return INTERRUPTED


def join_negative_windows(arguments: Sequence[str]) -> list[str]:
    """Write ``--window -160,240`` as one argument; argparse takes a leading minus for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--window" and argument[:1] == "-" and argument[1:2].isdigit():
            joined[-1] = f"--window={argument}"
        else:
            joined.append(argument)
    return joined


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep libraries' warnings off standard error, which carries our one line; python -W shows them."""
    if sys.warnoptions:
        yield
        return
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable()
        try:
            yield
        finally:
            logging.disable(before)


def fail(command: str, message: str) -> int:
    """Write the one line of a user-correctable error and return its exit code."""
    sys.stderr.write(f"fewshot_sam {command}: {one_line(message)}\n")
    return USER_ERROR


def describe(error: UserError, options: Container[str]) -> str:
    """An error's text, with the option that corrects it where the command has one."""
    if "series" in options and isinstance(error, SeriesChoiceError):
        numbered = error.choices and error.choices[0].series_uid.startswith("#")
        return f"{error} Name it with --series {'NUMBER, as in --series #1' if numbered else 'UID'}."
    if "half" in options and isinstance(error, HalfChoiceError):
        return f"{error} The option --half does that."
    if "resample" in options and isinstance(error, IrregularGridError):
        return f"{error} The option --resample does that."
    if "resample_labels" in options and isinstance(error, OtherGridError):
        return f"{error} Add --resample-labels to do that here, by the nearest label."
    if "overlap" in options and isinstance(error, OverlapError):
        return f"{error} Or say with --overlap first or --overlap last which of them counts."
    return str(error)


def describe_os_error(error: OSError) -> str:
    """A sentence for a failed file operation."""
    reason = error.strerror or str(error)
    return f"{reason}: {error.filename}" if error.filename else reason


def one_line(text: str) -> str:
    """The text with line breaks and runs of blanks turned into single blanks."""
    return " ".join(text.split())
