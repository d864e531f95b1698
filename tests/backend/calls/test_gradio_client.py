"""The endpoints of Gradio's API, called by gradio_client on a running server with a toy encoder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nibabel as nib
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from backend.calls.calls import Calls
from backend.calls.runner import CallRunner
from backend.config import Config
from backend.http.policy import ContentPolicies
from backend.http.routes import build_middleware, build_routes
from backend.http.server import HttpServer
from backend.services import Services, build_services
from fewshot_sam.io import save_label_map
from fewshot_sam.io.formats.nifti import write
from tests.fewshot_sam.toy_encoder import truth, volume_of
from ui.page import STATIC_DIR, mount_page

CODES = (3, 40)
PAINTED = (2, 4, 6)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Services]]:
    """Its address, and its services."""
    config = replace(Config.for_home(tmp_path_factory.mktemp("home")), encoder="toy", device="cpu")
    command = (sys.executable, "-P", "-m", "tests.backend.toy_calls")  # -P: as the real one
    services = build_services(config)
    services = replace(services, calls=Calls(config, partial(CallRunner, command=command)))
    policies = ContentPolicies.for_config(config)
    app = mount_page(build_routes(services, STATIC_DIR), build_middleware(services), policies, services.calls)
    http = HttpServer(app, "127.0.0.1", 0)
    http.start()
    yield f"http://127.0.0.1:{http.port}", services
    http.stop()
    services.close()


@pytest.fixture(scope="module")
def client(server: tuple[str, Services], tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(server[0], verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A scan, slices painted on it, and its whole label map."""
    folder = tmp_path_factory.mktemp("case")
    codes = truth(codes=CODES)
    volume = volume_of(codes)
    painted = np.zeros_like(codes)
    painted[:, :, PAINTED] = codes[:, :, PAINTED]
    paths = {name: folder / f"{name}.nii.gz" for name in ("image", "painted", "whole")}
    write(np.asarray(volume.voxels, np.float32), volume.source, paths["image"])
    save_label_map(painted, volume, paths["painted"])
    save_label_map(codes, volume, paths["whole"])
    return paths


def sent(path: Path) -> Any:
    return handle_file(str(path))


def test_a_mask_from_painted_slices_and_a_model_for_the_next_scan(
    server: tuple[str, Services], client: Client, case: dict[str, Path]
) -> None:
    mask, model, report = client.predict(
        image=sent(case["image"]),
        annotations=sent(case["painted"]),
        modality="CT",
        save_model=True,
        api_name="/propagate",
    )
    found, whole = nib.load(mask), nib.load(case["whole"])
    np.testing.assert_allclose(found.affine, nib.load(case["image"]).affine)
    codes, wanted = np.asarray(found.dataobj), np.asarray(whole.dataobj)
    np.testing.assert_array_equal(codes[:, :, PAINTED], wanted[:, :, PAINTED])
    assert set(np.unique(codes).tolist()) == {0, *CODES}
    assert (report["plane"], set(report["labels"])) == ("axial", {"3", "40"})

    predicted, said = client.predict(image=sent(case["image"]), model=sent(model), api_name="/predict")
    assert nib.load(predicted).shape == whole.shape and set(said["labels"]) == {"3", "40"}

    kept = [path.name for path in server[1].config.uploads_folder.rglob("*") if path.is_file()]
    assert sorted(kept) == ["mask.nii.gz", "mask.nii.gz", "model.safetensors"], "only what was made"
    assert not list(server[1].config.temporary_folder.glob("call-*"))


def test_a_program_without_gradio_calls_by_plain_requests(
    server: tuple[str, Services], case: dict[str, Path]
) -> None:
    with httpx.Client(base_url=f"{server[0]}/gradio_api/", timeout=120) as plain:

        def uploaded(name: str) -> dict[str, str]:
            answer = plain.post("upload", files={"files": (case[name].name, case[name].read_bytes())})
            return {"path": answer.json()[0]}

        body = {"mask": uploaded("painted"), "reference": uploaded("whole"), "labels": [3]}
        event = plain.post("call/v2/evaluate", json=body).json()["event_id"]
        last = plain.get(f"call/v2/evaluate/{event}").text.strip().split("\n\n")[-1]
    kind, data = last.split("\n")
    assert kind == "event: complete"
    (report,) = json.loads(data.removeprefix("data: "))
    assert 0 < report["labels"]["3"]["dice"] < 1 and report["mean"]["hd95_mm"] > 0


def test_errors_are_sentences(client: Client, case: dict[str, Path]) -> None:
    whole = sent(case["whole"])
    with pytest.raises(AppError, match="exclude_slices needs plane"):
        client.predict(mask=whole, reference=whole, exclude_slices=[2], api_name="/evaluate")
    with pytest.raises(AppError, match="no such file"):
        client.predict(mask=None, reference=whole, api_name="/evaluate")
