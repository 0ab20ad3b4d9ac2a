"""Every public name, called with one spoilt argument: cemkit's own error, or an answer.

A file beside this one lists a sound call of each public name of its room as `CALLS`: the function,
and its arguments by name. The arguments are spoilt one at a time.
"""

import importlib.util
import inspect
import linecache
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cemkit
from cemkit.errors import CemkitError, CemkitWarning

HERE, PACKAGE = Path(__file__).parent, Path(cemkit.__file__).parent
# scikit-learn's own checks of a matrix, which its contract asks matrix estimators to make.
MATRIX_CHECKS = ("sklearn/utils/validation.py", "sklearn/utils/_param_validation.py")
PATIENCE_SECONDS = 60  # a call that runs on is taken for one that hangs


def loaded(name: str) -> ModuleType:
    """Return a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"fuzzing_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutations, reindexed = loaded("hostile").mutations, loaded("hostile").reindexed
ROOMS = sorted(p.stem for p in HERE.glob("*.py") if p.stem not in {"hostile", Path(__file__).stem})
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    f"{room}:{name}": call for room in ROOMS for name, call in loaded(room).CALLS.items()
}
TABLES = {  # the arguments of each call that are tables
    name: [argument for argument, value in arguments.items() if isinstance(value, pd.DataFrame)]
    for name, (_, arguments) in CALLS.items()
}
TABLES = {name: found for name, found in TABLES.items() if found}
NAMINGS = [  # calls with their arguments that list or map names or numbers
    (name, argument)
    for name, (_, arguments) in CALLS.items()
    for argument, value in arguments.items()
    if isinstance(value, list | tuple | dict) and len(value)
]
every_call = pytest.mark.parametrize("name", CALLS)
every_call_with_arguments = pytest.mark.parametrize("name", [n for n in CALLS if CALLS[n][1]])


@contextmanager
def patience() -> Iterator[None]:
    """Raise where the block runs on and on."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"the call still ran after {PATIENCE_SECONDS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_ours(error: Exception) -> bool:
    """Whether cemkit raised the error itself, or scikit-learn in the check of a matrix."""
    if isinstance(error, CemkitError):
        return True
    files = [
        frame.filename.replace("\\", "/") for frame in traceback.extract_tb(error.__traceback__)
    ]
    if any(file.endswith(MATRIX_CHECKS) for file in files):
        return isinstance(error, ValueError | TypeError | OverflowError | UserWarning)
    return isinstance(error, ValueError | TypeError) and files[-1].startswith(str(PACKAGE))


def is_raised_here(error: Exception) -> bool:
    """Whether a line of cemkit raises the error, and no other package in the midst of one."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = linecache.getline(last.filename, last.lineno or 0).strip()
    return last.filename.startswith(str(PACKAGE)) and line.startswith("raise ")


def on_another_engine(table: pd.DataFrame, engine: str) -> Any:
    """The table where its rows are not in memory, ids of the index as a column."""
    rows = table.reset_index() if table.index.name else table
    if engine == "duckdb":
        return pytest.importorskip("duckdb").from_df(rows)
    return pytest.importorskip("polars").from_pandas(rows).lazy()


@contextmanager
def elsewhere() -> Iterator[None]:
    """Work in a folder that goes with the block: a spoilt path may be one to write to."""
    with TemporaryDirectory() as folder, chdir(folder):
        yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def call(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    is_ours: Callable[[Exception], bool] = is_ours,
) -> None:
    """Call with warnings as errors, but for cemkit's own; an error that is not ours goes on."""
    with warnings.catch_warnings(), patience(), elsewhere():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CemkitWarning)
        # The lowest version of holidays announces its own versioning on import.
        warnings.filterwarnings("ignore", r"\s*This is a future version incompatibility")
        try:
            function(**arguments)
        except Exception as error:
            if not is_ours(error):
                raise


def spoilt(data: st.DataObject, name: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return the call with one of its arguments spoilt."""
    function, arguments = CALLS[name]
    argument = data.draw(st.sampled_from(sorted(arguments)), label="argument")
    ways = mutations(arguments[argument])
    # By its number: Hypothesis may write out all that it draws from, tables included.
    number = data.draw(st.sampled_from(range(len(ways))), label=f"one of {len(ways)} ways")
    value = None  # stays where the spoilt value cannot be made
    with suppress(Exception):
        value = ways[number]()
    return function, {**arguments, argument: value}


@every_call
def test_the_call_is_sound(name: str) -> None:
    function, arguments = CALLS[name]
    with warnings.catch_warnings(), elsewhere():
        warnings.simplefilter("ignore", CemkitWarning)
        function(**arguments)


@every_call_with_arguments
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_spoilt_argument_gives_our_error_or_an_answer(name: str, data: st.DataObject) -> None:
    call(*spoilt(data, name))


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_another_engine_gives_our_error_or_an_answer(name: str, engine: str) -> None:
    function, arguments = CALLS[name]
    for argument in TABLES[name]:
        table = None  # stays where the engine has no such table
        with suppress(Exception):
            table = on_another_engine(arguments[argument], engine)
        call(
            function,
            {**arguments, argument: table},
            lambda error: isinstance(error, CemkitError) or is_raised_here(error),
        )


@pytest.mark.parametrize("name", TABLES)
def test_a_column_with_an_odd_name_gives_our_error_or_an_answer(name: str) -> None:
    function, arguments = CALLS[name]
    for argument in TABLES[name]:
        table = arguments[argument]
        for odd in (pd.NA, 7):
            more = table.set_axis([*table.columns[:-1], odd], axis=1)
            call(function, {**arguments, argument: more})


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", TABLES)
def test_an_index_of_any_form_gives_our_error_or_an_answer(name: str) -> None:
    function, arguments = CALLS[name]
    for argument in TABLES[name]:
        for table in reindexed(arguments[argument]):
            call(function, {**arguments, argument: table})


@pytest.mark.parametrize(("name", "argument"), NAMINGS)
def test_a_name_that_equals_nothing_gives_our_error_or_an_answer(name: str, argument: str) -> None:
    function, arguments = CALLS[name]
    named = arguments[argument]
    for odd in (pd.NA, float("nan"), ["a list"], {}):
        first, *others = named
        if not isinstance(named, dict):
            call(function, {**arguments, argument: [odd, *others]})
            continue
        call(function, {**arguments, argument: {**named, first: odd}})
        if not isinstance(odd, list | dict):
            renamed = {odd: named[first], **{key: named[key] for key in others}}
            call(function, {**arguments, argument: renamed})


@pytest.mark.exhaustive
@every_call_with_arguments
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_many_spoilt_arguments(name: str, data: st.DataObject) -> None:
    call(*spoilt(data, name))


def test_every_public_function_and_estimator_is_called() -> None:
    called = {name.split(":")[1].split(".")[0] for name in CALLS}
    rooms = [room for name in dir(cemkit) if hasattr(room := getattr(cemkit, name), "__all__")]
    public = {n for room in rooms for n in room.__all__ if _does_something(getattr(room, n))}
    assert public <= called, f"no sound call of {sorted(public - called)}"


def _does_something(thing: Any) -> bool:
    return hasattr(thing, "fit") if inspect.isclass(thing) else callable(thing)
