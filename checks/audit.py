"""Known vulnerabilities of what is shipped: ``python -m checks.audit`` asks pip-audit.

Exit codes: 0 nothing was found, or only what :data:`ACCEPTED` gives a reason for, or the service that
knows of vulnerabilities cannot be reached, which is said; 1 something was found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
ACCEPTED: dict[str, str] = {}
"""Vulnerabilities, by the id that pip-audit prints, and why what is shipped is safe from them."""


def main() -> int:
    """Print what is known of what is shipped."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    asked = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    lines, code = judge(asked.stdout, asked.stderr)
    print("\n".join(lines))  # noqa: T201
    return code


def judge(answer: str, errors: str = "") -> tuple[list[str], int]:
    """What to say of pip-audit's answer, and the exit code.

    Args:
        answer: its JSON; anything else when it failed.
        errors: what it wrote to standard error.
    """
    try:
        dependencies: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [_unreachable(errors.strip().splitlines()[-1:])], 0
    known = [each for each in dependencies if "skip_reason" not in each]
    if not known:
        return [_unreachable([str(each["skip_reason"]) for each in dependencies[:1]])], 0
    lines, code = [], 0
    for package in known:
        for found in package.get("vulns", []):
            reason = ACCEPTED.get(found["id"])
            code = code if reason else 1
            fixed = ", ".join(found.get("fix_versions", [])) or "no version"
            lines.append(
                f"{found['id']} in {package['name']} {package['version']}, fixed in {fixed}"
                + (f"; accepted: {reason}" if reason else "")
            )
    lines.append(f"{len(known)} of {len(dependencies)} packages audited, {len(lines)} findings.")
    return lines, code


def _unreachable(why: list[str]) -> str:
    said = f" ({why[0][:200]})" if why else ""
    return f"The service that knows of vulnerabilities cannot be reached; nothing was audited{said}."


if __name__ == "__main__":
    sys.exit(main())
