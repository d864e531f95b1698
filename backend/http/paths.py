"""Which addresses are whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.config import Config

MONAI_LABEL = "/monailabel"
"""Where other programs find a MONAI Label server, if the administrator switched that on."""


def is_api(path: str) -> bool:
    """Whether a path is one of the page's API."""
    return path == "/api" or path.startswith("/api/")


def is_monai_label(path: str) -> bool:
    """Whether a path is one of those that programs of MONAI Label ask."""
    return path == MONAI_LABEL or path.startswith(f"{MONAI_LABEL}/")


def serves_programs(config: Config) -> bool:
    """Whether other programs may use this as a MONAI Label server, and can say whose they are."""
    return config.monai_label and (config.auth or not config.multi_user)
