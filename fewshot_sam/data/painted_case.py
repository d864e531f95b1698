"""Volumes with painted slices, checked and made ready for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import AnnotationError


@dataclass(frozen=True, eq=False)
class PaintedCase:
    """A volume and its painted slices.

    Attributes:
        display: canonical slice index to (rows, columns) uint16 label map in display orientation.
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
        annotations: slices, or an (I, J, K) integer label map on the volume's source grid.
        plane: must be the annotations'; for a label map default the volume's ``default_plane``.

    Returns:
        The painted slices in display orientation.

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


def common_codes(cases: Sequence[PaintedCase]) -> tuple[int, ...]:
    """All labels painted on any of the volumes, ascending.

    Raises:
        AnnotationError: if there is no volume or label, or the volumes are painted in different planes.
    """
    if not cases:
        raise AnnotationError("At least one volume with painted slices is needed, got none.")
    planes = {case.plane for case in cases}
    if len(planes) > 1:
        raise AnnotationError(
            f"All volumes must be painted in one plane, got {' and '.join(sorted(planes))}."
        )
    codes = tuple(sorted({code for case in cases for code in case.codes}))
    if not codes:
        raise AnnotationError("At least one slice must be painted with a label before this can run.")
    return codes


def known_painted(
    painted: dict[int, np.ndarray], codes: tuple[int, ...], allow_unknown: bool
) -> dict[int, np.ndarray]:
    """The painted slices a model of these labels can be guided by: all, or none if a label is unknown to it.

    Args:
        painted: slice index to (rows, columns) uint16 label map.
        codes: labels the model knows.
        allow_unknown: return none instead of raising.

    Raises:
        AnnotationError: if a label is unknown.
    """
    found = {int(value) for image in painted.values() for value in np.unique(image)} - {0}
    unknown = sorted(found - set(codes))
    if unknown and not allow_unknown:
        raise AnnotationError(
            f"The painted slices hold label {unknown[0]}, which the model does not know "
            f"(it knows {', '.join(map(str, codes))}); fit it again."
        )
    return {} if unknown else painted
