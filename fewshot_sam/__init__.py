"""Few-shot SAM: label anatomy in medical volumes from a few painted slices. Research use only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.segmenter import FewShotSegmenter

__all__ = ["FewShotSegmenter", "Volume", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load torch only when it is needed: the command line's --help must not wait for it."""
    if name == "FewShotSegmenter":
        from fewshot_sam.segmenter import FewShotSegmenter

        return FewShotSegmenter
    if name == "Volume":
        from fewshot_sam.data.volume import Volume

        return Volume
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
