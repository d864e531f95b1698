"""Names that database rows, requests, answers and the page share.

Each is a StrEnum, so columns hold the plain text. Planes and stages are those of the library.
"""

from __future__ import annotations

from enum import StrEnum


class RunKind(StrEnum):
    """What a run does."""

    PROPAGATE = "propagate"  # fit a model to the painted slices, then label the volume
    PREDICT = "predict"  # label the volume with an existing model
    TAKE = "take"  # put what is painted over the volume's mask, by no model; done when it is asked for


class RunState(StrEnum):
    """Where a run stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch stands."""

    RUNNING = "running"  # a volume of it waits or runs
    DONE = "done"  # each volume has its mask, or failed
    CANCELLED = "cancelled"  # it stands still, and can be resumed


class EncodingState(StrEnum):
    """Where the encoding of a volume's slices stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class VolumeState(StrEnum):
    """How far the work on a volume is."""

    NEW = "new"
    PAINTED = "painted"  # slices of it are
    PREDICTED = "predicted"  # a run has labelled all of it
    IN_REVIEW = "in_review"  # somebody said that it is ready for review
    ACCEPTED = "accepted"  # a reviewer accepted it: it is frozen until it is reopened


class TrainingLayout(StrEnum):
    """Layouts of training sets that a project can be downloaded in."""

    NNUNET = "nnunet"
    DECATHLON = "decathlon"  # of MONAI
    BIDS = "bids"


class ReadingState(StrEnum):
    """Where a blind reading stands, or of the volume that is read, where its readings do."""

    READING = "reading"
    FINISHED = "finished"  # by its reader, who waits for the others and can take it back until then
    REVEALED = "revealed"  # all are finished, or were ended: everybody sees it, and nobody changes it


class MergeMethod(StrEnum):
    """How readings of a scan are merged."""

    MAJORITY = "majority"  # what more than half of them say
    STAPLE = "staple"  # weighted by how far each agrees with all
    READING = "reading"  # as one of them has it


class ReviewState(StrEnum):
    """Where the review of a volume stands."""

    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"  # with open comments
    ACCEPTED = "accepted"


class ReviewStep(StrEnum):
    """What was done in a volume's review."""

    READY = "ready"
    WITHDRAWN = "withdrawn"  # taken back by who works on it
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    REOPENED = "reopened"


class SliceState(StrEnum):
    """What a version of a slice says."""

    PAINTED = "painted"
    EMPTY = "empty"  # reviewed, and it holds nothing
    CLEARED = "cleared"  # nothing, as if it had never been painted
    INTERPOLATED = "interpolated"  # filled in between painted slices; nobody has accepted it


class DeletedKind(StrEnum):
    """What can be deleted and restored."""

    PROJECT = "project"
    VOLUME = "volume"
    LABEL = "label"


class PromptKind(StrEnum):
    """What can be drawn on a slice for the encoder's own decoder to outline."""

    BOX = "box"
    POINT = "point"


class AccountRole(StrEnum):
    """What a person who logs in may do."""

    ANNOTATOR = "annotator"  # has projects, paints and runs
    REVIEWER = "reviewer"  # reads and reviews; changes no paint
    ADMIN = "admin"


class ProjectRole(StrEnum):
    """What a person may do in a project that is shared with them."""

    ANNOTATOR = "annotator"  # paints, runs, imports, renames and deletes labels and volumes
    REVIEWER = "reviewer"  # looks, exports, reviews and comments; changes no paint


class Stay(StrEnum):
    """What who gives a project away may still do in it."""

    PAINT = "paint"
    LOOK = "look"
    LEAVE = "leave"  # nothing: it is shared with that person no longer


class ProjectAccess(StrEnum):
    """What the asker is to a project."""

    OWNER = "owner"
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"


class NameChoice(StrEnum):
    """What becomes of a code that a label map calls otherwise than the project."""

    KEEP = "keep"  # the project's label keeps its name
    TAKE = "take"  # it is renamed as the file calls the code
    NEW = "new"  # what is painted belongs to the label of the file's name, made with a code of its own


class PaintChoice(StrEnum):
    """What becomes of slices that a label map would change, where a person has painted or reviewed them."""

    KEEP = "keep"  # they stay as they are
    MERGE = "merge"  # the label map's labels go where nothing is painted
    REPLACE = "replace"  # they become as in the label map


class GridChoice(StrEnum):
    """What becomes of a label map that lies on another grid than its volume."""

    NEAREST = "nearest"  # each voxel of the volume gets the label nearest to it


class ErrorCode(StrEnum):
    """What kind of error an answer tells, for programs; its message is for people."""

    BAD_REQUEST = "bad_request"
    BAD_TYPE = "bad_type"
    BUSY = "busy"
    CONFLICT = "conflict"
    DAMAGED = "damaged"
    DISK_FULL = "disk_full"
    FORBIDDEN = "forbidden"
    FROZEN = "frozen"
    GRID_CHOICE = "grid_choice"
    HALF_CHOICE = "half_choice"
    INTERNAL = "internal"
    LABEL_CHOICE = "label_choice"
    LOGIN_REQUIRED = "login_required"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_FOUND = "not_found"
    OVERLAP_CHOICE = "overlap_choice"
    PAINT_CHOICE = "paint_choice"
    PICTURES_CHOICE = "pictures_choice"
    PLANE_CHOICE = "plane_choice"
    QUOTA = "quota"
    SAME_SCAN = "same_scan"
    SERIES_CHOICE = "series_choice"
    RESAMPLE_CHOICE = "resample_choice"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNKNOWN_LABEL = "unknown_label"
    USER_ERROR = "user_error"


UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
"""States of a run that has not ended."""
