"""The measures of the code, on small repositories made for the purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.__main__ import main
from checks.docstrings import array_functions
from checks.imports import cycles, import_graph, longest_chain, upward_imports
from checks.measures import Measure, measure_all
from checks.sources import Module, python_modules


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A repository that keeps every limit."""
    return write(tmp_path, {"fewshot_sam/errors.py": "", "backend/a.py": "from fewshot_sam import errors\n"})


def failed(root: Path) -> list[Measure]:
    return [measure for measure in measure_all(root) if not measure.kept]


def test_a_repository_within_all_limits_passes(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(clean)]) == 0
    assert "FAIL" not in capsys.readouterr().out


def test_what_passes_a_limit_is_named(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(clean, {"storage/b.py": "from backend import a\n"})
    assert main([str(clean)]) == 1
    assert "storage.b imports backend.a" in capsys.readouterr().out


def test_levels_count_imports_at_load_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "fewshot_sam/a.py": "",
            "fewshot_sam/b.py": "from fewshot_sam import a\n",
            "fewshot_sam/c.py": "def f():\n    from fewshot_sam import b\n",
            "fewshot_sam/d.py": "try:\n    import fewshot_sam.b\nexcept ImportError:\n    pass\n",
            "fewshot_sam/e.py": "if TYPE_CHECKING:\n    from fewshot_sam import d\n",
        },
    )
    graph = import_graph(python_modules(tmp_path))
    assert longest_chain(graph.at_load, "fewshot_sam") == ["fewshot_sam.d", "fewshot_sam.b", "fewshot_sam.a"]
    assert graph.all["fewshot_sam.c"] == {"fewshot_sam.b"}
    assert graph.all["fewshot_sam.e"] == set()


def test_a_cycle_through_a_function_is_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"backend/a.py": "import backend.b\n", "backend/b.py": "def f():\n    from backend.a import x\n"},
    )
    graph = import_graph(python_modules(tmp_path))
    assert cycles(graph.at_load) == []
    assert cycles(graph.all) == [["backend.a", "backend.b"]]
    with pytest.raises(ValueError, match="circular"):
        longest_chain(graph.all, "backend")


def test_layers_may_skip_but_not_climb(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"app.py": "import storage.a\n", "storage/a.py": "import fewshot_sam.b\n", "fewshot_sam/b.py": ""},
    )
    graph = import_graph(python_modules(tmp_path))
    assert upward_imports(graph.all) == ["storage.a imports fewshot_sam.b"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({f"fewshot_sam/m{number}.py": "" for number in range(15)}, "entries of fewshot_sam/"),
        ({"ui/a.py": "def f():\n" + "    x = 1\n" * 51}, "functions over 50 lines"),
        ({"tests/test_a.py": "x = 1\n" * 301}, "files over 300 lines"),
        ({"ui/static/a.js": "x;\n" * 301}, "files over 300 lines"),
        ({"ui/a.py": "class A: ...\n", "storage/a.py": "class A: ...\n"}, "public classes that share a name"),
    ],
)
def test_each_limit_is_enforced(clean: Path, files: dict[str, str], name: str) -> None:
    assert [measure.name for measure in failed(write(clean, files))] == [name]


@pytest.mark.parametrize(
    ("docstring", "states"),
    [
        ("(X, Y, Z) uint16.", True),
        ("See :func:`other`.", True),
        ("The label map.", False),
        ("A (rows, columns) image.", False),
        ("A uint8 image.", False),
    ],
)
def test_array_functions_state_shape_and_dtype(docstring: str, states: bool) -> None:
    text = f'def f(image: np.ndarray) -> int:\n    """{docstring}"""\n'
    [found] = array_functions(Module("m", Path("m.py"), text))
    assert found.states is states


def test_private_functions_and_functions_without_arrays_do_not_count() -> None:
    text = "def _f(image: np.ndarray): ...\nclass _A:\n    def h(self, x: torch.Tensor): ...\n"
    assert list(array_functions(Module("m", Path("m.py"), text))) == []


def test_a_constructor_is_described_by_its_class() -> None:
    text = 'class A:\n    """Of (N,) float32."""\n    def __init__(self, x: torch.Tensor): ...\n'
    assert [each.states for each in array_functions(Module("m", Path("m.py"), text))] == [True]
