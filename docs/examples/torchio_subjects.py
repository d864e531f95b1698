"""Subjects of TorchIO from an exported training set (nnU-Net or decathlon), with augmentations.

python docs/examples/torchio_subjects.py Dataset501_Livers
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torchio as tio


def subjects(folder: Path) -> list[tio.Subject]:
    """A subject for each labelled case of a data set's folder: "image", "labels", and its name."""
    found = []
    for labels in sorted((folder / "labelsTr").glob("*.nii.gz")):
        name = labels.name.removesuffix(".nii.gz")
        image = next((folder / "imagesTr").glob(f"{name}*.nii.gz"))  # nnU-Net puts _0000 behind the name
        found.append(tio.Subject(image=tio.ScalarImage(image), labels=tio.LabelMap(labels), name=name))
    return found


def training_data(folder: Path, spacing_mm: float = 1.5) -> tio.SubjectsDataset:
    """The subjects on grids of one orientation and spacing, with random augmentations."""
    steps = [tio.ToCanonical(), tio.Resample(spacing_mm), tio.RandomAffine(), tio.ZNormalization()]
    return tio.SubjectsDataset(subjects(folder), transform=tio.Compose(steps))


if __name__ == "__main__":
    chosen = Path(sys.argv[1])
    facts = json.loads((chosen / "dataset.json").read_text())
    sys.stdout.write(f"{facts['labels']}\n")
    for subject in training_data(chosen):
        sys.stdout.write(f"{subject.name}: {subject.image.shape}, {subject.labels.shape}\n")
