"""Nobody learns of a model that learnt from what they must not see."""

from __future__ import annotations

from storage.models import MaskRow, ModelRow, RunRow
from tests.backend.reading_helpers import Study


def test_no_mask_tells_of_a_model_that_learnt_from_what_is_blind(study: Study) -> None:
    with study.services.database.write() as session:
        models, masks = [], []
        for learnt in (study.scan, study.other):
            model = ModelRow(
                project_id=study.project, volume_id=learnt, plane="axial", encoder="e", labels=[], blob="b",
                sources=[{"volume_id": learnt}],
            )  # fmt: skip
            session.add(model)
            session.flush()
            models.append(model.id)
        for made_by in (*models, models[1]):
            run = RunRow(
                volume_id=study.other, kind="predict", plane="axial", settings={}, labels=[], state="done",
                annotation_versions={}, model_id=made_by,
            )  # fmt: skip
            session.add(run)
            session.flush()
            masks.append(MaskRow(volume_id=study.other, run_id=run.id, shape=[1], labels=[], blob="b"))
        session.add_all(masks)
    seen = [(study.ada, sorted(models)), (study.vera, sorted(models)), (study.ben, models[1:])]
    for who, shown in seen:
        answer = who.get(f"/api/volumes/{study.other}").json()
        assert (answer["mask_model_ids"], answer["mask_count"]) == (shown, 3)
