"""Labels on a slice: every edge between a label and something else, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

RunJs = Callable[..., Any]
WIDTH, HEIGHT = 150, 70  # three tiles across, two down
COMPOSE = """({ AnnotationBook, LabelLayer, makePalette }, { width, height, slices }) => {
    const layer = new LabelLayer("axial");
    layer.resize(width, height);
    const book = new AnnotationBook([width, height, 4], "axial");
    const labels = [{ value: 1, color: "#ff0000" }, { value: 2, color: "#00ff00" }];
    const palette = makePalette(labels, new Set(), 0.5, true);
    return slices.map((maskSlice) => {
        layer.compose({ shape: [width, height, 4], maskSlice, book }, 0, layer.everything, palette);
        const edges = [...layer.tiles.values()].flatMap((lines) => [...lines]);
        const alpha = layer.context.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 === 3);
        return { edges, tiles: layer.tiles.size, coloured: alpha.filter((value) => value).length };
    });
}"""
MODULES = ["state/annotations.js", "viewer/label_layer.js"]


def edges_of(codes: np.ndarray) -> set[tuple[int, int, int, int, int]]:
    """(code, x0, y0, x1, y1) of each cell edge between a label and anything else."""
    found = set()
    padded = np.pad(codes, 1)
    for y, x in np.argwhere(codes):
        own = int(codes[y, x])
        for dy, dx, edge in (
            (0, -1, (x, y, x, y + 1)),
            (0, 1, (x + 1, y, x + 1, y + 1)),
            (-1, 0, (x, y, x + 1, y)),
            (1, 0, (x, y + 1, x + 1, y + 1)),
        ):
            if padded[y + 1 + dy, x + 1 + dx] != own:
                found.add((own, *map(int, edge)))
    return found


def unit_edges(lines: list[list[Any]]) -> set[tuple[int, int, int, int, int]]:
    """The same from the layer's longer segments."""
    found = set()
    for code, numbers in lines:
        for x0, y0, x1, y1 in np.array(numbers).reshape(-1, 4).tolist():
            for step in range(max(x1 - x0, y1 - y0)):
                x, y = (x0 + step, y0) if x1 > x0 else (x0, y0 + step)
                found.add((code, x, y, x + (x1 > x0), y + (y1 > y0)))
    return found


@pytest.fixture
def labels() -> np.ndarray:
    """Two touching labels across tiles and up to the rim."""
    codes = np.zeros((HEIGHT, WIDTH), np.uint8)
    codes[50:70, 60:100] = 1
    codes[55:66, 80:150] = 2
    codes[10, 10] = 1
    return codes


def test_outlines_are_the_edges_of_labels(run_js: RunJs, labels: np.ndarray) -> None:
    argument = {"width": WIDTH, "height": HEIGHT, "slices": [labels.ravel().tolist()]}
    [shown] = run_js(MODULES, COMPOSE, argument)
    assert unit_edges(shown["edges"]) == edges_of(labels)
    assert shown["coloured"] == np.count_nonzero(labels)


def test_a_blank_slice_after_a_labelled_one_shows_nothing(run_js: RunJs, labels: np.ndarray) -> None:
    blank = np.zeros_like(labels)
    slices = [each.ravel().tolist() for each in (blank, labels, blank, blank, labels)]
    shown = run_js(MODULES, COMPOSE, {"width": WIDTH, "height": HEIGHT, "slices": slices})
    count = np.count_nonzero(labels)
    assert [each["coloured"] for each in shown] == [0, count, 0, 0, count]
    assert [each["tiles"] > 0 for each in shown] == [False, True, False, False, True]
