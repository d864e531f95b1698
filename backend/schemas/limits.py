"""Bounds, thresholds, colours and names that server, worker and page share."""

from __future__ import annotations

MAX_CODE = 65535
"""Largest code of a label in exported files; the smallest is 1."""
MAX_LABEL_VALUE = 255
"""Largest value of a label in painted bytes; 0 is background."""
MAX_NAME_LENGTH = 200
MAX_FORMAT_LENGTH = 32
MAX_FORMATS = 8
"""Of one download."""
MAX_SLICE_INDEX = 100_000
MAX_VERSION = 2**31
MAX_SETTINGS = 50
MAX_ENCODER_LENGTH = 1000
"""Of an encoder's name, or of a checkpoint's path."""
MAX_SEED = 2**31 - 1
MAX_KEEP_DAYS = 3650
"""Of a project's rule: days after its last change until it is deleted."""
DAYS_IN_BIN = 30
"""So long what is deleted can be restored."""
MAX_POINTS = 32
"""Points of one prompt."""
MAX_COMMENT_LENGTH = 2000
"""Characters of a review's comment, or of a reason."""
MAX_COMMENTS = 500
"""Comments and replies of one volume."""
MAX_REVIEW_STEPS = 1000
"""Of one volume."""
MAX_READERS = 5
"""People who read a scan blind at a time."""
MAX_READINGS = 6
"""Of one scan, earlier ones too."""
MAX_VOLUMES = 1000
"""Volumes that one request names."""
MAX_LISTED = 200
"""Versions, runs and models in one answer, the newest: a client can make any number of them."""

MAX_MODEL_BYTES = 256 * 1024**2
"""Of a model's file that is brought; that of a decoder has 16 MB."""

CERTAIN = 255
"""Confidence of a voxel of which the mask is certain."""
UNCERTAIN_BELOW = 204
"""Below this confidence (80 %) a voxel is shown, and counted in ``slice_uncertainty``, as uncertain."""

QUALITY_BANDS = (("good", 0.85), ("fair", 0.7), ("poor", 0.0))
"""Name of an expected Dice, and the lowest value that is called so."""

# Far from each other and from every grey, for normal vision and without one kind of cone (protanopia,
# deuteranopia, tritanopia); tests/backend/schemas/test_palette.py measures it.
LABEL_PALETTE = (
    "#eb0da4", "#9bfcc8", "#ba64fe", "#f8fe17", "#3ca577", "#d4b3fe",
    "#cdab25", "#8e771a", "#b7ea7f", "#1ece83", "#b18ed3", "#9d9747",
)  # fmt: skip
"""Colours of new labels, in the order in which they are given out; chosen for the dark ground of images."""
EARLIER_LABEL_PALETTE = (
    "#ff6b5e", "#4cc9f0", "#ffd166", "#7ae582", "#c77dff", "#ff9f1c",
    "#2ec4b6", "#ff7ab8", "#b8e05c", "#8ab4ff", "#e0a98f", "#d9d9d9",
)  # fmt: skip
"""Colours that labels of earlier versions were given, and keep."""

DEMO_PROJECT = "Demo: head MR"
"""Name of the project that every newcomer finds."""
DEMO_SOURCE = "demo"
"""``source_name`` of the demo's volume."""
