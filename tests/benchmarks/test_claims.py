"""The paper's first claim: SAM's prompts against few-shot methods, with a toy and a small checkpoint."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from segment_anything import sam_model_registry
from segment_anything.build_sam import _build_sam

from benchmarks import claims, protocol
from benchmarks.claims_report import claims_text
from benchmarks.protocol import BenchmarkCase
from benchmarks.results import Result
from benchmarks.suite_file import SuiteFile
from fewshot_sam.data.planes import Plane
from tests.fewshot_sam.toy_encoder import ToyEncoder, truth, volume_of

TOY = BenchmarkCase("toy", "unused", Plane.AXIAL, (1, 2))


@pytest.fixture
def results_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One toy case; everything that is written goes to ``tmp_path``. Where the tables will be."""
    labels = truth(codes=(1, 2))
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(claims, "CASES", {"toy": TOY})
    monkeypatch.setattr(claims, "DEFAULT_CASES", ("toy",))
    monkeypatch.setattr(protocol, "load_case", lambda case, data: (volume_of(labels), labels))
    monkeypatch.setattr(claims, "RESULTS", SuiteFile(tmp_path / "claims.json"))
    monkeypatch.setattr(claims, "RESULTS_FILE", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SAM of random weights in Meta's format, of ViT-B's width but one layer deep."""
    build = partial(_build_sam, 768, 1, 12, [])
    monkeypatch.setitem(sam_model_registry, "vit_b", build)
    torch.manual_seed(0)
    torch.save(build().state_dict(), tmp_path / "sam_vit_b.pth")
    return tmp_path / "sam_vit_b.pth"


def result(method: str, iou: float, case: str = "toy", **about: object) -> Result:
    labels = {"1": {"dice": iou, "iou": iou, "assd_mm": 1.0}}
    details = {"encoder": "vit", "backend": "ViT - CPU", "takes_points": True, **about}
    return Result(case, 5, method, 0, "code", [1], labels, {"total": 1.0}, details=details)


def test_every_method_is_run_with_one_encoder_and_kept(
    results_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = ToyEncoder()
    monkeypatch.setattr(claims, "load_encoder", lambda name: encoder)
    assert claims.main(["--seeds", "0"]) == 0
    kept = {found.method: found for found in claims.load_results()}
    assert set(kept) == {"point1", "point3", "point5", "box", "decoder", "ours"}
    assert kept["ours"].dice > 0.7
    assert kept["ours"].painted == kept["box"].painted and len(kept["ours"].painted) == 5
    encoded = encoder.encoded
    assert claims.main(["--seeds", "0"]) == 0
    assert encoder.encoded == encoded
    text = results_file.read_text()
    assert "### toy" in text and "it never saw a point" in text
    assert "| toy | ours |" in text


def test_a_checkpoint_in_metas_format(
    results_file: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = truth((16, 14, 5), (1, 2))  # a slice takes a second
    monkeypatch.setattr(protocol, "load_case", lambda case, data: (volume_of(labels), labels))
    methods = ["--methods", "point1", "point3", "box"]
    assert claims.main(["--encoder", str(checkpoint), *methods]) == 0
    kept = claims.load_results()
    assert sorted(found.method for found in kept) == ["box", "point1", "point3"]
    assert {found.details["encoder"] for found in kept} == {"sam_vit_b"}
    assert all(found.details["takes_points"] for found in kept)
    assert "### sam_vit_b" in results_file.read_text()
    assert "never saw" not in results_file.read_text()


def test_a_missing_checkpoint_is_told_in_one_line(
    results_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        claims.main(["--encoder", str(tmp_path / "none.pth")])
    assert "error: The encoder must be one of" in capsys.readouterr().err


def test_gains_are_absolute_and_relative_and_the_claim_is_judged_by_the_mean() -> None:
    first = [result("point1", 0.4), result("box", 0.8), result("decoder", 0.5), result("ours", 0.9)]
    second = [result(method, iou, "other") for method, iou in (("point1", 0.2), ("decoder", 0.5))]
    text = claims_text([*first, *second], ["toy", "other"])
    assert "| toy | 0.400 | - | - | 0.800 | 0.500 | 0.900 |" in text
    assert "| mean | 0.300 | - | - | - | 0.500 | - |" in text
    assert "| toy | ours | +0.500 (+125%) | - | - | +0.100 (+12%) |" in text
    assert "few-shot decoder (the paper) against 1 point: holds (+67%)" in text


def test_nothing_to_compare_with_is_no_gain() -> None:
    text = claims_text([result("point1", 0.0), result("ours", 0.9)], ["toy"])
    assert "| toy | ours | +0.900 | - | - | - |" in text
