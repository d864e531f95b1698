"""A dataset as nnU-Net v2 takes it (its documentation/dataset_format.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fewshot_sam import __version__
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Modality
from fewshot_sam.io.training_sets.base import (
    Case,
    SetFile,
    image_file,
    json_file,
    labels_file,
    require_scan,
)
from fewshot_sam.io.training_sets.label_ids import LabelIds
from fewshot_sam.io.training_sets.names import ascii_word

_ENDING = ".nii.gz"
_NUMBER = 501
"""Those below 500 are likely to be taken: by the Decathlon's tasks and by what people made themselves."""
_CHANNELS: dict[Modality, str] = {"CT": "CT", "MR": "MRI"}


class NnUnetSet:
    """``DatasetNNN_TITLE/``: imagesTr, labelsTr, imagesTs for what is not labelled, dataset.json."""

    def __init__(self, title: str, labels: Mapping[int, LabelName]) -> None:
        self._title, self._folder = title, dataset_name(title)
        self._ids = LabelIds(labels)
        self._modalities: set[Modality] = set()
        self._training = 0

    def add(self, case: Case) -> Iterator[SetFile]:
        """The scan as channel 0, and its labels numbered without gaps."""
        require_scan(case.volume)
        numbers = None if case.codes is None else self._ids.apply(case.codes)
        self._modalities.add(case.volume.modality)
        stem = f"case_{case.name}"
        if numbers is None:
            yield image_file(f"{self._folder}/imagesTs/{stem}_0000{_ENDING}", case.volume)
            return
        self._training += 1
        yield image_file(f"{self._folder}/imagesTr/{stem}_0000{_ENDING}", case.volume)
        yield labels_file(f"{self._folder}/labelsTr/{stem}{_ENDING}", numbers, case.volume)

    def close(self) -> Iterator[SetFile]:
        """dataset.json."""
        facts = {
            "channel_names": {"0": channel_name(self._modalities)},
            "labels": self._ids.by_name,
            "numTraining": self._training,
            "file_ending": _ENDING,
            "name": self._title,
            "description": "Made with few-shot SAM; research use only",
            "converted_by": f"few-shot SAM {__version__}",
            "codes": self._ids.codes,
        }
        yield json_file(f"{self._folder}/dataset.json", facts)


def dataset_name(title: str) -> str:
    """The folder of a dataset: the title itself where it has nnU-Net's form, else under number 501.

    Example:
        >>> dataset_name("Dataset027_ACDC"), dataset_name("Livers of 2026")
        ('Dataset027_ACDC', 'Dataset501_Livers_of_2026')
    """
    if re.fullmatch(r"Dataset[0-9]{3}_[A-Za-z0-9_-]{1,60}", title):
        return title
    return f"Dataset{_NUMBER}_{ascii_word(title)}"


def channel_name(modalities: set[Modality]) -> str:
    """What nnU-Net calls the channel: by "CT" it normalises with the intensities of all cases, by any other
    name each case by itself, so scans of several kinds are called "image".
    """
    return _CHANNELS.get(next(iter(modalities)), "image") if len(modalities) == 1 else "image"
