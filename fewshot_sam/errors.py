"""User-correctable errors; their text is shown as it is in the UI and by the CLI.

Every message says what was wrong and what to do about it, in one or two sentences.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SeriesChoice:
    """One DICOM series of an upload that holds several, or one file of several that are a volume each.

    ``slices`` is 0 where that is not known.
    """

    series_uid: str
    description: str
    modality: str
    slices: int


@dataclass(frozen=True)
class PlaneChoice:
    """One plane that the paint of a label map fits, and how many slices of it hold a label."""

    plane: str
    slices: int


class UserError(Exception):
    """Base of all user-correctable errors. Its text is meant for people."""


class ImageFormatError(UserError):
    """A file is not a readable image, or not one of the kinds this program handles."""


class GeometryError(UserError):
    """An image's affine or slice positions cannot be used, or two grids do not match."""


class OtherGridError(GeometryError):
    """A label map is on another grid than its image; recover by reading it with ``resample``."""


class OverlapError(ImageFormatError):
    """Segments of a label map overlap; recover by reading it with ``overlap``."""


class IrregularGridError(GeometryError):
    """An image's slices form no regular stack; recover by loading it with ``resample``."""


class HalfChoiceError(ImageFormatError):
    """An image is too large for this machine; recover by loading it with ``half``, at half resolution."""


class SeriesChoiceError(UserError):
    """An upload holds more than one volume; recover by loading one of ``choices``."""

    def __init__(self, message: str, choices: list[SeriesChoice]) -> None:
        super().__init__(message)
        self.choices = choices


class PicturesChoiceError(UserError):
    """Pictures of one size may be slices of a body or unrelated; recover by saying which."""


class AnnotationError(UserError):
    """The painted slices cannot be used: none painted, wrong shape, unknown label."""


class PlaneChoiceError(AnnotationError):
    """What is painted fits several planes; recover by naming one of ``choices``."""

    def __init__(self, message: str, choices: list[PlaneChoice]) -> None:
        super().__init__(message)
        self.choices = choices


class ModelError(UserError):
    """A checkpoint or few-shot model file is missing, damaged or of another kind."""


class DeviceError(UserError):
    """The device asked for is not on this machine."""


class OperationCancelled(Exception):  # noqa: N818 - not an error
    """Raised by a progress callback to stop a running operation; not a fault."""
