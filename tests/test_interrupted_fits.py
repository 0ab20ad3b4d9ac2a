"""A refit that is refused or interrupted leaves a model as it was, whatever it estimates."""

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from cemkit import (
    ARIMAForecaster,
    BetaGeoModel,
    ChurnModel,
    CrossSell,
    CustomerClusters,
    CustomerLifetimeValue,
    GammaGammaModel,
    LifecycleStages,
    ParetoNBDModel,
    RepurchaseCycle,
    RFMSegmenter,
    UpliftModel,
    customer_table,
    load_cdnow,
)
from cemkit.churn import PropensityModel
from cemkit.clv import (
    BetaGeoBinomialModel,
    FrequencyGammaGammaModel,
    ModifiedBetaGeoModel,
    NetSpendModel,
    SeasonalClock,
    ShiftedBetaGeoModel,
    SpendRegression,
)
from cemkit.feedback import CommentSentiment, simulate_comments

pytestmark = [
    pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning"),
    # An interrupt may come while Python closes a generator, where it can only be reported.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
AS_OF = "1997-09-30"
FEATURES = ["recency_days", "order_count", "total_amount"]
SPREAD = 6  # interruptions over a refit
LAST = [0, 1, 2, 4, 8, 16, 32, 64, 128]  # calls from its end, where most is assigned


class Refit(NamedTuple):
    """A fitted model, its answer, a refit to other data, and refits that are refused."""

    model: Any
    answer: Callable[[], Any]
    again: Callable[[], Any]
    refused: list[Callable[[], Any]]


@functools.cache
def orders() -> pd.DataFrame:
    table = load_cdnow("sample")
    table = table[table["customer_id"] < 3000].reset_index(drop=True)
    return table.assign(product=np.array(["tea", "pot", "mug"])[np.arange(len(table)) % 3])


@functools.cache
def customers() -> pd.DataFrame:
    table = customer_table(orders().drop(columns="product"), as_of=AS_OF)
    return table.assign(visits=20.0 + np.arange(len(table)) % 50)


def without_a_value(column: str) -> pd.DataFrame:
    table = customers().astype({column: "float64"})
    table.iloc[-1, table.columns.get_loc(column)] = np.nan
    return table


def of_customers(model: Any, answer: Callable[[Any], Any], column: str) -> Refit:
    """A model of the customer table, refitted to every second customer."""
    model.fit(customers())
    return Refit(
        model,
        lambda: answer(model),
        lambda: model.fit(customers().iloc[::2]),
        [
            lambda: model.fit(without_a_value(column)),
            lambda: model.fit(customers().drop(columns=column)),
            lambda: model.fit(customers().iloc[:0]),
        ],
    )


def purchases(model: Any) -> Refit:
    return of_customers(
        model, lambda model: model.expected_purchases(customers(), 90), "repeat_count"
    )


def clusters(**parameters: Any) -> Refit:
    table = customers()[FEATURES]
    model = CustomerClusters(3, **parameters).fit(table)
    return Refit(
        model,
        lambda: model.add_to(table)["cluster"],
        lambda: model.fit(table[FEATURES[:2]]),
        [
            lambda: model.fit(table.assign(recency_days=np.inf)[FEATURES[:2]]),
            lambda: model.fit(table[FEATURES[:2]].head(2)),
            lambda: model.fit(table.assign(total_amount=table["total_amount"].astype(str))),
        ],
    )


def churn(kind: type = ChurnModel, **parameters: Any) -> Refit:
    table = customers()[FEATURES]
    silent = ((customers()["repeat_count"] == 0) ^ (np.arange(len(table)) % 7 == 0)).astype(int)
    model = kind(**parameters).fit(table, silent)
    other = customers()[["visits"]]
    return Refit(
        model,
        lambda: model.predict_proba(table),
        lambda: model.fit(other, 1 - silent),
        [
            lambda: model.fit(other, silent * 0),
            lambda: model.fit(other.assign(visits=np.inf), silent),
            lambda: model.fit(other.head(9), pd.Series([0] * 8 + [1], other.index[:9])),
        ][: 3 if "calibrate" in parameters else 2],
    )


def renewals() -> Refit:
    model = ShiftedBetaGeoModel().fit_survivors([1000, 631, 468, 382, 326, 289])
    return Refit(
        model,
        lambda: model.survival(9),
        lambda: model.fit_survivors([500, 400, 350, 330]),
        [lambda: model.fit_survivors([1, 2]), lambda: model.fit_survivors([5, 5, 5])],
    )


def clock() -> Refit:
    model = SeasonalClock(2).fit(orders(), "1998-03-31")
    return Refit(
        model,
        lambda: model.intensity("1998-01-01", "1998-01-09"),
        lambda: model.fit(orders().iloc[::2], "1998-04-30"),
        [
            lambda: model.fit(orders(), "1997-12-01"),
            lambda: model.fit(orders(), "1999-06-30"),
            lambda: model.set_params(harmonics=99).fit(orders(), "1998-04-30"),
        ],
    )


def donations() -> Refit:
    truth = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    seen, other = (truth.simulate(300, 5, random_state=seed) for seed in (0, 1))
    model = BetaGeoBinomialModel().fit(seen)
    return Refit(
        model,
        lambda: model.alive_probability(seen),
        lambda: model.fit(other),
        [lambda: model.fit(other.assign(repeat_count=9)), lambda: model.fit(other * 0)],
    )


def forecaster(**parameters: Any) -> Refit:
    months = pd.period_range("2015-01", periods=48, freq="M")
    noise = np.random.default_rng(0).normal(size=(2, 48))
    sales, other = (
        pd.Series(50 + 8 * np.sin(np.arange(48) * np.pi / 6) + row, months) for row in noise
    )
    model = ARIMAForecaster(**parameters).fit(sales)
    shifted = other.set_axis(months + 12)
    return Refit(
        model,
        lambda: model.forecast(3),
        lambda: model.fit(shifted),
        [
            lambda: model.fit(shifted * 0 + 1),
            lambda: model.fit(shifted.head(4)),
            lambda: model.fit(shifted, X=pd.DataFrame({"a": 1.0}, shifted.index)),
        ],
    )


def updated() -> Refit:
    refit = forecaster(order=(1, 0, 0), seasonal_order=(0, 0, 0))
    following = pd.Series([50.0, 51.0], refit.model.future_index(2))
    return refit._replace(
        again=lambda: refit.model.update(following),
        refused=[lambda: refit.model.update(following * np.inf)],
    )


def cross_sell() -> Refit:
    model = CrossSell(min_customers=1).fit(orders(), as_of=AS_OF)
    return Refit(
        model,
        lambda: model.recommend()["score"],
        lambda: model.fit(orders().iloc[::2], as_of=AS_OF),
        [
            lambda: model.fit(orders().assign(product="tea"), as_of=AS_OF),
            lambda: model.fit(orders().head(0), as_of=AS_OF),
        ],
    )


def cycle() -> Refit:
    model = RepurchaseCycle(by="product", min_gaps=20).fit(orders(), as_of=AS_OF)
    return Refit(
        model,
        lambda: model.predict(orders(), AS_OF),
        lambda: model.fit(orders().iloc[::2].assign(product="cup"), as_of=AS_OF),
        [lambda: model.fit(orders().head(20), as_of=AS_OF)],
    )


def stages() -> Refit:
    model = LifecycleStages().fit()
    rules = pd.DataFrame({"stage": ["none", "some"], "order_count": [0, "1+"]})
    broken = pd.DataFrame({"stage": ["none", "some"], "order_count": [0, "2+"]})

    def fit_to(table: pd.DataFrame) -> None:
        model.set_params(rules=table)
        model.fit()

    return Refit(
        model,
        lambda: model.predict(customers()),
        lambda: fit_to(rules),
        [lambda: fit_to(broken), lambda: fit_to(rules.drop(columns="stage"))],
    )


def rfm() -> Refit:
    return of_customers(RFMSegmenter(), lambda model: model.add_to(customers()), "order_count")


def uplift() -> Refit:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"recency_days": rng.uniform(0, 100, 200), "visits": rng.random(200)})
    treated, y = rng.integers(0, 2, 200), rng.random(200)
    model = UpliftModel(estimator=LinearRegression(), propensity=0.5).fit(X, y, treated)
    return Refit(
        model,
        lambda: model.predict(X),
        lambda: model.fit(X[["visits"]], 1 - y, treated),
        [
            lambda: model.fit(X[["visits"]], y, treated * 0),
            lambda: model.fit(X[["visits"]], y * np.nan, treated),
        ],
    )


