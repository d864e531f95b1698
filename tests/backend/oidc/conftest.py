"""A login provider that runs, a server that knows it, and a browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.services import Services
from tests.backend.accounts_helpers import services_with_logins, stranger
from tests.backend.oidc.loopback import LoopbackProvider
from ui.page import STATIC_DIR


@pytest.fixture
def provider() -> Iterator[LoopbackProvider]:
    provider = LoopbackProvider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def hospital(config: Config, provider: LoopbackProvider) -> Iterator[Services]:
    services = services_with_logins(dataclasses.replace(config, oidc=provider.settings()))
    yield services
    services.close()


@pytest.fixture
def client(hospital: Services) -> TestClient:
    return stranger(hospital, STATIC_DIR)
