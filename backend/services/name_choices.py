"""Codes that a label map calls otherwise than the project: which name counts is the user's to say.

A name that was made up here, because no file had one, is nobody's choice: it gives way to a file's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.names import clean_name, is_same_name
from backend.queries.answers import label_answer
from backend.queries.projects import labels_of
from backend.schemas.answers import LabelAnswer
from backend.schemas.enums import ErrorCode, NameChoice
from backend.schemas.limits import EARLIER_LABEL_PALETTE, LABEL_PALETTE
from backend.schemas.parts import NameConflictAnswer
from backend.services.labels import add_label
from backend.services.name_answers import NameChoices
from fewshot_sam.data.label_names import LabelName
from storage.models import LabelRow, ProjectRow

_NAMED = 3
"""Codes that a sentence names."""


@dataclass(frozen=True)
class CodeLabels:
    """The labels of a label map's codes.

    Attributes:
        values: label value for each code.
        made: labels that had to be made.
        renamed: labels that were renamed, each with what it was before.
        notes: sentences about codes that became one label.
    """

    values: dict[int, int] = field(default_factory=dict)
    made: list[LabelRow] = field(default_factory=list)
    renamed: list[tuple[LabelRow, LabelAnswer]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rename(self, label: LabelRow, named: LabelName, color: str | None) -> None:
        """Call a label as a file does, which says what it is as well: that of the old name is gone."""
        self.renamed.append((label, label_answer(label)))
        label.term = named.term.to_dict() if named.term else None
        label.name, label.color = clean_name(named.name, "label"), color or label.color


def labels_of_codes(
    session: Session,
    project: ProjectRow,
    codes: Sequence[int],
    names: Mapping[int, LabelName],
    choices: NameChoices,
    by_name: bool = False,
) -> CodeLabels:
    """Find the project's labels of the codes of a label map; make and rename what is needed.

    Args:
        by_name: the codes are numbers that their file counted: a name says which label is meant, and nothing
            is asked.

    Raises:
        ConflictError: code "label_choice": codes have other names in the project, and no choice was made.
    """
    if by_name:
        return _labels_of_names(session, project, codes, names)
    ours, found = {label.code: label for label in project.labels}, CodeLabels()
    others = [code for code in codes if code in names and code in ours and _differ(ours[code], names[code])]
    for code in others:
        if choices.of(code) is None and _gives_way(session, ours[code], names[code]):
            found.rename(ours[code], names[code], _color_over_ours(ours[code], names[code]))
    others = [code for code in others if _differ(ours[code], names[code])]
    if unanswered := [code for code in others if choices.of(code) is None]:
        raise _conflict([_described(ours[code], names[code]) for code in unanswered])
    for code in codes:
        if code not in ours:
            term = names[code].term if code in names else None
            found.made.append(
                add_label(session, project, _name(code, names), _color(code, names), code, term)
            )
    found.values.update({code: ours[code].value for code in codes if code in ours})
    found.values.update({label.code: label.value for label in found.made})
    taken = [code for code in others if choices.of(code) is NameChoice.TAKE]
    for code in taken:
        found.rename(ours[code], names[code], names[code].color)
    _require_names_of_their_own(session, project, [ours[code] for code in taken])
    for code in others:
        if choices.of(code) is NameChoice.NEW:
            label, is_new = _of_name(session, project, names[code])
            found.values[code] = label.value
            found.made.extend([label] if is_new else [])
    return found


def _labels_of_names(
    session: Session, project: ProjectRow, codes: Sequence[int], names: Mapping[int, LabelName]
) -> CodeLabels:
    """The project's labels of the names; those that are made get the file's codes where these are free."""
    found = CodeLabels()
    for code in codes:
        taken = {label.code for label in labels_of(session, project.id)}
        named = names.get(code, LabelName(_made_up(code)))
        label, is_new = _of_name(session, project, named, None if code in taken else code)
        found.values[code] = label.value
        found.made.extend([label] if is_new else [])
    counts = Counter(found.values.values())
    found.notes.extend(
        f"{counts[label.value]} segments are called '{label.name}' and became one label."
        for label in labels_of(session, project.id)
        if counts[label.value] > 1
    )
    return found


def _differ(label: LabelRow, named: LabelName) -> bool:
    """Whether a file calls a label's code otherwise; a name that was made up says nothing."""
    return not _agree(label, named) and not _is_made_up(label.code, named.name)


def _gives_way(session: Session, label: LabelRow, named: LabelName) -> bool:
    """Whether nobody has named a label, and no other one has the file's name for it."""
    others = [each for each in labels_of(session, label.project_id) if each.id != label.id]
    return _is_made_up(label.code, label.name) and not any(_agree(each, named) for each in others)


def _made_up(code: int) -> str:
    """The name of a label that no file names."""
    return f"label {code}"


def _is_made_up(code: int, name: str) -> bool:
    return is_same_name(name.strip(), _made_up(code))


def _color_over_ours(label: LabelRow, named: LabelName) -> str | None:
    """The file's colour where nobody has chosen one."""
    return named.color if label.color in LABEL_PALETTE + EARLIER_LABEL_PALETTE else None


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
    return names[code].name if code in names else _made_up(code)


def _color(code: int, names: Mapping[int, LabelName]) -> str | None:
    return names[code].color if code in names else None


def _of_name(
    session: Session, project: ProjectRow, named: LabelName, code: int | None = None
) -> tuple[LabelRow, bool]:
    """The label of this name, made (of this code or a free one) if there is none, and whether it was made."""
    for label in labels_of(session, project.id):
        if _agree(label, named):
            return label, False
    return add_label(session, project, named.name, named.color, code, term=named.term), True


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
