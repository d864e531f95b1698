"""Models as files: what one holds, out of a project, into another. Neither torch nor an encoder is loaded.

In a project the codes of a model are label values, in a file they are the labels' codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.blobs import require_blob, stored_again
from backend.choices import METHOD_CHOICES, Encoders, encoder_title, method_title
from backend.config import Config
from backend.errors import ConflictError, InvalidRequestError
from backend.exports.base import ExportFile
from backend.exports.file_names import safe_stem
from backend.queries.access import get_model, get_project
from backend.queries.answers import label_answer
from backend.queries.model_answers import model_answers
from backend.queries.projects import labels_of
from backend.records.models import put_model
from backend.schemas.limits import MAX_CODE, MAX_LABEL_VALUE, MAX_MODEL_BYTES
from backend.schemas.model_files import (
    CheckedModelAnswer,
    ImportedModelAnswer,
    ModelFileAnswer,
    ModelFileLabel,
    PlannedLabelAnswer,
)
from backend.schemas.parts import iso
from backend.services.model_labels import ModelLabels, labels_of_model, plan_labels
from backend.services.name_answers import NameChoices
from fewshot_sam import __version__
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.shared_model import SharedModel
from storage.blobs import BlobStore, sha256_of
from storage.database import Database
from storage.models import LabelRow, ModelRow, utc_now
from storage.readings import ReadingRow

SUFFIX = ".fewshot.safetensors"


class ModelFiles:
    """Exports and imports models."""

    def __init__(self, database: Database, blobs: BlobStore, config: Config) -> None:
        self._database = database
        self._blobs = blobs
        self._encoders = Encoders(config)
        self._temporary_folder = config.temporary_folder

    def describe(self, asker: Asker, model_id: str) -> ModelFileAnswer:
        """What a model's file would hold, before anything is typed for it.

        Raises:
            NotFoundError: there is no such model for the asker.
            ConflictError: it learnt from what is being read blind.
            DamagedDataError, ModelError: its stored file cannot be read.
        """
        shared, file_bytes = self._shared(asker, model_id)
        return ModelFileAnswer(**_described(shared, file_bytes))

    def export(
        self, asker: Asker, model_id: str, title: str, author: str, licence: str, note: str
    ) -> ExportFile:
        """The model's file, with what was typed for it. Raises as :meth:`describe` does."""
        shared, _ = self._shared(asker, model_id)
        shared = shared.with_card(shared.about.card.signed(title, author, licence, note))
        with TemporaryDirectory(dir=self._temporary_folder) as folder:
            path = Path(folder) / f"model{SUFFIX}"
            shared.save(path)
            content = path.read_bytes()
        name = safe_stem(shared.about.card.title or "model")
        return ExportFile(f"{name}{SUFFIX}", "application/octet-stream", content)

    def check(self, asker: Asker, project_id: str, files: Sequence[Path]) -> CheckedModelAnswer:
        """What a file holds, and what its labels would become in a project; nothing is kept.

        Raises:
            NotFoundError: there is no such project for the asker.
            ModelError: the file cannot be used here.
            InvalidRequestError: there is not one file.
        """
        path = _one(files)
        shared, _ = self._read(path)
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            plans = plan_labels(shared.about, labels_of(session, project.id))
        return CheckedModelAnswer(
            **_described(shared, path.stat().st_size),
            sha256=sha256_of(path),
            plan=[
                PlannedLabelAnswer(
                    code=plan.code,
                    name=plan.name,
                    color=plan.color,
                    label_id=plan.label.id if plan.label else None,
                    label_name=plan.label.name if plan.label else None,
                    asked=plan.asked,
                )
                for plan in plans
            ],
        )

    def import_model(
        self, asker: Asker, project_id: str, files: Sequence[Path], names: str | None = None
    ) -> ImportedModelAnswer:
        """Take a file as a model of a project; labels that it knows and the project lacks are made.

        Args:
            names: keep or new, or these by code as JSON, where codes have other names in the project.

        Raises:
            NotFoundError: there is no such project for the asker.
            ModelError: the file cannot be used here.
            ConflictError: code "label_choice": ``names`` has to be said; or labels were changed meanwhile.
            InvalidRequestError: there is not one file, or the project cannot hold so many labels.
        """
        path, choices = _one(files), NameChoices.parsed(names)
        shared, encoder = self._read(path)
        digest = sha256_of(path)
        with self._database.write() as session:  # asked before the file is stored; nothing is made
            values = _values(_labels(session, asker, project_id, shared, choices))
            session.rollback()

        def store() -> ImportedModelAnswer:
            key = put_model(self._blobs, shared.recoded(values).save)
            with self._database.write() as session:
                require_blob(self._blobs, key)
                labels = _labels(session, asker, project_id, shared, choices)
                if _values(labels) != values:
                    raise ConflictError(
                        "The project's labels were changed while the model was read. Use the file again."
                    )
                row = _row(asker, project_id, shared, encoder, labels, key, digest)
                session.add(row)
                session.flush()
                made = [label_answer(label) for label in labels.made]
                return ImportedModelAnswer(model=model_answers(session, [row])[0], made=made)

        return stored_again(store)

    def _shared(self, asker: Asker, model_id: str) -> tuple[SharedModel, int]:
        """A project's model with codes and names as its labels have them now, and the bytes of its file."""
        with self._database.read() as session:
            model = get_model(session, asker, model_id)
            _require_not_blind(session, model)
            labels = labels_of(session, model.project_id)
        path = self._blobs.verified_path(model.blob)
        stored = SharedModel.read(path)
        names = _file_labels(stored.about.codes, model, labels)
        shared = stored.recoded({value: code for value, (code, _, _) in names.items()})
        said = {each.value: SegmentTerm.from_dict(each.term) for each in labels if each.term}
        terms = {code: said.get(value) for value, (code, _, _) in names.items()}
        card = replace(
            shared.about.card.named({code: (name, color) for code, name, color in names.values()}, terms),
            program=f"Few-shot SAM {__version__}",
            created=shared.about.card.created or model.created_at.date().isoformat(),
            seed=model.seed if shared.about.card.seed is None else shared.about.card.seed,
        )
        return shared.with_card(card), path.stat().st_size

    def _read(self, path: Path) -> tuple[SharedModel, str]:
        """A file from outside, and the installed encoder that it needs. Raises ModelError."""
        shared = SharedModel.read(path, MAX_MODEL_BYTES)
        about = shared.about
        if about.method not in METHOD_CHOICES:
            raise ModelError(
                f"{path.name} holds nothing that was learnt: the method {about.method} only interpolates. "
                "Fit a model with another method."
            )
        if len(about.codes) > MAX_LABEL_VALUE:
            raise ModelError(
                f"{path.name} knows {len(about.codes)} labels; a project can hold {MAX_LABEL_VALUE} at most."
            )
        encoder = self._encoders.installed_as(about.encoder)
        if encoder is None:
            raise ModelError(_missing_encoder(path.name, about.encoder[:80], about.encoder_identity[:80]))
        return shared, encoder