def spend_regression() -> Refit:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"recency_days": rng.uniform(0, 100, 80), "visits": rng.random(80)})
    y = rng.random(80)
    model = SpendRegression(regressor=LinearRegression()).fit(X, y)
    return Refit(
        model,
        lambda: model.predict(X),
        lambda: model.fit(X[["visits"]], 1 - y),
        [lambda: model.fit(X[["visits"]], y * np.nan), lambda: model.fit(X[["visits"]], y * 0)],
    )


def sentiment() -> Refit:
    answers, other = (simulate_comments(300, random_state=seed).table for seed in (1, 2))
    model = CommentSentiment().fit(answers["comment"], answers["score"])
    return Refit(
        model,
        lambda: model.predict_proba(answers["comment"]),
        lambda: model.fit(other["comment"], other["score"]),
        [
            lambda: model.fit(other["comment"], other["score"] * 0),
            lambda: model.fit(other["comment"], other["score"] + 0.5),
            lambda: model.fit(other["comment"].head(40), other["score"].head(40)),
        ],
    )


CASES: dict[str, Callable[[], Refit]] = {
    "ARIMAForecaster": lambda: forecaster(order=(1, 0, 0), seasonal_order=(0, 1, 0)),
    "ARIMAForecaster update": updated,
    "BetaGeoBinomialModel": donations,
    "BetaGeoModel": lambda: purchases(BetaGeoModel()),
    "BetaGeoModel covariates": lambda: purchases(BetaGeoModel(["visits"])),
    "ChurnModel": churn,
    "ChurnModel calibrated": lambda: churn(calibrate="sigmoid"),
    "CommentSentiment": sentiment,
    "CrossSell": cross_sell,
    "CustomerClusters": clusters,
    "CustomerClusters mixture": lambda: clusters(method="gaussian_mixture"),
    "CustomerClusters ward": lambda: clusters(method="ward"),
    "CustomerLifetimeValue": lambda: of_customers(
        CustomerLifetimeValue(), lambda model: model.add_to(customers()), "repeat_mean_amount"
    ),
    "FrequencyGammaGammaModel": lambda: of_customers(
        FrequencyGammaGammaModel(),
        lambda model: model.expected_mean_amount(customers()),
        "repeat_mean_amount",
    ),
    "NetSpendModel": lambda: of_customers(
        NetSpendModel(),
        lambda model: model.expected_mean_amount(customers()),
        "repeat_mean_amount",
    ),
    "GammaGammaModel": lambda: of_customers(
        GammaGammaModel(),
        lambda model: model.expected_mean_amount(customers()),
        "repeat_mean_amount",
    ),
    "LifecycleStages": stages,
    "ModifiedBetaGeoModel": lambda: purchases(ModifiedBetaGeoModel()),
    "PropensityModel": lambda: churn(PropensityModel, outcome="upgraded"),
    "ParetoNBDModel": lambda: purchases(ParetoNBDModel()),
    "RFMSegmenter": rfm,
    "RepurchaseCycle": cycle,
    "SeasonalClock": clock,
    "ShiftedBetaGeoModel": renewals,
    "SpendRegression": spend_regression,
    "UpliftModel": uplift,
}
every_case = pytest.mark.parametrize("name", CASES)


