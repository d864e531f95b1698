"""SAM and MedSAM checkpoints by path, as Meta publishes them; their weights here are random."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from segment_anything import sam_model_registry

from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders import ENCODER_NAMES, SamCheckpoint, load_encoder
from fewshot_sam.encoders import sam_vit as sam_vit_module
from fewshot_sam.encoders.checkpoints import load_state, require_hash
from fewshot_sam.encoders.download import fetch_checkpoint
from fewshot_sam.encoders.sam_vit import PUBLISHED, SamVitEncoder
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import painted, truth, volume_of


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A whole ViT-B of random weights in Meta's format: a plain state dict, 375 MB."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("sam") / "sam_vit_b.pth"
    state = sam_model_registry["vit_b"]().state_dict()
    for name, tensor in state.items():  # SAM starts these at zero, which would hide faults
        if name.endswith(("pos_embed", "rel_pos_h", "rel_pos_w")):
            tensor.normal_(0, 0.02)
    torch.save(state, path)
    yield path
    path.unlink()


def small_state(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """What is read of a checkpoint before its encoder is."""
    state = {
        "image_encoder.pos_embed": torch.zeros(1, 64, 64, 768),
        "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix": torch.zeros(2, 128),
        "prompt_encoder.no_mask_embed.weight": torch.zeros(1, 256),
        "mask_decoder.mask_tokens.weight": torch.zeros(4, 256),
    }
    merged = {**state, **{name.replace("__", "."): value for name, value in changes.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def encode_once(path: Path) -> np.ndarray:
    return load_encoder(path, "cpu").encode(np.zeros((1, 3, 1024, 1024), np.float32))


class Bomb:
    """Unpickling this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self._folder),)


@pytest.mark.thorough
@pytest.mark.slow
def test_a_vit_b_by_path_from_encoding_to_a_mask(checkpoint: Path, tmp_path: Path) -> None:
    encoder = load_encoder(checkpoint, "cpu")
    assert isinstance(encoder, SamVitEncoder)
    assert encoder.backend == "sam_vit_b - PyTorch f32 - CPU"
    labels = truth((48, 32, 3))
    volume, annotations = volume_of(labels), painted(labels, (1,))
    cache = EmbeddingCache(tmp_path)
    # SAM's decoder: its annotation plane has 3 slices, and each takes a ViT-B seconds.
    settings = Settings(SamDecoderSettings(steps=2, prototypes=2))
    segmenter = FewShotSegmenter(encoder, "cpu", settings=settings, cache=cache)
    segmenter.fit([(volume, annotations)])
    prediction = segmenter.predict(volume, annotations)
    assert prediction.label_map.shape == labels.shape
    np.testing.assert_array_equal(prediction.label_map[:, :, 1], labels[:, :, 1])
    assert np.isfinite(segmenter.fit_report["loss"])
    segmenter.save(tmp_path / "model.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "model.safetensors", checkpoint, "cpu", cache=cache)
    again = loaded.predict(volume, annotations)  # from the cache: the signature is the same
    assert again.label_map.tobytes() == prediction.label_map.tobytes()


@pytest.mark.thorough
@pytest.mark.slow
def test_the_embedding_is_what_segment_anything_computes(checkpoint: Path) -> None:
    encoder = load_encoder(checkpoint, "cpu")
    image = np.random.default_rng(0).uniform(0, 1, (768, 1024)).astype(np.float32)
    prepared = encoder.prepare(image, (768, 1024))
    sam = sam_model_registry["vit_b"](str(checkpoint))
    grey = torch.from_numpy(image).clamp(0, 1).expand(3, -1, -1) * 255
    reference_input = sam.preprocess(grey)
    np.testing.assert_allclose(prepared, reference_input.numpy(), atol=1e-4)
    with torch.inference_mode():
        wanted = sam.image_encoder(reference_input[None]).numpy()
    found = encoder.encode(prepared[None])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_medsam_by_path_wants_the_unit_range(tmp_path: Path) -> None:
    paths = [tmp_path / "MedSAM_vit_b.pth", tmp_path / "sam_vit_b.pth"]
    for path in paths:
        torch.save(small_state(), path)
    medsam, sam = (load_encoder(path, "cpu") for path in paths)
    image = np.full((1024, 1024), 0.5, np.float32)
    np.testing.assert_allclose(medsam.prepare(image, (1024, 1024)), 0.5, atol=1e-6)
    expected = (127.5 - np.array([123.675, 116.28, 103.53])) / [58.395, 57.12, 57.375]
    np.testing.assert_allclose(sam.prepare(image, (1024, 1024))[:, 5, 5], expected, atol=1e-5)
    assert medsam.identity != sam.identity  # though the bytes are the same
    assert medsam.signature != sam.signature


def test_the_signature_follows_the_weights_not_the_path(tmp_path: Path) -> None:
    for name, value in (("a", 0.0), ("c", 1.0)):
        torch.save(small_state(image_encoder__pos_embed=torch.full((1, 4, 4, 768), value)), tmp_path / name)
    shutil.copy(tmp_path / "a", tmp_path / "b")
    a, b, c = (load_encoder(tmp_path / name, "cpu") for name in "abc")
    assert a.identity == b.identity
    assert a.identity != c.identity


def test_the_mask_decoder_of_half_precision_and_wrapped_checkpoints(tmp_path: Path) -> None:
    state = {name: tensor.half() for name, tensor in small_state().items()}
    for name, content in (("plain", state), ("model", {"model": state, "epoch": 3})):
        torch.save(content, tmp_path / name)
        encoder = load_encoder(tmp_path / name, "cpu")
        assert isinstance(encoder, SamCheckpoint)
        weights = encoder.decoder_weights()
        assert set(weights.mask_decoder) == {"mask_tokens.weight"}
        assert weights.mask_decoder["mask_tokens.weight"].dtype == torch.float32
        assert weights.position_frequencies.shape == (2, 128)
        assert weights.no_mask_embedding.shape == (256,)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04 and then nothing", bytes(range(256)) * 20], ids=len
)
def test_files_that_are_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.pth is not a PyTorch checkpoint of plain tensors, or it is"):
        encode_once(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_checkpoint_cut_short(tmp_path: Path, share: float) -> None:
    path = tmp_path / "x.pth"
    torch.save(small_state(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match=r"x\.pth is not a PyTorch checkpoint of plain tensors"):
        encode_once(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, zipped: bool) -> None:
    path, made = tmp_path / "x.pth", tmp_path / "made"
    torch.save({**small_state(), "bomb": Bomb(made)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match=r"x\.pth is not a PyTorch checkpoint of plain tensors"):
        encode_once(path)
    assert not made.exists()


@pytest.mark.parametrize("content", [[1, 2, 3], {"a": 1}, torch.zeros(3), {"model": {"b": "text"}}], ids=str)
def test_checkpoints_that_hold_something_else(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(ModelError, match=r"x\.pth holds no network weights; it must be a SAM checkpoint"):
        load_state(tmp_path / "x.pth")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"conv1.weight": torch.zeros(3)}, "no prompt_encoder.* must be a whole SAM checkpoint"),
        (small_state(mask_decoder__mask_tokens__weight=None), "has no mask decoder"),
        (
            small_state(prompt_encoder__no_mask_embed__weight=None),
            r"no prompt_encoder\.no_mask_embed\.weight; it must be a whole SAM",
        ),
        (small_state(image_encoder__pos_embed=None), r"ViT-H .* got no image_encoder\.pos_embed"),
        (small_state(image_encoder__pos_embed=torch.zeros(1, 64, 64, 192)), r"768, 1024 or 1280\), got 192"),
        (small_state(), r"x\.pth does not fit SAM's vit_b encoder"),
    ],
)
def test_networks_that_are_not_sam(tmp_path: Path, state: dict, message: str) -> None:
    torch.save(state, tmp_path / "x.pth")
    with pytest.raises(ModelError, match=message):
        encode_once(tmp_path / "x.pth")


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.pth does not exist"):
        SamVitEncoder(tmp_path / "none.pth", "cpu")
    with pytest.raises(ModelError, match=r"none\.pth does not exist"):
        load_state(tmp_path / "none.pth")


