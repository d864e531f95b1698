"""Which tests may run at the same time, in the processes of pytest-xdist (``--numprocesses 2``)."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

BROWSER_TESTS = "tests/e2e/"
LONGEST = (
    "tests/fewshot_sam/encoders/test_sam_vit.py",
    "tests/torture/",
    "tests/backend/test_canaries_over_http.py",
    "tests/backend/test_real_method.py",
    "tests/backend/test_extremes.py",
    "tests/fewshot_sam/cli/test_cli.py",
    "tests/fewshot_sam/test_segmenter_fit.py",
)
"""What takes most processor time in one file: begun last, it keeps one process when the other has ended."""


def place_in_line(nodeid: str) -> int:
    """A test's turn, the smallest first: the browser takes longest, then ``LONGEST``, then all others."""
    starts = (BROWSER_TESTS, *LONGEST)
    return next((place for place, start in enumerate(starts) if nodeid.startswith(start)), len(starts))


class FilesSideBySide(LoadFileScheduling):
    """A file's tests stay in one process, for the fixtures they share, and so do all tests in the browser.

    The app, its worker and the browser take all cores already: two of them at once would only make both slow.
    """

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else str(super()._split_scope(nodeid))
