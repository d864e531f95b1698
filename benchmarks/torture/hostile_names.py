"""Names that try to be a path, a script or a formula."""

from __future__ import annotations

TOKEN = "fewshot-escaped"
"""In every traversal: a file of this name outside the data folder is an escape."""

_UP = ("../", "..\\", "....//", "..;/", "%2e%2e%2f", "..%2f", "%252e%252e%252f", "..%c0%af",
       "..%ef%bc%8f", "\u2025/", "\uff0e\uff0e/", "..\u2215", "..\u2044", ".\u200b./", "..\x00/")  # fmt: skip
TRAVERSALS = (
    *(f"{up * 6}tmp/{TOKEN}" for up in _UP),
    *(f"a/{up * 3}{TOKEN}" for up in _UP),
    *(f"{start}{TOKEN}" for start in (
        "/", "/tmp/", "//tmp/", "///", "~/", "~root/", "$HOME/", "${TMPDIR}/", "C:\\", "C:",
        "\\\\host\\share\\", "\\\\?\\C:\\", "file:///tmp/", "file://localhost/tmp/", "http://127.0.0.1/",
        "/proc/self/cwd/", "/dev/shm/", "./../", "CON/", "\n/tmp/",
    )),
)  # fmt: skip
"""Fifty."""

_CALL = "window.hits=(window.hits||0)+1"
SCRIPTS = (
    f"<script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f"<svg onload={_CALL}>",
    f'"><svg/onload={_CALL}>',
    f"'><img src=x onerror={_CALL}>",
    f"</script><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"</textarea><svg onload={_CALL}>",
    f"<iframe srcdoc='<script>parent.{_CALL}</script>'>",
    f"<details open ontoggle={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<body onload={_CALL}>",
    f"<a href=javascript:{_CALL}>x</a>",
    f"javascript:{_CALL}",
    f"${{{_CALL}}}",
    f"{{{{{_CALL}}}}}",
    f"`;{_CALL};`",
    f"';{_CALL};'",
    f"<style>@keyframes x{{}}</style><i style=animation-name:x onanimationstart={_CALL}>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={_CALL}>",
)
"""Twenty; each counts in ``window.hits`` where it is run."""

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=HYPERLINK(\"http://x.example\",\"x\")", "=cmd|'/c calc'!A1",
    "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", '"=1+1', "'=1+1", "a,=1+1", "a;=1+1", "a\t=1+1", "a|=1+1",
    "a\n=1+1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1", "\u200b=1+1", "\ufeff=1+1", "%0A=1+1",
    "=\u202e1+1",
)  # fmt: skip
