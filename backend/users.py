"""``python -m backend.users``: what ``python -m fewshot_sam users`` starts; see docs/cli.md.

Works on the database beside a running server. Exit codes: 0, or 2 with one line for an error of the user's.
"""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from backend.addresses import own_address, require_address
from backend.config import Config
from backend.errors import ConflictError, InvalidRequestError, StartError
from backend.home_lock import lock_home
from backend.oidc.settings import only_issuer
from backend.programs import run_program
from backend.schemas.enums import AccountRole
from backend.services.accounts import INVITATION_LIFETIME, AccountFacts, Accounts
from backend.services.passwords import MAX_LENGTH, Passwords
from backend.state import examine, open_state, start_errors
from fewshot_sam.errors import UserError
from storage.accounts import AccountRow
from storage.database import Database
from storage.inspection import reading

_MINUTE = "%Y-%m-%d %H:%M"
ACTIONS = (
    "list", "add", "invite", "reset", "role", "adopt", "hand-over", "disable", "enable", "sessions", "bind",
    "unbind",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one thing with accounts and say what was done."""
    parser = argparse.ArgumentParser(prog="fewshot_sam users")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("name", nargs="?")
    parser.add_argument("to", nargs="?")  # a role, or another account
    parser.add_argument("--role", default=AccountRole.ANNOTATOR.value)
    parser.add_argument("--password", action="store_true")
    parser.add_argument("--password-stdin", action="store_true")
    parser.add_argument("--end", action="store_true")
    parser.add_argument("--address", default="")
    parser.add_argument("--issuer", default="")
    parser.add_argument("--subject", default="")
    args = parser.parse_args(arguments)
    return run_program("users", lambda: _act(args))


def _act(args: argparse.Namespace) -> int:
    _require_arguments(args)
    config, password = Config.from_environment(), _password(args)
    given = own_address(args.address, "--address")
    config = dataclasses.replace(config, address=given or config.address)
    with _database(config) as database:
        for line in _run(args, Accounts(database, Passwords()), config, password):
            sys.stdout.write(f"{line}\n")
    return 0


def _require_arguments(args: argparse.Namespace) -> None:
    if args.action != "list" and not args.name:
        raise InvalidRequestError(f"'users {args.action}' needs the name of an account.")
    if args.action == "list" and args.name:
        raise InvalidRequestError("'users list' takes no name; it lists all accounts.")
    if (args.action in ("role", "hand-over")) != bool(args.to):
        raise InvalidRequestError(
            "'users role NAME ROLE' needs a role, 'users hand-over NAME TO' another account, and no other "
            "action takes one there."
        )
    if (args.password or args.password_stdin) and args.action not in ("add", "reset"):
        raise InvalidRequestError("A password is given to 'users add' and 'users reset' only.")
    if args.end and args.action != "sessions":
        raise InvalidRequestError("--end belongs to 'users sessions NAME --end'.")
    if args.address and args.action not in ("add", "invite", "reset"):
        raise InvalidRequestError(
            "--address belongs to 'users add', 'invite' and 'reset', which print links."
        )
    if not bool(args.issuer) == bool(args.subject) == (args.action == "bind"):
        raise InvalidRequestError("'users bind NAME --issuer ADDRESS --subject TEXT' needs both options.")


def _password(args: argparse.Namespace) -> str | None:
    """The password that was typed or piped in; None where an invitation is wanted."""
    if args.password_stdin:
        return sys.stdin.readline(MAX_LENGTH + 2).rstrip("\r\n")
    if not args.password:
        return None
    if not sys.stdin.isatty():
        raise InvalidRequestError("--password asks on a terminal, and there is none. Use --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise InvalidRequestError("The two passwords are not the same. Nothing was changed.")
    return password


def _run(args: argparse.Namespace, accounts: Accounts, config: Config, password: str | None) -> Iterator[str]:
    """Do it; the lines to print."""
    name = args.name or ""
    match args.action:
        case "list":
            found = accounts.list_all()
            yield from map(_account_line, found)
            if not found:
                yield "There are no accounts. Make one with 'users add NAME --role admin'."
        case "add":
            yield from _invitation(config, name, accounts.add(name, _role(args.role), password))
        case "invite":
            if issuer := only_issuer(os.environ):
                raise ConflictError(_binding(issuer, name))
            yield from _invitation(config, name, accounts.invite(name))
        case "reset":
            yield from _invitation(config, name, accounts.reset(name, password))
        case "role":
            accounts.set_role(name, _role(args.to))
        case "adopt":
            yield f"{accounts.adopt(name)} project(s) given to {name}."
        case "hand-over":
            yield f"{accounts.hand_over(name, args.to)} project(s) of {name} given to {args.to}."
        case "disable" | "enable":
            accounts.set_disabled(name, args.action == "disable")
        case "bind":
            require_address(args.issuer, "--issuer")
            accounts.bind(name, args.issuer, args.subject)
        case "unbind":
            yield f"{accounts.unbind(name)} binding(s) ended."
        case "sessions" if args.end:
            yield f"{accounts.end_sessions(name)} session(s) ended."
        case "sessions":
            for row in accounts.sessions(name):
                yield f"since {row.created_at:{_MINUTE}} UTC, last used {row.last_seen_at:{_MINUTE}} UTC"


def _role(text: str) -> AccountRole:
    if text not in list(AccountRole):
        raise InvalidRequestError(f"The role must be one of {', '.join(AccountRole)}, got '{text[:40]}'.")
    return AccountRole(text)


def _account_line(account: AccountFacts) -> str:
    state = (
        "disabled" if account.disabled else "invited" if account.invited else f"{account.sessions} session(s)"
    )
    bound = "".join(f"\t{subject} at {issuer}" for issuer, subject in account.bindings)
    return f"{account.name}\t{account.role}\t{state}{bound}"


def _invitation(config: Config, name: str, token: str | None) -> Iterator[str]:
    """The link. Its secret is behind the #, which browsers send to no server, so no log has it."""
    if issuer := only_issuer(os.environ):
        yield f"The account of {name} is there. {_binding(issuer, name)}"
        return
    if token is None:
        return
    hours = INVITATION_LIFETIME.total_seconds() / 3600
    yield f"Give this link to {name}; it works once, for {hours:g} hours:"
    told = config.address or config.allowed_hosts
    served = "" if told else _server_address(config)
    address = served or config.public_address
    yield f"{address}/invite#{token}/{quote(name, safe='')}"
    if not told and not served:
        yield f"No server runs now. Where {address} is not its address, say which is with --address URL."


def _binding(issuer: str, name: str) -> str:
    """How a person comes to an account where no link and no password leads to it."""
    bind = f"users bind {shlex.quote(name)} --issuer {shlex.quote(issuer)} --subject SUBJECT"
    return f"No password is taken here (FEWSHOT_SAM_OIDC_ONLY), so no link leads to it. Bind it: {bind}"


def _server_address(config: Config) -> str:
    """What the server that runs wrote down; "" where none does."""
    try:
        return own_address(config.server_address_file.read_text(encoding="utf-8"), "the file")
    except (OSError, ValueError, UserError):
        return ""


@contextmanager
def _database(config: Config) -> Iterator[Database]:
    """The data folder's database, made or migrated where no server runs that did."""
    with start_errors(config):
        examine(config)
        try:
            lock = lock_home(config.home, wait_s=0)
            config.server_address_file.unlink(missing_ok=True)  # of a server that was killed
        except UserError:  # a server has it
            _require_accounts(config)
            database = Database(config.database_url)
            try:
                yield database
            finally:
                database.close()
            return
        try:
            state = open_state(config)
            try:
                yield state.database
            finally:
                state.database.close()
        finally:
            lock.release()


def _require_accounts(config: Config) -> None:
    """Raise StartError where the server that runs is of a version without accounts."""
    with reading(config.database_url, config.start_wait_s) as connection:
        if not connection.dialect.has_table(connection, AccountRow.__tablename__):
            raise StartError(
                "The server that uses this data folder is of an earlier version, which has no accounts. "
                "Stop it, and start this version."
            )


if __name__ == "__main__":
    sys.exit(main())
