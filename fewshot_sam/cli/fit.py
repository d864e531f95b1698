"""``fit``: a few-shot model from painted slices of any number of volumes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.progress_bar import command_progress
from fewshot_sam.cli.report import RunReport
from fewshot_sam.errors import UserError

if TYPE_CHECKING:
    from fewshot_sam.data.label_names import LabelName

EXAMPLES = """\
fit --case a.nii.gz a_paint.nii.gz --output m.safetensors
fit --case a.nii.gz a_paint.nii.gz --names labels.json --licence CC-BY-4.0 --output m.safetensors
fit --case a.nii.gz a_paint.nii.gz --case b.nii.gz b_paint.nii.gz --plane coronal --output m.safetensors"""

DETAILS = "The same codes must mean the same labels in all inputs."


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "fit", run, "Fit a few-shot model on painted slices of volumes", EXAMPLES, DETAILS
    )
    parser.add_argument(
        "--case",
        type=Path,
        nargs=2,
        action="append",
        required=True,
        metavar=("IMAGE", "SPARSE"),
        help="an image and a label map on its grid with some slices painted; may be repeated",
    )
    parser.add_argument(
        "--output",
        type=outputs.path_ending_in(*outputs.MODEL_SUFFIXES),
        required=True,
        metavar="M.safetensors",
        help="the model to write",
    )
    arguments.add_pictures_option(parser)
    arguments.add_plane_option(parser, "plane the slices are painted in; default: told from the paint")
    arguments.add_window_option(parser)
    arguments.add_modality_option(parser)
    arguments.add_resample_option(parser)
    arguments.add_half_option(parser)
    arguments.add_fit_option(parser)
    arguments.add_card_options(parser)
    arguments.add_method_options(parser)


def run(args: argparse.Namespace) -> int:
    """Load all cases, fine-tune, save the model."""
    outputs.prepare_outputs(args.output, args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import cards, inputs, segmenters
        from fewshot_sam.cli.common_names import CommonNames
    with command_progress() as progress:
        with report.stage("load"):
            pairs, names, chosen = [], CommonNames(), cards.chosen_names(args.names)
            labels: dict[int, LabelName] = {}
            for image, path in args.case:
                volume = inputs.load_image(
                    image,
                    modality=args.modality,
                    resample=args.resample,
                    half=args.half,
                    pictures=args.pictures,
                )
                painted = inputs.load_painted(volume, path, args.plane)
                names.add(path, painted.names)
                labels = painted.labels | labels
                pairs.append((volume, painted.annotations))
            planes = {annotations.plane for _, annotations in pairs}
            if len(planes) > 1:
                raise UserError(
                    f"All cases must be painted in one plane, got {' and '.join(sorted(planes))}; "
                    "name it with --plane."
                )
        with report.stage("prepare"):
            segmenter = segmenters.make_segmenter(args)
        with report.stage("fit"):
            segmenter.fit(pairs, plane=planes.pop(), window=segmenters.window(args), progress=progress)
        with report.stage("write"):
            segmenter.save(args.output, cards.card_of(segmenter, labels | chosen, args))
    report.add(
        plane=str(pairs[0][1].plane), encoder=segmenter.encoder.backend, codes=segmenter.codes,
        painted_slices=[inputs.stored_indices(volume, annotations) for volume, annotations in pairs],
        label_names=names.by_code, stages_s=progress.seconds,
    )  # fmt: skip
    report.write()
    return 0
