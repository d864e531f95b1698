"""``encode``: fill the embedding cache, so that later work starts at once."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.progress_bar import command_progress
from fewshot_sam.cli.report import RunReport

EXAMPLES = """\
encode ct.nii.gz
encode *.nii.gz --plane coronal"""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "encode", run, "Encode volumes into the embedding cache", EXAMPLES
    )
    arguments.add_image_argument(parser, "images", nargs="+")
    arguments.add_plane_option(parser, "slices to encode; default: the plane the volume was acquired in")
    arguments.add_window_option(parser)
    arguments.add_modality_option(parser)
    arguments.add_series_option(parser)
    arguments.add_resample_option(parser)
    arguments.add_half_option(parser)
    arguments.add_method_options(parser)


def run(args: argparse.Namespace) -> int:
    """Encode one volume after the other."""
    outputs.prepare_outputs(args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import inputs
        from fewshot_sam.data.folders import cache_folder
        from fewshot_sam.data.planes import Plane
        from fewshot_sam.data.windowing import Window
        from fewshot_sam.embeddings.cache import EmbeddingCache
        from fewshot_sam.embeddings.encode import encode_planes
        from fewshot_sam.encoders import load_encoder
    with report.stage("prepare"):
        encoder = load_encoder(args.encoder, device=args.device)
        cache = EmbeddingCache(cache_folder())
    window = Window(*args.window) if args.window else None
    volumes = []
    with command_progress() as progress:
        for path in args.images:
            with report.stage("load"):
                volume = inputs.load_image(path, args.series, args.modality, args.resample, half=args.half)
            plane = Plane(args.plane) if args.plane else volume.default_plane
            with report.stage("encode"):
                planes = encode_planes(volume, plane, encoder, cache, window, progress)
            slices = {str(each.plane): len(each.indices) for each in planes}
            volumes.append({"image": path, "plane": str(plane), "slices": slices})
    report.add(encoder=encoder.backend, cache=cache_folder(), volumes=volumes)
    report.write()
    return 0
