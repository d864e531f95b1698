"""Scans and their masks as ``export`` reads them, one after the other."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fewshot_sam.cli import inputs
from fewshot_sam.cli.common_names import CommonNames
from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.cli.targets.registry import TARGETS
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.label_reading import LabelReading, Overlap
from fewshot_sam.data.volume import Volume
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.labels import named_codes
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import load_scan
from fewshot_sam.io.terminology import match


@dataclass(frozen=True, eq=False)
class _Case:
    image: Path
    volume: Volume
    headers: SourceHeaders | None
    label_map: LabelMap


class MaskCases:
    """What the arguments name: a scan and its mask, and of a training set the further ones.

    Of many scans one is in memory at a time, beside the first. Notes on scans and masks go to standard error.

    Args:
        args: of ``export``.

    Attributes:
        names: what the codes of all masks are called and are, ascending.

    Raises:
        UserError: a file cannot be read, or two masks call one code otherwise.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._first = self._read(args.image, args.mask)
        self.names = self._common_names()

    def export(self) -> MaskExport:
        """The first, with all others behind it."""
        return self._export(self._first)

    def _others(self) -> Iterator[MaskExport]:
        for image, mask in self._args.case:
            yield self._export(self._read(image, mask))

    def _export(self, case: _Case) -> MaskExport:
        return MaskExport(
            image=case.image,
            volume=case.volume,
            headers=case.headers,
            codes=case.label_map.codes,
            names=self.names,
            output=self._args.output,
            others=self._others,
            smoothing_voxels=self._args.smoothing_voxels,
        )

    def _read(self, image: Path, mask: Path) -> _Case:
        args, limits = self._args, ReadLimits.from_environment(os.environ)
        # A training set needs the scan on the grid of its mask, which is the whole one.
        half = not TARGETS[args.to].of_cases
        volume, headers = load_scan(image, series_uid=args.series, limits=limits, resample=True, half=half)
        how = LabelReading(args.resample_labels, Overlap(args.overlap) if args.overlap else None)
        label_map = inputs.read_labels(mask, volume, args.labels, how)
        known = replace(volume, modality=args.modality) if args.modality else volume
        return _Case(image, known, headers, label_map)

    def _common_names(self) -> dict[int, LabelName]:
        """The other cases are read for it and let go: numbers of labels count all of them."""
        common, named = CommonNames(), dict[int, LabelName]()
        nameless = dict[int, LabelName]()
        for path, case in self._cases():
            label_map = case.label_map
            if done := case.volume.metadata.get("notes"):
                sys.stderr.write(f"{case.image}: {done}\n")
            if label_map.notes:
                sys.stderr.write(f"{label_map.notes}\n")
            held = named_codes(label_map)
            known = {code: label for code, label in held.items() if code in label_map.names}
            common.add(path, {code: label.name for code, label in known.items()})
            nameless |= held
            named = known | named
        return {
            code: replace(label, term=label.term or match(label.name))
            for code, label in sorted((nameless | named).items())
        }

    def _cases(self) -> Iterator[tuple[Path, _Case]]:
        yield self._args.mask, self._first
        for image, mask in self._args.case:
            yield mask, self._read(image, mask)
