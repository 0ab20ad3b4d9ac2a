"""The rules of the design that a reader could break without noticing."""

import ast
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cemkit

PACKAGE = Path(cemkit.__file__).parent
TESTS = Path(__file__).parent
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")
MODULES = [p for p in SOURCES if p.name != "__init__.py"]

# A part may import from its own rank and from lower ones.
RANKS = {
    "errors": 0,
    "checks": 0,
    "results": 0,
    "storage": 0,
    "proportions": 0,
    "data": 1,
    "segmentation": 2,
    "prediction": 3,
    "promotion": 4,
    "measurement": 5,
    "plots": 6,
    "report": 6,
}
ONLY_IN = {"narwhals": {"data"}, "matplotlib": {"plots", "report"}, "jinja2": {"report"}}
NOWHERE = {"http", "joblib", "pickle", "requests", "shelve", "socket", "urllib"}
HEAVY = ["dask", "duckdb", "lifetimes", "matplotlib", "polars", "pyspark", "sklearn", "statsmodels"]


def part_of(path: Path) -> str:
    """Return the file or folder right under the package that a source file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


every_source = pytest.mark.parametrize("path", SOURCES, ids=name_of)
every_name = pytest.mark.parametrize("name", sorted(cemkit._HOME))


@every_source
def test_imports_run_down_the_loop(path: Path) -> None:
    part = part_of(path)
    assert part in RANKS, f"{part} is not in the design's tree"
    for name in imports(path):
        if name.split(".")[0] != "cemkit" or name == "cemkit.__version__":
            continue
        imported = [*name.split("."), ""][1]
        assert imported in RANKS, f"import {name} from its own module, not from the root"
        assert RANKS[imported] <= RANKS[part], f"{part} imports {name}, which is up the loop"


@every_source
def test_each_package_is_imported_only_where_it_belongs(path: Path) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in NOWHERE, f"{name} is imported: nothing is unpickled, sent or fetched"
        assert part_of(path) in ONLY_IN.get(top, {part_of(path)}), f"{top} is imported here"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_source_file_has_its_test_file(path: Path) -> None:
    mirror = TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.name}")
    assert mirror.exists()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_one_subject_and_no_function_has_its_name(path: Path) -> None:
    assert path.stem not in {"utils", "_utils", "core", "helpers", "common"}
    functions = {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert path.stem not in functions


def test_names_for_type_checkers_are_those_loaded_on_first_use() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    typed = {
        alias.asname or alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == cemkit._HOME


def test_all_lists_every_name_once() -> None:
    assert set(cemkit.__all__) - {"__version__"} == set(cemkit._HOME)
    assert len(cemkit.__all__) == len(set(cemkit.__all__))
    assert set(cemkit.__all__) <= set(dir(cemkit))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        cemkit.no_such_name  # noqa: B018


@every_name
def test_public_name_resolves_to_where_it_lives(name: str) -> None:
    value = getattr(cemkit, name)
    assert value is getattr(importlib.import_module(cemkit._HOME[name]), name)
    assert getattr(value, "__module__", cemkit._HOME[name]) == cemkit._HOME[name]


@every_name
def test_public_name_has_a_docstring_with_an_example(name: str) -> None:
    assert ">>> " in (getattr(cemkit, name).__doc__ or "")


@every_name
def test_public_name_is_in_the_api_reference(name: str) -> None:
    spec = importlib.util.spec_from_file_location("hooks", TESTS.parent / "docs/hooks.py")
    assert spec is not None
    assert spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    lines = "\n".join(hooks.reference_pages(cemkit._HOME).values()).splitlines()
    assert f"::: {cemkit._HOME[name]}.{name}" in lines


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, cemkit; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
