"""``users`` as a program: what it prints, its errors, and that it works beside a running server."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from backend import users
from backend.config import Config
from backend.home_lock import lock_home
from backend.queries.accounts import account_named
from backend.services import build_services
from backend.services.passwords import Passwords
from storage.database import Database
from tests.backend.accounts_helpers import FAST, PASSWORD

pytestmark = pytest.mark.usefixtures("one_process")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(users, "Passwords", lambda: Passwords(FAST))
    return tmp_path / "home"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = users.main(arguments)
    found = capsys.readouterr()
    return code, found.out + found.err


def test_the_first_account_is_made_before_the_first_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out = run(capsys, "add", "Ada L\u00f6velace/1", "--role", "admin")
    assert code == 0
    prefix, _, secret = out.splitlines()[1].partition("#")
    assert prefix == "http://127.0.0.1:7860/invite"
    assert secret.split("/")[1:] == ["Ada%20L%C3%B6velace%2F1"]
    monkeypatch.setenv("FEWSHOT_SAM_ALLOWED_HOSTS", "labels.example")
    assert "https://labels.example/invite#" in run(capsys, "invite", "ada l\u00f6velace/1")[1]
    assert run(capsys, "list") == (0, "Ada L\u00f6velace/1\tadmin\tinvited\n")


def test_it_works_beside_a_server(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    config = Config.for_home(home)
    lock, services = lock_home(home), build_services(config)
    try:
        assert run(capsys, "add", "Ada")[0] == 0
        assert run(capsys, "role", "Ada", "reviewer")[0] == 0
        assert run(capsys, "sessions", "Ada", "--end") == (0, "0 session(s) ended.\n")
        assert run(capsys, "disable", "Ada")[0] == 0
        assert "reviewer\tdisabled" in run(capsys, "list")[1]
        with services.database.read() as session:
            assert account_named(session, "Ada") is not None
        with services.database.write() as session:
            session.execute(text("ALTER TABLE account RENAME TO later"))
        code, out = run(capsys, "list")
        assert (code, "is of an earlier version" in out) == (2, True)
    finally:
        services.close()
        lock.release()


def test_a_password_from_a_pipe_is_taken_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f" {PASSWORD} \nand more\n"))
    assert run(capsys, "add", "Ada", "--password-stdin") == (0, "")
    database = Database(Config.for_home(home).database_url)
    with database.read() as session:
        row = account_named(session, "ada")
    database.close()
    assert row is not None
    assert Passwords(FAST).matches(row.password_hash, f" {PASSWORD} ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "Ada"], "takes no name"),
        (["add"], "needs the name of an account"),
        (["role", "Ada"], "needs a role"),
        (["add", "Ada", "admin"], "no other action takes one"),
        (["hand-over", "Ada"], "'users hand-over NAME TO' another account"),
        (["hand-over", "Ada", "Grace"], "There is no account called 'Ada'"),
        (["role", "Ada", "king"], "The role must be one of annotator, reviewer, admin, got 'king'"),
        (["invite", "Ada"], "There is no account called 'Ada'"),
        (["invite", "Ada", "--password"], "to 'users add' and 'users reset' only"),
        (["add", "Ada", "--password"], "asks on a terminal, and there is none"),
        (["list", "--end"], "--end belongs to"),
        (["list", "--address", "https://labels.example"], "--address belongs to"),
        (["add", "Ada", "--address", "labels.example"], "--address must be an address such as"),
        (["bind", "Ada", "--issuer", "https://login.example.org"], "needs both options"),
        (["add", "Ada", "--issuer", "https://login.example.org", "--subject", "x"], "needs both options"),
        (["bind", "Ada", "--issuer", "login", "--subject", "x"], "--issuer must be an address such as"),
        (["unbind", "Ada"], "There is no account called 'Ada'"),
    ],
)
def test_errors_are_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    code, out = run(capsys, *arguments)
    assert (code, out.count("\n"), sentence in out) == (2, 1, True), out


@pytest.mark.usefixtures("home")
def test_projects_of_who_leaves_are_handed_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Grace"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        run(capsys, "add", name, "--password-stdin")
    assert run(capsys, "hand-over", "Ada", "Grace") == (0, "0 project(s) of Ada given to Grace.\n")


def test_the_command_line_hands_over(home: Path) -> None:
    command = ["users", "add", "Ada", "--role", "reviewer", "--password-stdin"]
    done = subprocess.run(
        [sys.executable, "-m", "fewshot_sam", *command],
        cwd=ROOT, env=os.environ, input=f"{PASSWORD}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_link_leads_to_the_server_that_runs(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config.for_home(home)
    out = run(capsys, "add", "Ada")[1]
    assert "http://127.0.0.1:7860/invite#" in out
    assert "No server runs now. Where http://127.0.0.1:7860 is not its address, say which is with" in out
    lock, services = lock_home(home), build_services(config)
    try:
        config.server_address_file.write_text("http://localhost:9000")  # as app.py does
        out = run(capsys, "invite", "Ada")[1]
        assert ("http://localhost:9000/invite#" in out, "No server" in out) == (True, False)
        told = run(capsys, "invite", "Ada", "--address", "https://labels.example/sam/")[1]
        assert "https://labels.example/sam/invite#" in told
        monkeypatch.setenv("FEWSHOT_SAM_ADDRESS", "https://other.example")
        assert "https://other.example/invite#" in run(capsys, "reset", "Ada")[1]
        monkeypatch.delenv("FEWSHOT_SAM_ADDRESS")
    finally:
        services.close()
        lock.release()
    assert "http://127.0.0.1:7860/invite#" in run(capsys, "invite", "Ada")[1]  # that server was killed
    assert not config.server_address_file.exists()


def test_people_of_a_login_provider_are_bound(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "Ada")
    run(capsys, "add", "Grace")
    who = ("--issuer", "https://login.example.org", "--subject", "248289761001")
    assert run(capsys, "bind", "Ada", *who) == (0, "")
    assert (
        "Ada\tannotator\t0 session(s)\t248289761001 at https://login.example.org\n" in run(capsys, "list")[1]
    )
    code, out = run(capsys, "bind", "Grace", *who)
    assert (code, "bound to the account 'Ada' already" in out) == (2, True)
    assert run(capsys, "unbind", "Ada") == (0, "1 binding(s) ended.\n")
    assert "Ada\tannotator\tinvited\n" in run(capsys, "list")[1]


def test_no_link_is_printed_where_it_would_be_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "add", "Grace")
    monkeypatch.setenv("FEWSHOT_SAM_OIDC_ISSUER", "https://login.example.org")
    assert "/invite#" in run(capsys, "invite", "Grace")[1]
    monkeypatch.setenv("FEWSHOT_SAM_OIDC_ONLY", "1")
    bind = "users bind 'Ada Lovelace' --issuer https://login.example.org --subject SUBJECT\n"
    code, out = run(capsys, "add", "Ada Lovelace")
    assert (code, out.startswith("The account of Ada Lovelace is there.")) == (0, True)
    assert out.endswith(bind)
    assert "Ada Lovelace\tannotator" in run(capsys, "list")[1]
    code, out = run(capsys, "invite", "Grace")
    assert (code, "so no link leads to it. Bind it: users bind Grace" in out) == (2, True)
    code, out = run(capsys, "reset", "Grace")
    assert (code, "/invite#" in out, "Bind it: users bind Grace" in out) == (0, False, True)
