"""Saved models: each comes back to the last bit, and no text from a stranger breaks anything."""

import functools
import json
import random
import re
import resource
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import cemkit
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
)
from cemkit.errors import CemkitError, CemkitWarning, DataError
from cemkit.feedback import CommentSentiment, simulate_comments
from cemkit.results import Result

ROOMS = [room for name in dir(cemkit) if hasattr(room := getattr(cemkit, name), "__all__")]
KINDS = {
    kind
    for room in ROOMS
    for name in room.__all__
    if hasattr(kind := getattr(room, name), "from_json")
    if not issubclass(kind, Result)  # topics of comments are tried in their own file
}
SAVED = sorted(KINDS, key=lambda kind: kind.__name__)
PACKAGE = str(Path(cemkit.__file__).parent)
AS_OF = "1997-09-30"
FEATURES = ["recency_days", "order_count", "total_amount"]
MEMORY = 200_000  # kB that no text of a few kB may take

# Rule tables need not ask for every score, and small samples have few events.
pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
every_model = pytest.mark.parametrize("kind", SAVED, ids=lambda kind: kind.__name__)


class Case(NamedTuple):
    """A fitted model, and what it answers on a sound table."""

    model: Any
    answers: Callable[[Any], list[Any]]


@functools.cache
def orders() -> pd.DataFrame:
    table = load_cdnow("sample")
    table = table[table["customer_id"] < 4000].reset_index(drop=True)
    return table.assign(product=np.array(["tea", "pot", "mug"])[np.arange(len(table)) % 3])


@functools.cache
def customers() -> pd.DataFrame:
    table = customer_table(orders().drop(columns="product"), as_of=AS_OF)
    channel = np.where(np.arange(len(table)) % 3 == 0, "网店", "shop")
    return table.assign(channel=channel, visits=20.0 + np.arange(len(table)) % 50)


def series(n: int, freq: str) -> pd.Series:
    wave = 50 + 8 * np.sin(np.arange(n) * np.pi / 6)
    noise = np.random.default_rng(0).normal(size=n)
    return pd.Series(wave + noise, pd.period_range("2015-01-05", periods=n, freq=freq))


def fitted_forecaster(n: int, freq: str, n_regressors: int, **parameters: Any) -> Case:
    sales = series(n, freq)
    sales.iloc[7] = np.nan
    index = pd.period_range(sales.index[0], periods=n + 3, freq=freq)
    X = pd.DataFrame({f"tv{k}": np.arange(n + 3.0) % (7 + k) for k in range(n_regressors)}, index)
    known = X if n_regressors else None
    model = ARIMAForecaster(**parameters).fit(sales, X=known)
    return Case(
        model,
        lambda model: [
            model.forecast(3, X=known),
            model.forecast_total(3, X=known),
            model.summary().table["estimate"],
        ],
    )


def fitted_churn(table: pd.DataFrame, kind: type = ChurnModel, **parameters: Any) -> Case:
    silent = ((customers()["repeat_count"] == 0) ^ (np.arange(len(table)) % 7 == 0)).astype(int)
    model = kind(**parameters).fit(table, silent)
    some = table.head(20)
    probability = "churn_probability" if kind is ChurnModel else "rest_probability"
    return Case(
        model,
        lambda model: [
            model.predict_proba(some),
            model.predict(some),
            model.add_to(some)[probability],
            model.explain(some)[probability],
            *([] if model.class_weight else [model.coefficients().table["standard_error"]]),
        ],
    )


def fitted_sentiment() -> Case:
    answers = simulate_comments(600, random_state=1).table
    model = CommentSentiment().fit(answers["comment"], answers["score"])
    some = answers["comment"].head(30)
    return Case(model, lambda model: [model.predict_proba(some), model.predict(some)])


def fitted_clusters(**parameters: Any) -> Case:
    model = CustomerClusters(3, **parameters).fit(customers()[FEATURES])
    some = customers().head(30)
    return Case(
        model,
        lambda model: [
            model.add_to(some)["cluster"],
            model.centers(),
            model.profile(some)["customers"],
        ],
    )


def purchases(model: Any) -> Case:
    some = customers().head(30)
    return Case(
        model.fit(customers()),
        lambda model: [
            model.expected_purchases(some, 90),
            model.alive_probability(some),
            model.expected_discounted_purchases(some, 0.1),
            model.purchase_probabilities(some, 1, 90),
        ],
    )


