"""The rules of the design that a reader could break without noticing."""

import ast
import importlib
import importlib.util
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cemkit

PACKAGE = Path(cemkit.__file__).parent
TESTS = Path(__file__).parent
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")
MODULES = [p for p in SOURCES if p.name != "__init__.py"]

# A room imports from lower floors; on floors 0 and 5 also from its own.
FLOORS = (
    {
        *("arrays", "errors", "checks", "formats", "compact", "described", "catalogue"),
        *("pictures", "results", "sql", "storage"),
    },
    {"data", "proportions"},
    {"segmentation", "churn", "clv", "forecasting", "recommendation"},
    {"promotion", "targeting"},
    {"experiments", "feedback", "impact", "indicators", "journey"},
    {"plots"},
    {"report"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
NEIGHBOURS = {
    ("data", "proportions"),  # statistics on counts, which every room measures with
    ("indicators", "feedback"),  # satisfaction and promoters are defined there
    ("indicators", "impact"),  # a promotion's return on investment is defined there
    ("impact", "experiments"),  # a hold-out is an experiment of two variants
    ("journey", "feedback"),  # a map of the journey shows the scores of its touchpoints
}
ONLY_IN = {
    "narwhals": {"data"},
    "matplotlib": {"plots", "report"},
    "jinja2": {"report"},
    "sqlglot": {"sql"},
}
NOWHERE = {"http", "joblib", "pickle", "requests", "shelve", "socket", "urllib"}
HEAVY = [
    *("dask", "duckdb", "lifetimes", "matplotlib", "narwhals", "numpy", "pandas", "polars"),
    *("pyspark", "scipy", "sklearn", "sqlglot", "statsmodels", "tqdm"),
]


def loaded(path: Path) -> Any:
    """Return the module of a file that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
HOOKS = loaded(TESTS.parent / "docs/hooks.py")
HOME = HOOKS.public_names()
every_name = pytest.mark.parametrize("name", sorted(HOME))
# What a function looks at; `as_of` follows these and comes before every option.
INPUTS = {
    *("self", "raw", "orders", "people", "actions", "consent", "issued", "codes", "returns"),
    *("before", "after", "rules", "person", "offer", "offers", "complaints", "customers"),
    *("order_id", "reason", "model", "evaluation", "table", "responses", "events", "costs"),
    *("steps", "conversion", "customer", "models"),
}


@every_source
def test_rooms_import_from_floors_below(path: Path) -> None:
    room = part_of(path)
    assert room in FLOOR, f"{room} is not in the design's tree"
    for name in imports(path):
        if name.split(".")[0] != "cemkit" or name == "cemkit.__version__":
            continue
        imported = [*name.split("."), ""][1]
        assert imported in FLOOR, f"import {name} from its own module, not from the root"
        assert (
            imported == room
            or FLOOR[imported] < FLOOR[room]
            or FLOOR[room] == 0
            or (room, imported) in NEIGHBOURS
        ), f"{room} imports {name}, which is not on a floor below"


@every_source
def test_each_package_is_imported_only_where_it_belongs(path: Path) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in NOWHERE, f"{name} is imported: nothing is unpickled, sent or fetched"
        assert not name.startswith("tqdm.auto"), f"{name} warns in notebooks without ipywidgets"
        assert part_of(path) in ONLY_IN.get(top, {part_of(path)}), f"{top} is imported here"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_source_file_has_its_test_file(path: Path) -> None:
    mirror = TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.name}")
    if mirror.is_relative_to(TESTS / "catalogue"):  # the words of all rooms are tested together
        mirror = TESTS / "catalogue" / f"test_{path.parent.name}.py"
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


def test_every_module_that_defines_a_result_exports_it() -> None:
    results = {
        (node.name, part_of(path))
        for path in MODULES
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and "Result" in map(ast.unparse, node.bases)
    }
    missing = [name for name, room in sorted(results) if name not in dir(room_of(room))]
    assert missing == []


def room_of(name: str) -> Any:
    return importlib.import_module(f"cemkit.{name}")


def test_the_root_shows_rooms_and_names_that_a_room_exports() -> None:
    shown = dir(cemkit)
    rooms = {name for name in shown if name in FLOOR}
    assert rooms == {*FLOOR} - {
        *("arrays", "catalogue", "checks", "compact", "described", "formats", "pictures"),
        *("results", "sql", "storage"),
    }
    headlines = set(shown) - rooms
    assert headlines <= {name.rsplit(".", 1)[1] for name in HOME}
    assert 45 <= len(headlines) <= 60
    for name in headlines:
        assert getattr(cemkit, name).__name__ == name


@pytest.mark.parametrize("package", ["cemkit", *(f"cemkit.{room}" for room in sorted(FLOOR))])
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        importlib.import_module(package).no_such_name  # noqa: B018


@every_name
def test_public_name_lives_in_its_room(name: str) -> None:
    room, short = name.rsplit(".", 1)
    value = getattr(importlib.import_module(room), short)
    assert value.__module__.startswith(f"{room}.")
    assert getattr(importlib.import_module(HOME[name]), short) is value


@every_name
def test_public_name_has_a_docstring_with_an_example(name: str) -> None:
    room, short = name.rsplit(".", 1)
    assert ">>> " in (getattr(importlib.import_module(room), short).__doc__ or "")


@every_name
def test_public_name_is_in_the_api_reference(name: str) -> None:
    lines = "\n".join(HOOKS.reference_pages().values()).splitlines()
    assert f"::: {HOME[name]}.{name.rsplit('.', 1)[1]}" in lines


@every_name
def test_as_of_follows_the_inputs(name: str) -> None:
    room, short = name.rsplit(".", 1)
    value = getattr(importlib.import_module(room), short)
    functions = [value] if inspect.isfunction(value) else dict(inspect.getmembers(value)).values()
    for function in filter(inspect.isfunction, functions):
        parameters = inspect.signature(function).parameters
        # `fit(X, y=None, ...)` and the requests of metadata are scikit-learn's.
        if "as_of" in parameters and not function.__name__.startswith(("_", "fit", "set_")):
            names = list(parameters)
            before = names[: names.index("as_of")]
            assert set(before) <= INPUTS
            # After an input that may be left out it can only go by its name.
            named = any(
                parameters[other].default is not inspect.Parameter.empty for other in before
            )
            assert named or parameters["as_of"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, cemkit; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_first_segmentation_loads_nothing_that_pandas_and_scikit_learn_do_not() -> None:
    table = (
        "import sys, pandas\n"
        "table = pandas.DataFrame({'recency_days': range(9), 'order_count': range(1, 10), "
        "'total_amount': range(9)}).astype('float64')\n"
    )
    fit = "import cemkit; cemkit.RFMSegmenter().fit(table)\n"
    needed = "import sklearn.base, sklearn.utils.validation\n"
    ours, theirs = (modules_loaded_by(table + code) for code in (fit, needed))
    further = {name.split(".")[0] for name in ours - theirs}
    assert further - {"numpy"} == {"cemkit", "lazy_loader"}  # numpy.typing, in NumPy 1


def modules_loaded_by(code: str) -> set[str]:
    command = [sys.executable, "-c", code + "print(*sys.modules, sep='\\n')"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_all_names_load_where_matplotlib_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from cemkit import *\n"
        "import cemkit\n"
        "assert 'plots' in dir(cemkit)\n"
        "try:\n    cemkit.plots\n"
        "except cemkit.errors.MissingDependencyError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib" in run.stdout
