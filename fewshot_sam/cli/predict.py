"""``predict``: a mask of a new volume from a few-shot model, nothing painted on it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.progress_bar import command_progress
from fewshot_sam.cli.report import RunReport

EXAMPLES = """\
predict new.nii.gz --model model.safetensors --output mask.nii.gz
predict new.nii.gz --model model.safetensors --output mask.nii.gz --names mask.json
predict dicom_folder --model model.safetensors --output mask.nii.gz --json report.json
predict new_xrays --pictures --model model.safetensors --output masks.zip"""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "predict", run, "Label a new volume with a few-shot model", EXAMPLES
    )
    arguments.add_image_argument(parser)
    arguments.add_pictures_option(parser)
    parser.add_argument(
        "--model",
        type=outputs.path_ending_in(*outputs.MODEL_SUFFIXES),
        required=True,
        metavar="M.safetensors",
        help="a model written by 'fit' or 'propagate --save-model'",
    )
    outputs.add_mask_option(parser)
    parser.add_argument(
        "--names",
        type=outputs.path_ending_in(".json"),
        metavar="NAME.json",
        help="write the labels' names and colours, as far as the model's file has them",
    )
    arguments.add_series_option(parser)
    arguments.add_modality_option(parser)
    arguments.add_resample_option(parser)
    arguments.add_half_option(parser)
    outputs.add_probabilities_option(parser)
    arguments.add_method_options(parser, encoder=None)


def run(args: argparse.Namespace) -> int:
    """Load the image and the model, predict, write."""
    outputs.prepare_outputs(args.output, args.probabilities, args.names, args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import cards, inputs, next_slice, segmenters
    with command_progress() as progress:
        with report.stage("load"):
            volume = inputs.load_image(
                args.image, args.series, args.modality, args.resample, half=args.half, pictures=args.pictures
            )
            outputs.require_pictures_for_zip(args.output, volume)
        with report.stage("prepare"):
            segmenter = segmenters.load_segmenter(args)
        with report.stage("predict"):
            prediction = segmenter.predict(volume, progress=progress)
        with report.stage("write"):
            labels = cards.labels_of(segmenter)
            outputs.write_prediction(prediction, volume, args.output, args.probabilities, labels)
            if args.names:
                cards.write_names(args.names, labels)
    shift = next_slice.domain_shift(prediction, volume, segmenter.plane)
    described = segmenters.describe(segmenter, prediction, volume)
    names = {str(code): label.name for code, label in labels.items()}
    report.add(**described, label_names=names, domain_shift=shift, stages_s=progress.seconds)
    report.write()
    if shift is not None and shift["reasons"]:
        sys.stderr.write(f"{args.image}: {next_slice.shift_sentence(shift)}\n")
    return 0