def fitted_value(**parameters: Any) -> Case:
    some, model = customers().head(30), CustomerLifetimeValue(**parameters).fit(customers())
    return Case(model, lambda model: [model.add_to(some)[["clv", "expected_mean_amount"]]])


def fitted_spend(kind: type = GammaGammaModel) -> Case:
    model, some = kind().fit(customers()), customers().head(30)
    return Case(
        model,
        lambda model: [
            model.expected_mean_amount(some),
            model.params_,
            model.summary()["standard_error"],
        ],
    )


def fitted_renewals() -> Case:
    model = ShiftedBetaGeoModel().fit_survivors([1000, 631, 468, 382, 326, 289])
    table = pd.DataFrame({"period_count": [1, 2, 5]})
    return Case(model, lambda model: [model.add_to(table), model.survival(9)])


def fitted_renewals_by_channel() -> Case:
    model = ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2)
    table = model.simulate(300, 6, random_state=0)
    table = table.assign(channel=np.where(table.index % 3 == 0, "网店", "shop"))
    model = ShiftedBetaGeoModel(["channel"]).fit(table)
    return Case(model, lambda model: [model.add_to(table.head(9)), model.params_])


def fitted_clock() -> Case:
    events = pd.DataFrame(
        {
            "name": ["圣诞", "sale"],
            "start_date": ["1997-12-24", "1998-03-01"],
            "end_date": ["1997-12-26", "1998-03-02"],
            "recurring": [True, False],
        }
    )
    clock = SeasonalClock(2, events=events).fit(orders(), "1998-03-31")
    return Case(clock, lambda clock: [clock.effects_, clock.intensity("1997-01-01", "1998-03-31")])


def on_a_clock() -> Case:
    table = customer_table(orders().drop(columns="product"), as_of="1998-03-31")
    model = BetaGeoModel(clock=SeasonalClock(1).fit(orders(), "1998-03-31")).fit(table)
    return Case(model, lambda model: [model.add_to(table, 90), model.params_])


def fitted_donations() -> Case:
    rows = [(0, 0), (1, 1), (1, 4), (2, 3), (2, 5), (3, 5), (5, 5), (0, 0)]
    donors = pd.DataFrame(rows, columns=["repeat_count", "last_opportunity"])
    donors["opportunity_count"] = 5
    model = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    seen = model.simulate(500, 5, random_state=0).drop(columns="alive")
    return Case(
        BetaGeoBinomialModel().fit(seen),
        lambda model: [model.add_to(donors, 3), model.purchase_probabilities(donors, 1, 2)],
    )


def fitted_cross_sell(**parameters: Any) -> Case:
    model = CrossSell(min_customers=1, **parameters).fit(orders(), as_of=AS_OF)
    some = model.customers_[:20]
    return Case(
        model,
        lambda model: [
            model.recommend(some)["score"],
            model.popular(some, new_only=False)["score"],
            model.affinity_,
        ],
    )


def fitted_cycle(by: str | None) -> Case:
    model = RepurchaseCycle(by=by, min_gaps=20).fit(orders(), as_of=AS_OF)
    some = orders().head(60)
    return Case(
        model,
        lambda model: [
            model.predict(some, AS_OF)[["gap_count", "cycle_days", "next_purchase_days"]],
            model.buying_probability(some, AS_OF, 30),
        ],
    )


def fitted_rfm(**parameters: Any) -> Case:
    some = customers().head(30)
    return Case(
        RFMSegmenter(**parameters).fit(customers()),
        lambda model: [model.transform(some), model.predict(some), model.profile(some)["share"]],
    )


def fitted_stages(rules: pd.DataFrame | None) -> Case:
    some = customers().head(30)
    return Case(
        LifecycleStages(rules).fit(),
        lambda model: [model.predict(some), model.profile(some)["share"]],
    )


def fitted_uplift(offers: int, **parameters: Any) -> Case:
    table = customers()[[*FEATURES, "channel"]]
    rng = np.random.default_rng(0)
    variant = rng.integers(0, offers + 1, len(table))
    if "control" in parameters:
        variant = np.array(["none", "mail", "电话"])[variant]
    model = UpliftModel(**parameters).fit(table, rng.random(len(table)), variant)
    some = table.head(20)
    return Case(model, lambda model: [model.predict(some), model.standard_error(some)])


