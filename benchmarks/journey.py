"""Forty scans from a folder to reviewed masks: ``python -m benchmarks.journey``.

On the page, by mouse and keys, on an empty data folder with the real encoder: the 40 hippocampi are
imported as a folder, 20 sagittal slices are outlined along the reference (2 on each of the first 10), one
model is learnt from them and applied to the rest, the 10 least certain are mended where they are poor,
reviewed and accepted, and all masks downloaded. The download is scored against the references. Writes the
journey part of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from benchmarks import protocol
from benchmarks.begin import begin
from benchmarks.markdown import table
from benchmarks.minutes.app_row import chromium_page, fresh_app
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.speed.machine import load_average, machine_name, today
from fewshot_sam.data.folders import data_home
from fewshot_sam.data.planes import Plane
from tests.e2e.journey import POOR_DICE, Journey, Reviewed
from tests.e2e.workspace import Workspace

PAINTED, SLICES, REVIEWED = 10, 2, 10
LABELS = {1: "Anterior", 2: "Posterior"}
_log = logging.getLogger("benchmarks.journey")


@dataclass
class Outcome:
    """What the way took and what came of it.

    Attributes:
        seconds: by stretch, in order.
        before: mean Dice by scan of the masks as they were predicted.
        after: the same at the end.
        reviewed: by scan.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    reviewed: dict[str, Reviewed] = field(default_factory=dict)

    @contextmanager
    def stretch(self, name: str) -> Iterator[None]:
        """Time one."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began
        _log.info("%s: %.0f s", name, self.seconds[name])


def main(arguments: Sequence[str] | None = None) -> int:
    """Go the way and report; the exit status is 0 unless something broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journey", description=__doc__)
    parser.add_argument("--scans", type=int, default=40, help="of them a quarter is painted and reviewed")
    parser.add_argument("--quick", action="store_true", help="printed, nothing written")
    args = parser.parse_args(arguments)
    begin()
    load = load_average()
    text = section_text(go(args.scans), load)
    if args.quick:
        print(text)
    else:
        write_section(RESULTS_FILE, "journey", text)
    return 0


def go(scans: int) -> Outcome:
    """The whole way with so many scans, of which a quarter is painted and another one reviewed."""
    data = protocol.data_folder() / "hippocampus"
    quarter, outcome = max(1, scans // 4), Outcome()
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="journey-", dir=data_home()) as folder:
        images = Path(folder) / "hippocampi"
        images.mkdir()
        for path in sorted((data / "images").glob("*.nii.gz"))[:scans]:
            shutil.copy(path, images)
        with fresh_app() as server, chromium_page() as page:
            workspace = Workspace(page, server.url)
            workspace.open()
            journey = Journey(workspace, images, data / "labels", LABELS, Plane.SAGITTAL)
            label(journey, outcome, journey.names[:quarter])
            outcome.before = journey.scores(journey.download(Path(folder)))
            review(journey, outcome, quarter)
            with outcome.stretch("download all masks"):
                masks = journey.download(Path(folder))
            outcome.after = journey.scores(masks)
    return outcome


def label(journey: Journey, outcome: Outcome, painted: Sequence[str]) -> None:
    """As far as every scan has a mask."""
    with outcome.stretch(f"import a folder of {len(journey.names)} scans"):
        journey.import_folder()
    with outcome.stretch(f"outline {len(painted) * SLICES} slices on {len(painted)} scans"):
        journey.open_volume(painted[0])
        journey.choose_plane()
        for name in painted:
            journey.paint(name, SLICES)
    with outcome.stretch("learn from them"):
        journey.learn()
    with outcome.stretch("predict all others"):
        journey.predict_rest()


def review(journey: Journey, outcome: Outcome, count: int) -> None:
    """The least certain of those that nothing is painted on."""
    painted = set(journey.names[:count])
    with outcome.stretch(f"mend, review and accept the {count} least certain"):
        for name in journey.least_certain(count, leaving_out=painted):
            outcome.reviewed[name] = journey.review(name)
            _log.info("%s: %s", name, outcome.reviewed[name])


def section_text(outcome: Outcome, load: float) -> str:
    """The section of RESULTS.md."""
    painted = sorted(outcome.after)[: len(outcome.reviewed)]
    unpainted = [name for name in outcome.after if name not in painted]
    rest = [name for name in unpainted if name not in outcome.reviewed]
    groups = {
        "all scans that nothing was painted on": unpainted,
        "... of them reviewed, the least certain": list(outcome.reviewed),
        "... of them not reviewed": rest,
        "scans with 2 painted slices": painted,
    }
    mended = sum(each.mended for each in outcome.reviewed.values())
    looked_at = sum(each.looked_at for each in outcome.reviewed.values())
    times = table(["stretch", "s"], [[name, f"{seconds:.0f}"] for name, seconds in outcome.seconds.items()])
    dice = table(
        ["scans", "number", "Dice as predicted", "Dice at the end", "worst at the end"],
        [[name, *_row(outcome, scans)] for name, scans in groups.items() if scans],
    )
    return (
        f"## From a folder of {len(outcome.after)} scans to reviewed masks\n\n"
        f"Written by `python -m benchmarks.journey`, {today()}: {machine_name()}; server and headless "
        f"Chromium on the same machine. Load average at the start: {load:.1f}. The hand is a machine's, "
        "which outlines a slice in a second. Two labels, outlined along the reference. "
        f"{looked_at} slices were looked at in the review; {mended} of them, on which a label had a Dice "
        f"below {POOR_DICE}, were painted anew before it, and their scans run again. Dice is the mean of "
        f"both labels over whole scans, as downloaded.\n\n{times}\n\n{dice}\n"
    )


def _row(outcome: Outcome, scans: Sequence[str]) -> list[str]:
    before, after = ([scores[scan] for scan in scans] for scores in (outcome.before, outcome.after))
    return [str(len(scans)), f"{fmean(before):.3f}", f"{fmean(after):.3f}", f"{min(after):.3f}"]


if __name__ == "__main__":
    sys.exit(main())
