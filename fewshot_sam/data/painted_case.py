"""Volumes with painted slices, checked and made ready for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.embeddings.resize import Framing, one_hot_at
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.errors import AnnotationError
from fewshot_sam.methods.sam_decoder.training import TrainingSlice
from fewshot_sam.progress import Progress


@dataclass(frozen=True, eq=False)
class PaintedCase:
    """A volume and its painted slices.

    Attributes:
        display: slice index to (rows, columns) label map in display orientation.
    """

    volume: Volume
    plane: Plane
    display: dict[int, np.ndarray]

    @property
    def codes(self) -> set[int]:
        """Labels painted anywhere."""
        return {int(value) for image in self.display.values() for value in np.unique(image)} - {0}


def painted_case(
    volume: Volume, annotations: SparseAnnotations | np.ndarray, plane: Plane | None = None
) -> PaintedCase:
    """Check annotations against their volume.

    Args:
        annotations: slices, or an integer label map on the volume's source grid.
        plane: must be the annotations'; for a label map default the volume's ``default_plane``.

    Raises:
        AnnotationError: if plane, slice indices, shapes or values do not fit.
        GeometryError: if a label map is not on the source grid.
    """
    if isinstance(annotations, np.ndarray):
        canonical = volume.source.to_canonical(annotations)
        annotations = SparseAnnotations.from_label_map(canonical, plane or volume.default_plane)
    if plane is not None and annotations.plane != plane:
        raise AnnotationError(
            f"The slices are painted in the {annotations.plane} plane, but the {plane} plane is asked for."
        )
    display = {}
    for index, image in annotations.slices.items():
        if not 0 <= index < volume.slice_count(annotations.plane):
            last = volume.slice_count(annotations.plane) - 1
            raise AnnotationError(f"Painted slice {index} must be from 0 to {last}.")
        wanted = take_slice(volume.voxels, annotations.plane, index).shape
        if image.shape != wanted:
            raise AnnotationError(f"Painted slice {index} must have shape {wanted}, got {image.shape}.")
        if not np.issubdtype(image.dtype, np.integer) or image.min() < 0 or image.max() > 65535:
            raise AnnotationError(f"Painted slice {index} must hold whole numbers from 0 to 65535.")
        display[int(index)] = np.ascontiguousarray(to_display(image)).astype(np.uint16)
    return PaintedCase(volume, annotations.plane, display)


def training_slices(
    cases: list[PaintedCase],
    codes: tuple[int, ...],
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    progress: Progress,
) -> list[TrainingSlice]:
    """The painted slices' embeddings, from the cache or encoded now, and their targets."""
    result = []
    for case in cases:
        embeddings = encode_volume(
            case.volume,
            case.plane,
            encoder,
            cache,
            window=window,
            slices=case.display,
            progress=progress,
        )
        size = Framing.of(case.volume, case.plane, encoder).mask_size
        for index, image in sorted(case.display.items()):
            embedding = torch.from_numpy(np.array(embeddings.read(index)))
            result.append(TrainingSlice(embedding, one_hot_at(image, codes, size).half()))
    return result
