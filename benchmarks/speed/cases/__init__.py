"""Every case, in the order of the table."""

from __future__ import annotations

from benchmarks.speed.case import SpeedCase
from benchmarks.speed.cases import cuda, encode_volumes, encoder, large, method, outline, scaling

CASES: tuple[SpeedCase, ...] = (
    encoder.CASE,
    *encode_volumes.CASES,
    *method.CASES,
    outline.CASE,
    large.CASE,
    scaling.CASE,
    cuda.CASE,
)