OWN_SEGMENTS = pd.DataFrame(
    {"segment": ["金", "rest"], "recency_score": ["4-5", "any"], "monetary_score": [5, "any"]}
)
OWN_STAGES = pd.DataFrame({"stage": ["none", "new", "old"], "order_count": [0, "1-2", "3+"]})
CASES: dict[str, Callable[[], Case]] = {
    "CustomerClusters": fitted_clusters,
    "CustomerClusters mixture": lambda: fitted_clusters(method="gaussian_mixture", skew="log"),
    "CustomerClusters ward": lambda: fitted_clusters(method="ward", features=FEATURES),
    "RFMSegmenter": fitted_rfm,
    "RFMSegmenter own": lambda: fitted_rfm(
        segments=OWN_SEGMENTS, edges={"recency_days": [30, 60, 90, 180]}, extra=["visits"]
    ),
    "LifecycleStages": lambda: fitted_stages(None),
    "LifecycleStages own": lambda: fitted_stages(OWN_STAGES),
    "ChurnModel": lambda: fitted_churn(customers()[[*FEATURES, "channel"]]),
    "ChurnModel sigmoid": lambda: fitted_churn(customers()[["visits"]], calibrate="sigmoid"),
    "ChurnModel isotonic": lambda: fitted_churn(
        customers()[["visits", "channel"]], calibrate="isotonic", class_weight={0: 1.0, 1: 2.0}
    ),
    "PropensityModel": lambda: fitted_churn(
        customers()[[*FEATURES, "channel"]], PropensityModel, outcome="rest"
    ),
    "UpliftModel": lambda: fitted_uplift(1, propensity=0.5),
    "UpliftModel x": lambda: fitted_uplift(1, learner="x", n_repeats=1, treated=1),
    "UpliftModel offers": lambda: fitted_uplift(
        2, control="none", propensity={"none": 0.4, "mail": 0.3, "电话": 0.3}, n_repeats=1
    ),
    "UpliftModel offers t": lambda: fitted_uplift(2, learner="t", control="none", n_repeats=1),
    "CommentSentiment": fitted_sentiment,
    "SeasonalClock": fitted_clock,
    "ShiftedBetaGeoModel": fitted_renewals,
    "ShiftedBetaGeoModel covariates": fitted_renewals_by_channel,
    "BetaGeoBinomialModel": fitted_donations,
    "BetaGeoModel": lambda: purchases(BetaGeoModel()),
    "BetaGeoModel covariates": lambda: purchases(BetaGeoModel(["channel", "visits"])),
    "BetaGeoModel clock": on_a_clock,
    "ModifiedBetaGeoModel": lambda: purchases(ModifiedBetaGeoModel()),
    "ParetoNBDModel": lambda: purchases(ParetoNBDModel()),
    "GammaGammaModel": fitted_spend,
    "FrequencyGammaGammaModel": lambda: fitted_spend(FrequencyGammaGammaModel),
    "NetSpendModel": lambda: fitted_spend(NetSpendModel),
    "CustomerLifetimeValue": fitted_value,
    "CustomerLifetimeValue columns": lambda: fitted_value(
        purchases=ParetoNBDModel(), horizon_days=90, period_days=30, margin="visits"
    ),
    "ARIMAForecaster": lambda: fitted_forecaster(
        60, "M", 1, power="auto", order=(1, 0, 1), seasonal_order=(0, 1, 0)
    ),
    "ARIMAForecaster weeks": lambda: fitted_forecaster(140, "W-SUN", 0),
    "ARIMAForecaster average": lambda: fitted_forecaster(40, "M", 0, search="average"),
    "CrossSell": fitted_cross_sell,
    "CrossSell alike": lambda: fitted_cross_sell(method="lift", half_life_days=None),
    "RepurchaseCycle": lambda: fitted_cycle(None),
    "RepurchaseCycle by product": lambda: fitted_cycle("product"),
}
FORMATS = {  # others have 1
    "BetaGeoModel": 2,
    "ModifiedBetaGeoModel": 2,
    "ParetoNBDModel": 2,
    "SeasonalClock": 2,
}
every_case = pytest.mark.parametrize("name", CASES)


