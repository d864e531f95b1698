"""Settings of a hospital's own login: what is taken from the environment, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from backend.config import Config
from backend.errors import StartError
from backend.http.exposure import require_way_back
from backend.oidc.settings import OidcSettings
from backend.schemas.enums import AccountRole
from fewshot_sam.errors import UserError

NEEDED = {
    "FEWSHOT_SAM_OIDC_ISSUER": "https://login.example.org/realms/hospital",
    "FEWSHOT_SAM_OIDC_CLIENT_ID": "fewshot-sam",
    "FEWSHOT_SAM_OIDC_CLIENT_SECRET": "a secret",
}


def test_what_is_needed_and_what_is_chosen() -> None:
    assert OidcSettings.from_environment({}) is None
    settings = OidcSettings.from_environment(NEEDED)
    assert settings is not None
    assert (settings.name, settings.role_claim, settings.create, settings.only) == (
        "Hospital login",
        "",
        True,
        False,
    )
    assert "a secret" not in repr(settings)
    chosen = OidcSettings.from_environment(
        {
            **NEEDED,
            "FEWSHOT_SAM_OIDC_NAME": "St. Mary's login",
            "FEWSHOT_SAM_OIDC_ROLE_CLAIM": "groups",
            "FEWSHOT_SAM_OIDC_ROLES": "cn=admins=admin, radiology = annotator",
            "FEWSHOT_SAM_OIDC_CREATE": "0",
            "FEWSHOT_SAM_OIDC_ONLY": "1",
        }
    )
    assert chosen is not None
    assert (chosen.name, chosen.create, chosen.only) == ("St. Mary's login", False, True)
    assert chosen.roles == {"cn=admins": AccountRole.ADMIN, "radiology": AccountRole.ANNOTATOR}


def test_the_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    environment = {
        **NEEDED,
        "FEWSHOT_SAM_OIDC_CLIENT_SECRET": "",
        "FEWSHOT_SAM_OIDC_CLIENT_SECRET_FILE": str(file),
    }
    settings = OidcSettings.from_environment(environment)
    assert settings is not None and settings.client_secret == "of the file"
    file.write_text("\n")
    with pytest.raises(UserError, match="must have 1 to 4096 characters, got 0"):
        OidcSettings.from_environment(environment)
    file.unlink()
    with pytest.raises(UserError, match="_SECRET_FILE cannot be read: No such file"):
        OidcSettings.from_environment(environment)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ISSUER": ""}, "is set, but FEWSHOT_SAM_OIDC_ISSUER is not"),
        ({"ISSUER": "http://login.example.org"}, "must begin with https://"),
        ({"ISSUER": "login.example.org"}, "must be an address such as"),
        ({"ISSUER": "https://login.example.org/?realm=x"}, "without a question mark"),
        ({"ISSUER": "https://me:x@login.example.org"}, "must be an address"),
        ({"ISSUER": "https://[::1"}, "must be an address"),
        ({"ISSUER": f"https://login.example.org/{'x' * 500}"}, "at most 500 characters"),
        ({"CLIENT_ID": " "}, "FEWSHOT_SAM_OIDC_CLIENT_ID must be too"),
        ({"CLIENT_SECRET": ""}, "neither is set"),
        ({"CLIENT_SECRET_FILE": "x"}, "both are set"),
        ({"ROLES": "a=admin"}, "set FEWSHOT_SAM_OIDC_ROLE_CLAIM"),
        (
            {"ROLE_CLAIM": "groups", "ROLES": "a=king"},
            "with the roles annotator, reviewer, admin, got 'a=king'",
        ),
        ({"CREATE": "yes"}, "FEWSHOT_SAM_OIDC_CREATE must be 0 or 1"),
        ({"ONLY": "true"}, "FEWSHOT_SAM_OIDC_ONLY must be 0 or 1"),
    ],
)
def test_mistakes_are_told(changed: dict[str, str], sentence: str) -> None:
    environment = {**NEEDED, **{f"FEWSHOT_SAM_OIDC_{name}": value for name, value in changed.items()}}
    with pytest.raises(UserError, match=sentence):
        OidcSettings.from_environment(environment)


def test_an_issuer_on_this_machine_needs_no_tls() -> None:
    for issuer in ("http://127.0.0.1:8080/realms/x", "http://localhost:8080", "http://[::1]:8080"):
        settings = OidcSettings.from_environment({**NEEDED, "FEWSHOT_SAM_OIDC_ISSUER": issuer})
        assert settings is not None and settings.issuer == issuer


def test_only_where_people_log_in() -> None:
    assert Config.from_environment(NEEDED).oidc is None
    assert Config.from_environment({**NEEDED, "FEWSHOT_SAM_AUTH": "1"}).oidc is not None


def test_the_address_of_the_app() -> None:
    environment = {
        "FEWSHOT_SAM_ADDRESS": "https://labels.example.org:8443/sam/",
        "FEWSHOT_SAM_ALLOWED_HOSTS": "other",
    }
    config = Config.from_environment(environment)
    assert config.public_address == "https://labels.example.org:8443/sam"
    assert config.allowed_hosts == ("labels.example.org", "other")
    assert Config.from_environment({"FEWSHOT_SAM_ALLOWED_HOSTS": "other"}).public_address == "https://other"
    with pytest.raises(UserError, match="FEWSHOT_SAM_ADDRESS must be an address"):
        Config.from_environment({"FEWSHOT_SAM_ADDRESS": "labels.example.org"})


def test_a_start_needs_a_way_back(config: Config) -> None:
    oidc = OidcSettings.from_environment(NEEDED)
    configured = dataclasses.replace(config, auth=True, oidc=oidc)
    require_way_back(configured)  # on this machine
    require_way_back(dataclasses.replace(configured, host="0.0.0.0", allowed_hosts=("labels.example.org",)))
    require_way_back(dataclasses.replace(config, host="0.0.0.0"))
    with pytest.raises(StartError, match="set FEWSHOT_SAM_ADDRESS"):
        require_way_back(dataclasses.replace(configured, host="0.0.0.0"))
    with pytest.raises(StartError, match="cannot be used on a Space"):
        require_way_back(dataclasses.replace(configured, on_spaces=True))