def test_published_names() -> None:
    assert (
        ENCODER_NAMES - {"lite-medsam"} == set(PUBLISHED) == {"sam-vit-b", "sam-vit-l", "sam-vit-h", "medsam"}
    )
    for published in PUBLISHED.values():
        assert published.url.startswith("https://")
        assert published.file_name.endswith(".pth")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of ``tmp_path / "www"`` on this machine alone; its URL."""
    (tmp_path / "www").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_a_published_checkpoint_is_fetched_once(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "www" / "medsam_vit_b.pth"
    torch.save(small_state(), source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    published = sam_vit_module.Published(f"{server}/medsam_vit_b.pth", f"sha256:{digest}")
    monkeypatch.setitem(PUBLISHED, "medsam", published)
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    fractions: list[float] = []
    first = load_encoder("medsam", "cpu", lambda stage, fraction, **details: fractions.append(fraction))
    assert first.name == "medsam"
    assert first.normalise(torch.full((1, 3, 2, 2), 0.5)).unique().tolist() == [0.5]
    assert fractions[-1] == 1.0
    source.unlink()
    assert load_encoder("medsam", "cpu").identity == first.identity


def test_other_bytes_than_published_are_not_kept(tmp_path: Path, server: str) -> None:
    (tmp_path / "www" / "w.pth").write_bytes(b"something else")
    path = tmp_path / "kept" / "w.pth"
    with pytest.raises(ModelError, match=r"w\.pth must have sha256 00, got [0-9a-f]+: it is damaged"):
        fetch_checkpoint(f"{server}/w.pth", "sha256:00", path)
    assert list(path.parent.iterdir()) == []


def test_every_download_is_checked_by_its_sha256(tmp_path: Path) -> None:
    assert {len(each.hash.removeprefix("sha256:")) for each in PUBLISHED.values()} == {64}
    (tmp_path / "w.pth").write_bytes(b"")
    with pytest.raises(ValueError, match="the hash must be a SHA-256, got md5"):
        require_hash(tmp_path / "w.pth", "md5:d41d8cd98f00b204e9800998ecf8427e")


def test_a_server_that_does_not_answer_or_has_no_such_file(tmp_path: Path, server: str) -> None:
    path = tmp_path / "kept" / "w.pth"
    for url in (f"{server}/none.pth", "http://127.0.0.1:9/w.pth"):
        with pytest.raises(ModelError, match=r"w\.pth could not be downloaded .* or copy the file to"):
            fetch_checkpoint(url, "sha256:00", path, timeout_s=5)
    assert list(path.parent.iterdir()) == []
