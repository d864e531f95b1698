"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.config import GIGABYTE, Config
from fewshot_sam.errors import UserError


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    return tmp_path


def test_defaults_are_for_one_user_on_this_machine(home: Path) -> None:
    config = Config.from_environment({})
    assert (config.host, config.port, config.multi_user) == ("127.0.0.1", 7860, False)
    assert config.database_url == f"sqlite:///{home / 'fewshot-sam.sqlite3'}"
    assert config.max_upload_bytes == 4 * GIGABYTE


def test_a_space_is_open_and_for_many() -> None:
    config = Config.from_environment({"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space"})
    assert (config.host, config.multi_user, config.on_spaces) == ("0.0.0.0", True, True)
    assert config.allowed_hosts == ("a-b.hf.space",)


def test_our_variables_go_before_gradios() -> None:
    environment = {"GRADIO_SERVER_PORT": "1", "FEWSHOT_SAM_PORT": "2", "GRADIO_SERVER_NAME": "0.0.0.0"}
    config = Config.from_environment(environment)
    assert (config.port, config.host) == (2, "0.0.0.0")


def test_several_users_and_another_database() -> None:
    environment = {
        "FEWSHOT_SAM_MULTI_USER": "1",
        "DATABASE_URL": "sqlite:///elsewhere.db",
        "FEWSHOT_SAM_MAX_UPLOAD_GB": "0.5",
        "FEWSHOT_SAM_ALLOWED_HOSTS": "a.example, b.example",
    }
    config = Config.from_environment(environment)
    assert config.multi_user
    assert config.database_url == "sqlite:///elsewhere.db"
    assert config.max_upload_bytes == GIGABYTE // 2
    assert config.allowed_hosts == ("a.example", "b.example")
    assert not Config.from_environment({"FEWSHOT_SAM_MULTI_USER": "0"}).multi_user


def test_what_one_of_several_may_keep() -> None:
    single = Config.from_environment({"FEWSHOT_SAM_MAX_PROJECTS": "3"})
    assert (single.max_projects, single.max_volumes, single.max_owner_bytes, single.keep_days) == (None,) * 4
    several = Config.from_environment({"FEWSHOT_SAM_MULTI_USER": "1"})
    assert (several.max_projects, several.max_volumes) == (50, 100)
    assert (several.max_owner_bytes, several.keep_days) == (10 * GIGABYTE, None)
    environment = {
        "SPACE_ID": "a/b",
        "FEWSHOT_SAM_MAX_PROJECTS": "5",
        "FEWSHOT_SAM_MAX_VOLUMES": "7",
        "FEWSHOT_SAM_MAX_OWNER_GB": "0.5",
    }
    space = Config.from_environment(environment)
    assert (space.max_projects, space.max_volumes, space.max_owner_bytes) == (5, 7, GIGABYTE // 2)
    assert space.keep_days == 1
    assert Config.from_environment({**environment, "FEWSHOT_SAM_AUTH": "1"}).keep_days is None
    assert Config.from_environment({**environment, "FEWSHOT_SAM_KEEP_DAYS": "7"}).keep_days == 7
    assert Config.from_environment({**environment, "FEWSHOT_SAM_KEEP_DAYS": "0"}).keep_days is None


def test_a_port_must_be_a_number() -> None:
    for wrong in ("nan", "inf", "-1", "1e999"):
        with pytest.raises(UserError, match=r"FEWSHOT_SAM_MAX_UPLOAD_GB must be (a number|0 or more), got"):
            Config.from_environment({"FEWSHOT_SAM_MAX_UPLOAD_GB": wrong})
    with pytest.raises(UserError, match="FEWSHOT_SAM_PORT must be a number, got 'http'"):
        Config.from_environment({"FEWSHOT_SAM_PORT": "http"})


def test_readers_are_few_and_bounded() -> None:
    config = Config.from_environment({})
    assert (config.max_readers, config.reader_memory_bytes, config.reader_timeout_s) == (2, None, 300)
    environment = {
        "FEWSHOT_SAM_MAX_READERS": "4",
        "FEWSHOT_SAM_READER_MEMORY_GB": "1.5",
        "FEWSHOT_SAM_READER_TIMEOUT_S": "60",
    }
    config = Config.from_environment(environment)
    assert (config.max_readers, config.reader_timeout_s) == (4, 60)
    assert config.reader_memory_bytes == 3 * GIGABYTE // 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEWSHOT_SAM_MAX_READERS", "0"),
        ("FEWSHOT_SAM_MAX_READERS", "inf"),
        ("FEWSHOT_SAM_READER_MEMORY_GB", "-1"),
        ("FEWSHOT_SAM_READER_MEMORY_GB", "nan"),
        ("FEWSHOT_SAM_READER_TIMEOUT_S", "1e9"),
    ],
)
def test_settings_of_readers_out_of_range(name: str, value: str) -> None:
    with pytest.raises(UserError, match=f"{name} must be (from .* to .*|a number|0 or more), got"):
        Config.from_environment({name: value})


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "x" * 500])
def test_numbers_must_be_finite_and_are_not_repeated_at_length(text: str) -> None:
    with pytest.raises(UserError, match="FEWSHOT_SAM_MIN_FREE_GB must be a number") as caught:
        Config.from_environment({"FEWSHOT_SAM_MIN_FREE_GB": text})
    assert len(str(caught.value)) < 150


def test_runs_have_limits_where_several_people_share_a_server() -> None:
    alone = Config.from_environment({})
    assert (alone.run_time_limit_s, alone.worker_memory_limit_bytes, alone.max_queued_runs) == (
        None,
        None,
        None,
    )
    shared = Config.from_environment({"FEWSHOT_SAM_MULTI_USER": "1"})
    assert (shared.run_time_limit_s, shared.max_queued_runs) == (1800.0, 3)
    assert (shared.worker_memory_limit_bytes or 0) >= 3 * GIGABYTE
    limits = {
        "FEWSHOT_SAM_RUN_MINUTES": "5",
        "FEWSHOT_SAM_WORKER_MEMORY_GB": "4",
        "FEWSHOT_SAM_QUEUED_RUNS": "1",
    }
    chosen = Config.from_environment(limits)
    assert (chosen.run_time_limit_s, chosen.worker_memory_limit_bytes) == (300.0, 4 * GIGABYTE)
    assert chosen.max_queued_runs == 1
    off = Config.from_environment(dict.fromkeys(limits, "0") | {"FEWSHOT_SAM_MULTI_USER": "1"})
    assert (off.run_time_limit_s, off.worker_memory_limit_bytes, off.max_queued_runs) == (None, None, None)


@pytest.mark.parametrize("value", ["-1", "inf", "nan"])
def test_a_limit_is_a_number_from_0(value: str) -> None:
    with pytest.raises(UserError, match=r"FEWSHOT_SAM_RUN_MINUTES must be (a number|0 or more), got"):
        Config.from_environment({"FEWSHOT_SAM_RUN_MINUTES": value})
