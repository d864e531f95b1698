"""The head: in one go on points to train, in two on slices to answer; members do not touch each other."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fewshot_sam.methods.triplanar.head import TriplanarHead, empty_head

CLASSES, CHANNELS, LOCAL, HIDDEN = 3, 6, 5, 8
HEIGHT, WIDTH = 4, 7


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def head_of(members: int, folds: int) -> TriplanarHead:
    head = TriplanarHead(
        CLASSES, CHANNELS, LOCAL, members, folds, HIDDEN, torch.Generator().manual_seed(members)
    )
    head.mean.copy_(random(3, CHANNELS, seed=1))
    head.scale.copy_(random(3, seed=2).abs() + 0.5)
    for number, parameter in enumerate(head.parameters()):  # biases begin at zero
        parameter.data.add_(0.1 * random(*parameter.shape, seed=3 + number))
    return head.eval()


def points() -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (N, 3, C) and local features (N, F) of all points of a slice."""
    return random(HEIGHT * WIDTH, 3, CHANNELS, seed=20), random(HEIGHT * WIDTH, LOCAL, seed=21)


@torch.inference_mode()
def whole_slice(head: TriplanarHead, members: slice) -> torch.Tensor:
    embeddings, local = points()
    projected = sum(
        head.project(embeddings[:, plane].T.reshape(CHANNELS, HEIGHT, WIDTH), plane, members)
        for plane in range(3)
    )
    return head.answer(projected, local.T.reshape(LOCAL, HEIGHT, WIDTH), members)


@torch.inference_mode()
def by_points(head: TriplanarHead) -> torch.Tensor:
    """Log-probabilities (members, N, classes)."""
    embeddings, local = points()
    logits = head(head.standardise(embeddings), local, torch.ones(len(local), 3), 0.0)
    assert logits.shape == (head.members + head.folds, len(local), CLASSES)
    return F.log_softmax(logits, dim=2)


@pytest.mark.parametrize(("members", "folds"), [(1, 0), (1, 3), (2, 3)])
def test_projecting_slices_and_answering_is_the_members_forward(members: int, folds: int) -> None:
    head = head_of(members, folds)
    answer = whole_slice(head, slice(0, members))
    wanted = by_points(head)[:members].mean(0).T.reshape(CLASSES, HEIGHT, WIDTH)
    torch.testing.assert_close(answer, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_a_fold_member_answers_alone(fold: int) -> None:
    head = head_of(1, 3)
    answer = whole_slice(head, slice(1 + fold, 2 + fold))
    wanted = by_points(head)[1 + fold].T.reshape(CLASSES, HEIGHT, WIDTH)
    torch.testing.assert_close(answer, wanted, atol=1e-5, rtol=0)
    torch.testing.assert_close(answer.exp().sum(0), torch.ones(HEIGHT, WIDTH), atol=1e-5, rtol=0)


def test_a_members_loss_reaches_no_other_member() -> None:
    head, (embeddings, local) = head_of(1, 2), points()
    logits = head(head.standardise(embeddings), local, torch.ones(len(local), 3), 0.0)
    logits[1].square().sum().backward()
    for parameter in (head.bias, head.local):
        gradient = parameter.grad.reshape(3, -1)
        assert gradient[1].any()
        assert not gradient[[0, 2]].any()
    for parameter in (head.hidden, head.hidden_bias, head.out, head.out_bias):
        assert parameter.grad[1].any()
        assert not parameter.grad[[0, 2]].any()
    planes = head.planes.grad.view(3, 3, HIDDEN, CHANNELS)
    assert planes[:, 1].flatten(1).any(dim=1).all()
    assert not planes[:, [0, 2]].any()


def test_a_hidden_plane_does_not_matter() -> None:
    head, (embeddings, local) = head_of(1, 2), points()
    other = embeddings.clone()
    other[:, 1] = 100.0
    kept = torch.ones(len(local), 3)
    kept[:, 1] = 0.0
    assert torch.equal(head(embeddings, local, kept, 0.0), head(other, local, kept, 0.0))
    assert not torch.equal(head(embeddings, local, kept, 0.0), head(embeddings, local, kept * 0 + 1, 0.0))


def test_dropout_only_while_training() -> None:
    head, (embeddings, local) = head_of(1, 2), points()
    kept = torch.ones(len(local), 3)
    assert torch.equal(head(embeddings, local, kept, 0.5), head(embeddings, local, kept, 0.0))
    head.train()
    assert torch.equal(head(embeddings, local, kept, 0.0), head.eval()(embeddings, local, kept, 0.0))
    head.train()
    assert not torch.equal(head(embeddings, local, kept, 0.5), head(embeddings, local, kept, 0.0))


def test_members_begin_different_and_a_seed_tells_how() -> None:
    first, second, other = (
        TriplanarHead(CLASSES, CHANNELS, LOCAL, 1, 2, HIDDEN, torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert torch.equal(first.out, second.out) and torch.equal(first.planes, second.planes)
    assert not torch.equal(first.out, other.out)
    assert not torch.equal(first.out[0], first.out[1])


@pytest.mark.parametrize(("members", "folds"), [(1, 0), (1, 3), (2, 3)])
def test_an_empty_head_has_the_size_of_a_state(members: int, folds: int) -> None:
    head = TriplanarHead(3, 16, 21, members, folds, 8)
    empty = empty_head(head.state_dict(), members)
    empty.load_state_dict(head.state_dict())
    assert (empty.members, empty.folds, empty.hidden_size) == (members, folds, 8)
