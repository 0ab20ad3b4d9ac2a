"""Effects by time of day, against linearised values by hand, and with customers who come often."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import f as fisher

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments import effect_by_time_of_day


def visits(customers: int, seed: int, *, evening: float = 0.0) -> pd.DataFrame:
    """Visits of customers with a taste of their own, 1 to 6 each; the effect is in the evening."""
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(customers), rng.integers(1, 7, customers))
    data = pd.DataFrame({"customer_id": ids, "variant": np.where(ids % 2, "B", "A")})
    hour = rng.integers(0, 24, len(ids))
    data["event_time"] = pd.Timestamp("2024-03-01") + pd.to_timedelta(hour * 60 + 7, "min")
    taste = rng.normal(0, 5, customers)[ids]
    late = evening * ((hour >= 18) & (data["variant"] == "B"))
    data["amount"] = 20 + taste + late + rng.normal(0, 4, len(ids))
    return data


def by_hand(data: pd.DataFrame) -> tuple[np.ndarray, float, float]:
    """Differences by part, Hotelling's F and its p value, from linearised values of customers."""
    part = data["event_time"].dt.hour // 6
    difference, contrast, own, sizes = np.zeros(4), np.eye(4)[1:] - np.eye(4)[:-1], [], []
    for sign, variant in ((-1, "A"), (1, "B")):
        arm = data[data["variant"] == variant]
        wide = {
            name: pd.crosstab(arm["customer_id"], part, values=values, aggfunc="sum").fillna(0)
            for name, values in (("y", arm["amount"]), ("n", pd.Series(1.0, index=arm.index)))
        }
        ratio = wide["y"].sum() / wide["n"].sum()
        linear = (wide["y"] - ratio * wide["n"]) / wide["n"].mean()
        difference += sign * ratio.to_numpy()
        own.append(contrast @ linear.cov().to_numpy() @ contrast.T / len(linear))
        sizes.append(len(linear))
    apart, inverse = contrast @ difference, np.linalg.inv(sum(own))
    shares = [one @ inverse for one in own]
    spent = [
        (np.trace(one @ one) + np.trace(one) ** 2) / (size - 1)
        for one, size in zip(shares, sizes, strict=True)
    ]
    degrees = 12 / sum(spent)  # Krishnamoorthy and Yu (2004), 3 contrasts
    statistic = apart @ inverse @ apart * (degrees - 2) / (3 * degrees)
    return difference, statistic, float(fisher.sf(statistic, 3, degrees - 2))


def test_differences_and_test_are_those_of_the_customers() -> None:
    data = visits(600, 0, evening=1.0)
    found = effect_by_time_of_day(data, {"amount": "mean"}, "A")
    difference, statistic, p_value = by_hand(data)
    assert found.table["difference"].tolist() == pytest.approx(difference.tolist())
    assert found.tests["statistic"][0] == pytest.approx(statistic, rel=1e-6)
    assert found.tests["p_value"][0] == pytest.approx(p_value, rel=1e-5)
    assert found.unit == "customer"


def test_effects_alike_all_day_are_rarely_said_to_differ() -> None:
    # 500 small variants beside a control so large that their tests are nearly independent.
    rng = np.random.default_rng(0)
    of_customer = np.append(np.repeat(np.arange(500), 25), np.full(2500, 500))
    ids = np.repeat(np.arange(len(of_customer)), rng.integers(1, 7, len(of_customer)))
    minutes = pd.to_timedelta(rng.integers(0, 1440, len(ids)), "min")
    taste = rng.normal(0, 5, len(of_customer))[ids]
    data = pd.DataFrame(
        {
            "customer_id": ids,
            "variant": np.array([f"B{i}" for i in range(500)] + ["A"])[of_customer[ids]],
            "event_time": pd.Timestamp("2024-03-01") + minutes,
            "amount": 20 + taste + rng.normal(0, 4, len(ids)),
        }
    )
    tests = effect_by_time_of_day(data, {"amount": "mean"}, "A").tests
    assert 0.021 <= (tests["p_value"] < 0.05).mean() <= 0.079  # three standard errors


@pytest.mark.parametrize(
    "engine", [pl.from_pandas, lambda d: pl.from_pandas(d).lazy(), duckdb.from_df]
)
def test_each_engine_gives_the_same(engine) -> None:
    data = visits(300, 1)
    expected = effect_by_time_of_day(data, {"amount": "mean"}, "A")
    found = effect_by_time_of_day(engine(data), {"amount": "mean"}, "A")
    for name in ("difference", "p_value"):
        assert found.table[name].tolist() == pytest.approx(expected.table[name].tolist())
    assert found.tests["p_value"].tolist() == pytest.approx(expected.tests["p_value"].tolist())


def test_row_order_does_not_matter() -> None:
    data = visits(300, 2)
    one, other = (
        effect_by_time_of_day(d, {"amount": "mean"}, "A").tests["p_value"][0]
        for d in (data, data.sample(frac=1, random_state=0))
    )
    assert one == pytest.approx(other, rel=1e-9)


def test_an_effect_of_the_evening_is_found_and_said() -> None:
    found = effect_by_time_of_day(visits(3000, 3, evening=3.0), {"amount": "mean"}, "A")
    assert found.differs
    won = found.table.set_index("part")["winner"]
    assert won["18-00"] == "B"
    assert found.sentence().startswith("The effect of B - A on amount differs between times of day")
    assert " from 18 to 00 h; p = " in found.sentence()
    assert "18 时至 00 时" in found.sentence("zh")
    alike = effect_by_time_of_day(visits(1000, 4), {"amount": "mean"}, "A")
    assert not alike.differs
    assert alike.sentence().startswith(
        "Whether the effect of B - A on amount differs between times"
    )


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"parts": [0]}, ValueError, "two or more rising hours from 0 to 23"),
        ({}, {"parts": [6, 0]}, ValueError, "two or more rising hours"),
        ({}, {"parts": [0, 24]}, ValueError, "two or more rising hours"),
        ({}, {"control": "C"}, DataError, "control 'C' is not a variant"),
        (
            {"event_time": pd.Timestamp("2024-03-01 07:00")},
            {},
            NotEnoughDataError,
            "need at least 1 row of each variant from 00 to 06 o.clock, got 0",
        ),
        ({"variant": lambda d: np.arange(len(d)) % 2}, {"control": 0}, DataError, "more than one"),
    ],
)
def test_bad_input(change, options, error, message) -> None:
    with pytest.raises(error, match=message):
        effect_by_time_of_day(
            visits(60, 5).assign(**change), {"amount": "mean"}, **{"control": "A", **options}
        )
