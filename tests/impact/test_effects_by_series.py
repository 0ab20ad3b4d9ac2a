"""Effects of several series against regressions, planted truths and real brands."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.impact.effects_by_series import promotion_effects
from cemkit.impact.intervention import promotion_effect

WEEKS = pd.period_range("2022-01-03", periods=90, freq="W-SUN")
ON = [12, 25, 40, 60, 75]
DAYS = WEEKS[ON].start_time
CALENDAR = pd.DataFrame(
    {"name": range(5), "start_date": DAYS, "end_date": DAYS + pd.Timedelta(days=6)}
)


def shops(lifts: list[float], spread: float = 0.1, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sold = np.exp(5 + rng.normal(0, spread, (90, len(lifts))))
    sold[ON] *= 1 + np.array(lifts)
    return pd.DataFrame(sold, WEEKS, [f"店{i}" for i in range(len(lifts))])


def test_each_series_has_the_effect_that_promotion_effect_gives_it() -> None:
    sales = shops([0.3, 0.5, 0.7])
    found = promotion_effects(sales, CALENDAR, after=1)
    lifts = found.table[found.table["effect"] == "lift"].set_index("series")
    for name in sales:
        alone = promotion_effect(sales[name], CALENDAR, after=1, placebos=0)
        assert lifts.loc[name, "estimate"] == pytest.approx(alone.lift, rel=1e-6)
        assert lifts.loc[name, "lower"] == pytest.approx(alone.lift_lower, abs=0.02)
    assert found.table["effect"].tolist() == ["lift", "dip"] * 3
    assert found.n_series == found.identified == 3


def test_pooling_draws_towards_the_mean_and_narrows() -> None:
    found = promotion_effects(shops([0.5] * 6, spread=0.25), CALENDAR, after=0)
    table = found.table
    own, pooled = (np.log1p(table[name]) for name in ("estimate", "pooled"))
    assert pooled.std() < own.std()
    widths = np.log1p(table[["upper", "pooled_upper"]]) - np.log1p(
        table[["lower", "pooled_lower"]].to_numpy()
    )
    assert (widths["pooled_upper"] < widths["upper"]).all()
    assert found.mean_lower < 0.5 < found.mean_upper
    assert table["weight"].between(0, 1).all()


def test_promotions_belong_to_the_series_they_name_and_row_order_does_not_matter() -> None:
    sales = shops([0.5, 0.5, 0.0])
    own = pd.concat([CALENDAR.assign(series="店0"), CALENDAR.assign(series="店1")])
    found = promotion_effects(sales, own, after=0)
    assert found.table["series"].tolist() == ["店0", "店1"]
    shuffled = promotion_effects(sales, own.sample(frac=1, random_state=0), after=0)
    pd.testing.assert_frame_equal(found.table, shuffled.table, rtol=1e-6)
    everywhere = CALENDAR.assign(series=None)
    assert promotion_effects(sales, everywhere, after=0).n_series == 3


def test_sizes_give_an_elasticity() -> None:
    depth = np.array([0.1, 0.3, 0.2, 0.1, 0.3])
    sales = shops([0.0] * 4)
    sales.iloc[ON] *= np.exp(-2.5 * np.log1p(-depth))[:, None]
    sized = CALENDAR.assign(size=depth)
    by_depth = promotion_effects(sales, sized, size="depth", after=0)
    assert by_depth.effect == "elasticity"
    assert by_depth.mean_lower < -2.5 < by_depth.mean_upper
    prices = sized.assign(size=8 * (1 - depth))
    regular = pd.Series(8.0, sales.columns)
    by_price = promotion_effects(sales, prices, size="price", regular_price=regular, after=0)
    pd.testing.assert_frame_equal(by_depth.table, by_price.table, rtol=1e-6)


def test_what_comes_before_is_measured_and_told_from_the_dip() -> None:
    sales = shops([0.5] * 3, spread=0.05)
    sales.iloc[np.array(ON) - 1] *= 0.8
    sales.iloc[np.array(ON) + 1] *= 0.9
    found = promotion_effects(sales, CALENDAR, before=1, after=1)
    assert found.averages.loc["before", "mean"] == pytest.approx(-0.2, abs=0.05)
    assert found.averages.loc["dip", "mean"] == pytest.approx(-0.1, abs=0.05)


def yearly_day(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A day that sells three times as much in every shop, half again with the promotion."""
    days = pd.period_range("2021-06-01", "2023-12-31", freq="D")
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.05, len(days))
    sold = np.exp(6 + common[:, None] + rng.normal(0, 0.05, (len(days), 5)))
    double = days.strftime("%m-%d") == "11-11"
    sold[double] *= 3
    sold[np.ix_(double, [0, 1, 2])] *= 1.5
    sales = pd.DataFrame(sold, days, list("ABCDE"))
    calendar = pd.DataFrame(
        {
            "series": ["A", "B", "C"], "name": "双11", "start_date": "2021-11-11",
            "end_date": "2021-11-11", "recurring": True,
        }
    )  # fmt: skip
    return sales, calendar


