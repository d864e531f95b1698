"""What a person chooses about a run: the method, the encoder and the seed; which there are, and their words.

The server offers and checks the choice, the worker follows it; neither torch nor an encoder is loaded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fewshot_sam.encoders.registry import CHECKPOINT_FILES, ENCODER_NAMES
from fewshot_sam.methods.registry import DEFAULT_METHOD
from fewshot_sam.methods.upgrade import upgrade_method
from storage.models import RunRow

if TYPE_CHECKING:
    from backend.config import Config

CHECKPOINT_SUFFIXES = (".pth", ".pt")
MAX_CHECKPOINTS = 32
"""Checkpoints of a folder that are offered, the first by name."""


class MethodChoice(NamedTuple):
    """A method that the page offers.

    Attributes:
        title: what people call it.
        summary: what is special about it.
        reads_orthogonal: it reads slices of the orthogonal planes too.
    """

    title: str
    summary: str
    reads_orthogonal: bool


METHOD_CHOICES: dict[str, MethodChoice] = {
    DEFAULT_METHOD: MethodChoice(
        "Three planes", "Learns from slices of all three planes; measured best", True
    ),
    "sam_decoder": MethodChoice("SAM's decoder", "As in the paper, on the plane you paint in", False),
}
"""Methods that learn, by name; the draft, which does not, is shown before their result anyway."""

ENCODER_TITLES = {
    "lite-medsam": "LiteMedSAM",
    "sam-vit-b": "SAM ViT-B",
    "sam-vit-l": "SAM ViT-L",
    "sam-vit-h": "SAM ViT-H",
    "medsam": "MedSAM",
}


@dataclass(frozen=True)
class RunChoice:
    """What was chosen for a run.

    Attributes:
        encoder: a name of :meth:`Encoders.installed`, or a checkpoint's path; None for the server's.
    """

    method: str = DEFAULT_METHOD
    encoder: str | None = None
    seed: int = 0

    @classmethod
    def of_run(cls, run: RunRow) -> RunChoice:
        """That of a run; those of earlier versions had the server's encoder and seed 0."""
        fit = run.settings.get("fit")
        method = fit.get("method", DEFAULT_METHOD) if isinstance(fit, dict) else DEFAULT_METHOD
        return cls(upgrade_method(str(method)), run.encoder, run.seed or 0)

    @property
    def reads_orthogonal(self) -> bool:
        """Whether the method reads slices of the orthogonal planes."""
        choice = METHOD_CHOICES.get(self.method)
        return choice is None or choice.reads_orthogonal


DEFAULT_CHOICE = RunChoice()
"""What is encoded for in the background."""


class Encoders:
    """The encoders that are installed here: those that come with the program or were downloaded, checkpoints
    in the folder ``checkpoints`` of the data folder, and the one that the server is configured with."""

    def __init__(self, config: Config) -> None:
        self._configured = config.encoder
        self._folder = config.checkpoints_folder

    @property
    def default(self) -> str:
        """The name of the one that the server is configured with; of a checkpoint its file's name."""
        return self._configured if self._configured in ENCODER_NAMES else Path(self._configured).name

    def installed(self) -> dict[str, str]:
        """Titles by name, the default first."""
        names = [self.default, *(name for name in ENCODER_NAMES if self._is_here(name)), *self._checkpoints()]
        return {name: encoder_title(name) for name in names}

    def source(self, name: str) -> str | None:
        """What an installed encoder, or a checkpoint's path, is loaded from; None if it is not here."""
        if name == self.default:
            return self._configured
        if name in ENCODER_NAMES:
            return name if self._is_here(name) else None
        try:
            path = self._folder / name if Path(name).name == name else Path(name).expanduser()
            return str(path) if path.suffix in CHECKPOINT_SUFFIXES and path.is_file() else None
        except (OSError, RuntimeError, ValueError):  # a name too long, of an unknown home, not to be read
            return None

    def installed_as(self, name: str) -> str | None:
        """The installed encoder that a model's file names so, a checkpoint without its ending; or None."""
        stems = {Path(each).stem: each for each in self._checkpoints()}
        if Path(self.default).suffix in CHECKPOINT_SUFFIXES:
            stems[Path(self.default).stem] = self.default
        return name if name in self.installed() else stems.get(name)

    def _is_here(self, name: str) -> bool:
        file = CHECKPOINT_FILES.get(name)
        return file is None or (self._folder / file).is_file()

    def _checkpoints(self) -> list[str]:
        """Names of other files in the folder of checkpoints."""
        if not self._folder.is_dir():
            return []
        found = sorted(path.name for path in self._folder.iterdir() if path.suffix in CHECKPOINT_SUFFIXES)
        return [name for name in found if name not in CHECKPOINT_FILES.values()][:MAX_CHECKPOINTS]


def method_title(name: str) -> str:
    """What people call a method; the draft is the one that learns nothing and is not offered."""
    return METHOD_CHOICES[name].title if name in METHOD_CHOICES else "Draft"


def encoder_title(name: str) -> str:
    """What people call an encoder; of a checkpoint its file's name."""
    return ENCODER_TITLES.get(name, Path(name).stem if name.endswith(CHECKPOINT_SUFFIXES) else name)
