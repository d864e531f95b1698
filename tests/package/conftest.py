"""The wheel, built once, and an environment it is installed into."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and an empty folder to work in.

    Attributes:
        python: its interpreter; the command ``fewshot-sam`` is beside it.
        folder: the working folder of commands; holds nothing but their data folder.
    """

    python: Path
    folder: Path

    @property
    def command(self) -> Path:
        """The installed ``fewshot-sam``."""
        return self.python.with_name("fewshot-sam")

    def environment(self) -> dict[str, str]:
        """The test's environment without what leads to the checkout or to another data folder."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FEWSHOT_SAM_", "GRADIO_", "PYTHON")) and name != "DATABASE_URL"
        }
        return kept | {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")}

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in the empty folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def run_pip(*arguments: str | Path) -> None:
    """Run this environment's pip, which must not need the network."""
    command: Sequence[str | Path] = (sys.executable, "-m", "pip", *arguments, "--no-index", "--quiet")
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run_pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ".")
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A new environment with the wheel; the requirements are those of the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run_pip("--python", python, "install", "--no-deps", wheel)
    (packages,) = (folder / "lib").glob("python*/site-packages")
    others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "requirements.pth").write_text("\n".join(others) + "\n")
    return Installed(python, tmp_path_factory.mktemp("elsewhere"))