def test_a_day_of_every_year_takes_shops_without_it() -> None:
    sales, calendar = yearly_day()
    alone = promotion_effects(sales[["A", "B", "C"]], calendar, after=0)
    assert alone.identified == 0
    assert np.isnan(alone.mean)
    assert "not identified in any of 3 series" in alone.sentence()
    assert "compare shops of which some leave it out" in alone.sentence()
    assert "无法识别" in alone.sentence("zh")
    against = promotion_effects(sales, calendar, comparison=["D", "E"], after=0)
    assert set(against.table["calendar"]) == {"other series"}
    assert against.mean_lower < 0.5 < against.mean_upper
    assert against.mean == pytest.approx(0.5, abs=0.12)


def test_series_without_another_year_do_not_tell_the_lift_from_the_season() -> None:
    sales = shops([0.5] * 3).iloc[:50]
    found = promotion_effects(sales, CALENDAR[CALENDAR["end_date"] < "2022-12-01"], after=0)
    assert set(found.table["calendar"]) == {"no other year"}
    assert (found.identified, found.measured) == (0, 3)
    assert "over 3 series, of which 0 tell it apart from the season" in found.sentence()
    assert "其中 0 个可与季节区分" in found.sentence("zh")


def test_a_series_too_short_to_be_measured_says_so_and_gets_what_the_others_say() -> None:
    sales = shops([0.5] * 4)
    sales.iloc[[i for i in range(90) if i not in [*ON, 1, 2, 3]], 3] = np.nan
    found = promotion_effects(sales, CALENDAR, after=0)
    last = found.table.iloc[3]
    assert np.isnan(last["estimate"])
    assert last["weight"] == 0
    assert last["pooled"] == pytest.approx(found.mean, abs=0.02)
    assert last["reason"]
    assert found.identified == 3


@pytest.mark.parametrize(
    ("change", "given", "error", "message"),
    [
        ({}, {"size": "depth"}, MissingColumnsError, "size"),
        ({"size": 20.0}, {"size": "depth"}, DataError, "20 % is 0.2"),
        ({"size": 5.0}, {"size": "price"}, ValueError, "needs the price without a promotion"),
        ({"size": 5.0}, {"size": "price", "regular_price": 4.0}, DataError, "below the regular"),
        ({}, {"regular_price": 4.0}, ValueError, "needs size='price'"),
        ({"series": "nobody"}, {}, DataError, "which is not a column of sales .店0"),
        ({}, {"comparison": ["nobody"]}, DataError, "not a column of sales"),
        ({"shop": 1}, {}, DataError, "unknown column 'shop'"),
    ],
)
def test_bad_input_is_refused(change, given, error, message: str) -> None:
    with pytest.raises(error, match=message):
        promotion_effects(shops([0.5] * 3), CALENDAR.assign(**change), after=0, **given)


def test_a_promotion_without_sales_names_the_series() -> None:
    sales = shops([0.5] * 3)
    sales.iloc[ON[2], 1] = np.nan
    with pytest.raises(DataError, match="series '店1': all sales during promotion 2"):
        promotion_effects(sales, CALENDAR)


def test_sales_of_nothing_and_calendars_of_nobody_are_refused() -> None:
    sales = shops([0.5] * 3)
    sales.iloc[3, 1] = 0
    with pytest.raises(
        DataError, match="series .店1.: 1 value is not above 0, but effects are relative here"
    ):
        promotion_effects(sales, CALENDAR)
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in promotions, got 0"):
        promotion_effects(shops([0.5]), CALENDAR.assign(series="店0").iloc[:0])
    with pytest.raises(TypeError, match="DataFrame"):
        promotion_effects(sales["店0"], CALENDAR)


def juice(folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weekly sales of eleven brands over all stores, and the weeks in which most feature them."""
    table = pd.read_parquet(folder / "orange_juice.parquet")
    table = table.assign(sold=np.exp(table["logmove"]))
    how = {"sold": "sum", "feat": "mean"}
    weeks = table.pivot_table(index="week", columns="brand", values=list(how), aggfunc=how)
    weeks = weeks.reindex(range(40, 161))
    index = pd.period_range("1990-03-15", periods=len(weeks), freq="W-WED")
    sales = weeks["sold"].set_axis(index)
    rows = []
    for brand in sales:
        days = index[(weeks["feat"][brand] > 0.5).to_numpy()]
        dates = {"start_date": days.start_time, "end_date": days.end_time.normalize()}
        rows.append(pd.DataFrame({"series": brand, "name": range(len(days)), **dates}))
    return sales, pd.concat(rows, ignore_index=True)


def test_all_eleven_juice_brands_get_a_lift_as_a_regression_of_logs_has_it(reference_data) -> None:
    sales, promotions = juice(reference_data)
    found = promotion_effects(sales, promotions, after=0)
    assert found.n_series == found.identified == 11
    for row in found.table.itertuples():
        own = promotions["series"] == row.series
        on = sales.index.start_time.isin(promotions.loc[own, "start_date"])
        design = np.column_stack([np.ones(121), on])
        logs = np.log(sales[row.series].to_numpy())
        effect, rest, _, _ = np.linalg.lstsq(design, logs, rcond=None)
        plain = np.sqrt(rest[0] / 119 * np.linalg.inv(design.T @ design)[1, 1])
        ours = (np.log1p(row.upper) - np.log1p(row.lower)) / 2 / 1.96
        assert abs(np.log1p(row.estimate) - effect[1]) < 1.96 * np.hypot(plain, ours)
        assert row.pooled_lower > 0.1
