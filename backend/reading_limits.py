"""Limits of a process that reads a file from outside, as the configuration wants them."""

from __future__ import annotations

from dataclasses import replace

from backend.config import Config
from fewshot_sam.io.sandbox.limits import MEGABYTE, ChildLimits


def reading_limits(config: Config) -> ChildLimits:
    """Of time, memory, and of what a file may become."""
    limits = ChildLimits(config.reader_timeout_s, read=config.read_limits)
    if config.reader_memory_bytes is None:
        return limits
    return replace(limits, memory_mb=config.reader_memory_bytes // MEGABYTE)