class Interruption:
    """Raises KeyboardInterrupt when the n-th Python function is entered; counts them."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.calls = at, 0

    def __enter__(self) -> "Interruption":
        self.before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def _trace(self, frame: FrameType, event: str, arg: object) -> None:
        # Not in finalizers, whose errors Python swallows, while modules are loaded, nor in here.
        file = frame.f_code.co_filename
        if frame.f_code.co_name == "__del__" or "importlib" in file or file == __file__:
            return
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt


def state_of(model: Any) -> dict[str, int]:
    """What each learnt attribute is: a refit that changes one puts another object there."""
    given = model.get_params(deep=False)
    return {name: id(value) for name, value in vars(model).items() if name not in given}


def interrupted(refit: Refit, at: int) -> bool:
    kept = np.geterr()  # which numpy before 2 sets back in Python, where it may be interrupted
    try:
        with Interruption(at):
            refit.again()
    except KeyboardInterrupt:
        return True
    finally:
        np.seterr(**kept)
    return False


class Before:
    """A fitted model as it is before a refit."""

    def __init__(self, refit: Refit) -> None:
        self.refit = refit
        self.answer = np.asarray(refit.answer()).tolist()
        self.kept = list(vars(refit.model).values())  # so that no id is given to another object
        self.state = state_of(refit.model)

    def check(self, when: str) -> None:
        changed = {
            name
            for name in {*self.state, *state_of(self.refit.model)}
            if self.state.get(name) != state_of(self.refit.model).get(name)
        }
        assert not changed, f"{when} changed {sorted(changed)}"
        # repr, because a missing value equals none.
        assert repr(np.asarray(self.refit.answer()).tolist()) == repr(self.answer), when


@every_case
def test_a_refused_refit_changes_nothing(name: str) -> None:
    refit = CASES[name]()
    before = Before(refit)
    parameters = refit.model.get_params(deep=False)
    for number, refused in enumerate(refit.refused):
        with pytest.raises((ValueError, TypeError)):
            refused()
        refit.model.set_params(**parameters)
        before.check(f"refused refit {number}")


@every_case
def test_an_interrupted_refit_changes_nothing(name: str) -> None:
    refit = CASES[name]()
    parameters = refit.model.get_params(deep=False)
    before = Before(refit)
    CASES[name]().again()  # so that what is cached is so for each of the following
    other = CASES[name]()
    with Interruption() as counter:
        other.again()
    spread = np.linspace(1, counter.calls, SPREAD).astype(int).tolist()
    stopped = 0
    for at in sorted({*spread, *(counter.calls - back for back in LAST)}):
        refit.model.set_params(**parameters)
        if not interrupted(refit, at):  # fewer calls than counted, or called where errors end
            refit = CASES[name]()
            before = Before(refit)
            continue
        stopped += 1
        refit.model.set_params(**parameters)
        before.check(f"an interruption at call {at}")
    assert stopped > SPREAD / 2


def test_every_estimator_is_interrupted(estimators: dict[str, type]) -> None:
    assert set(estimators) == {name.split()[0] for name in CASES}
