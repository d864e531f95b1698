"""Which archives there are: what an administrator's file may say, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.archives.settings import MAX_ARCHIVES, VARIABLE, ArchiveSettings, archives_from
from backend.config import Config
from backend.errors import StartError
from backend.http.exposure import require_logins_for_archives
from fewshot_sam.errors import UserError

URL = 'url = "https://pacs.example.org/dicom-web/"\n'


def read(folder: Path, text: str, **environment: str) -> tuple[ArchiveSettings, ...]:
    path = folder / "archives.toml"
    path.write_text(text, encoding="utf-8")
    return archives_from({VARIABLE: str(path), **environment})


def test_none_are_named() -> None:
    assert archives_from({}) == ()


def test_all_that_can_be_said(tmp_path: Path) -> None:
    secret, certificates = tmp_path / "secret", tmp_path / "ca.pem"
    secret.write_text("tok\u00e9n\n", encoding="utf-8")
    certificates.write_text("")
    first, second = read(
        tmp_path,
        f"""
        [archives.main]
        name = "  St. Mary's\\n archive "
        {URL}
        store = true
        user = "sam"
        password_env = "PACS"
        ca_file = "{certificates}"
        timeout_s = 5
        fetch_minutes = 2
        max_gb = 0.5
        max_instances = 7
        max_results = 9
        [archives.research-2]
        url = "http://orthanc:8042/dicom-web"
        unencrypted = true
        token_file = "{secret}"
        """,
        PACS="p\u00e4ss",
    )
    assert first == ArchiveSettings(
        "main", "St. Mary's archive", "https://pacs.example.org/dicom-web", True, "sam", "p\u00e4ss", "",
        str(certificates), 5, 120, 2**29, 7, 9,
    )  # fmt: skip
    assert (second.id, second.name, second.store, second.token) == (
        "research-2",
        "research-2",
        False,
        "tok\u00e9n",
    )
    assert not {"p\u00e4ss", "sam"} & set(repr(first).replace("'", " ").split())
    assert "tok" not in repr(second)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"must hold tables \[archives.NAME\]"),
        ("x = 1", r"must hold tables \[archives.NAME\]"),
        ("[archives.a]\nurl = ", "is no TOML"),
        (f"[archives.A]\n{URL}", "small letters, digits and hyphens"),
        ("[archives.a]", "archives.a.url must be an address"),
        ('[archives.a]\nurl = "http://pacs.example.org"', "must begin with https://"),
        ('[archives.a]\nurl = "https://u:p@pacs.example.org"', "must be an address"),
        (f'[archives.a]\n{URL}password = "hunter2"', "must not hold a secret itself"),
        (f"[archives.a]\n{URL}stor = true", "got 'stor'"),
        (f'[archives.a]\n{URL}store = "yes"', "store must be true or false"),
        (f"[archives.a]\n{URL}name = 3", "name must be a text in quotes"),
        (f"[archives.a]\n{URL}timeout_s = 0", "timeout_s must be a number from 1 to 600"),
        (f"[archives.a]\n{URL}max_gb = nan", "max_gb must be a number"),
        (f'[archives.a]\n{URL}user = "u"', "must have a user with a password_env or password_file"),
        (f'[archives.a]\n{URL}token_env = "NONE"', "NONE must hold 1 to 4096 characters"),
        (f'[archives.a]\n{URL}token_env = "A"\ntoken_file = "b"', "token_env or token_file, not both"),
        (f'[archives.a]\n{URL}token_file = "/nowhere"', "token_file cannot be read: No such file"),
        (f'[archives.a]\n{URL}ca_file = "/nowhere"', "there is no file /nowhere"),
        ("".join(f"[archives.a{n}]\n{URL}" for n in range(MAX_ARCHIVES + 1)), "got 21"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        read(tmp_path, text)
    assert "hunter2" not in str(error.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match="/nowhere cannot be read: No such file"):
        archives_from({VARIABLE: "/nowhere"})


def test_visitors_without_logins_get_none(tmp_path: Path) -> None:
    archives = (ArchiveSettings("a", "A", "https://pacs.example.org"),)
    config = Config(tmp_path, "sqlite://", archives=archives)
    require_logins_for_archives(config)
    require_logins_for_archives(Config(tmp_path, "sqlite://", multi_user=True, auth=True, archives=archives))
    with pytest.raises(StartError, match="--auth"):
        require_logins_for_archives(Config(tmp_path, "sqlite://", multi_user=True, archives=archives))
