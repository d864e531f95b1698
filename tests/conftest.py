"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.side_by_side import FilesSideBySide, place_in_line

# The app, its worker and the browser share the cores, so idle threads must not spin; read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # else the page is composed in software GL too, at a tenth of the speed
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def browser_executable() -> str | None:
    """The Chromium to drive: FEWSHOT_SAM_TEST_BROWSER or an installed one; None means Playwright's own."""
    names = filter(None, (os.environ.get("FEWSHOT_SAM_TEST_BROWSER"), *BROWSERS))
    return next(filter(None, map(shutil.which, names)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, what takes longest begins first, so that all processes end at about the same time."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: place_in_line(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesSideBySide:
    """With ``--numprocesses``: which tests may run at the same time."""
    config.option.loadscopereorder = False  # by number of tests, which says little of how long they take
    return FilesSideBySide(config, log)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real labelled scans; absent means skip, but with CI=true it is a failure."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FEWSHOT_SAM_TEST_DATA", default))
    if not (folder / "ct_abdomen" / "image.nii.gz").exists():
        skip_or_fail(f"real scans in {folder}; set FEWSHOT_SAM_TEST_DATA to their folder")
    return folder


def skip_or_fail(missing: str) -> NoReturn:
    """End a test for want of something that not every machine has: with CI=true it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"not found: {missing}")
    pytest.skip(f"not found: {missing}")


@pytest.fixture(scope="session")
def embeddings_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Embedding cache of real scans, shared by the tests that read them: encoding one takes a minute.

    FEWSHOT_SAM_TEST_EMBEDDINGS names a folder that outlives the run.
    """
    chosen = os.environ.get("FEWSHOT_SAM_TEST_EMBEDDINGS")
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("embeddings")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def share_encoder(home: Path, embeddings_folder: Path) -> None:
    """Let a new data folder use the encoder that another test converted, which takes seconds each time."""
    shared = embeddings_folder / "openvino"
    shared.mkdir(exist_ok=True)
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "openvino").symlink_to(shared, target_is_directory=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests: Playwright's synchronous interface cannot be started twice in a thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_executable(), args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()
