"""Content security policies: what a browser may load, run, speak with and show in a frame, by kind of answer.

- The workspace, all that a person sees, is a document of its own: nothing inline, nothing evaluated,
  nothing from elsewhere. An injected script would not run, and could send nothing away if it did.
- Gradio's page around it runs the inline scripts that the server itself put there, told by their
  hashes, and evaluates nothing. Its styles are inline, so those are allowed; it holds nothing of a user.
- All else, answers of the API and files, is no document and may do nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from backend.config import Config

_HUGGING_FACE = "https://huggingface.co"
_OWN_FILES = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "font-src", "connect-src"), "'self'"),
}
_NO_DETOURS = {"object-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}


@dataclass(frozen=True)
class ContentPolicies:
    """Values of ``Content-Security-Policy``.

    Attributes:
        frame_ancestors: who may show an answer in a frame: this site, on a Space Hugging Face's page too.
    """

    frame_ancestors: str

    @classmethod
    def for_config(cls, config: Config) -> ContentPolicies:
        """Policies as the configuration wants them."""
        if not config.on_spaces:
            return cls("'self'")
        own = [f"https://{config.space_host}"] if config.space_host else []
        return cls(" ".join(["'self'", _HUGGING_FACE, *own]))

    def answer(self) -> str:
        """For what is no document."""
        return self._text({"default-src": "'none'"})

    def workspace(self) -> str:
        """For the document that the scripts of ui/static build."""
        return self._text({**_OWN_FILES, "img-src": "'self' data: blob:"})  # NiiVue's font is a data: image

    def login(self) -> str:
        """For the documents where passwords are typed: nothing but their own few files."""
        return self._text({**_OWN_FILES, "img-src": "data:"})

    def shell(self, scripts: Iterable[bytes] = ()) -> str:
        """For Gradio's page.

        Args:
            scripts: texts of the inline scripts that the server put into it.
        """
        sources = dict.fromkeys(["'self'", *(_hash_source(script) for script in scripts)])
        return self._text(
            {
                "default-src": "'none'",
                "script-src": " ".join(sources),
                "style-src": "'self' 'unsafe-inline'",
                "font-src": "'self' data:",
                "img-src": "'self' data:",
                "connect-src": "'self'",
                "manifest-src": "'self'",
                "frame-src": "'self'",
                "base-uri": "'self'",  # Gradio states one
            }
        )

    def _text(self, directives: dict[str, str]) -> str:
        all_of_them = {**_NO_DETOURS, **directives, "frame-ancestors": self.frame_ancestors}
        return "; ".join(f"{name} {sources}" for name, sources in all_of_them.items())


def _hash_source(script: bytes) -> str:
    """The source expression of an inline script; browsers hash it with line ends as LF."""
    text = script.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
