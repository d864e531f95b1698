"""The paper's first claim: about 50 % better IoU than point prompts. ``python -m benchmarks.claims``.

SAM as it comes is given 1, 3 or 5 points, or a box, for every label on every slice by an oracle that knows
the reference. Against it, with the same encoder and 5 painted slices, the paper's few-shot decoder, alone,
and ours in full. ``--encoder`` takes a checkpoint in Meta's format, such as sam_vit_b_01ec64.pth; without it
the bundled LiteMedSAM is measured, which never saw a point. Results are kept in
benchmarks/results/claims.json, each as soon as it is there, and not run again while code and checkpoint are
the same.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks import protocol
from benchmarks.accuracy import score_answer
from benchmarks.claims_report import BOX, DECODER, OURS, POINTS, claims_text
from benchmarks.methods import ALONE, SEEDS, Memory, OurMethod, Segmentation, Task, hash_files
from benchmarks.peers import sam_prompts
from benchmarks.peers.sam_prompts import PaddedEncoder, Prompter, inner_points, outline_every_slice, tight_box
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.results import Result
from benchmarks.suite_file import FOLDER, SuiteFile
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings import outline
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.encoders import prompt_decoder
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.encoders.registry import DEFAULT_ENCODER
from fewshot_sam.errors import UserError
from fewshot_sam.settings import Settings

RESULTS = SuiteFile(FOLDER / "claims.json")
BUDGET = 5
CASES = {case.name: case for case in protocol.CASES if not case.per_label}
DEFAULT_CASES = tuple(name for name, case in CASES.items() if not case.has_many_labels)
_log = logging.getLogger("benchmarks.claims")


@dataclass(frozen=True)
class PromptMethod:
    """SAM with one kind of prompt on every slice of the scored extent."""

    prompt: Prompter
    encoder: Encoder
    seeds: tuple[int, ...] = (0,)

    def run(self, task: Task, seed: int, memory: Memory) -> Segmentation:
        """Slices are encoded once for all prompts."""
        plane = task.case.plane
        slices = protocol.extent(task.reference, plane)
        cache, window = EmbeddingCache(cache_folder()), default_window(task.volume)
        embeddings = encode_volume(task.volume, plane, self.encoder, cache, window=window, slices=slices)
        started = time.monotonic()
        shown = protocol.annotate(task.reference, plane, slices)
        label_map = outline_every_slice(
            task.volume, shown, task.case.codes, self.prompt, self.encoder, embeddings.read
        )
        return Segmentation(label_map, {"total": time.monotonic() - started})

    def fingerprint(self) -> str:
        """Changes with the prompts and what answers them."""
        return hash_files([Path(module.__file__) for module in (sam_prompts, outline, prompt_decoder)])


ClaimMethod = PromptMethod | OurMethod


def claim_methods(encoder: Encoder) -> dict[str, ClaimMethod]:
    """By the name that results are kept under; all of them with one encoder."""
    # LiteMedSAM runs at a slice's own shape here; its users pad it to the square.
    padded = PaddedEncoder("auto") if isinstance(encoder, LiteMedSamEncoder) else encoder
    prompts = {name: PromptMethod(partial(inner_points, count=n), padded) for name, n in POINTS.items()}
    alone = Settings.for_method("sam_decoder", steps=ALONE)
    return {
        **prompts,
        BOX: PromptMethod(tight_box, padded),
        DECODER: OurMethod("Few-shot decoder alone", alone, SEEDS, encoder=encoder, encode_ahead=False),
        OURS: OurMethod("Ours, in full", Settings(), SEEDS, encoder=encoder, encode_ahead=False),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what has no result yet, then write the tables; the exit status is 1 if a run failed."""
    parser = _parser()
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    failed = 0
    if not args.report_only:
        try:
            encoder = load_encoder(args.encoder)
        except UserError as error:
            parser.error(str(error))
        failed = _run_all(args, encoder)
    write_section(RESULTS_FILE, "claims", claims_text(load_results(), [*CASES]))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    methods = [*POINTS, BOX, DECODER, OURS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help="path of a SAM checkpoint, or a name")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(DEFAULT_CASES))
    parser.add_argument("--methods", nargs="+", choices=methods, default=methods)
    parser.add_argument("--seeds", nargs="+", type=int, help="only these; default all of each method")
    parser.add_argument("--force", action="store_true", help="run again what has a result of the same code")
    parser.add_argument("--report-only", action="store_true", help="run nothing, write the tables again")
    return parser


def _run_all(args: argparse.Namespace, encoder: Encoder) -> int:
    """Returns how many runs failed."""
    failed, methods, memory = 0, claim_methods(encoder), Memory()
    for name in args.cases:
        case = CASES[name]
        task = Task.of(case, BUDGET, *protocol.load_case(case, protocol.data_folder()))
        for kind in args.methods:
            for seed in methods[kind].seeds:
                if not args.seeds or seed in args.seeds:
                    try:
                        _run_unless_kept(task, kind, methods[kind], seed, encoder, memory, args.force)
                    except Exception:  # must not lose the other runs; it fails the exit status
                        _log.exception("%s, %s, %s, seed %d: failed", encoder.name, name, kind, seed)
                        failed += 1
    return failed


def _run_unless_kept(
    task: Task, kind: str, method: ClaimMethod, seed: int, encoder: Encoder, memory: Memory, force: bool
) -> None:
    stored_as = f"{encoder.name}-{task.case.name}-{kind}-{seed}"
    fingerprint = f"{method.fingerprint()}-{encoder.identity}"
    kept = RESULTS.load(stored_as)
    if kept is not None and not force and kept["fingerprint"] == fingerprint:
        return
    started = time.monotonic()
    answer = method.run(task, seed, memory)
    result = score_answer(task, kind, seed, fingerprint, answer)
    about = {"encoder": encoder.name, "backend": encoder.backend, "takes_points": encoder.takes_points}
    RESULTS.save(stored_as, {**asdict(result), "details": about})
    where = f"{encoder.name}, {task.case.name}, {kind}, seed {seed}"
    _log.info("%s: IoU %.3f in %.0f s", where, result.iou, time.monotonic() - started)


def load_results() -> list[Result]:
    """All results kept."""
    return [Result(**values) for values in RESULTS.all().values()]


if __name__ == "__main__":
    sys.exit(main())
