"""Logic of the browser's modules that needs no page: rasters, history, geometry, backups, suggestions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display

RunJs = Callable[..., Any]
SIZE = {"width": 20, "height": 16, "pixelWidthMm": 1.0, "pixelHeightMm": 1.0}
CAPSULE = """({ capsule }, { a, b, radius, size }) => {
    const cells = [];
    const rect = capsule(a, b, radius, size, (at) => cells.push(at));
    return { cells, rect };
}"""
CONTOUR = """({ fillContour }, { points, size }) => {
    const cells = [];
    const rect = fillContour(points, size, (at) => cells.push(at));
    return { cells, rect };
}"""


def _points(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"column": column, "row": row} for column, row in pairs]


def _mask(cells: list[int], size: dict[str, Any] = SIZE) -> np.ndarray:
    mask = np.zeros(size["width"] * size["height"], bool)
    mask[cells] = True
    return mask.reshape(size["height"], size["width"])


@pytest.mark.parametrize("plane", list(Plane))
def test_slices_lie_as_the_server_says(run_js: RunJs, plane: Plane) -> None:
    shape = (3, 4, 5)
    volume = np.arange(60, dtype=np.int16).reshape(shape)
    function = """({ extractSlice }, { voxels, shape, plane }) =>
        [...extractSlice(Int16Array.from(voxels), shape, plane, 2)]"""
    argument = {"voxels": volume.ravel(order="F").tolist(), "shape": shape, "plane": plane.value}
    shown = run_js(["viewer/volume.js"], function, argument)
    assert shown == to_display(take_slice(volume, plane, 2)).ravel().tolist()


def test_display_and_voxel_are_inverse(run_js: RunJs) -> None:
    function = """({ displayToVoxel, voxelToDisplay }) => ["axial", "coronal", "sagittal"].map((plane) => {
        const { column, row } = voxelToDisplay([7, 8, 9], plane, [1, 2, 3]);
        return displayToVoxel([7, 8, 9], plane, { axial: 3, coronal: 2, sagittal: 1 }[plane], column, row);
    })"""
    assert run_js(["viewer/planes.js"], function) == [[1, 2, 3]] * 3


def test_brush_dab_is_a_disc_in_mm(run_js: RunJs) -> None:
    size = {**SIZE, "pixelHeightMm": 2.0}
    [point] = _points((10, 8))
    painted = run_js(["tools/raster.js"], CAPSULE, {"a": point, "b": point, "radius": 4, "size": size})
    rows, columns = np.mgrid[:16, :20] + 0.5
    expected = ((columns - 10) * 1.0) ** 2 + ((rows - 8) * 2.0) ** 2 <= 16
    np.testing.assert_array_equal(_mask(painted["cells"]), expected)


def test_brush_leaves_no_gaps_between_points(run_js: RunJs) -> None:
    a, b = _points((2, 3), (17, 12))
    painted = run_js(["tools/raster.js"], CAPSULE, {"a": a, "b": b, "radius": 1, "size": SIZE})
    assert _mask(painted["cells"])[3:12].any(axis=1).all()
    assert len(painted["cells"]) == len(set(painted["cells"]))


def test_brush_smaller_than_a_voxel_paints_one(run_js: RunJs) -> None:
    [point] = _points((4.9, 7.1))
    painted = run_js(["tools/raster.js"], CAPSULE, {"a": point, "b": point, "radius": 0.1, "size": SIZE})
    assert painted["cells"] == [7 * 20 + 4]


def test_brush_outside_the_slice_paints_nothing(run_js: RunJs) -> None:
    [point] = _points((-30, 5))
    painted = run_js(["tools/raster.js"], CAPSULE, {"a": point, "b": point, "radius": 3, "size": SIZE})
    assert painted == {"cells": [], "rect": None}


def test_contour_fills_cells_whose_centre_is_inside(run_js: RunJs) -> None:
    square = _points((3, 2), (9, 2), (9, 7), (3, 7))
    filled = run_js(["tools/raster.js"], CONTOUR, {"points": square, "size": SIZE})
    expected = np.zeros((16, 20), bool)
    expected[2:7, 3:9] = True
    np.testing.assert_array_equal(_mask(filled["cells"]), expected)
    assert filled["rect"] == {"x0": 3, "y0": 2, "x1": 9, "y1": 7}


def test_contour_that_crosses_itself_leaves_no_hole(run_js: RunJs) -> None:
    twice = _points(*[(3, 2), (12, 2), (12, 12), (3, 12)] * 2)
    filled = run_js(["tools/raster.js"], CONTOUR, {"points": twice, "size": SIZE})
    assert _mask(filled["cells"])[2:12, 3:12].all()


def test_contour_beyond_the_edge_is_cut(run_js: RunJs) -> None:
    wide = _points((-5, -5), (50, -5), (50, 50), (-5, 50))
    assert len(run_js(["tools/raster.js"], CONTOUR, {"points": wide, "size": SIZE})["cells"]) == 20 * 16


def test_flood_stops_at_the_border(run_js: RunJs) -> None:
    function = """({ flood }) => {
        const wall = (at) => at % 6 !== 3;
        const cells = [];
        flood(7, { width: 6, height: 4 }, wall, (at) => cells.push(at));
        return cells.sort((a, b) => a - b);
    }"""
    assert run_js(["tools/raster.js"], function) == [row * 6 + x for row in range(4) for x in range(3)]


def test_protected_labels_stay(run_js: RunJs) -> None:
    function = """({ writer }) => {
        const labels = Uint8Array.of(0, 1, 2, 0);
        const intensities = [5, 5, 5, 50];
        const write = writer(labels, { value: 1, active: 1, protect: true, range: [0, 9], intensities });
        [0, 1, 2, 3].forEach(write);
        return [...labels];
    }"""
    assert run_js(["tools/tools.js"], function) == [1, 1, 2, 0]


def test_undo_and_redo_restore_exactly(run_js: RunJs) -> None:
    function = """({ History, cut, paste, differingRect }) => {
        const before = Uint8Array.from({ length: 48 }, (_, n) => n % 3);
        const after = before.slice();
        for (const at of [9, 10, 27]) after[at] = 7;
        const rect = differingRect(before, after, 8, 6);
        const history = new History();
        history.push({ rect, before: cut(before, 8, rect), after: cut(after, 8, rect) });
        const labels = after.slice();
        const undone = history.undo();
        paste(labels, 8, undone.rect, undone.before);
        const back = labels.every((value, at) => value === before[at]);
        const redone = history.redo();
        paste(labels, 8, redone.rect, redone.after);
        return { rect, back, forth: labels.every((value, at) => value === after[at]), empty: history.redo() };
    }"""
    rect = {"x0": 1, "y0": 1, "x1": 4, "y1": 4}
    assert run_js(["state/history.js"], function) == {
        "rect": rect,
        "back": True,
        "forth": True,
        "empty": None,
    }


def test_a_new_edit_drops_what_could_be_redone(run_js: RunJs) -> None:
    function = """({ History }) => {
        const history = new History();
        const entry = { before: new Uint8Array(1) };
        history.push(entry);
        history.undo();
        history.push(entry);
        return [history.canUndo, history.canRedo];
    }"""
    assert run_js(["state/history.js"], function) == [True, False]


@pytest.mark.parametrize("labels", [[0] * 70000, [1, 2, 3] * 50, [0, 0, 5, 5, 5, 255]])
def test_backups_return_the_same_bytes(run_js: RunJs, labels: list[int]) -> None:
    function = """({ encodeRuns, decodeRuns }, labels) =>
        [...decodeRuns(encodeRuns(Uint8Array.from(labels)), labels.length)]"""
    assert run_js(["controllers/backup.js"], function, labels) == labels


def test_painted_slices_cross_the_other_planes(run_js: RunJs) -> None:
    """What is painted on axial slice 2 shows in coronal and sagittal at the voxels it means."""
    function = """({ AnnotationBook, LabelLayer, makePalette, planeSize }) => {
        const shape = [4, 5, 6];
        const book = new AnnotationBook(shape, "axial");
        Object.assign(book.ensure(2), { state: "painted" }).labels[4] = 9; // row 1, column 0: x 3, y 3
        const palette = makePalette([], new Set(), 1, true);
        const show = (plane, index) => {
            const layer = new LabelLayer(plane);
            const { width, height } = planeSize(shape, [1, 1, 1], plane);
            layer.resize(width, height);
            layer.compose({ shape, maskSlice: null, book }, index, layer.everything, palette);
            const painted = [...layer.codes.entries()].filter(([, code]) => code);
            return painted.map(([at, code]) => [at % width, Math.floor(at / width), code]);
        };
        return [show("coronal", 3), show("sagittal", 3), show("coronal", 2)];
    }"""
    modules = ["state/annotations.js", "viewer/label_layer.js", "viewer/planes.js"]
    assert run_js(modules, function) == [[[0, 3, 265]], [[1, 3, 265]], []]


def test_extents_are_runs_of_slices(run_js: RunJs) -> None:
    function = """({ maskExtents }) => {
        const voxels = new Uint8Array(2 * 3 * 6);
        for (const z of [1, 2, 5]) voxels[z * 6 + 4] = 7;
        return [...maskExtents(voxels, [2, 3, 6], "axial")];
    }"""
    assert run_js(["viewer/extents.js"], function) == [[7, [[1, 2], [5, 5]]]]


@pytest.mark.parametrize(
    ("painted", "expected"),
    [([], []), ([50], [30, 70]), ([20, 60], [40]), ([20, 40, 80], [30, 60])],
)
def test_suggestions_spread_evenly(run_js: RunJs, painted: list[int], expected: list[int]) -> None:
    function = """({ suggestSlices }, painted) =>
        suggestSlices({ count: 200, stepMm: 1, painted, empty: [], extent: null })"""
    assert run_js(["panels/suggest.js"], function, painted) == expected


def test_suggestions_look_where_the_prediction_runs_out(run_js: RunJs) -> None:
    function = """({ suggestSlices }) => suggestSlices(
        { count: 200, stepMm: 1, painted: [60, 70, 120], empty: [], extent: [10, 190] })"""
    assert run_js(["panels/suggest.js"], function) == [35, 95, 155]


@pytest.mark.parametrize(
    ("doubt", "painted", "expected"),
    [
        ({30: 9.0, 60: 20.0, 90: 8.0, 120: 1.0}, [10, 150], [30, 60, 90]),  # 120 has little
        ({30: 9.0, 60: 20.0}, [10, 58], [30]),  # what was looked at is near
        ({30: 9.0, 34: 8.0}, [10, 150], [30]),  # one of two neighbours
        ({60: 9.0}, [], [60]),  # predicted with what was learnt on another scan
        ({10: 9.0}, [10, 60], [35]),  # all doubt is painted over: spread evenly
    ],
)
def test_suggestions_go_where_the_run_is_in_doubt(
    run_js: RunJs, doubt: dict[int, float], painted: list[int], expected: list[int]
) -> None:
    function = """({ suggestSlices }, { doubt, painted }) =>
        suggestSlices({ count: 200, stepMm: 1, painted, empty: [], extent: null, doubt })"""
    by_slice = [doubt.get(index, 0.0) for index in range(200)]
    argument = {"doubt": by_slice, "painted": painted}
    assert run_js(["panels/suggest.js"], function, argument) == expected


DOUBT = """({ AnnotationBook, DoubtLayer, planeSize }, { plane, index, bookPlane, painted }) => {
    const shape = [4, 5, 6];
    const book = new AnnotationBook(shape, bookPlane);
    for (const slice of painted) book.ensure(slice).state = "painted";
    const { width, height } = planeSize(shape, [1, 1, 1], plane);
    const layer = new DoubtLayer(plane);
    layer.resize(width, height);
    const confidence = new Uint8Array(width * height).fill(100);
    confidence[0] = 204;
    layer.compose(confidence, { shape, book }, index, { x0: 0, y0: 0, x1: width, y1: height });
    const { data } = layer.context.getImageData(0, 0, width, height);
    const shown = [...Array(width * height).keys()].filter((at) => data[4 * at + 3] > 0);
    return { shown, width, height };
}"""


@pytest.mark.parametrize(
    ("plane", "index", "painted", "clear"),
    [
        ("axial", 2, [1], lambda row, column: row < 0),
        ("axial", 1, [1], lambda row, column: True),
        ("coronal", 2, [1], lambda row, column: row == 4),  # axial slice 1 of 6, from above
        ("sagittal", 2, [0, 5], lambda row, column: row in (5, 0)),
    ],
)
def test_doubt_is_coloured_below_80_percent_but_not_where_a_person_painted(
    run_js: RunJs, plane: str, index: int, painted: list[int], clear: Callable[[int, int], bool]
) -> None:
    argument = {"plane": plane, "index": index, "bookPlane": "axial", "painted": painted}
    modules = ["state/annotations.js", "viewer/uncertainty_layer.js", "viewer/planes.js"]
    found = run_js(modules, DOUBT, argument)
    width, height = found["width"], found["height"]
    cells = [(row, column) for row in range(height) for column in range(width)]
    expected = [row * width + column for row, column in cells[1:] if not clear(row, column)]
    assert found["shown"] == expected


def test_doubt_grows_from_amber_to_red_at_even_odds(run_js: RunJs) -> None:
    function = """({ doubtPalette }) => [203, 166, 128, 20].map((confidence) => {
        const word = doubtPalette()[confidence];
        return { green: (word >>> 8) & 255, alpha: word >>> 24 };
    })"""
    slight, more, even, certain_error = run_js(["viewer/uncertainty_layer.js"], function)
    assert slight["green"] > more["green"] > even["green"]
    assert slight["alpha"] < more["alpha"] < even["alpha"]
    assert even == certain_error


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"expected_dice": 0.912, "voxels": 5}, ["good", "\u2248 0.91 good"]),
        ({"expected_dice": 0.8, "voxels": 5}, ["fair", "\u2248 0.80 fair"]),
        ({"expected_dice": 0.0, "voxels": 0}, ["poor", "\u2248 0.00 poor"]),
        ({"expected_dice": None, "voxels": 5}, ["unknown", "no estimate"]),
        ({"expected_dice": None, "voxels": 0}, None),  # neither painted nor found
    ],
)
def test_chips_say_the_band_in_words(run_js: RunJs, label: dict[str, Any], expected: list[str]) -> None:
    function = """({ qualityChip }, label) => {
        const chip = qualityChip(label);
        return chip && [chip.dataset.band, chip.textContent];
    }"""
    assert run_js(["panels/quality.js"], function, {"warning": None, **label}) == expected


@pytest.mark.parametrize(
    ("painted", "extents", "expected"),
    [
        ({20: [1], 60: [1]}, {}, 40),
        ({20: [1], 40: [2], 60: [1]}, {}, 30),  # slices of other labels were looked at too
        ({20: [1], 40: [1]}, {1: [[5, 40]]}, 5),  # predicted beyond what is painted
        ({20: [1]}, {}, 10),  # not known yet how long it is
        ({20: [1], 21: [1]}, {}, None),
    ],
)
def test_a_warning_leads_to_the_slice_that_helps(
    run_js: RunJs, painted: dict[int, list[int]], extents: dict[int, Any], expected: int | None
) -> None:
    function = """({ AnnotationBook, nextSliceFor }, { painted, extents }) => {
        const book = new AnnotationBook([4, 4, 100], "axial");
        for (const [slice, values] of painted) {
            Object.assign(book.ensure(slice), { state: "painted" }).labels.set(values);
        }
        return nextSliceFor(1, { book, mask: { extents: new Map(extents) }, count: 100, stepMm: 1 });
    }"""
    argument = {"painted": list(painted.items()), "extents": list(extents.items())}
    assert run_js(["state/annotations.js", "panels/quality.js"], function, argument) == expected


def test_wheel_counts_notches_and_adds_up_trackpads(run_js: RunJs) -> None:
    function = """({ WheelSteps }) => {
        const wheel = new WheelSteps();
        const event = (deltaY, timeStamp) => ({ deltaY, deltaX: 0, deltaMode: 0, timeStamp });
        const notches = wheel.steps(event(120, 0)) + wheel.steps(event(-120, 10));
        let fine = 0;
        for (let n = 0; n < 20; n++) fine += wheel.steps(event(9, 1000 + n * 10));
        return [notches, fine];
    }"""
    assert run_js(["viewer/wheel.js"], function) == [0, 5]
