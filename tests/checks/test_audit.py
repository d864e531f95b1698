"""What is said of pip-audit's answer: findings fail, a service that is not reached is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks import audit

FOUND = {"id": "PYSEC-2030-1", "fix_versions": ["2.0"]}


def answer(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


def package(name: str, *vulnerabilities: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": list(vulnerabilities)}


def test_nothing_known_passes() -> None:
    skipped = {"name": "c", "skip_reason": "not found"}
    lines, code = audit.judge(answer(package("a"), package("b"), skipped))
    assert (lines, code) == (["2 of 3 packages audited, 0 findings."], 0)


def test_a_finding_fails() -> None:
    lines, code = audit.judge(answer(package("a", FOUND), package("b")))
    assert code == 1
    assert lines[0] == "PYSEC-2030-1 in a 1.0, fixed in 2.0"


def test_an_accepted_finding_passes_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.ACCEPTED, "PYSEC-2030-1", "the function is never called")
    lines, code = audit.judge(answer(package("a", FOUND)))
    assert code == 0
    assert lines[0].endswith("accepted: the function is never called")


@pytest.mark.parametrize(
    ("stdout", "stderr"),
    [
        ("", "requests.exceptions.ConnectionError: no route"),
        ("not JSON", ""),
        ("[]", ""),
        (answer({"name": "a", "skip_reason": "Dependency not found on PyPI"}), ""),
        (answer(), ""),
    ],
)
def test_a_service_that_is_not_reached_is_told(stdout: str, stderr: str) -> None:
    (line,), code = audit.judge(stdout, stderr)
    assert code == 0
    assert line.startswith("The service that knows of vulnerabilities cannot be reached; nothing was audited")


def test_accepted_findings_have_reasons() -> None:
    assert all(len(reason) > 20 for reason in audit.ACCEPTED.values())
