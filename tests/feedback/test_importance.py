"""drivers: relaimpo's values, statsmodels' HC3, coverage, missing answers, and honest quadrants."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback import drivers

MANY = "ignore:.*fewer than 300 ratings:cemkit.errors.CemkitWarning"


def ratings(n=800, weights=(0.8, 0.4, 0.0), means=(5, 6, 7), common=0.5, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shared = common * rng.normal(size=(n, 1))
    x = shared + np.sqrt(1 - common**2) * rng.normal(size=(n, len(weights)))
    table = pd.DataFrame(x + np.array(means), columns=["配送", "service", "price"][: len(weights)])
    return table.assign(overall=x @ np.array(weights) + rng.normal(size=n))


def test_shares_and_r_squared_are_those_of_ordinary_least_squares() -> None:
    table = ratings()
    found = drivers(table, "overall", n_resamples=50)
    x, y = table[["配送", "service", "price"]], table["overall"]
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert found.r_squared == pytest.approx(fit.rsquared, abs=1e-10)
    assert found.table["importance"].sum() == pytest.approx(1)
    assert found.table["importance"].is_monotonic_decreasing
    row = found.table.set_index("touchpoint").loc["配送"]
    r = {name: sm.OLS(y, sm.add_constant(x[list(name)])).fit().rsquared for name in SUBSETS}
    lmg = (
        r["配送",] / 3
        + (r["配送", "service"] - r["service",]) / 6
        + (r["配送", "price"] - r["price",]) / 6
        + (fit.rsquared - r["service", "price"]) / 3
    )
    assert row["importance"] == pytest.approx(lmg / fit.rsquared, abs=1e-10)
    assert row["correlation"] == pytest.approx(np.corrcoef(x["配送"], y)[0, 1])


SUBSETS = [
    ("配送",),
    ("service",),
    ("price",),
    ("配送", "service"),
    ("配送", "price"),
    ("service", "price"),
]


def test_a_driver_without_an_effect_of_its_own_gets_a_share_and_is_named() -> None:
    found = drivers(ratings(n=2000), "overall", n_resamples=200)
    price = found.table.set_index("touchpoint").loc["price"]
    assert price["importance_lower"] > 0.01
    assert found.without_own_effect == ["price"]
    for language, words in (
        ("en", "no contribution of its own is detected for price"),
        ("zh", "未检测到以下触点自身的作用：price"),
    ):
        assert words in found.sentence(language)


def test_no_sentence_speaks_of_effects_and_the_experiment_is_named() -> None:
    found = drivers(ratings(), "overall", n_resamples=50)
    english, chinese = found.sentence(), found.sentence("zh")
    assert (
        "This is association and no effect: improve 配送 for customers drawn at random" in english
    )
    assert "这是相关，不是因果：请随机抽取部分客户改进 配送" in chinese
    for word in ("moves", "drives", "increases", "leads to", "because", "raises"):
        assert word not in english


def test_the_order_of_rows_never_matters() -> None:
    table = ratings()
    table[table.columns[:3]] = table[table.columns[:3]].mask(
        np.random.default_rng(1).random((800, 3)) < 0.2
    )
    found = drivers(table, "overall", n_resamples=40)
    shuffled = drivers(table.sample(frac=1, random_state=0), "overall", n_resamples=40)
    pd.testing.assert_frame_equal(found.table, shuffled.table, check_exact=True)
    assert found.r_squared_lower == shuffled.r_squared_lower
    other = drivers(table, "overall", n_resamples=40, random_state=1)
    assert other.r_squared_lower != found.r_squared_lower


def test_missing_answers_by_em_are_near_the_complete_ones() -> None:
    table = ratings(n=3000)
    whole = drivers(table, "overall", n_resamples=20).table.set_index("touchpoint")
    rng = np.random.default_rng(0)
    sparse = table.copy()
    chance = np.where(table["overall"] > 0, 0.7, 0.3)  # missing by what was answered
    for name in ("配送", "service", "price"):
        sparse.loc[rng.random(3000) < chance, name] = np.nan
    found = drivers(sparse, "overall", n_resamples=200)
    assert found.method == "em"
    assert found.own_effect_method == "bootstrap"
    assert found.missing_share == pytest.approx(0.5, abs=0.02)
    assert found.complete_customers == sparse.notna().all(axis=1).sum()
    em = found.table.set_index("touchpoint")
    complete = drivers(sparse, "overall", missing="complete", n_resamples=20)
    assert complete.customers == found.complete_customers
    for name in em.index:
        assert em.loc[name, "importance"] == pytest.approx(whole.loc[name, "importance"], abs=0.07)
        lower, upper = em.loc[name, ["importance_lower", "importance_upper"]]
        assert lower <= whole.loc[name, "importance"] <= upper
    assert abs(found.r_squared - whole_r_squared(table)) < abs(
        complete.r_squared - whole_r_squared(table)
    )


def whole_r_squared(table: pd.DataFrame) -> float:
    x = sm.add_constant(table.drop(columns="overall"))
    return float(sm.OLS(table["overall"], x).fit().rsquared)


@pytest.mark.exhaustive
@pytest.mark.filterwarnings(MANY)
@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_coverage_of_the_intervals_of_shares(missing) -> None:
    truth = drivers(ratings(n=400_000, seed=99), "overall", n_resamples=1).table
    truth = truth.set_index("touchpoint")["importance"]
    held = pd.Series(0, index=truth.index)
    runs = 60
    for seed in range(runs):
        table = ratings(n=500, seed=seed)
        gaps = np.random.default_rng(seed).random((500, 3)) < missing
        table[table.columns[:3]] = table[table.columns[:3]].mask(gaps)
        found = drivers(table, "overall", n_resamples=300).table.set_index("touchpoint")
        held += (found["importance_lower"] <= truth) & (truth <= found["importance_upper"])
    assert (held >= (0.87 if missing == 0 else 0.83) * runs).all()


def test_quadrants_are_named_only_where_both_intervals_allow() -> None:
    table = ratings(n=1500, weights=(1.0, 0.2, 0.2), means=(4, 6, 8), common=0.1)
    found = drivers(table, "overall", n_resamples=200).table.set_index("touchpoint")
    assert found["quadrant"].to_dict() == {
        "配送": "concentrate here",
        "service": "undecided",  # its performance is that of the mean
        "price": "possible overkill",
    }
    alike = drivers(ratings(n=60, weights=(0.5, 0.5, 0.5)), "overall", n_resamples=200).table
    assert (alike["quadrant"] == "undecided").all()
    middle = 1 / 3
    crosses = (alike["importance_lower"] <= middle) & (alike["importance_upper"] >= middle)
    assert (alike.loc[crosses, "quadrant"] == "undecided").all()


def test_performance_may_be_the_share_of_the_two_highest_scores(shop) -> None:
    found = drivers(
        shop.responses,
        "nps",
        question="csat",
        performance="top",
        scale=(1, 5),
        n_resamples=20,
    ).table.set_index("touchpoint")
    rows = shop.responses[(shop.responses["touchpoint"] == "delivery")]
    assert found.loc["delivery", "performance"] == pytest.approx(
        (rows[rows["question"] == "csat"]["score"] >= 4).mean(), abs=0.05
    )
    with pytest.raises(ValueError, match=r"needs the scale of the ratings, as in scale=\(0, 10\)"):
        drivers(shop.responses, "nps", question="csat", performance="top")
    with pytest.raises(DataError, match="654 ratings are off the scale 1 to 3, such as 4"):
        drivers(shop.responses, "nps", question="csat", performance="top", scale=(1, 3))


@pytest.mark.filterwarnings(MANY)
def test_the_heaviest_touchpoint_of_the_shop_is_found(shop) -> None:
    found = drivers(shop.responses, "nps", question="csat", n_resamples=100)
    assert found.table["touchpoint"].iloc[0] == "delivery"
    assert next(iter(shop.truth["weights"])) == "delivery"


def test_few_ratings_after_em_are_warned_of() -> None:
    table = ratings(n=400)
    table.loc[:150, "price"] = np.nan
    with pytest.warns(CemkitWarning, match="'price' have fewer than 300 ratings"):
        drivers(table, "overall", n_resamples=10)


def test_too_few_complete_customers_are_refused_with_the_remedy() -> None:
    table = ratings(n=300)
    for at, name in enumerate(table.columns[:3]):
        table.loc[100 * at : 100 * at + 85, name] = np.nan
    with pytest.raises(NotEnoughDataError, match="got 42; use missing='em'"):
        drivers(table, "overall", missing="complete")


def test_touchpoints_that_determine_each_other_are_refused() -> None:
    table = ratings()
    table["price"] = table["配送"] + table["service"]
    with pytest.raises(DataError, match="'price', 'service', '配送' are linear combinations"):
        drivers(table, "overall")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"missing": "mean"}, "missing must be one of 'em', 'complete'"),
        ({"performance": "median"}, "performance must be one of"),
        ({"n_resamples": 0}, "n_resamples must be at least 1"),
        ({"question": "csat"}, "one row per answer; leave it out"),
    ],
)
def test_parameters_that_are_none_are_refused(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        drivers(ratings(), "overall", **options)
