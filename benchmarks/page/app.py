"""The app with a large scan in it, and a browser in front of it."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import nibabel as nib
import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.speed import scans
from fewshot_sam.data.folders import data_home
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.io import load_volume
from fewshot_sam.io.demo import demo_volume
from tests.conftest import BROWSER_ARGUMENTS, browser_executable
from tests.e2e.server import AppServer

PROBE = Path(__file__).with_name("probe.js")
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
ARGUMENTS = BROWSER_ARGUMENTS
"""Software WebGL for the 3D view alone. Without --disable-gpu-compositing Chromium also composes the page and
the planes' 2D canvases with it, which no person's browser does: its GPU process then computes all the time
while one paints, at 7 to 20 frames a second. Composed on the CPU, as without a GPU, it takes a tenth."""
_log = logging.getLogger(__name__)


@contextmanager
def app_with_large_ct(slices: int) -> Iterator[tuple[AppServer, str]]:
    """The app with its demo and, in the same project, a CT of 512x512; nothing is left to encode."""
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=data_home()) as folder:
        home = Path(folder) / "home"
        _log.info("making a scan of 512x512x%d", slices)
        scan = scans.stretched(scans.ct_dicom(), slices, "Large CT")
        path = Path(folder) / "Large CT.nii"
        nib.save(nib.Nifti1Image(scan.volume.voxels, scan.volume.source.affine), path)
        del scan
        fill_cache(EmbeddingCache(home / "cache"), [load_volume(path), demo_volume()])
        server = AppServer(home)
        server.start()
        try:
            volume_id = import_scan(server.url, path)
            wait_until_idle(server.url)
            yield server, volume_id
        finally:
            server.stop()


def fill_cache(cache: EmbeddingCache, volumes: Sequence[Volume]) -> None:
    """Embeddings of two slices, repeated, for each volume as the app will read it."""
    encoder = load_encoder(device="cpu")
    for volume in volumes:
        scans.fill_by_repeating(scans.Scan(volume, np.zeros(0, np.uint16)), encoder, cache, 2)


def import_scan(url: str, path: Path) -> str:
    """Upload a file into the first project; the new volume's id."""
    with (
        httpx.Client(base_url=url, headers={"X-Fewshot-Sam": "1"}, timeout=600) as client,
        path.open("rb") as file,
    ):
        project = client.post("/api/workspace").json()[0]["id"]
        answer = client.post(f"/api/projects/{project}/volumes?again=1", files={"files": (path.name, file)})
        answer.raise_for_status()
        return answer.json()["id"]


def wait_until_idle(url: str) -> None:
    """Wait until the worker has nothing left to encode."""
    with httpx.Client(base_url=url, timeout=60) as client:
        project = client.get("/api/projects").json()[0]["id"]
        while True:
            volumes = client.get(f"/api/projects/{project}").json()["volumes"]
            if all(volume["encoding"]["state"] == "done" for volume in volumes):
                return
            time.sleep(0.5)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser the end-to-end tests use, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Browser, remote: bool = False) -> Iterator[Page]:
    """A page with the probe and an empty browser cache; the server takes a ``remote`` one for far away."""
    headers = {"X-Forwarded-For": "192.0.2.1"} if remote else {}
    context = browser.new_context(viewport=VIEWPORT, extra_http_headers=headers)
    context.set_default_timeout(60_000)
    context.add_init_script(path=PROBE)
    yield context.new_page()
    context.close()