@functools.cache
def sound(name: str) -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        return CASES[name]()


@every_case
def test_the_loaded_model_answers_bit_for_bit(name: str) -> None:
    model, answers = sound(name)
    again = type(model).from_json(model.to_json())
    for one, other in zip(answers(again), answers(model), strict=True):
        assert np.asarray(one).tolist() == np.asarray(other).tolist()
    assert again.to_json() == model.to_json()
    assert set(vars(again)) <= set(vars(model))


@every_case
def test_both_show_what_was_learnt(name: str) -> None:
    model = sound(name).model
    shown = repr(model)
    assert shown.startswith(f"{type(model).__name__}(")
    assert "\n  " in shown
    assert re.search(COUNTS, shown)
    assert set(facts_of(type(model).from_json(model.to_json()))) <= set(facts_of(model))


COUNTS = r"\n  (customers|periods|days|comments|rules) +\d"


def facts_of(model: Any) -> dict[str, Any]:
    facts: dict[str, Any] = model._facts()
    return facts


def test_every_saved_model_is_tried() -> None:
    assert {kind.__name__ for kind in SAVED} == {name.split()[0] for name in CASES}


@every_case
def test_the_text_is_standard_json_with_a_format(name: str) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    state = json.loads(sound(name).model.to_json(), parse_constant=refuse)
    assert state["format"] == FORMATS.get(name.split(maxsplit=1)[0], 1)
    assert state["cemkit"] == cemkit.__version__


@every_case
def test_a_later_format_is_refused(name: str) -> None:
    model = sound(name).model
    known = FORMATS.get(type(model).__name__, 1)
    state = json.loads(model.to_json()) | {"format": known + 1, "cemkit": "99.0", "new": 1}
    message = (
        f"^the saved {type(model).__name__} has format {known + 1}, .* up to {known}; "
        "update cemkit$"
    )
    with pytest.raises(DataError, match=message):
        type(model).from_json(json.dumps(state))


@every_model
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^the text is not JSON: Expecting value"),
        ("model", "^the text is not JSON: Expecting value"),
        ("NaN", "^the text is not JSON: it has NaN"),
        ("{}", "^the text is not a saved KIND; write one with its to_json$"),
        ('["model"]', "^the text is not a saved KIND; "),
        ('{"model": "Model"}', "^the text is a saved Model, not a saved KIND; "),
        ('{"model": ["KIND"]}', "^the text is not a saved KIND; "),
        ('{"model": "KIND"}', "^the saved KIND is damaged: it lacks 'format'$"),
        (
            '{"model": "KIND", "model": "KIND"}',
            "^the text is not a saved model: it has 'model' twice",
        ),
        ("[" * 100_000, "nested too deeply$"),
        ("1" * 5000, "^the text is not JSON: Exceeds the limit"),
    ],
    ids=range(11),
)
def test_text_of_anything_else_is_refused(kind: type, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message.replace("KIND", kind.__name__)):
        kind.from_json(text.replace("KIND", kind.__name__))


@every_model
@pytest.mark.parametrize("source", [b"{}", Path("model.json"), None, 1, {}])
def test_what_is_not_text_is_refused(kind: type, source: object) -> None:
    with pytest.raises(TypeError, match=f"^{kind.__name__}.from_json takes the text that to_json"):
        kind.from_json(source)


@every_model
def test_what_is_not_fitted_is_not_saved(kind: type) -> None:
    with pytest.raises(NotFittedError):
        kind().to_json()


HOSTILE = [
    *(None, True, False, "", "x", "NaN", "any", "auto", "infinite"),
    *(-1, 0, 1, 2, 7, 0.5, -0.5, 1e-300, 1e30, -1e30, 1e300, -1.7e308),
    *(float("nan"), float("inf"), 2**31, 2**63, 10**30, 10**400),
    *([], {}, [[]], [1, "x"], {"a": 1}, functools.reduce(lambda x, _: [x], range(900), 1)),
]
FACTORS = [-1, 0, 1e-30, 1e-9, 0.5, 1.001, 3, 1e6, 1e12, 1e80]


