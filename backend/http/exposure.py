"""Whether the server may start as it is configured: who may reach it, and whether people can log in."""

from __future__ import annotations

from backend.addresses import is_loopback
from backend.config import Config
from backend.errors import StartError


def require_safe_start(config: Config) -> None:
    """Raise StartError where any of the others does."""
    for require in (
        require_consent,
        require_way_back,
        require_accounts_of_programs,
        require_logins_for_archives,
    ):
        require(config)


def require_consent(config: Config) -> None:
    """Raise StartError where everyone on the network could use the app without a login, and nobody said so.

    A Space is for everyone by its nature.
    """
    if config.auth or config.open or config.on_spaces or is_loopback(config.host.strip("[]").lower()):
        return
    raise StartError(
        f"At {config.host} everyone who reaches this machine could use the app without a login. Start it "
        "with --auth, so that people log in, or with --open where something else decides who reaches it, "
        "such as a proxy with logins; see docs/deploying.md."
    )


def require_way_back(config: Config) -> None:
    """Raise StartError where a login provider could not send people back to this server."""
    if config.oidc is None:
        return
    if config.on_spaces:
        raise StartError(
            "FEWSHOT_SAM_OIDC_ISSUER cannot be used on a Space: it is shown in a frame, where a login of "
            "another site cannot be shown. Unset it."
        )
    if not (config.address or config.allowed_hosts or is_loopback(config.host.strip("[]").lower())):
        raise StartError(
            "FEWSHOT_SAM_OIDC_ISSUER needs the address to which people come back after they logged in: set "
            "FEWSHOT_SAM_ADDRESS to the one at which they open the app, such as https://labels.example.org."
        )


def require_accounts_of_programs(config: Config) -> None:
    """Raise StartError where several people share a server, and other programs could not say whose they are.

    They bring a name and a password, never a browser's cookie.
    """
    if config.monai_label and config.multi_user and not config.auth:
        raise StartError(
            "FEWSHOT_SAM_MONAI_LABEL needs logins where several people share a server: its programs have no "
            "cookie that could tell whose they are. Start it with --auth, or unset FEWSHOT_SAM_MONAI_LABEL."
        )


def require_logins_for_archives(config: Config) -> None:
    """Raise StartError where every visitor could search the hospital's archives."""
    if config.archives and config.multi_user and not config.auth:
        raise StartError(
            "FEWSHOT_SAM_ARCHIVES would let every visitor search archives of patients. Start it with --auth, "
            "so that people log in, or unset it."
        )
