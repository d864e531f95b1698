"""The demo head ships with nilearn and fits its tissue labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.windowing import default_window
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import demo


def test_demo_volume() -> None:
    volume = demo.demo_volume()
    assert (volume.shape, volume.voxels.dtype, volume.modality) == ((197, 233, 189), np.int16, "MR")
    np.testing.assert_allclose(volume.spacing_mm, 1.0)
    window = default_window(volume)
    assert 0 < window.low < window.high <= 255


def test_demo_labels_are_grey_and_white_matter() -> None:
    volume, label_map = demo.demo_volume(), demo.demo_label_map()
    assert (label_map.shape, label_map.dtype) == (volume.shape, np.uint16)
    assert np.unique(label_map).tolist() == [0, demo.GREY_MATTER, demo.WHITE_MATTER]
    grey, white = (volume.voxels[label_map == code].mean() for code in (demo.GREY_MATTER, demo.WHITE_MATTER))
    assert grey < white  # in T1
    litres = [(label_map == code).sum() / 1e6 for code in (demo.GREY_MATTER, demo.WHITE_MATTER)]
    assert 0.7 < litres[0] < 1.3
    assert 0.4 < litres[1] < 0.8


def test_missing_asset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "files", lambda package: tmp_path)
    with pytest.raises(ImageFormatError, match="the installed nilearn does not ship mni_icbm152_t1"):
        demo.demo_volume()
