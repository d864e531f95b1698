"""A task as the Medical Segmentation Decathlon has it, which MONAI's load_decathlon_datalist reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
from fewshot_sam.io.training_sets.nnunet import channel_name


class DecathlonSet:
    """``Task01_TITLE/``: imagesTr, labelsTr, imagesTs for what is not labelled, dataset.json."""

    def __init__(self, title: str, labels: Mapping[int, LabelName]) -> None:
        self._title, self._folder = title, f"Task01_{ascii_word(title)}"
        self._ids = LabelIds(labels)
        self._modalities: set[Modality] = set()
        self._training: list[dict[str, str]] = []
        self._test: list[str] = []

    def add(self, case: Case) -> Iterator[SetFile]:
        """The scan, and its labels numbered without gaps."""
        require_scan(case.volume)
        numbers = None if case.codes is None else self._ids.apply(case.codes)
        self._modalities.add(case.volume.modality)
        file_name = f"case_{case.name}.nii.gz"
        if numbers is None:
            self._test.append(f"./imagesTs/{file_name}")
            yield image_file(f"{self._folder}/imagesTs/{file_name}", case.volume)
            return
        image, label = f"imagesTr/{file_name}", f"labelsTr/{file_name}"
        self._training.append({"image": f"./{image}", "label": f"./{label}"})
        yield image_file(f"{self._folder}/{image}", case.volume)
        yield labels_file(f"{self._folder}/{label}", numbers, case.volume)

    def close(self) -> Iterator[SetFile]:
        """dataset.json."""
        facts: dict[str, Any] = {
            "name": self._title,
            "description": f"Made with few-shot SAM {__version__}; research use only",
            "tensorImageSize": "3D",
            "modality": {"0": channel_name(self._modalities)},
            "labels": {str(number): name for name, number in self._ids.by_name.items()},
            "numTraining": len(self._training),
            "numTest": len(self._test),
            "training": self._training,
            "test": self._test,
        }
        yield json_file(f"{self._folder}/dataset.json", facts)
