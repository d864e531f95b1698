"""Names, title and licence of a model, from a command's options and files into the model's file, and back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam import __version__
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.errors import UserError

if TYPE_CHECKING:
    from fewshot_sam.methods.model_card import ModelCard
    from fewshot_sam.segmenter import FewShotSegmenter


def chosen_names(path: Path | None) -> dict[int, LabelName]:
    """Names by code in the file of ``--names``; none without one.

    Raises:
        UserError: there is no such file, or it names no labels.
    """
    if path is None:
        return {}
    from fewshot_sam.io.label_names.registry import names_in, suffixes

    if not path.is_file() or not path.name.lower().endswith(suffixes()):
        raise UserError(
            f"The labels' names must be in a file that ends in {' or '.join(suffixes())}: {path}."
        )
    return names_in(path)


def card_of(
    segmenter: FewShotSegmenter, names: Mapping[int, LabelName], args: argparse.Namespace | None = None
) -> ModelCard | None:
    """The card of a fitted model; codes that it does not know are left out.

    Args:
        args: with title, author, licence and note, where the command takes them.
    """
    if segmenter.model is None:
        return None
    known = {code: (names[code].name, names[code].color) for code in segmenter.codes if code in names}
    card = replace(segmenter.model.card.named(known), program=f"Few-shot SAM {__version__}")
    return card if args is None else card.signed(args.title, args.author, args.licence, args.note)


def write_names(path: Path, labels: Mapping[int, LabelName]) -> None:
    """JSON of names and colours by code, which label maps are imported with."""
    by_code = {
        str(code): {"name": label.name, **({"color": label.color} if label.color else {})}
        for code, label in sorted(labels.items())
    }
    path.write_text(json.dumps(by_code, indent=1, ensure_ascii=False), encoding="utf-8")


def labels_of(segmenter: FewShotSegmenter) -> dict[int, LabelName]:
    """Names and colours by code as the model's file has them."""
    labels = segmenter.model.card.labels if segmenter.model else []
    return {label.code: LabelName.of(label.name, label.color) for label in labels}
