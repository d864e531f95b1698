"""``users``: the accounts of people who log in to the app."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, program

ACTIONS = (
    "list", "add", "invite", "reset", "role", "adopt", "hand-over", "disable", "enable", "sessions", "bind",
    "unbind",
)  # fmt: skip
ROLES = ("annotator", "reviewer", "admin")
EXAMPLES = """\
users add "Ada Lovelace" --role admin
users list
users role "Ada Lovelace" reviewer
users sessions "Ada Lovelace" --end
users hand-over "Ada Lovelace" Grace
users bind "Ada Lovelace" --issuer https://login.example.org --subject 248289761001"""

DETAILS = (
    "Works beside the running app, on the data folder that FEWSHOT_SAM_HOME names. 'add', 'invite' and "
    "'reset' print a link with which the person chooses a password, once, within 72 hours."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "users", run, "Manage the accounts of people who log in", EXAMPLES, DETAILS
    )
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=f"one of {', '.join(ACTIONS)}")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the account")
    parser.add_argument(
        "to",
        nargs="?",
        metavar="ROLE|TO",
        help=f"for 'role': {', '.join(ROLES)}; for 'hand-over': the account that gets all projects of NAME",
    )
    parser.add_argument("--role", choices=ROLES, help="of a new account; default: annotator")
    parser.add_argument(
        "--password",
        action="store_true",
        help="for 'add' and 'reset': ask for the password here, print no link",
    )
    parser.add_argument(
        "--password-stdin", action="store_true", help="the same, read from standard input: its first line"
    )
    parser.add_argument("--address", metavar="URL", help="of the app, at the beginning of the link")
    parser.add_argument("--issuer", metavar="URL", help="for 'bind': the login provider")
    parser.add_argument(
        "--subject", metavar="TEXT", help="for 'bind': who the person is there, its claim sub"
    )
    parser.add_argument("--end", action="store_true", help="for 'sessions': log the person out everywhere")


def run(args: argparse.Namespace) -> int:
    """Become backend.users."""
    options = ["--role", args.role] if args.role else []
    options += ["--password"] if args.password else []
    options += ["--password-stdin"] if args.password_stdin else []
    options += ["--end"] if args.end else []
    for name in ("address", "issuer", "subject"):
        options += [f"--{name}={value}"] if (value := getattr(args, name)) else []
    names = [text for text in (args.name, args.to) if text is not None]
    program.become("backend.users", [*options, "--", args.action, *names])