def places(tree: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container and key of a tree."""
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            found.append((tree, key))
            places(tree[key], found)
    return found


def parsed(text: str) -> Any:
    """A text as a tree, with the texts within it as trees, too."""
    tree = json.loads(text)
    return tree | {
        key: parsed(value)
        for key, value in tree.items()
        if isinstance(value, str) and value.startswith('{"model"')
    }


def dumped(tree: Any) -> str:
    inner = {"purchases", "spend"}
    if isinstance(tree, dict) and "kind" in tree:
        tree = {
            key: dumped(value) if key in inner and isinstance(value, dict) else value
            for key, value in tree.items()
        }
    return json.dumps(tree, ensure_ascii=False).replace("(twice)", "")


def changed(text: str, rng: random.Random) -> str:
    """A text with one or two things in it changed."""
    if rng.random() < 0.05:
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(["", "}", "0", '"', text[at + 1 :], "\x00"])
    tree = parsed(text)
    if rng.random() < 0.4:
        # Types and lengths stay sound, so that the checks behind them are reached.
        leaves = [at for at in places(tree, []) if type(at[0][at[1]]) in (int, float)]
        named = [*sorted({key for _, key in leaves if isinstance(key, str)}), None]
        wanted = rng.choice(named)
        container, key = rng.choice([at for at in leaves if wanted in (None, at[1])])
        container[key] = change_number(container[key], rng)
        return dumped(tree)
    for _ in range(rng.choice([1, 1, 2])):
        # Long arrays would take nearly all changes: first a field, then a place in it.
        field = rng.choice(list(tree))
        container, key = rng.choice([(tree, field), *places(tree[field], [])])
        change_one(container, key, rng)
    return dumped(tree)


def change_number(value: float, rng: random.Random) -> float:
    if isinstance(value, int) and rng.random() < 0.5:
        return value + rng.choice([-2, -1, 1, 2, 10, 1000])
    factor = rng.choice(FACTORS)
    return int(value * factor) if isinstance(value, int) and rng.random() < 0.5 else value * factor


def change_one(container: Any, key: Any, rng: random.Random) -> None:
    value, what = container[key], rng.randrange(10)
    if what < 3:
        container[key] = rng.choice(HOSTILE)
    elif (what == 3 or what > 7) and isinstance(value, int | float):
        container[key] = value * rng.choice(FACTORS)
    elif what == 4:
        del container[key]
    elif what == 5 and isinstance(container, dict):
        container[key + rng.choice(["(twice)", "_", "__class__"])] = value
    elif what == 5:
        container.insert(key, value)
    elif what == 6:
        other = rng.choice(
            list(container) if isinstance(container, dict) else [*range(len(container))]
        )
        container[key], container[other] = container[other], container[key]
    elif isinstance(value, list):
        container[key] = value[: rng.randrange(len(value) + 1)] * rng.choice([1, 1, 2])
    else:
        container[key] = [value]


def outcome(case: Case, text: str) -> str:
    """What became of a text: refused, loaded, or loaded and refused by an answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CemkitWarning)
        try:
            model = type(case.model).from_json(text)
        except DataError:
            return "refused"
        try:
            answers = case.answers(model)
        except (CemkitError, ValueError, TypeError) as error:
            last = traceback.extract_tb(error.__traceback__)[-1].filename
            if isinstance(error, CemkitError) or last.startswith(PACKAGE):
                return "answer refused"
            raise
    for answer in answers:
        array = np.asarray(answer)
        assert array.dtype.kind in "OUT" or np.isfinite(array).all(), array
    return "loaded"


def check_changed(name: str, seeds: range) -> dict[str, int]:
    case = sound(name)
    case.answers(case.model)
    text, before = case.model.to_json(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = dict.fromkeys(["refused", "loaded", "answer refused"], 0)
    for seed in seeds:
        wrong = changed(text, random.Random(f"{name} {seed}"))
        try:
            counts[outcome(case, wrong)] += 1
        except Exception as error:
            error.add_note(f"{name}, seed {seed}: {wrong[:2000]}")
            raise
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    return counts


@every_case
def test_a_changed_text_is_refused_or_answers_soundly(name: str) -> None:
    counts = check_changed(name, range(20))
    assert counts["refused"] > 5


@pytest.mark.exhaustive
@every_case
def test_many_changed_texts_are_refused_or_answer_soundly(name: str) -> None:
    check_changed(name, range(20, 80))
