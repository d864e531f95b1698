"""What Gradio's endpoints ask for: files of a caller in, files and a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.calls.files import CallFiles
from backend.calls.requests import MASK_FILE, MODEL_FILE, EvaluateCall, PredictCall, PropagateCall
from backend.calls.runner import CallRunner
from backend.config import Config
from backend.errors import InvalidRequestError


class Calls:
    """Carries out calls of other programs.

    Args:
        runner: made of configuration and files; of tests a toy.
    """

    def __init__(
        self, config: Config, make_runner: Callable[[Config, CallFiles], CallRunner] = CallRunner
    ) -> None:
        self.files = CallFiles(config.uploads_folder, by_account=config.auth)
        self._runner = make_runner(config, self.files)

    def stop(self) -> None:
        """End what is being carried out."""
        self._runner.stop()

    def propagate(
        self, owner: str, sent: Mapping[str, object], options: Mapping[str, Any]
    ) -> tuple[str, str | None, dict[str, Any]]:
        """Paths, for the caller, of the mask and of the model, if that was asked for; and the report.

        Raises:
            NotFoundError: a file was not sent, or is gone.
            InvalidRequestError: an option is none.
            UserError: see :meth:`CallRunner.run`.
        """
        with self._received(owner, sent) as files:
            report, made = self._runner.run(_checked(PropagateCall, {**files, **options}), owner)
        model = made / MODEL_FILE
        path = self.files.path_of(model) if model.is_file() else None
        return self.files.path_of(made / MASK_FILE), path, report

    def predict(
        self, owner: str, sent: Mapping[str, object], options: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The path of the mask, and the report; raises as :meth:`propagate`."""
        with self._received(owner, sent) as files:
            report, made = self._runner.run(_checked(PredictCall, {**files, **options}), owner)
        return self.files.path_of(made / MASK_FILE), report

    def evaluate(self, owner: str, sent: Mapping[str, object], options: Mapping[str, Any]) -> dict[str, Any]:
        """The report; raises as :meth:`propagate`."""
        with self._received(owner, sent) as files:
            report, made = self._runner.run(_checked(EvaluateCall, {**files, **options}), owner)
        self.files.delete(made)
        return report

    @contextmanager
    def _received(self, owner: str, sent: Mapping[str, object]) -> Iterator[dict[str, Path]]:
        """The files that were sent, by parameter; they are deleted when the call ends, however it does."""
        found = {name: self.files.found(path, owner) for name, path in sent.items()}
        try:
            yield found
        finally:
            for folder in {path.parent for path in found.values()}:
                self.files.delete(folder)


def _checked(kind: Any, given: Mapping[str, Any]) -> Any:
    """A call, its options checked. Raises InvalidRequestError."""
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidRequestError(f"{f'{where}: ' if where else ''}{what[:300]}.") from None
