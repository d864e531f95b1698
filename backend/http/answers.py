"""JSON answers that can always be written, whatever text or number was stored."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.responses import JSONResponse


class JsonAnswer(JSONResponse):
    """ASCII JSON: half a surrogate pair, as in a damaged DICOM text, is escaped; NaN becomes null."""

    def render(self, content: Any) -> bytes:
        """The bytes of the answer."""
        try:
            return _dump(content)
        except ValueError:  # a number that is not finite
            return _dump(_finite(content))


def _dump(content: Any) -> bytes:
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
