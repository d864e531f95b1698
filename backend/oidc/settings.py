"""Which login provider people come from, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.addresses import require_address
from backend.schemas.enums import AccountRole
from fewshot_sam.errors import UserError

PREFIX = "FEWSHOT_SAM_OIDC_"
MAX_SECRET_BYTES = 4096
MAX_NAME = 60
_STRONGEST_FIRST = (AccountRole.ADMIN, AccountRole.ANNOTATOR, AccountRole.REVIEWER)


@dataclass(frozen=True)
class OidcSettings:
    """One provider, and what is believed of what it says.

    Attributes:
        issuer: its address as it spells it itself.
        name: what people call it, such as "St. Mary's login".
        role_claim: the claim that decides the role at each login, with dots between the levels; "" for none.
        roles: the role by the claim's values.
        create: whoever the provider lets in gets an account; else only who is bound to one.
        only: nobody logs in with a password.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "Hospital login"
    role_claim: str = ""
    roles: Mapping[str, AccountRole] = field(
        default_factory=lambda: {role.value: role for role in AccountRole}
    )
    create: bool = True
    only: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> OidcSettings | None:
        """The provider that the environment names, or None.

        Raises:
            UserError: a variable is missing, or is not as it must be.
        """
        issuer = environment.get("FEWSHOT_SAM_OIDC_ISSUER", "").strip()
        if not issuer:
            _require_nothing_else(environment)
            return None
        require_address(issuer, "FEWSHOT_SAM_OIDC_ISSUER")
        claim = environment.get("FEWSHOT_SAM_OIDC_ROLE_CLAIM", "").strip()
        mapping = environment.get("FEWSHOT_SAM_OIDC_ROLES", "").strip()
        if mapping and not claim:
            raise UserError(
                "FEWSHOT_SAM_OIDC_ROLES says what values of a claim mean; set FEWSHOT_SAM_OIDC_ROLE_CLAIM."
            )
        client_id = environment.get("FEWSHOT_SAM_OIDC_CLIENT_ID", "").strip()
        if not client_id:
            raise UserError("FEWSHOT_SAM_OIDC_ISSUER is set, so FEWSHOT_SAM_OIDC_CLIENT_ID must be too.")
        return cls(
            issuer,
            client_id,
            _secret(environment),
            environment.get("FEWSHOT_SAM_OIDC_NAME", "").strip()[:MAX_NAME] or cls.name,
            claim,
            **({"roles": _mapping(mapping)} if mapping else {}),
            create=_switch(environment, "FEWSHOT_SAM_OIDC_CREATE", "1"),
            only=_switch(environment, "FEWSHOT_SAM_OIDC_ONLY", "0"),
        )

    def role_of(self, claims: Mapping[str, Any]) -> AccountRole | None:
        """What the claim says; annotator where it says nothing that is known, None where no claim is asked.

        The role with the most rights counts where there are several.
        """
        if not self.role_claim:
            return None
        value: Any = claims.get(self.role_claim)
        if value is None:  # a claim's own name may hold dots, as that of an address does
            value = claims
            for level in self.role_claim.split("."):
                value = value.get(level) if isinstance(value, Mapping) else None
        said = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        found = {self.roles[text] for text in said if isinstance(text, str) and text in self.roles}
        return next((role for role in _STRONGEST_FIRST if role in found), AccountRole.ANNOTATOR)


def only_issuer(environment: Mapping[str, str]) -> str:
    """The provider that alone people log in with; "" where passwords are taken. Raises UserError."""
    only = _switch(environment, f"{PREFIX}ONLY", "0")
    return environment.get(f"{PREFIX}ISSUER", "").strip() if only else ""


def _require_nothing_else(environment: Mapping[str, str]) -> None:
    others = sorted(name for name, value in environment.items() if name.startswith(PREFIX) and value.strip())
    if others:
        raise UserError(f"{others[0]} is set, but FEWSHOT_SAM_OIDC_ISSUER is not. Set both or none.")


def _secret(environment: Mapping[str, str]) -> str:
    """The client's secret, from the environment or from a file that the environment names."""
    text = environment.get("FEWSHOT_SAM_OIDC_CLIENT_SECRET", "").strip()
    file = environment.get("FEWSHOT_SAM_OIDC_CLIENT_SECRET_FILE", "").strip()
    if bool(text) == bool(file):
        raise UserError(
            "FEWSHOT_SAM_OIDC_ISSUER is set, so either FEWSHOT_SAM_OIDC_CLIENT_SECRET or "
            f"FEWSHOT_SAM_OIDC_CLIENT_SECRET_FILE must be too; {'both are' if text else 'neither is'} set."
        )
    if file:
        try:
            with Path(file).open("rb") as opened:
                text = opened.read(MAX_SECRET_BYTES + 1).decode().strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise UserError(f"FEWSHOT_SAM_OIDC_CLIENT_SECRET_FILE cannot be read: {reason}.") from None
    if not 1 <= len(text) <= MAX_SECRET_BYTES:
        raise UserError(f"The client's secret must have 1 to {MAX_SECRET_BYTES} characters, got {len(text)}.")
    return text


def _mapping(text: str) -> dict[str, AccountRole]:
    """``sam-admins=admin,radiology=annotator``."""
    found = {}
    for part in text.split(","):
        value, _, role = part.rpartition("=")
        if not value.strip() or role.strip() not in list(AccountRole):
            raise UserError(
                "FEWSHOT_SAM_OIDC_ROLES must be like sam-admins=admin,radiology=annotator with the roles "
                f"{', '.join(AccountRole)}, got {part[:60]!r}."
            )
        found[value.strip()] = AccountRole(role.strip())
    return found


def _switch(environment: Mapping[str, str], name: str, default: str) -> bool:
    value = environment.get(name, "").strip() or default
    if value not in ("0", "1"):
        raise UserError(f"{name} must be 0 or 1, got {value[:40]!r}.")
    return value == "1"
