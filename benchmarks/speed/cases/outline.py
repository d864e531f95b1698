"""A box on a slice: how long until SAM's outline is there, and is it the one that its own users get?"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from backend.asker import Asker
from backend.config import Config
from backend.jobs.records import JobRecords
from backend.jobs.supervisor import Supervisor
from backend.outlines.errors import WorkerAwayError
from backend.outlines.messages import Question
from backend.queries.owners import LOCAL_OWNER
from backend.services import Services, build_services
from benchmarks.peers.sam_prompts import PaddedEncoder, tight_box
from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.samples import number_text
from benchmarks.speed.table import Row, at_most
from fewshot_sam.data.planes import take_slice, to_display
from fewshot_sam.data.windowing import default_window, windowed_slice
from fewshot_sam.embeddings.encode import encode_slice
from fewshot_sam.embeddings.outline import Outliner
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder

RUNS = 20
MAX_MS = 150
MAX_NEW_S = 1
MAX_DICE_APART = 0.01
START_S = 120


def dice(context: Context) -> Numbers:
    """Dice of tight boxes around organs: from embeddings as the cache holds them, and from padded squares."""
    return {
        "tool": _dice_of_boxes(LiteMedSamEncoder("cpu"), np.float16),
        "square": _dice_of_boxes(PaddedEncoder("cpu"), np.float32),
    }


def _dice_of_boxes(encoder: Encoder, stored: type) -> list[float]:
    scan = scans.ct_abdomen().only(scans.ABDOMEN_CODES)
    window, framing = default_window(scan.volume), Framing.of(scan.volume, scans.PLANE, encoder)
    outliner, found = Outliner(encoder), []
    for index in scan.painted().slices:
        image = windowed_slice(scan.volume, scans.PLANE, index, window)
        embedding = encode_slice(image, framing, encoder).astype(stored)
        reference = to_display(take_slice(scan.reference, scans.PLANE, index))
        for code in np.unique(reference[reference > 0]):
            organ = reference == code
            outline = outliner.outline(embedding, framing, tight_box(organ))
            found.append(float(2 * (outline & organ).sum() / (outline.sum() + organ.sum())))
    return found


def served(context: Context) -> Numbers:
    """Milliseconds from the server's question to its answer, while the worker encodes the volume's slices."""
    config = Config.for_home(Path(context.work) / "home")
    services = build_services(config)
    link = services.outlines.link
    supervisor = Supervisor(config, JobRecords(services.database, services.blobs), services.jobs, link=link)
    supervisor.start()
    try:
        return _ask(services, 3 if context.quick else RUNS)
    finally:
        supervisor.stop()
        services.end()


def _ask(services: Services, runs: int) -> Numbers:
    scan = scans.ct_abdomen().only((scans.LIVER,))
    project = services.projects.create(Asker(LOCAL_OWNER), "outlines").id
    volume_id = services.volumes.add(Asker(LOCAL_OWNER), project, scan.volume, "ct.nii.gz").id
    slices = list(scan.painted().slices)

    def ask(index: int) -> float:
        box = tight_box(to_display(take_slice(scan.reference, scans.PLANE, index)) > 0).box
        started = time.perf_counter()
        until_s = time.time() + START_S
        asked = Question(LOCAL_OWNER, volume_id, scans.PLANE, index, box, (), until_s)
        services.outlines.ask(asked).result(START_S)
        return 1000 * (time.perf_counter() - started)

    started = time.monotonic()
    while services.outlines.link.prompts is None:
        if time.monotonic() - started > START_S:
            raise WorkerAwayError
        time.sleep(0.05)
    first, *others = slices
    ask(first)  # which also loads the networks
    new = [ask(index) for index in others]
    known = []
    for run in range(runs):
        time.sleep(1.0 if run % 2 else 0.0)  # half of them beside a slice that is being encoded
        known.append(ask(slices[run % len(slices)]))
    return {"new_ms": new, "known_ms": known}


def rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    served, dice = parts["served"], parts["dice"]
    tool, square = float(np.mean(dice["tool"])), float(np.mean(dice["square"]))
    remark = f"six organs on {scans.PAINTED} slices: tool {tool:.4f}, square {square:.4f}"
    beside = f"other slices are being encoded; slowest {number_text(max(served['known_ms']))} ms"
    return [
        Row("box to outline, slice encoded", served["known_ms"], "ms", "", at_most(MAX_MS), beside),
        Row("... slice not encoded yet", [ms / 1000 for ms in served["new_ms"]], "s", "", at_most(MAX_NEW_S)),
        Row(
            "Dice of boxes, below that of SAM's own square",
            [max(0.0, square - tool)],
            "",
            "",
            at_most(MAX_DICE_APART),
            remark,
        ),
    ]


CASE = SpeedCase("outline", "a box on a slice", {"dice": dice, "served": served}, rows)
