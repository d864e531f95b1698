"""What is said where segments of a label map overlapped, and one of them was told to count."""

from __future__ import annotations

from fewshot_sam.data.label_reading import Overlap


def overlap_note(name: str, voxels: int, overlap: Overlap) -> str:
    """A sentence on voxels that several segments of a file hold."""
    which = "earlier" if overlap is Overlap.FIRST else "later"
    counted = "1 voxel is" if voxels == 1 else f"{voxels} voxels are"
    return f"Segments of '{name}' overlap: {counted} the {which} one's, in the order of the file."
