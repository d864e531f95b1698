"""Whether the network may reach the server: only with logins, or where somebody said so."""

from __future__ import annotations

from backend.config import Config
from backend.errors import StartError
from backend.http.guard import is_loopback


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
