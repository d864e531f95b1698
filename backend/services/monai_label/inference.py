"""Labelling an image for a program: with the project's model, or from what is painted on the image."""

from __future__ import annotations

from backend.asker import Asker
from backend.schemas.answers import RunAnswer, VolumeAnswer
from backend.schemas.enums import UNFINISHED, RunKind, RunState, VolumeState
from backend.services.masks import Masks
from backend.services.runs import RunQueue
from backend.services.volumes import Volumes
from fewshot_sam.errors import ModelError, UserError


class Inference:
    """Runs that label an image."""

    def __init__(self, volumes: Volumes, runs: RunQueue, masks: Masks) -> None:
        self._volumes = volumes
        self._runs = runs
        self._masks = masks

    def begin(self, asker: Asker, volume_id: str) -> RunAnswer | str:
        """Queue a run, or name the mask that such a run would make again.

        The project's newest model is applied; without one, or where the volume's own slices are all that is
        painted, a model is fitted to them.

        Raises:
            NotFoundError, ForbiddenError: the asker may not run anything on such a volume.
            ModelError: there is no model, and nothing is painted that one could be fitted to.
            ConflictError: a run on this volume has not ended.
        """
        volume = self._volumes.get(asker, volume_id)
        if (mask_id := self._mask_that_is_there(asker, volume)) is not None:
            return mask_id
        if self._runs.models(asker, volume.project_id):
            return self._runs.create(asker, volume_id, RunKind.PREDICT)
        if not volume.painted[volume.plane]:
            raise ModelError(
                "This project has no few-shot model yet, and nothing is painted on this image. Save a label "
                "of some slices, then train, or infer on the image that it is of."
            )
        return self._runs.create(asker, volume_id, RunKind.PROPAGATE)

    def mask_of(self, asker: Asker, run_id: str) -> str | None:
        """The mask of a run that is done; None while it is not.

        Raises:
            UserError: it failed, for the reason that it gives, or it was cancelled.
        """
        run = self._runs.get(asker, run_id)
        if run.state in UNFINISHED:
            return None
        if run.state != RunState.DONE or run.mask_id is None:
            raise UserError(run.error or "The run was cancelled. Ask again.")
        return run.mask_id

    def current_mask(self, asker: Asker, volume_id: str) -> str | None:
        """The mask that a volume has now; None where it has none, or a draft."""
        volume = self._volumes.get(asker, volume_id)
        return None if volume.mask_draft else volume.mask_id

    def _mask_that_is_there(self, asker: Asker, volume: VolumeAnswer) -> str | None:
        """The mask of an accepted volume, which is final, or of a run with the newest model."""
        if volume.mask_id is None or volume.mask_draft:
            return None
        if volume.state is VolumeState.ACCEPTED:
            return volume.mask_id
        run = volume.run
        if run is None or run.state != RunState.DONE or run.mask_id != volume.mask_id:
            return None
        models = self._runs.models(asker, volume.project_id)
        is_newest = bool(models) and models[0].id == run.model_id
        edited = self._masks.get(asker, volume.mask_id).edited_since
        return volume.mask_id if is_newest and not edited else None
