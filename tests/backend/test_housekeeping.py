"""Privacy on disk: modes, temporary files, uploads that wait, what the log holds, and the janitor."""

from __future__ import annotations

import dataclasses
import logging
import os
import stat
import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from backend import permissions
from backend.config import Config
from backend.janitor import Janitor
from backend.logs import configure_logging
from backend.permissions import restrict_new_files, tighten
from backend.services import Services, build_services
from backend.services.housekeeping import UPLOAD_LIFETIME
from backend.temporary import empty_folder
from storage.models import UploadRow, utc_now
from tests.backend.conftest import OWNER
from tests.backend.data_folders import fill, started

FOR_OTHERS = 0o077


def modes(folder: Path) -> dict[str, int]:
    """Modes of the folder and all in it."""
    return {str(path): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def waiting_upload(services: Services, project_id: str, age: timedelta = timedelta()) -> Path:
    """The folder of an upload that waits for a series to be chosen."""
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    file = folder / "DOE^JOHN.dcm"
    file.write_bytes(b"DICM")
    created = utc_now() - age
    os.utime(file, (created.timestamp(), created.timestamp()))
    os.utime(folder, (created.timestamp(), created.timestamp()))
    with services.database.write() as session:
        session.add(UploadRow(id=folder.name, project_id=project_id, choices=[], created_at=created))
    return folder


@pytest.mark.usefixtures("one_process")
def test_nothing_in_a_new_data_folder_is_for_others(config: Config) -> None:
    restrict_new_files()

    def look(services: Services) -> None:
        fill(services)
        project = services.projects.list_all(OWNER)[0].id
        waiting_upload(services, project)
        logging.getLogger("backend").warning("x")
        found = modes(config.home)
        assert len(found) > 12
        assert {path: mode for path, mode in found.items() if mode & FOR_OTHERS} == {}

    started(config, look)


@pytest.mark.usefixtures("one_process")
def test_a_folder_of_an_earlier_version_is_tightened(config: Config, tmp_path: Path) -> None:
    started(config, fill)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").touch()
    (config.home / "cache").mkdir(exist_ok=True)
    (config.home / "cache" / "link").symlink_to(outside / "theirs")
    (config.home / "meshes").symlink_to(outside)
    (config.home / "notes").touch()
    (config.uploads_folder / ("a" * 32)).mkdir()
    for path in (config.home, outside, *config.home.rglob("*"), outside / "theirs"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    restrict_new_files()
    started(config)
    found = {path: mode for path, mode in modes(config.home).items() if mode & FOR_OTHERS}
    links = {str(path) for path in config.home.rglob("*") if path.is_symlink()}
    assert found.keys() - links == {str(config.home / "notes")}  # not ours
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755
    assert stat.S_IMODE((outside / "theirs").stat().st_mode) == 0o644


def test_what_cannot_be_tightened_is_told_and_does_not_stop_the_start(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build_services(config).close()
    config.home.chmod(0o755)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    tighten(config)
    assert "1 files can be read by others and their mode cannot be changed" in caplog.text


def test_folders_of_others_and_shared_ones_keep_their_modes(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build_services(config).close()
    config.home.chmod(0o1777)  # as /tmp
    tighten(config)
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o1777
    config.home.chmod(0o755)
    monkeypatch.setattr(permissions.os, "geteuid", lambda: os.getuid() + 1)
    tighten(config)
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o755
    assert caplog.text.count("their mode cannot be changed") == 2


def test_temporary_files_are_swept_at_start_and_links_are_not_followed(
    config: Config, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").touch()
    folder = config.temporary_folder
    (folder / "fewshot-sam-read-x").mkdir(parents=True)
    (folder / "fewshot-sam-read-x" / "voxels.npy").touch()
    (folder / "file").touch()
    (folder / "link").symlink_to(outside)
    build_services(config).close()
    assert list(folder.iterdir()) == []
    assert (outside / "theirs").exists()


def test_a_temporary_folder_that_is_a_link_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "theirs").touch()
    (tmp_path / "tmp").symlink_to(tmp_path / "outside")
    empty_folder(tmp_path / "tmp")
    assert (tmp_path / "outside" / "theirs").exists()
    assert "is a link" in caplog.text


def test_an_upload_that_waits_goes_with_its_project(services: Services, project_id: str) -> None:
    other = services.projects.create(OWNER, "Hips").id
    kept, folder = waiting_upload(services, other), waiting_upload(services, project_id)
    services.projects.delete(OWNER, project_id)
    assert (folder.exists(), kept.exists()) == (False, True)


@pytest.mark.parametrize("name", ["..", "../blobs", ".", "", "/"])
def test_a_row_of_a_strange_database_deletes_no_other_folder(
    services: Services, project_id: str, volume_id: str, name: str
) -> None:
    with services.database.write() as session:
        session.add(UploadRow(id=name, project_id=project_id, choices=[]))
    other = services.projects.create(OWNER, "Hips").id
    waiting = waiting_upload(services, other)
    services.projects.delete(OWNER, project_id)
    assert waiting.exists()
    assert services.blobs.root.is_dir()
    assert services.config.identity_file.exists()


def test_an_upload_waits_an_hour_at_most(services: Services, project_id: str) -> None:
    assert timedelta(hours=1) == UPLOAD_LIFETIME
    young = waiting_upload(services, project_id, timedelta(minutes=59))
    old = waiting_upload(services, project_id, timedelta(minutes=61))
    services.housekeeping.expire_uploads()
    assert (young.exists(), old.exists()) == (True, False)
    with services.database.read() as session:
        assert session.get(UploadRow, old.name) is None
        assert session.get(UploadRow, young.name) is not None


def test_a_slow_upload_that_still_comes_in_is_not_removed(services: Services, project_id: str) -> None:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    (folder / "large.zip").write_bytes(b"PK")  # written to just now; the folder was made long ago
    long_ago = (utc_now() - timedelta(hours=5)).timestamp()
    os.utime(folder, (long_ago, long_ago))
    services.housekeeping.expire_uploads()
    assert folder.exists()
    os.utime(folder / "large.zip", (long_ago, long_ago))
    os.utime(folder, (long_ago, long_ago))
    services.housekeeping.expire_uploads()
    assert not folder.exists()


@pytest.mark.usefixtures("one_process")
def test_what_a_killed_server_left_of_an_upload_goes_at_the_next_start(config: Config) -> None:
    kept: list[Path] = []

    def leave(services: Services) -> None:
        project = services.projects.create(OWNER, "Livers").id
        kept.append(waiting_upload(services, project))
        (services.volumes.new_upload_folder(OWNER, project) / "half.zip").write_bytes(b"PK")

    started(config, leave)
    started(config)
    assert list(config.uploads_folder.iterdir()) == kept


def test_deleted_names_do_not_stay_in_the_database(services: Services, config: Config) -> None:
    ids = [services.projects.create(OWNER, "DOE^JOHN 1955" * 10).id for _ in range(3)]
    for project_id in ids:
        services.projects.delete(OWNER, project_id)
        services.deleted.delete_for_good(OWNER, project_id)
    for path in config.home.glob("fewshot-sam.sqlite3*"):
        assert b"DOE^JOHN" not in path.read_bytes()


@pytest.mark.usefixtures("one_process")
def test_the_log_holds_no_names_of_uploaded_files_and_no_values_of_rows(
    services: Services, project_id: str, tmp_path: Path
) -> None:
    configure_logging(tmp_path / "logs" / "log")
    logger = logging.getLogger("backend.test")
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    try:
        (folder / "DOE JOHN 1955.dcm").read_bytes()
    except OSError:
        logger.exception("reading failed")
    try:
        with services.database.write() as session:
            session.add_all(
                [UploadRow(id="x", project_id="DOE^JOHN", choices=["DOE^JOHN"]) for _ in range(2)]
            )
    except Exception:
        logger.exception("writing failed")
    text = (tmp_path / "logs" / "log").read_text()
    assert folder.name in text
    assert text.count("Traceback") >= 2
    assert "DOE" not in text.replace('"DOE JOHN 1955.dcm"', "").replace(
        '"DOE^JOHN"', ""
    )  # this file's own lines


def test_the_janitor_goes_on_after_a_task_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def fail() -> None:
        raise RuntimeError("database is locked")

    janitor = Janitor([fail, done.set], interval_s=0.01)
    janitor.start()
    assert done.wait(30)
    janitor.stop()
    janitor.stop()
    assert "tidying up failed" in caplog.text
    assert not [thread for thread in threading.enumerate() if thread.name == "janitor"]


def test_a_janitor_that_never_started_can_be_stopped() -> None:
    ran: list[int] = []
    janitor = Janitor([lambda: ran.append(1)])
    janitor.stop()
    janitor.tidy()
    assert ran == []


def test_the_servers_upkeep_expires_uploads_without_anybody_uploading(
    services: Services, project_id: str
) -> None:
    folder = waiting_upload(services, project_id, timedelta(hours=2))
    before = services.config.identity_file.read_text()
    Janitor(services.upkeep).tidy()
    assert not folder.exists()
    assert (
        services.config.identity_file.read_text() != before
    )  # so that a backup from before is told as older


def test_no_upkeep_touches_what_is_stored(services: Services, volume_id: str) -> None:
    Janitor(services.upkeep).tidy()
    assert np.any(services.volumes.open(OWNER, volume_id).voxels)


def test_the_servers_upkeep_bounds_the_embeddings(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[int] = []
    monkeypatch.setattr(
        "fewshot_sam.embeddings.cache.EmbeddingCache.trim", lambda _cache, most: allowed.append(most)
    )
    for most in (5000, None):
        services = build_services(dataclasses.replace(config, max_cache_bytes=most))
        Janitor(services.upkeep).tidy()
        services.close()
    assert allowed == [5000]
