"""What a method says of a slice: any part, any step, both methods; and how scans of others are scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_planes
from fewshot_sam.embeddings.painted_region import Spans
from fewshot_sam.embeddings.resize import Framing, reduce
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.methods.base import SliceScores
from fewshot_sam.methods.sam_decoder.inference import SamDecoderScores, log_probabilities
from fewshot_sam.methods.triplanar.features import COUNT
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.methods.triplanar.inference import (
    FITTED,
    InferenceOptions,
    TriplanarScores,
    inference_options,
)
from fewshot_sam.progress import Progress, Stage, no_progress
from tests.fewshot_sam.toy_encoder import CHANNELS, ToyEncoder, truth, volume_of

SHAPE, SPACING_MM = (21, 18, 7), (1.5, 1.2, 4.0)
VOLUME = volume_of(truth(SHAPE), SPACING_MM)
SCAN = volume_of(truth((12, 10, 8)), (1.0, 2.0, 3.0))
CLASSES = 3


def head_of(members: int = 1, folds: int = 2) -> TriplanarHead:
    head = TriplanarHead(CLASSES, CHANNELS, COUNT, members, folds, 8, torch.Generator().manual_seed(0))
    head.planes.data.mul_(10)
    return head.eval()


def triplanar_scores(
    folder: Path,
    plane: Plane,
    head: TriplanarHead | None = None,
    progress: Progress = no_progress,
    volume: Volume = VOLUME,
    options: InferenceOptions = FITTED,
    spans: Spans | None = None,
) -> TriplanarScores:
    planes = encode_planes(volume, plane, ToyEncoder(), EmbeddingCache(folder), None, no_progress)
    return TriplanarScores(
        head or head_of(), planes, volume, plane, default_window(volume), progress, options, spans
    )


def decoder_scores(plane: Plane) -> tuple[SamDecoderScores, np.ndarray, Framing]:
    framing = Framing.of(VOLUME, plane, ToyEncoder())
    shape = (VOLUME.slice_count(plane), CLASSES, *framing.mask_size)
    logits = np.random.default_rng(0).normal(0, 3, shape).astype(np.float16)
    return SamDecoderScores(logits, framing), logits, framing


@pytest.fixture(params=["triplanar", "sam_decoder"])
def scores_of(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    def make(plane: Plane) -> SliceScores:
        return triplanar_scores(tmp_path, plane) if request.param == "triplanar" else decoder_scores(plane)[0]

    return make


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2, 3])
def test_scores_are_log_probabilities_of_displayed_slices(scores_of, plane: Plane, step: int) -> None:  # type: ignore[no-untyped-def]
    rows, columns = to_display(take_slice(VOLUME.voxels, plane, 0)).shape
    found = scores_of(plane).log_probabilities(3, slice(0, rows), slice(0, columns), step)
    assert found.shape == (CLASSES, -(-rows // step), -(-columns // step))
    assert found.dtype == torch.float32
    assert (found <= 0).all()
    if step == 1:
        torch.testing.assert_close(found.exp().sum(0), torch.ones(rows, columns), atol=1e-2, rtol=0)


@pytest.mark.parametrize("step", [1, 2])
def test_a_part_of_a_slice_scores_as_the_whole(scores_of, step: int) -> None:  # type: ignore[no-untyped-def]
    scores = scores_of(Plane.AXIAL)
    whole = scores.log_probabilities(2, slice(0, 18), slice(0, 21), step)
    part = scores.log_probabilities(2, slice(4, 12), slice(6, 18), step)
    wanted = whole[:, 4 // step : 12 // step, 6 // step : 18 // step]
    torch.testing.assert_close(part, wanted, atol=2e-2, rtol=0)


@pytest.mark.parametrize("plane", Plane)
def test_what_is_likely_is_what_is_not_background(scores_of, plane: Plane) -> None:  # type: ignore[no-untyped-def]
    likely = scores_of(plane).likely()
    assert likely.ndim == 3
    assert len(likely) == VOLUME.slice_count(plane)
    assert likely.min() >= -1e-6 and likely.max() <= 1


def test_the_decoders_scores_are_its_logits_on_the_slices_pixels() -> None:
    scores, logits, framing = decoder_scores(Plane.CORONAL)
    rows, columns = (slice(0, length) for length in framing.slice_size)
    whole = log_probabilities(logits[4], framing)
    assert torch.equal(scores.log_probabilities(4, rows, columns, 1), whole)
    coarse = scores.log_probabilities(4, rows, columns, 3).numpy()
    np.testing.assert_allclose(coarse, np.stack([reduce(image, 3) for image in whole.numpy()]), atol=1e-6)
    background = torch.softmax(torch.from_numpy(logits[4]).float(), 0)[0].numpy()
    np.testing.assert_allclose(scores.likely()[4], 1 - background, atol=1e-6)


def test_only_the_ensemble_members_of_a_head_answer(tmp_path: Path) -> None:
    rows, columns = (slice(0, length) for length in StackAxes.of(VOLUME, Plane.AXIAL).shape[1:])
    before = triplanar_scores(tmp_path, Plane.AXIAL).log_probabilities(3, rows, columns, 1)
    for member, answers in ((0, True), (1, False), (2, False)):
        head = head_of()
        head.out.data[member] += torch.arange(CLASSES)
        after = triplanar_scores(tmp_path, Plane.AXIAL, head).log_probabilities(3, rows, columns, 1)
        assert torch.equal(before, after) != answers


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2])
def test_outside_the_spans_everything_is_background(tmp_path: Path, plane: Plane, step: int) -> None:
    spans = (range(4, 12), range(6, 10), range(2, 5))
    axes = StackAxes.of(VOLUME, plane)
    rows, columns = (slice(0, length) for length in axes.shape[1:])
    whole, near = (triplanar_scores(tmp_path, plane, spans=each).log_probabilities for each in (None, spans))
    inside = np.zeros(SHAPE, bool)
    inside[tuple(slice(span.start, span.stop) for span in spans)] = True
    for index in range(axes.shape[0]):
        found, wanted = (each(index, rows, columns, step) for each in (near, whole))
        shown = to_display(take_slice(inside, plane, index))
        here = torch.from_numpy(shown[step - 1 :: step, step - 1 :: step].copy())  # away from the border
        part = tuple(slice(0, length) for length in here.shape)
        unlike = (found != wanted).any(0)[part]
        if step == 1:
            assert torch.equal(unlike, ~here)
        outside = found.argmax(0)[part][unlike]
        assert not outside.any()
    assert (
        triplanar_scores(tmp_path, plane, spans=spans).likely()[~_held(spans[plane.axis], plane)].max() < 1e-6
    )


def _held(span: range, plane: Plane) -> np.ndarray:
    return np.isin(np.arange(VOLUME.slice_count(plane)), span)


def test_of_a_scan_it_was_not_fitted_on_every_network_answers(tmp_path: Path) -> None:
    rows, columns = (slice(0, length) for length in StackAxes.of(VOLUME, Plane.AXIAL).shape[1:])
    options = InferenceOptions(fold_networks=True)
    both = triplanar_scores(tmp_path, Plane.AXIAL, options=options).log_probabilities(3, rows, columns, 1)
    wanted = []
    for member in range(3):
        head = head_of()
        for parameter in (head.hidden, head.hidden_bias, head.out, head.out_bias):
            parameter.data[0] = parameter.data[member]
        for parameter in (head.bias, head.local, head.planes):
            each = parameter.data.unflatten(-2 if parameter.dim() > 1 else 0, (3, 8))
            each.select(-3 if parameter.dim() > 1 else 0, 0).copy_(
                each.select(-3 if parameter.dim() > 1 else 0, member).clone()
            )
        wanted.append(triplanar_scores(tmp_path, Plane.AXIAL, head).log_probabilities(3, rows, columns, 1))
    torch.testing.assert_close(both, torch.stack(wanted).mean(0), atol=2e-2, rtol=0)


def test_recentred_scores_do_not_depend_on_the_fitted_mean(tmp_path: Path) -> None:
    rows, columns = (slice(0, length) for length in StackAxes.of(VOLUME, Plane.AXIAL).shape[1:])

    def scores(shift: float, options: InferenceOptions) -> torch.Tensor:
        head = head_of()
        head.mean += shift * torch.linspace(-1, 1, CHANNELS)
        found = triplanar_scores(tmp_path, Plane.AXIAL, head, options=options)
        return found.log_probabilities(3, rows, columns, 1)

    recentred = InferenceOptions(recentre=True)
    torch.testing.assert_close(scores(0.0, recentred), scores(0.3, recentred), atol=0.15, rtol=0)
    assert (scores(0.0, FITTED) - scores(0.3, FITTED)).abs().max() > 0.5


def test_a_head_knows_the_slices_above_and_below_from_the_other_planes(tmp_path: Path) -> None:
    """Two equal slices get equal scores from the annotation plane, but not from the other planes."""
    voxels = np.random.default_rng(0).integers(-160, 240, SHAPE).astype(np.int16)
    voxels[:, :, 5] = voxels[:, :, 1]
    volume = Volume(voxels, VOLUME.source, "CT")
    rows, columns = (slice(0, length) for length in StackAxes.of(volume, Plane.AXIAL).shape[1:])
    differences = []
    for number in range(3):
        head = head_of()
        head.planes.data[[other for other in range(3) if other != number]] = 0.0
        head.local.data.zero_()
        scores = triplanar_scores(tmp_path, Plane.AXIAL, head, volume=volume)
        first, second = (scores.log_probabilities(index, rows, columns, 1) for index in (1, 5))
        differences.append(float((first - second).abs().max()))
    assert differences[0] == 0.0
    assert min(differences[1:]) > 0.01


def test_applying_a_head_can_be_stopped_and_tells_where_it_is(tmp_path: Path) -> None:
    fractions: list[float] = []

    def stop(stage: str, fraction: float, **details: object) -> None:
        assert stage == Stage.SCORE
        fractions.append(fraction)
        if len(fractions) == 9:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        triplanar_scores(tmp_path, Plane.AXIAL, progress=stop)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] < 1.0


def test_a_fitted_volume_has_the_options_of_the_fit() -> None:
    assert inference_options(SCAN, Plane.AXIAL, {"other": 500.0, SCAN.content_hash: 24.0}) == FITTED


@pytest.mark.parametrize(
    ("fitted", "options"),
    [
        ({"a": 24.0}, InferenceOptions(fold_networks=True, orthogonal=True, recentre=True)),
        ({"a": 48.0}, InferenceOptions(fold_networks=True, orthogonal=True, recentre=True)),
        ({"a": 49.0}, InferenceOptions(fold_networks=True, orthogonal=False, recentre=True)),
        ({"a": 90.0, "b": 30.0}, InferenceOptions(fold_networks=True, orthogonal=True, recentre=False)),
        ({"a": 90.0, "b": 60.0}, InferenceOptions(fold_networks=True, orthogonal=False, recentre=False)),
    ],
)
def test_another_volume_is_for_all_networks_and_a_thin_slab_without_orthogonal_planes(
    fitted: dict[str, float], options: InferenceOptions
) -> None:
    assert inference_options(SCAN, Plane.AXIAL, fitted) == options
