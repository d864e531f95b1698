"""Which tests may run at the same time, in the processes of pytest-xdist (``--numprocesses 2``)."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

BROWSER_TESTS = "tests/e2e/"


class FilesSideBySide(LoadFileScheduling):
    """A file's tests stay in one process, for the fixtures they share, and so do all tests in the browser.

    The app, its worker and the browser take all cores already: two of them at once would only make both slow.
    """

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else str(super()._split_scope(nodeid))
