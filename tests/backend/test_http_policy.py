"""What a browser may do with answers: nothing with most, and never something inline or from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.http.policy import ContentPolicies

LOCAL = ContentPolicies("'self'")


def directives(policy: str) -> dict[str, list[str]]:
    named = [part.split() for part in policy.split("; ")]
    assert len({name for name, *_ in named}) == len(named)  # a browser ignores the second
    return {name: sources for name, *sources in named}


def on_a_space(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **variables: str) -> ContentPolicies:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    return ContentPolicies.for_config(Config.from_environment({"SPACE_ID": "a/b", **variables}))


@pytest.mark.parametrize("policy", [LOCAL.answer(), LOCAL.workspace(), LOCAL.shell([b"1"])])
def test_nothing_is_evaluated_and_no_script_is_inline(policy: str) -> None:
    found = directives(policy)
    assert found["default-src"] == found["object-src"] == found["form-action"] == ["'none'"]
    scripts = found.get("script-src", ["'none'"])
    assert not {"'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'", "data:", "blob:", "*"} & set(
        scripts
    )
    assert found["frame-ancestors"] == ["'self'"]
    assert "http" not in policy  # no source elsewhere


def test_the_workspace_has_nothing_inline() -> None:
    found = directives(LOCAL.workspace())
    assert found["script-src"] == found["style-src"] == found["connect-src"] == ["'self'"]
    assert found["base-uri"] == ["'none'"]
    assert "unsafe" not in LOCAL.workspace()


def test_gradios_page_runs_the_scripts_that_it_came_with() -> None:
    scripts = [b"let a = 1;\r\nlet b = 2;", b"let a = 1;\nlet b = 2;", b"3"]
    digest = base64.b64encode(hashlib.sha256(scripts[1]).digest()).decode()
    sources = directives(LOCAL.shell(scripts))["script-src"]
    assert sources[:2] == ["'self'", f"'sha256-{digest}'"]
    assert len(sources) == 3


def test_answers_of_the_api_are_no_documents(client: TestClient) -> None:
    for path in ("/api/health", "/api/nothing", "/nothing", "/robots.txt", "/static/vendor/niivue.umd.js"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == LOCAL.answer()
        assert "camera=()" in headers["permissions-policy"]


def test_a_space_is_framed_by_hugging_face_and_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policies = on_a_space(monkeypatch, tmp_path, SPACE_HOST="a-b.hf.space")
    assert policies.frame_ancestors == "'self' https://huggingface.co https://a-b.hf.space"
    assert on_a_space(monkeypatch, tmp_path).frame_ancestors == "'self' https://huggingface.co"
    for policy in (policies.answer(), policies.workspace(), policies.shell()):
        assert directives(policy)["frame-ancestors"] == policies.frame_ancestors.split()


def test_elsewhere_a_spaces_name_means_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    config = Config.from_environment({"SPACE_HOST": "a-b.hf.space"})
    assert ContentPolicies.for_config(config) == LOCAL
