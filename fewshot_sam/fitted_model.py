"""A fitted network, what it was fitted for, and its way into a model file and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from fewshot_sam.decoder import FewShotDecoder
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.errors import ModelError
from fewshot_sam.fit_decoder import empty_decoder
from fewshot_sam.fit_planes import empty_head
from fewshot_sam.geometry import Plane
from fewshot_sam.model_file import ModelFile
from fewshot_sam.planes_head import PlanesHead
from fewshot_sam.windowing import Window

Network = FewShotDecoder | PlanesHead
_OURS = {
    "answering",
    "plane",
    "codes",
    "encoder",
    "encoder_identity",
    "window",
    "volumes",
    "folds",
    "left_out",
}
_SEGMENTERS = {"settings", "fit"}


@dataclass(eq=False)
class FittedModel:
    """A fitted network and what it was fitted for.

    Attributes:
        volumes: content hash to depth in mm of the volumes it was fitted on, in their order.
        folds, left_out: see :class:`fewshot_sam.fit_planes.FittedHead`; empty for a decoder.
    """

    network: Network
    codes: tuple[int, ...]
    plane: Plane
    window: Window | None
    encoder_name: str
    encoder_identity: str
    volumes: dict[str, float]
    folds: dict[str, int] = field(default_factory=dict)
    left_out: dict[int, float | None] = field(default_factory=dict)

    def to_file(self, about: dict[str, Any]) -> ModelFile:
        """As safetensors hold it.

        Args:
            about: of the segmenter, JSON values: "settings" and "fit".
        """
        mine = {
            "answering": getattr(self.network, "answering", None),
            "plane": str(self.plane),
            "codes": list(self.codes),
            "encoder": self.encoder_name,
            "encoder_identity": self.encoder_identity,
            "window": [self.window.low, self.window.high] if self.window else None,
            "volumes": list(self.volumes.items()),
            "folds": self.folds,
            "left_out": [[code, dice] for code, dice in self.left_out.items()],
        }
        return ModelFile(self.network.state_dict(), mine | about)

    @classmethod
    def from_file(cls, file: ModelFile, encoder: Encoder, device: torch.device, name: str) -> FittedModel:
        """Inverse of :meth:`to_file`.

        Args:
            file: see :func:`require_saved`.
            name: of the file, for messages.

        Raises:
            ModelError: if the model was made with another encoder, or by a version with other networks.
        """
        about = file.about
        if encoder.identity != about["encoder_identity"]:
            raise ModelError(
                f"The model {name} was made with the encoder {about['encoder']}, "
                f"and cannot run with {encoder.name}."
            )
        return cls(
            network=_load_network(file, encoder, name).to(device).eval(),
            codes=tuple(about["codes"]),
            plane=Plane(about["plane"]),
            window=Window(*about["window"]) if about["window"] else None,
            encoder_name=about["encoder"],
            encoder_identity=about["encoder_identity"],
            volumes=dict(about["volumes"]),
            folds=about["folds"],
            left_out=dict(about["left_out"]),
        )


def require_saved(file: ModelFile, name: str) -> None:
    """Check that a file holds all that this version reads.

    Raises:
        ModelError: if it does not.
    """
    if not file.about.keys() >= _OURS | _SEGMENTERS:
        raise ModelError(f"{name} was made by another version; fit the model again.")


def _load_network(file: ModelFile, encoder: Encoder, name: str) -> Network:
    """The network of a model's file."""
    try:
        if "prototypes" in file.state:
            network: Network = empty_decoder(file.state["prototypes"], encoder)
        else:
            network = empty_head(file.state, file.about["answering"])
        network.load_state_dict(file.state)
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{name} does not fit this version's networks; fit the model again.") from error
    return network
