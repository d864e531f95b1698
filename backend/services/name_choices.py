"""Codes that a label map calls otherwise than the project: which name counts is the user's to say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.names import clean_name, is_same_name
from backend.queries.projects import labels_of
from backend.schemas.enums import ErrorCode, NameChoice
from backend.schemas.limits import MAX_CODE
from backend.schemas.parts import NameConflictAnswer
from backend.services.labels import add_label
from fewshot_sam.data.label_names import LabelName
from storage.models import LabelRow, ProjectRow

_NAMED = 3
"""Codes that a sentence names."""


@dataclass(frozen=True)
class NameChoices:
    """What was answered: for all codes, or for each."""

    for_all: NameChoice | None = None
    by_code: Mapping[int, NameChoice] = field(default_factory=dict)

    @classmethod
    def parsed(cls, text: str | None) -> NameChoices:
        """From a form's field: one of the choices, or a JSON object of them by code.

        Raises:
            InvalidRequestError: it is neither.
        """
        if not text:
            return cls()
        try:
            if not text.startswith("{"):
                return cls(NameChoice(text))
            stated = json.loads(text)
            return cls(None, {_code(code): NameChoice(choice) for code, choice in stated.items()})
        except (ValueError, TypeError, RecursionError):
            raise InvalidRequestError(
                f"The field names must be {', '.join(NameChoice)}, or these by code as JSON, such as "
                f'{{"1": "keep"}}, got {text[:40]!r}.'
            ) from None

    def of(self, code: int) -> NameChoice | None:
        """The answer for a code; None where there is none yet."""
        return self.by_code.get(code, self.for_all)


def _code(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > MAX_CODE:
        raise ValueError("no code")
    return int(text)


def values_of_codes(
    session: Session,
    project: ProjectRow,
    codes: Sequence[int],
    names: Mapping[int, LabelName],
    choices: NameChoices,
) -> tuple[dict[int, int], list[LabelRow]]:
    """Label value for each code of a label map, and the labels that had to be made or renamed.

    Raises:
        ConflictError: code "label_choice": codes have other names in the project, and no choice was made.
    """
    ours = {label.code: label for label in project.labels}
    others = [
        code for code in codes if code in names and code in ours and not _agree(ours[code], names[code])
    ]
    if unanswered := [code for code in others if choices.of(code) is None]:
        raise _conflict([_described(ours[code], names[code]) for code in unanswered])
    values = {code: ours[code].value for code in codes if code in ours}
    changed = [
        add_label(session, project, _name(code, names), _color(code, names), code)
        for code in codes
        if code not in ours
    ]
    values |= {label.code: label.value for label in changed}
    for code in others:
        if choices.of(code) is NameChoice.TAKE:
            ours[code].name = clean_name(names[code].name, "label")
            ours[code].color = names[code].color or ours[code].color
            changed.append(ours[code])
    taken = [ours[code] for code in others if choices.of(code) is NameChoice.TAKE]
    _require_names_of_their_own(session, project, taken)
    for code in others:
        if choices.of(code) is NameChoice.NEW:
            label, is_new = _under_its_own_code(session, project, names[code])
            values[code] = label.value
            changed += [label] if is_new else []
    return values, changed


def _require_names_of_their_own(session: Session, project: ProjectRow, renamed: Sequence[LabelRow]) -> None:
    """Raise InvalidRequestError where a taken name is another label's: two could not be told apart."""
    labels = labels_of(session, project.id) if renamed else []
    for label in renamed:
        for other in labels:
            if other.id != label.id and is_same_name(other.name, label.name):
                raise InvalidRequestError(
                    f"Code {label.code} cannot be called '{label.name}' as in the file, because another "
                    "label is. Keep the project's name, or import it into the label of that name."
                )


def _agree(label: LabelRow, named: LabelName) -> bool:
    return is_same_name(label.name, clean_name(named.name, "label"))


def _name(code: int, names: Mapping[int, LabelName]) -> str:
    return names[code].name if code in names else f"label {code}"


def _color(code: int, names: Mapping[int, LabelName]) -> str | None:
    return names[code].color if code in names else None


def _under_its_own_code(session: Session, project: ProjectRow, named: LabelName) -> tuple[LabelRow, bool]:
    """The project's label of this name, made if there is none, and whether it was."""
    for label in labels_of(session, project.id):
        if _agree(label, named):
            return label, False
    return add_label(session, project, named.name, named.color), True


def _described(ours: LabelRow, theirs: LabelName) -> NameConflictAnswer:
    return NameConflictAnswer(
        code=ours.code, name=ours.name, color=ours.color, file_name=theirs.name, file_color=theirs.color
    )


def _conflict(conflicts: list[NameConflictAnswer]) -> ConflictError:
    named = [f"{each.code} is '{each.name}' here and '{each.file_name}' there" for each in conflicts[:_NAMED]]
    more = f", and {len(conflicts) - _NAMED} more" if len(conflicts) > _NAMED else ""
    return ConflictError(
        "Each code must mean the same label in the project and in the label map, but code "
        f"{', '.join(named)}{more}. Choose which name counts.",
        code=ErrorCode.LABEL_CHOICE,
        labels=[each.model_dump() for each in conflicts],
    )
