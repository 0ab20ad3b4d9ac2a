"""What has a picture draws itself, on the Axes given; what has none says so."""

import functools
import importlib
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import cemkit as ck
from cemkit.clv import SeasonalClock
from cemkit.pictures import Drawn
from cemkit.results import Result

ROOMS = [name for name in dir(ck) if inspect.ismodule(getattr(ck, name)) and name != "errors"]
PLOTS = {
    f"{room}.{name}": function
    for room in ck.plots.__all__
    for module in [importlib.import_module(f"cemkit.plots.{room}")]
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
PUBLIC = {
    value
    for room in ROOMS
    for value in map(getattr(ck, room).__getattribute__, getattr(ck, room).__all__)
    if inspect.isclass(value) and issubclass(value, Drawn)
}
PICTURED = sorted((cls for cls in PUBLIC if cls._pictures), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", PICTURED)
def test_every_picture_is_a_function_of_plots(cls: type[Drawn]) -> None:
    assert set(cls._pictures) <= set(PLOTS)


@pytest.mark.parametrize("path", PLOTS)
def test_what_draws_a_result_is_reached_from_the_result(path: str) -> None:
    drawn = next(iter(get_type_hints(PLOTS[path]).values()))
    if inspect.isclass(drawn) and issubclass(drawn, Drawn):
        assert path in drawn._pictures


def test_a_result_draws_itself_on_the_axes_given() -> None:
    plan = ck.sample_size(0.15, 0.2)
    _, ax = plt.subplots()
    assert plan.plot(ax=ax) is ax
    assert ax.get_ylabel() == "power"


def test_a_result_with_several_pictures_takes_the_name_of_one() -> None:
    churned, probability = pd.Series([0, 1, 0, 1] * 10), pd.Series(np.arange(40) / 40)
    evaluation = ck.evaluate_churn(churned, probability, n_resamples=5)
    assert evaluation.plot().get_title().startswith("Calibration")
    assert evaluation.plot("roc").get_title().startswith("ROC")
    with pytest.raises(ValueError, match="kind must be one of 'calibration', 'roc'"):
        evaluation.plot("pie")


def test_options_reach_the_function() -> None:
    cohorts = ck.cohort_table(
        ck.load_cdnow("sample"), period="quarter", measure="amount", as_of="1998-06-30"
    )
    assert cohorts.plot(currency="€").texts[0].get_text().startswith("€")
    with pytest.raises(TypeError, match="colour"):
        cohorts.plot(colour="red")


def test_a_result_without_a_picture_says_so() -> None:
    found = ck.proportion_interval(5, 10)
    with pytest.raises(AttributeError, match="ProportionInterval has no picture; draw its table"):
        found.plot()
    assert not Result._pictures


UNPICTURED = sorted(PUBLIC - set(PICTURED) - {Drawn}, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", UNPICTURED)
def test_each_without_a_picture_says_so(cls: type[Drawn]) -> None:
    with pytest.raises(AttributeError, match=f"{cls.__name__} has no picture"):
        object.__new__(cls).plot()


@functools.cache
def samples() -> ModuleType:
    path = Path(__file__).parent / "plots/test_drawings.py"
    spec = importlib.util.spec_from_file_location("drawings", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draws_itself(path: str) -> bool:
    drawn = next(iter(get_type_hints(PLOTS[path]).values()))
    return inspect.isclass(drawn) and path in getattr(drawn, "_pictures", ())


@pytest.mark.parametrize("path", list(filter(draws_itself, PLOTS)))
def test_each_with_a_picture_draws_it_by_its_name(path: str) -> None:
    (drawn, *_), options = samples().sample(path, 3, 1.0)
    _, ax = plt.subplots()
    assert drawn.plot(path.partition(".")[2], ax=ax, **options) is ax
    assert ax.has_data() or ax.texts or ax.child_axes


def models() -> list[tuple[Any, dict[str, Any]]]:
    orders = ck.prepare_orders(ck.load_cdnow("sample"))
    customers = ck.customer_table(orders, as_of="1997-09-30")
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"recency_days": rng.uniform(0, 1, 200)})
    y = pd.Series((rng.random(200) < X["recency_days"]).astype(int))
    months = pd.period_range("2020-01", periods=48, freq="M")
    sales = pd.Series(rng.normal(100, 10, 48), index=months)
    return [
        (ck.RepurchaseCycle().fit(orders, as_of="1997-09-30"), {"longest_days": 200}),
        (ck.BetaGeoModel().fit(customers), {"tenure_days": 200}),
        (SeasonalClock(1).fit(orders, as_of="1998-06-30"), {"days": 90}),
        (ck.ChurnModel().fit(X, y), {"confidence_level": 0.9}),
        (ck.ARIMAForecaster(1, (1, 0, 0)).fit(sales), {"steps": 6, "confidence_level": 0.8}),
    ]


def test_a_fitted_estimator_draws_itself_and_an_unfitted_one_does_not() -> None:
    for model, options in models():
        _, ax = plt.subplots()
        assert model.plot(ax=ax, **options) is ax
        with pytest.raises(NotFittedError):
            type(model)().plot()
    assert model.plot(steps=6).lines[1].get_xdata().size == 6


def test_every_estimator_with_a_picture_is_tried() -> None:
    estimators = {cls for cls in PICTURED if not issubclass(cls, Result)}
    tried = {type(model) for model, _ in models()}
    assert {cls._pictures for cls in estimators} == {cls._pictures for cls in tried}


def test_matplotlib_is_loaded_on_the_first_plot() -> None:
    code = (
        "import sys, cemkit; plan = cemkit.sample_size(0.1, 0.2); assert 'matplotlib' not in"
        " sys.modules; plan.plot(); assert 'matplotlib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; import cemkit\n"
        "try: cemkit.sample_size(0.1, 0.2).plot()\n"
        "except cemkit.errors.MissingDependencyError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == (
        "matplotlib is not installed; run: python -m pip install matplotlib"
    )
