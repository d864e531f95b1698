"""A scan of each format; ``make torture`` opens each in all 48 orientations, upright and turned."""

from __future__ import annotations

from pathlib import Path

from benchmarks.torture.geometry import EXPORTED, SURFACES, WITHOUT_PLACE, scan_everything
from benchmarks.torture.geometry_readers import READERS
from benchmarks.torture.geometry_scans import FORMATS, grids
from fewshot_sam.cli.targets.registry import TARGETS
from fewshot_sam.io.formats import registry
from fewshot_sam.io.formats.base import FormatKind


def test_other_programs_find_every_voxel_where_it_was(tmp_path: Path) -> None:
    found = scan_everything(tmp_path, count=len(FORMATS), seed=3)
    assert found.faults == []


def test_no_format_orientation_or_export_is_left_out() -> None:
    read = {suffix for each in registry.of_kind(FormatKind.FILE) for suffix in each.suffixes}
    tried = {suffix for suffix in read for name in FORMATS if name.lower().endswith(suffix)}
    assert read - tried == {".mgh.gz"}, "a .mgz under its long name"
    assert len(grids()) == 48 * 3
    places = {name: line for name, line in TARGETS.items() if name not in SURFACES}
    kinds = {line.suffixes[0] if name == "seg.nrrd" else name for name, line in places.items()}
    assert {*registry.written_suffixes(), *kinds, *EXPORTED.values()} <= set(READERS)
    assert not set(EXPORTED) & set(WITHOUT_PLACE)
