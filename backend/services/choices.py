"""Method, encoder and seed of a run: what can be chosen here, and what was asked for, checked."""

from __future__ import annotations

from typing import Any, NamedTuple

from backend.choices import METHOD_CHOICES, Encoders, RunChoice
from backend.config import Config
from backend.schemas.parts import EncoderChoiceAnswer, MethodChoiceAnswer
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.registry import DEFAULT_METHOD, settings_class
from fewshot_sam.methods.upgrade import upgrade_method


class AskedChoice(NamedTuple):
    """What a request names; None is the default.

    Attributes:
        afresh: fit from scratch, even where there is a model to go on from.
        sources: ids of the other volumes to learn from; None for all that are painted in the run's plane.
    """

    method: str | None = None
    encoder: str | None = None
    seed: int | None = None
    afresh: bool = False
    sources: tuple[str, ...] | None = None


NOTHING_ASKED = AskedChoice()
_SHOWN_CHARACTERS = 80


class Choices:
    """What a run can be asked for on this server."""

    def __init__(self, config: Config) -> None:
        self._encoders = Encoders(config)
        self._takes_paths = not config.multi_user

    def methods(self) -> list[MethodChoiceAnswer]:
        """The methods that are offered, the default first."""
        return [
            MethodChoiceAnswer(name=name, title=choice.title, summary=choice.summary)
            for name, choice in METHOD_CHOICES.items()
        ]

    def encoders(self) -> list[EncoderChoiceAnswer]:
        """The encoders that are installed, the default first."""
        installed = self._encoders.installed()
        return [EncoderChoiceAnswer(name=name, title=title) for name, title in installed.items()]

    def of(self, asked: AskedChoice, settings: dict[str, Any]) -> tuple[RunChoice, dict[str, Any]]:
        """The choice, with the server's encoder where none is named, and the settings with its method.

        Where a method is asked for, prediction starts from the settings that measured best for it.

        Raises:
            ModelError: the method or the encoder is none that is offered here, or the settings name another
                method.
        """
        encoder = self._installed(asked.encoder)
        if asked.method is not None:
            settings = _with_method(asked.method, settings)
        fit = settings.get("fit")
        named = fit.get("method") if isinstance(fit, dict) else None
        method = upgrade_method(named) if isinstance(named, str) else DEFAULT_METHOD
        return RunChoice(method, encoder, asked.seed or 0), settings

    def _installed(self, asked: str | None) -> str:
        """The name of an encoder; never a path where there are several users, who may name no files."""
        if asked is None:
            return self._encoders.default
        installed = self._encoders.installed()
        if asked in installed or (self._takes_paths and self._encoders.source(asked) is not None):
            return asked
        or_path = ", or the path of a SAM checkpoint (.pth) on this machine" if self._takes_paths else ""
        raise ModelError(
            f"The encoder must be one of {', '.join(installed)}{or_path}, got {asked[:_SHOWN_CHARACTERS]!r}."
        )


def _with_method(method: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings in which a method is named; those that are given stay as they are. Raises ModelError."""
    if method not in METHOD_CHOICES:
        raise ModelError(
            f"The method must be one of {', '.join(METHOD_CHOICES)}, got {method[:_SHOWN_CHARACTERS]!r}."
        )
    parts = {"fit": {"method": method}, "predict": dict(settings_class(method).predict_defaults)}
    for name, defaults in parts.items():
        given = settings.get(name, {})
        if not isinstance(given, dict):  # refused by Settings.from_json, with its sentence
            return settings
        parts[name] = {**defaults, **given}
    if parts["fit"]["method"] != method:
        raise ModelError("The setting fit.method and the method must be the same; leave one of them out.")
    return {**settings, **{name: part for name, part in parts.items() if part}}
