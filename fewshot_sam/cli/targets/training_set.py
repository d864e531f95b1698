"""``--to nnunet``, ``decathlon`` and ``bids``: training sets of labelled scans, as zip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.io.export import replaced_whole
from fewshot_sam.io.training_sets.base import Case, SetFile
from fewshot_sam.io.training_sets.names import case_name
from fewshot_sam.io.training_sets.registry import LAYOUTS
from fewshot_sam.io.training_sets.zipped import zipped
from fewshot_sam.io.zip_file import ZipStream


def write(mask: MaskExport, *, layout: str) -> list[str]:
    """A zip of one folder, called as the zip is."""
    archive = ZipStream(datetime.now())
    with replaced_whole(mask.output) as part, part.open("wb") as file:
        for piece in zipped(_files(mask, layout), archive, part.parent):
            file.write(piece)
        file.write(archive.close())
    return []


nnunet = partial(write, layout="nnunet")
decathlon = partial(write, layout="decathlon")
bids = partial(write, layout="bids")


def _files(mask: MaskExport, layout: str) -> Iterator[SetFile]:
    training_set = LAYOUTS[layout].load()(mask.output.stem, mask.names)
    for number, each in enumerate(mask.cases(), start=1):
        yield from training_set.add(Case(case_name(number), each.volume, each.codes, each.image.name))
    yield from training_set.close()
