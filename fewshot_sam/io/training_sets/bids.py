"""A BIDS dataset (bids-specification.readthedocs.io, 1.10): scans as raw data, label maps as a derivative.

BIDS has no CT, and of an MR it wants to know the contrast. A scan whose file's name does not say it
(``_T1w``, ``_FLAIR``) is called ``_CT`` or ``_MR`` here, and .bidsignore says so to validators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fewshot_sam import __version__
from fewshot_sam.data.label_names import LabelName, default_color
from fewshot_sam.data.text import on_one_line
from fewshot_sam.io.formats.registry import stem
from fewshot_sam.io.training_sets.base import (
    Case,
    SetFile,
    image_file,
    json_file,
    labels_file,
    require_names,
    require_scan,
    text_file,
)
from fewshot_sam.io.training_sets.names import ascii_word

_VERSION = "1.10.0"
_PIPELINE = "derivatives/fewshot-sam"
_CONTRASTS = re.compile(r"_(T1w|T2w|PDw|T2starw|FLAIR|PDT2|inplaneT1|inplaneT2|angio)$")
_UNKNOWN = {"CT": "CT", "MR": "MR", "OT": "image"}
_SNOMED = "SCT"
_COLUMNS = ("index", "name", "color", "snomed_ct", "meaning")
_LATERALITY = "272741003"
_COLUMN_TEXTS = {
    "snomed_ct": "What the label is, as an expression of SNOMED CT's compositional grammar",
    "meaning": "What that is called",
}
_DESCRIPTION = "Labels made from a few painted slices; research use only"


class BidsSet:
    """``TITLE/``: sub-NAME/anat of each scan, and in derivatives/fewshot-sam its dseg.nii.gz and dseg.tsv."""

    def __init__(self, title: str, labels: Mapping[int, LabelName]) -> None:
        self._title, self._folder = on_one_line(title), ascii_word(title)
        self._labels = labels
        self._subjects: list[str] = []
        self._ignored: set[str] = set()

    def add(self, case: Case) -> Iterator[SetFile]:
        """The scan with what is known of it, and its codes as they are."""
        require_scan(case.volume)
        if case.codes is not None:
            require_names(case.codes, self._labels)
        subject = f"sub-{case.name}"
        self._subjects.append(subject)
        image = f"{subject}/anat/{subject}_{self._suffix(case)}"
        yield image_file(f"{self._folder}/{image}.nii.gz", case.volume)
        if case.codes is None:
            return
        stem = f"{self._folder}/{_PIPELINE}/{subject}/anat/{subject}_dseg"
        yield labels_file(f"{stem}.nii.gz", case.codes, case.volume)
        yield text_file(f"{stem}.tsv", _table(self._labels))
        yield json_file(f"{stem}.json", _sidecar(f"bids:raw:{image}.nii.gz"))

    def close(self) -> Iterator[SetFile]:
        """The descriptions of both datasets, and who is in them."""
        made_by = [{"Name": "few-shot SAM", "Version": __version__, "Description": _DESCRIPTION}]
        common = {"BIDSVersion": _VERSION, "GeneratedBy": made_by}
        raw = {"Name": self._title, "DatasetType": "raw", **common}
        derived = {
            "Name": f"{self._title}: labels",
            "DatasetType": "derivative",
            **common,
            "SourceDatasets": [{"URL": "../.."}],
            "DatasetLinks": {"raw": "../.."},
        }
        yield json_file(f"{self._folder}/dataset_description.json", raw)
        yield json_file(f"{self._folder}/{_PIPELINE}/dataset_description.json", derived)
        yield text_file(f"{self._folder}/README.md", _README.format(title=self._title))
        yield text_file(f"{self._folder}/{_PIPELINE}/README.md", _README.format(title=self._title))
        rows = ["participant_id", *self._subjects]
        yield text_file(f"{self._folder}/participants.tsv", "".join(f"{row}\n" for row in rows))
        if self._ignored:
            patterns = "".join(f"**/*_{suffix}.nii.gz\n" for suffix in sorted(self._ignored))
            yield text_file(f"{self._folder}/.bidsignore", patterns)

    def _suffix(self, case: Case) -> str:
        """What BIDS calls such an image, if it is an MR and its file's name says so."""
        named = _CONTRASTS.search(stem(case.file_name or case.volume.name))
        if named and case.volume.modality != "CT":
            return named[1]
        suffix = _UNKNOWN[case.volume.modality]
        self._ignored.add(suffix)
        return suffix


def _table(labels: Mapping[int, LabelName]) -> str:
    """dseg.tsv: index, name, colour and, where it is known, the concept of each label."""
    rows = [_COLUMNS]
    for place, code in enumerate(sorted(set(labels) - {0})):
        label = labels[code]
        concept, meaning = _concept(label)
        name = on_one_line(label.name) or f"Label {code}"
        rows.append((str(code), name, label.color or default_color(place), concept, meaning))
    return "".join("\t".join(row) + "\n" for row in rows)


def _concept(label: LabelName) -> tuple[str, str]:
    term = label.term
    if term is None or term.type.scheme != _SNOMED:
        return "n/a", "n/a"
    sided = term.modifier is not None and term.modifier.scheme == _SNOMED
    side = f":{_LATERALITY}={term.modifier.value}" if term.modifier and sided else ""
    return f"{term.type.value}{side}", on_one_line(term.words)


def _sidecar(image: str) -> dict[str, Any]:
    """What is said of a label map and of its table, whose columns beyond those of BIDS it describes."""
    columns = {column: {"Description": text} for column, text in _COLUMN_TEXTS.items()}
    return {"Description": _DESCRIPTION, "Sources": [image], "SpatialReference": image, **columns}


_README = """\
# {title}

Scans and labels of anatomical structures, labelled from a few painted slices with few-shot SAM. For research;
not a medical device.

Label maps are in derivatives/fewshot-sam: sub-NAME_dseg.nii.gz on the grid of the scan, with the names of
its codes in sub-NAME_dseg.tsv. Scans whose contrast is not known are called MR, those that BIDS has no name
for CT or image; .bidsignore lists them.
"""
