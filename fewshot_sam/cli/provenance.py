"""``--provenance``: a file beside the mask that says where its labels come from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam import __version__
from fewshot_sam.cli import outputs
from fewshot_sam.data.origins import PROVENANCE_FORMAT, PROVENANCE_SUFFIX, OriginKind

if TYPE_CHECKING:  # load numpy, which --help must not wait for
    import numpy as np

    from fewshot_sam.cli.inputs import PaintedFile
    from fewshot_sam.data.volume import Volume


def add_option(parser: argparse.ArgumentParser) -> None:
    """The option itself."""
    parser.add_argument(
        "--provenance",
        type=outputs.path_ending_in(PROVENANCE_SUFFIX),
        metavar=f"NAME{PROVENANCE_SUFFIX}",
        help="write which slices the labels were given on, and what predicted the others",
    )


def write(path: Path, args: argparse.Namespace, volume: Volume, painted: PaintedFile) -> None:
    """Write the file as the server's export does.

    How the given slices were made is not known here, only the file that they come from.
    """
    annotations = painted.annotations
    given = {"kind": OriginKind.IMPORTED.value, "file": args.annotations.name}
    content = {
        "format": PROVENANCE_FORMAT,
        "version": 1,
        "program": f"Few-shot SAM {__version__}",
        "volume": volume.name,
        "plane": str(annotations.plane),
        "model": f"{args.method}, {Path(args.encoder).name}",
        "slices": [
            {"slice_index": index, "labels": [{"code": code, **given} for code in _codes(label_map)]}
            for index, label_map in sorted(annotations.slices.items())
        ],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def _codes(label_map: np.ndarray) -> list[int]:
    """The codes on a slice of unsigned integers, ascending, without background."""
    return sorted(set(label_map.ravel().tolist()) - {0})
