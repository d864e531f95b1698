"""Nobody gets at what another person reads blind: by no id, in no list, through no model."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.audit_trail import read_trail
from backend.http.routes import build_api
from backend.schemas.enums import AccountRole
from storage.models import ModelRow, RunRow, VolumeRow
from storage.readings import ReadingRow
from tests.backend.accounts_helpers import account_id, person
from tests.backend.reading_helpers import PAINT, Study
from tests.backend.route_bodies import BODIES
from tests.backend.test_http_extremes import routes_of
from ui.page import STATIC_DIR


def reaching(study: Study) -> list[tuple[str, str]]:
    """Every route whose path names a volume, or something that hangs on one."""
    named = ("{volume_id}", "{run_id}", "{mask_id}")
    found = [route for route in routes_of(build_api(study.services)) if any(n in route[1] for n in named)]
    assert len(found) >= 30
    return found


@pytest.mark.parametrize("who", ["cy", "vera"])
def test_no_route_answers_with_anothers_reading(study: Study, who: str) -> None:
    client: TestClient = getattr(study, who)
    found = {}
    for method, path in reaching(study):
        url = path.format(archive="main", **study.bens)
        answer = client.request(method, url, **BODIES.get((method, path), {}))
        found[method, path] = answer.status_code
    refused = {403, 404} if who == "vera" else {404}  # a reviewer writes nothing anyhow
    assert {route: status for route, status in found.items() if status not in refused} == {}
    assert {status for (method, _), status in found.items() if method == "GET"} == {404}


def test_the_walk_would_find_the_readers_own(study: Study) -> None:
    for method, path in reaching(study):
        if method == "GET" and not path.endswith(("/preview.nii", "/thumbnail.png", "{value}")):
            answer = study.ben.get(path.format(**study.bens))
            assert answer.status_code in (200, 409), (path, answer.text)


def test_a_reader_does_not_see_the_scan_itself(study: Study) -> None:
    for who in (study.ben, study.cy):
        for method, path in reaching(study):
            if "{run_id}" in path or "{mask_id}" in path:
                continue
            answer = who.request(
                method,
                path.format(**{**study.bens, "volume_id": study.scan}),
                **BODIES.get((method, path), {}),
            )
            assert answer.status_code in (403, 404), (method, path, answer.text)  # 403: a manager's alone


def test_lists_leave_out_what_is_blind(study: Study) -> None:
    assert study.volumes(study.ben) == {study.bens["volume_id"], study.other}
    assert study.volumes(study.cy) == {study.cys, study.other}
    assert study.volumes(study.vera) == {study.scan, study.other}
    assert study.volumes(study.ada) == {study.scan, study.bens["volume_id"], study.cys, study.other}
    for who, count in ((study.ben, 2), (study.cy, 2), (study.vera, 2), (study.ada, 4)):
        listed = who.get("/api/projects").json()
        assert [each["volume_count"] for each in listed] == [count]
    assert study.cy.get(f"/api/projects/{study.project}/models").json() == []
    assert len(study.ben.get(f"/api/projects/{study.project}/models").json()) == 1
    assert [each["volumes"] for each in study.cy.get(f"/api/projects/{study.project}/batches").json()] == [[]]


def test_nothing_of_a_project_tells_of_a_reading(study: Study) -> None:
    ends = ("scores", "report", "models", "batches", "deleted", "")
    asked = [(study.cy, "reading 1", end) for end in ends] + [(study.vera, ", reading", end) for end in ends]
    for who, hidden, end in asked:
        answer = who.get(f"/api/projects/{study.project}/{end}".rstrip("/"))
        assert answer.status_code == 200, answer.text
        for word in (hidden, study.bens["volume_id"], study.bens["mask_id"], "secret"):
            assert word not in answer.text, word


def test_no_run_learns_from_it_and_no_model_of_it_is_applied(study: Study) -> None:
    study.cy.put(f"/api/volumes/{study.cys}/annotations/axial/1", **PAINT)
    study.ada.put(f"/api/volumes/{study.other}/annotations/axial/1", **PAINT)
    study.ada.put(f"/api/volumes/{study.scan}/annotations/axial/1", **PAINT)
    asked = study.cy.post(
        f"/api/volumes/{study.cys}/runs", json={"kind": "propagate", "sources": [study.bens["volume_id"]]}
    )
    assert asked.status_code == 404
    predicted = study.cy.post(
        f"/api/volumes/{study.cys}/runs", json={"kind": "predict", "model_id": study.bens["model_id"]}
    )
    assert predicted.status_code == 404
    newest = study.cy.post(f"/api/volumes/{study.cys}/runs", json={"kind": "predict"})
    assert "no few-shot model yet" in newest.text
    runs = {
        study.cys: study.cy.post(f"/api/volumes/{study.cys}/runs", json={"kind": "propagate"}),
        study.other: study.ada.post(f"/api/volumes/{study.other}/runs", json={"kind": "propagate"}),
    }
    learnt = {study.cys: {study.cys, study.other}, study.other: {study.other, study.scan}}
    with study.services.database.read() as session:
        for volume, answer in runs.items():
            run = session.get_one(RunRow, answer.json()["id"])
            assert {each["volume_id"] for each in run.sources or []} == learnt[volume]
            assert run.warm_start_model_id is None


def test_not_even_its_reader_carries_a_model_out_of_it(study: Study) -> None:
    body = {"kind": "predict", "model_id": study.bens["model_id"]}
    for answer in (
        study.ben.post(f"/api/volumes/{study.other}/runs", json=body),
        study.ben.post(f"/api/projects/{study.project}/batches", json={"model_id": study.bens["model_id"]}),
    ):
        assert "learnt from a blind reading" in answer.text
    default = study.ada.post(f"/api/volumes/{study.other}/runs", json={"kind": "predict"})
    assert "no few-shot model yet" in default.text
    assert study.ben.post(f"/api/volumes/{study.bens['volume_id']}/runs", json=body).status_code == 201
    study.ben.put(f"/api/volumes/{study.other}/annotations/axial/1", **PAINT)
    sources = {"kind": "propagate", "sources": [study.bens["volume_id"]]}
    asked = study.ben.post(f"/api/volumes/{study.other}/runs", json=sources)
    assert "is a reading, which only runs on it learn from" in asked.text
    for who, address in ((study.ben, "/file"), (study.ben, ""), (study.ada, "/file")):
        refused = who.get(f"/api/models/{study.bens['model_id']}{address}")
        assert refused.status_code == 409 and "being read blind" in refused.text


def test_no_batch_touches_a_reading(study: Study) -> None:
    with study.services.database.write() as session:
        model = ModelRow(
            project_id=study.project, plane="axial", encoder="e", labels=[], blob="b", sources=[]
        )
        session.add(model)
        session.flush()
        model_id = model.id
    body = {"model_id": model_id, "volumes": [study.bens["volume_id"]]}
    named = study.ada.post(f"/api/projects/{study.project}/batches", json=body)
    assert "readings not" in named.text
    batch = study.ada.post(f"/api/projects/{study.project}/batches", json={"model_id": model_id}).json()
    assert {each["volume_id"] for each in batch["volumes"]} == {study.scan, study.other}


def test_deleting_a_label_does_not_tell_who_painted_with_it(study: Study) -> None:
    (label,) = study.cy.get(f"/api/projects/{study.project}").json()["labels"]
    for force in ("", "?force=true"):
        answer = study.cy.delete(f"/api/labels/{label['id']}{force}")
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "frozen"
        assert "slice" not in answer.text
    assert study.ben.get(f"/api/volumes/{study.bens['volume_id']}/annotations").json()[0]["values"] == [1]


def test_the_owner_sees_all_and_paints_in_none(study: Study) -> None:
    address = f"/api/volumes/{study.bens['volume_id']}"
    assert study.ada.get(f"{address}/annotations").status_code == 200
    for method, path in reaching(study):
        if method != "GET" and "{archive}" not in path:  # what is sent away changes nothing here
            answer = study.ada.request(method, path.format(**study.bens), **BODIES.get((method, path), {}))
            assert answer.status_code in (403, 409), (method, path, answer.text)  # 409: read by somebody
    told = study.ada.get(f"{address}/readings").json()
    assert told["may_see_all"]
    assert not study.cy.get(f"/api/volumes/{study.cys}/readings").json()["may_see_all"]


def test_an_administrator_from_outside_sees_no_reading(study: Study) -> None:
    root = person(study.services, STATIC_DIR, "Root", AccountRole.ADMIN)
    assert study.volumes(root) == {study.scan, study.other}
    assert root.get(f"/api/masks/{study.bens['mask_id']}").status_code == 404


def test_who_reads_and_owns_is_blind_too(study: Study) -> None:
    for reader, volume in ((study.ben, study.bens["volume_id"]), (study.cy, study.cys)):
        reader.put(f"/api/volumes/{volume}/annotations/axial/2", **PAINT)
        assert study.finish(reader, volume).status_code == 200
    me, ben = (account_id(study.services, name) for name in ("Ada", "Ben"))
    began = study.ada.post(f"/api/volumes/{study.scan}/readings", json={"readers": [me, ben]})
    mine = [each["volume_id"] for each in began.json()["readings"] if each["is_mine"] and each["volume_id"]]
    assert study.volumes(study.ada) == {*mine, study.other}
    # Neither by deleting her own nor by ending it unseen: what is ended is not gone on with.
    deleted = study.ada.delete(f"/api/volumes/{mine[0]}")
    assert deleted.status_code == 409 and "blind" in deleted.text
    assert study.finish(study.ada, mine[0], "end").status_code == 200
    assert study.scan in study.volumes(study.ada)
    refused = study.ada.put(f"/api/volumes/{mine[0]}/annotations/axial/1", **PAINT)
    assert refused.status_code == 409 and "frozen" in refused.text


def test_with_the_last_finished_reading_all_is_seen_and_frozen(study: Study) -> None:
    ben_reads, cy_reads = study.bens["volume_id"], study.cys
    assert "nothing in this reading yet" in study.finish(study.cy, cy_reads).text
    first = study.finish(study.ben, ben_reads).json()
    assert [each["state"] for each in first["readings"]] == ["finished", "reading"]
    refused = study.ben.put(f"/api/volumes/{ben_reads}/annotations/axial/2", **PAINT)
    assert refused.status_code == 409 and "is finished, so nothing was changed" in refused.text
    assert study.volumes(study.cy) == {cy_reads, study.other}
    assert study.finish(study.ben, ben_reads, "take-back").status_code == 200
    assert study.ben.put(f"/api/volumes/{ben_reads}/annotations/axial/2", **PAINT).status_code == 200
    study.finish(study.ben, ben_reads)
    study.cy.put(f"/api/volumes/{cy_reads}/annotations/axial/1", **PAINT)
    last = study.finish(study.cy, cy_reads).json()
    assert [each["state"] for each in last["readings"]] == ["revealed", "revealed"]
    for who in (study.ada, study.ben, study.cy, study.vera):
        assert study.volumes(who) == {study.scan, ben_reads, cy_reads, study.other}
        assert who.get(f"/api/masks/{study.bens['mask_id']}").status_code == 200
    assert study.finish(study.ben, ben_reads, "take-back").status_code == 409
    assert study.cy.put(f"/api/volumes/{cy_reads}/annotations/axial/2", **PAINT).status_code == 409


def test_the_voxels_stay_while_a_volume_needs_them(study: Study) -> None:
    study.finish(study.ada, study.scan, "end")
    with study.services.database.read() as session:
        keys = set(session.scalars(select(VolumeRow.voxel_blob).where(VolumeRow.id != study.other)))
    assert len(keys) == 1
    for volume in (study.scan, study.cys):
        assert study.ada.delete(f"/api/volumes/{volume}").status_code == 204
        assert study.ada.delete(f"/api/deleted/{volume}").status_code == 204
    assert study.ada.get(f"/api/volumes/{study.bens['volume_id']}/voxels").status_code == 200
    with study.services.database.read() as session:  # what was read is gone, so this is a volume as any other
        assert list(session.scalars(select(ReadingRow))) == []
    assert (
        study.ben.put(f"/api/volumes/{study.bens['volume_id']}/annotations/axial/2", **PAINT).status_code
        == 200
    )


def test_deleting_for_good_spares_what_the_deleter_cannot_see(study: Study) -> None:
    """Files are counted in a session that sees everything, whoever asks."""
    assert study.cy.delete(f"/api/volumes/{study.other}").status_code == 204
    assert study.cy.delete(f"/api/deleted/{study.other}").status_code == 204
    assert study.ben.get(f"/api/masks/{study.bens['mask_id']}/voxels").status_code == 200
    assert study.ben.get(f"/api/volumes/{study.bens['volume_id']}/voxels").status_code == 200


def test_readers_can_paint_and_are_named_once(study: Study) -> None:
    person(study.services, STATIC_DIR, "Dora")
    must = "must be able to paint in this project"
    for names, why in (
        (["Ben", "Ben"], "each of them once"),
        (["Ben", "Vera"], must),
        (["Ben", "Dora"], must),
    ):
        ids = [account_id(study.services, name) for name in names]
        answer = study.ada.post(f"/api/volumes/{study.other}/readings", json={"readers": ids})
        assert answer.status_code == 422 and why in answer.text


def test_the_trail_says_who_began_and_ended_readings(study: Study) -> None:
    study.finish(study.ben, study.bens["volume_id"])
    study.finish(study.ada, study.scan, "end")
    study.ada.post(f"/api/volumes/{study.scan}/merge", json={"method": "majority"})
    study.ada.get(f"/api/volumes/{study.scan}/agreement/table")
    names = {account_id(study.services, name): name for name in ("Ada", "Ben")}
    told = [
        (names.get(each.account or ""), each.action) for each in read_trail(study.services.config.audit_file)
    ]
    assert [each for each in told if each[1].startswith("reading-") or each[1] == "export"] == [
        ("Ada", "reading-begin"),
        ("Ben", "reading-finish"),
        ("Ada", "reading-end"),
        ("Ada", "reading-merge"),
        ("Ada", "export"),
    ]


def test_only_the_owner_begins_and_ends_readings(study: Study) -> None:
    assert study.ben.post(f"/api/volumes/{study.other}/readings").status_code == 403
    assert study.finish(study.ben, study.bens["volume_id"], "end").status_code == 403
    assert study.ada.post(f"/api/volumes/{study.scan}/readings").status_code == 409
    assert "nothing" in study.ada.post(f"/api/volumes/{study.other}/readings").text


def test_no_volume_becomes_a_first_reading_as_one_is_deleted(study: Study) -> None:
    study.finish(study.ada, study.scan, "end")
    assert study.ada.delete(f"/api/volumes/{study.bens['volume_id']}").status_code == 204
    assert study.ada.delete(f"/api/deleted/{study.bens['volume_id']}").status_code == 204
    assert not study.ada.get(f"/api/volumes/{study.scan}/readings").json()["is_first"]
