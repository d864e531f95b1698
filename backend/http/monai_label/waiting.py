"""Waiting for the run that labels an image."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from backend.asker import Asker
from backend.http.work import ApiWork
from fewshot_sam.errors import OperationCancelled

if TYPE_CHECKING:
    from backend.services import Services

FIRST_LOOK_S, LOOK_EVERY_S = 0.1, 1.0


async def labelled(
    services: Services, work: ApiWork, asker: Asker, volume_id: str, check: Callable[[], None]
) -> str:
    """The mask of an image, once its run is done; ends the run where ``check`` raises."""
    inference = services.monai_label.inference
    begun = await work.write(inference.begin, asker, volume_id)
    if isinstance(begun, str):
        return begun
    wait_s = FIRST_LOOK_S
    try:
        while (mask_id := await run_in_threadpool(inference.mask_of, asker, begun.id)) is None:
            await asyncio.sleep(wait_s)
            wait_s = min(LOOK_EVERY_S, 1.5 * wait_s)
            check()
    except OperationCancelled:
        await work.write(services.runs.cancel, asker, begun.id)
        raise
    return mask_id
