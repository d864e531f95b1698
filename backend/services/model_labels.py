"""Which of a project's labels the labels of a model are: by name, else by code; what is left is made.

No two labels of a model become one: its network tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.names import is_same_name, tidy_name
from backend.queries.projects import labels_of
from backend.schemas.enums import ErrorCode, NameChoice
from backend.schemas.parts import NameConflictAnswer
from backend.services.labels import add_label
from backend.services.name_answers import NameChoices
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.methods.about import ModelAbout
from storage.models import LabelRow, ProjectRow


@dataclass(frozen=True)
class PlannedLabel:
    """What a label of a model becomes.

    Attributes:
        name: the file's, as a label is called in a project, or "label 3" where it names none.
        term: what it is, where the file says so.
        label: the project's label that it is; None: one is made.
        asked: they have the code in common and not the name, so a person says whether they are the same.
    """

    code: int
    name: str
    color: str | None
    term: SegmentTerm | None
    label: LabelRow | None
    asked: bool = False


def plan_labels(about: ModelAbout, ours: Sequence[LabelRow]) -> list[PlannedLabel]:
    """The plan for each code of a model, ascending.

    A label of the same name is the one, whatever its code; nobody is asked of a code that has no name on
    either side.
    """
    named = {label.code: name for label in about.card.labels if (name := tidy_name(label.name))}
    known = {label.code: (label.color, label.term) for label in about.card.labels}
    found: dict[int, LabelRow] = {}
    for code in sorted(about.codes):
        label = next((each for each in ours if code in named and is_same_name(each.name, named[code])), None)
        if label is not None and label not in found.values():
            found[code] = label
    plans = []
    for code in sorted(about.codes):
        asked = False
        if code not in found:
            same_code = next((each for each in ours if each.code == code), None)
            if same_code is not None and same_code not in found.values():
                found[code] = same_code
                asked = code in named and not is_same_name(same_code.name, f"label {code}")
        name = named.get(code, f"label {code}")
        plans.append(PlannedLabel(code, name, *known.get(code, (None, None)), found.get(code), asked))
    return plans


@dataclass(frozen=True)
class ModelLabels:
    """The project's label of each code of a model, and those that were made for it."""

    by_code: dict[int, LabelRow]
    made: list[LabelRow]


def labels_of_model(
    session: Session, project: ProjectRow, about: ModelAbout, choices: NameChoices
) -> ModelLabels:
    """Find the labels of a model, and make those that are missing, in a writing session.

    Args:
        choices: keep or new for each code that is asked about: the project's label, or one that is made.

    Raises:
        ConflictError: code "label_choice": a code is asked about, and no choice was made.
        InvalidRequestError: the project has no room for so many labels, or a choice is another one.
    """
    ours = labels_of(session, project.id)
    plans = plan_labels(about, ours)
    if unanswered := [plan for plan in plans if plan.asked and choices.of(plan.code) is None]:
        raise _conflict(unanswered)
    if any(plan.asked and choices.of(plan.code) is NameChoice.TAKE for plan in plans):
        raise InvalidRequestError("A label of a model can be kept as the project's (keep) or made (new).")
    by_code: dict[int, LabelRow] = {}
    made = []
    for plan in plans:
        if plan.label is not None and not (plan.asked and choices.of(plan.code) is NameChoice.NEW):
            by_code[plan.code] = plan.label
    taken = {label.code for label in ours}
    for plan in plans:
        if plan.code not in by_code:
            code = None if plan.code in taken else plan.code
            by_code[plan.code] = add_label(session, project, plan.name, plan.color, code, plan.term)
            taken.add(by_code[plan.code].code)
            made.append(by_code[plan.code])
    return ModelLabels(by_code, made)


def _conflict(plans: Sequence[PlannedLabel]) -> ConflictError:
    conflicts = [
        NameConflictAnswer(
            code=plan.code,
            name=plan.label.name,
            color=plan.label.color,
            file_name=plan.name,
            file_color=plan.color,
        )
        for plan in plans
        if plan.label is not None
    ]
    first = conflicts[0]
    return ConflictError(
        f"Code {first.code} is '{first.name}' in the project and '{first.file_name}' in the model. Say for "
        "each such code whether both are the same label (keep) or a label is made for the model (new).",
        code=ErrorCode.LABEL_CHOICE,
        labels=[each.model_dump() for each in conflicts],
    )
