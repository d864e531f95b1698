"""The speed section of benchmarks/RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.speed.cases import CASES
from benchmarks.speed.machine import versions
from benchmarks.speed.store import CaseResult
from benchmarks.speed.table import rows_table, unmet


def section_text(results: Sequence[CaseResult], command: str) -> str:
    """Heading, how it was measured, the table, and what is missing; Markdown."""
    if not results:
        return "## Speed and memory\n\nNothing measured yet."
    judged = [row for result in results for row in result.rows if row.target]
    missed = [row for result in results for row in unmet(result.rows)]
    parts = [
        "## Speed and memory",
        heading(results, command),
        f"Targets: {len(judged) - len(missed)} of {len(judged)} met.",
        rows_table(list(zip(titles(results), (result.rows for result in results), strict=True))),
        *not_run(results),
    ]
    return "\n\n".join(parts)


def titles(results: Sequence[CaseResult]) -> list[str]:
    """Each case's title; those of another machine than the first case's name theirs."""
    usual = results[0].machine
    return [
        result.title if result.machine == usual else f"{result.title} ({result.machine})"
        for result in results
    ]


def heading(results: Sequence[CaseResult], command: str) -> str:
    """What the figures were measured on, and how to read them."""
    machines = "; ".join(dict.fromkeys(result.machine for result in results))
    dates = sorted({result.date for result in results})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    threads = "/".join(str(n) for n in sorted({result.threads for result in results}))
    busiest = max(result.load_average for result in results)
    return (
        f"Written by `{command}`, {days}: {machines}, {threads} threads, {versions()}. Load average when a "
        f"case began: at most {busiest:.1f}. Medians of n runs, the first included; what takes over 20 s is "
        "run twice. Each part runs in a process of its own; peak memory is that process's, mapped files "
        "included (1 MB is 10^6 bytes). Embeddings are in the cache unless the case is about encoding. The "
        "stages of the median run stand under remark."
    )


def not_run(results: Sequence[CaseResult]) -> list[str]:
    """A line for GPU cases that are not in the table."""
    there = {result.name for result in results}
    missing = [case.title for case in CASES if case.cuda and case.name not in there]
    return [f"Left out, for want of a CUDA device: {', '.join(missing)}."] if missing else []