def _one(files: Sequence[Path]) -> Path:
    if len(files) != 1:
        raise InvalidRequestError(f"Choose one file of a model, ending in .safetensors; got {len(files)}.")
    return files[0]


def _require_not_blind(session: Session, model: ModelRow) -> None:
    """A file says nothing of where it comes from, so that others could use what a reading taught it."""
    ids = [model.volume_id, *(source["volume_id"] for source in model.sources or [])]
    learnt_from = or_(ReadingRow.volume_id.in_(ids), ReadingRow.of_id.in_(ids))
    query = select(ReadingRow.volume_id).where(learnt_from, ReadingRow.revealed_at.is_(None)).limit(1)
    if session.scalar(query) is not None:
        raise ConflictError(
            "This few-shot model learnt from a scan that is being read blind, so it is not written to a file "
            "until all of its readers have finished. Wait for that, or end the readings first."
        )


def _missing_encoder(file: str, name: str, identity: str) -> str:
    title = encoder_title(name)
    how = (
        f"`python -m fewshot_sam encode IMAGE --encoder {name}` on the server downloads it once"
        if title != name
        else f"copy that checkpoint, as {name}.pth, to the folder checkpoints of the server's data folder"
    )
    return (
        f"{file} was made with the encoder {title} ({identity}), which is not installed here, and works with "
        f"no other. To use it, {how}; then use the file again."
    )


def _file_labels(
    values: Sequence[int], model: ModelRow, labels: Sequence[LabelRow]
) -> dict[int, tuple[int, str, str | None]]:
    """Code, name and colour of a model's label values: as they are now, of deleted labels as they were."""
    now = {label.value: (label.code, label.name, label.color) for label in labels}
    then = {label["value"]: (label["code"], label["name"], label["color"]) for label in model.labels}
    found: dict[int, tuple[int, str, str | None]] = {value: now[value] for value in values if value in now}
    used = {code for code, _, _ in found.values()}
    for value in (each for each in values if each not in now):
        code, name, color = then.get(value, (value, f"label {value}", None))
        free = next(each for each in (code, *range(1, MAX_CODE + 1)) if each not in used)
        used.add(free)
        found[value] = (free, name, color)
    return found


def _labels(
    session: Session, asker: Asker, project_id: str, shared: SharedModel, choices: NameChoices
) -> ModelLabels:
    return labels_of_model(session, get_project(session, asker, project_id), shared.about, choices)


def _values(labels: ModelLabels) -> dict[int, int]:
    return {code: label.value for code, label in labels.by_code.items()}


def _row(
    asker: Asker,
    project_id: str,
    shared: SharedModel,
    encoder: str,
    labels: ModelLabels,
    key: str,
    digest: str,
) -> ModelRow:
    about, told = shared.about, shared.description()
    held = sorted(labels.by_code.values(), key=lambda label: label.value)
    return ModelRow(
        project_id=project_id,
        plane=about.plane.value,
        encoder=about.encoder_identity[:200],
        method=about.method,
        encoder_name=encoder,
        seed=about.card.seed,
        sources=[],
        labels=[label_answer(label).model_dump(exclude={"term"}) for label in held],
        imported={
            "by": asker.id,
            "at": iso(utc_now()),
            "sha256": digest,
            **{name: told[name] for name in ("title", "author", "licence", "pictures")},
        },
        blob=key,
    )


def _described(shared: SharedModel, file_bytes: int) -> dict[str, Any]:
    """Fields of a :class:`ModelFileAnswer`."""
    found = shared.description()
    dice: Mapping[int, float | None] = found.pop("cross_validated_dice")
    names = {label["code"]: label for label in found.pop("labels")}
    labels = [
        ModelFileLabel(
            code=code,
            name=names[code]["name"] if code in names else "",
            color=names[code]["color"] if code in names else None,
            dice=dice.get(code),
        )
        for code in found.pop("codes")
    ]
    del found["volumes"]
    return {
        **found,
        "labels": labels,
        "method_title": method_title(found["method"]),
        "encoder_title": encoder_title(found["encoder"]),
        "file_bytes": file_bytes,
    }
