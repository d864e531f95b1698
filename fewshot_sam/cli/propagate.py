"""``propagate``: from a few painted slices of a volume to a mask of all of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs, provenance
from fewshot_sam.cli.progress_bar import command_progress
from fewshot_sam.cli.report import RunReport

EXAMPLES = """\
propagate ct.nii.gz --annotations painted.nii.gz --output mask.nii.gz
propagate ct.nii.gz --annotations painted.nii.gz --output mask.nii.gz --plane axial --slices 10,40,80
propagate dicom_folder --annotations painted.nii.gz --output mask.nii.gz --window -160,240
propagate xrays --pictures --annotations painted_masks --output masks.zip"""

DETAILS = """\
A slice counts as painted if it holds a label or is named in --slices.
The mask has the image's grid, affine and the same codes; painted slices come out exactly as given."""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "propagate", run, "Fill a volume's labels in from a few painted slices", EXAMPLES, DETAILS
    )
    arguments.add_image_argument(parser)
    arguments.add_pictures_option(parser)
    parser.add_argument(
        "--annotations",
        type=Path,
        required=True,
        metavar="SPARSE",
        help="label map on the image's grid with some slices painted",
    )
    outputs.add_mask_option(parser)
    arguments.add_plane_option(parser, "plane the slices are painted in; default: told from the paint")
    parser.add_argument(
        "--slices",
        type=arguments.indices,
        default=(),
        metavar="I,J,...",
        help="slices that were reviewed and may hold nothing, counted from 0 along the stored axis",
    )
    arguments.add_window_option(parser)
    arguments.add_modality_option(parser)
    arguments.add_series_option(parser)
    arguments.add_resample_option(parser)
    arguments.add_half_option(parser)
    parser.add_argument(
        "--save-model",
        type=outputs.path_ending_in(*outputs.MODEL_SUFFIXES),
        metavar="M.safetensors",
        help="keep the few-shot model for 'predict' on other volumes",
    )
    outputs.add_probabilities_option(parser)
    provenance.add_option(parser)
    arguments.add_fit_option(parser)
    parser.add_argument(
        "--draft",
        action="store_const",
        const="draft",
        dest="method",
        help="at once, from the painted slices alone: the same as --method draft",
    )
    arguments.add_method_options(parser)


def run(args: argparse.Namespace) -> int:
    """Load, fine-tune, predict, write."""
    outputs.prepare_outputs(args.output, args.save_model, args.probabilities, args.provenance, args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import cards, inputs, next_slice, segmenters
    with command_progress() as progress:
        with report.stage("load"):
            volume = inputs.load_image(
                args.image, args.series, args.modality, args.resample, half=args.half, pictures=args.pictures
            )
            outputs.require_pictures_for_zip(args.output, volume)
            painted = inputs.load_painted(volume, args.annotations, args.plane, args.slices)
            annotations = painted.annotations
        with report.stage("prepare"):
            segmenter = segmenters.make_segmenter(args)
        with report.stage("fit"):
            segmenter.fit(
                [(volume, annotations)],
                plane=annotations.plane,
                window=segmenters.window(args),
                progress=progress,
            )
        with report.stage("predict"):
            prediction = segmenter.predict(volume, annotations=annotations, progress=progress)
        with report.stage("write"):
            outputs.write_prediction(prediction, volume, args.output, args.probabilities, painted.labels)
            if args.provenance:
                provenance.write(args.provenance, args, volume, painted)
            if args.save_model:
                segmenter.save(args.save_model, cards.card_of(segmenter, painted.labels))
    suggestion = next_slice.next_slice(prediction, volume, annotations.plane)
    report.add(
        plane=str(annotations.plane), painted_slices=inputs.stored_indices(volume, annotations),
        label_names=painted.names, next_slice=suggestion, stages_s=progress.seconds,
        **segmenters.describe(segmenter, prediction, volume),
    )  # fmt: skip
    report.write()
    next_slice.say(suggestion)
    return 0
