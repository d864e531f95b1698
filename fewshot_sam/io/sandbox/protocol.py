"""What the reading child and its parent agree on: names of files, and the bounds of an answer.

The child cuts what it takes from files to these lengths; the parent refuses what is longer, because
a hostile file may have taken the child over.
"""

from __future__ import annotations

REQUEST_FILE = "request.json"
ANSWER_FILE = "answer.json"
VOXELS_FILE = "voxels.npy"
SLICES_FILE = "slices.npy"
COLOUR_FILE = "colour.npy"
HEADERS_FILE = "headers.z"
ANSWERS = (VOXELS_FILE, SLICES_FILE, COLOUR_FILE)
"""Files that may be as large as the child's memory; all others together are its temporary disk."""

MAX_ANSWER_BYTES = 4 * 2**20
MAX_HEADERS_BYTES = 8 * 2**20
"""As fewshot_sam.io.dicom.source_headers allows, which the parent does not import; a test compares them."""
MAX_NAME = 255
MAX_TEXT = 1000
MAX_MESSAGE = 4000
MAX_CHOICES = 500
MAX_PLANES = 3
MAX_METADATA = 32
MAX_PRESETS = 16
MAX_PICTURES = 20_000
MAX_AXIS = 2**20
"""Voxels along an axis. What one may open is decided by the limits of reading; this bounds arithmetic."""
