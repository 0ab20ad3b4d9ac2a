"""The population stability index by hand, and its chance level by simulation."""

import numpy as np
import pandas as pd
import pytest

from cemkit import customer_table, load_cdnow
from cemkit.churn import feature_drift
from cemkit.errors import DataError, MissingColumnsError


def test_by_hand() -> None:
    before = pd.DataFrame({"channel": ["web"] * 600 + ["shop"] * 400})
    after = pd.DataFrame({"channel": ["web"] * 300 + ["shop"] * 700})
    old, new = np.array([600.5, 400.5]) / 1001, np.array([300.5, 700.5]) / 1001
    found = feature_drift(before, after)
    assert found.table.loc["channel", "psi"] == pytest.approx(
        ((new - old) * np.log(new / old)).sum()
    )
    assert found.table.loc["channel", "verdict"] == "shifted"
    assert found.shifted == 1


def test_chance_is_exceeded_once_in_twenty() -> None:
    rng = np.random.default_rng(0)
    before, after = (
        pd.DataFrame(rng.normal(size=(1000, 200))),
        pd.DataFrame(rng.normal(size=(500, 200))),
    )
    table = feature_drift(before, after).table
    assert (table["psi"] > table["chance"]).mean() == pytest.approx(0.05, abs=0.04)
    assert (table["verdict"] == "stable").all()


def test_new_levels_missing_values_and_ties_have_bins() -> None:
    before = pd.DataFrame({"plan": ["a"] * 500, "orders": [0] * 400 + [1] * 100, "same": 1.0})
    after = pd.DataFrame({"plan": ["b"] * 500, "orders": [0] * 250 + [np.nan] * 250, "same": 1.0})
    table = feature_drift(before, after).table
    assert table.loc["plan", "psi"] > 5
    assert np.isfinite(table["psi"]).all()
    assert table.loc["orders", "missing_after"] == 0.5
    assert table.loc["orders", "verdict"] == "shifted"
    assert table.loc["same", "psi"] == 0


@pytest.mark.parametrize("dtype", ["Int64", "float64", "object", "int64[pyarrow]"])
def test_every_type_of_number_has_the_same_index(dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    before = pd.DataFrame({"orders": rng.poisson(3, 900)}, dtype="Int64").where(lambda t: t < 6)
    after = pd.DataFrame({"orders": rng.poisson(4, 700)}, dtype="Int64").where(lambda t: t < 8)
    expected = feature_drift(before.astype("float64"), after.astype("float64")).table
    for table in (before.astype(dtype), after.astype(dtype)):
        assert table["orders"].isna().any()
    pd.testing.assert_frame_equal(feature_drift(before.astype(dtype), after).table, expected)
    pd.testing.assert_frame_equal(feature_drift(before, after.astype(dtype)).table, expected)


def test_what_was_never_known_and_is_now_has_shifted() -> None:
    table = pd.DataFrame({"age_days": [1.0, 2.0] * 100})
    missing = table * np.nan
    assert feature_drift(missing, table).table.loc["age_days", "verdict"] == "shifted"
    assert feature_drift(missing, missing).table.loc["age_days", "psi"] == 0


def test_numbers_that_became_text_are_no_stable_feature() -> None:
    before = pd.DataFrame({"recency_days": np.random.default_rng(0).integers(0, 1000, 1000)})
    with pytest.raises(DataError, match="recency_days is int64 before and .* after, so no value"):
        feature_drift(before, before.astype(str))
    with pytest.raises(DataError, match="no feature is left: {'day': 'dates'}"):
        feature_drift(
            *[pd.DataFrame({"day": pd.date_range(year, periods=9)}) for year in ("2023", "2025")]
        )


def test_the_customer_is_no_feature(known: pd.DataFrame) -> None:
    early, late = known.head(9000), known.tail(9000)
    pd.testing.assert_frame_equal(
        feature_drift(early.reset_index(), late.reset_index()).table,
        feature_drift(early, late).table,
    )


def test_cdnow_ages_and_the_other_way_round(known: pd.DataFrame) -> None:
    found = feature_drift(known, known.assign(recency_days=known["recency_days"] + 90))
    assert found.table.index[0] == "recency_days"
    assert "the largest change is in recency_days" in found.sentence()
    assert "recency_days" in found.sentence("zh")
    assert (found.table["psi"].iloc[1:] < 1e-12).all()
    with pytest.raises(MissingColumnsError, match="both tables need the same features"):
        feature_drift(known, known.drop(columns="tenure_days"))


@pytest.mark.parametrize("dtype", ["float32", "float16", "Float32", "float[pyarrow]"])
@pytest.mark.parametrize("seed", range(3))
def test_a_copy_in_a_coarser_type_has_not_shifted(dtype: str, seed: int) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    rng = np.random.default_rng(seed)
    before = pd.DataFrame(
        {
            "few": rng.choice([0.1, 0.2, 0.3, 0.7], 400),
            "many": rng.gamma(2.0, 30.0, 400),
            "counts": rng.poisson(3, 400),
            "close": 1 + rng.random(400) * 1e-9,
        }
    )
    after = before.astype("float64").astype(dtype)
    for pair in ((before, after), (after, before)):
        assert (feature_drift(*pair).table["psi"] == 0).all()


def test_infinite_and_complex_numbers_and_numbers_as_text_are_refused() -> None:
    before = pd.DataFrame({"amount": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="amount has infinite values"):
        feature_drift(before, before.replace(3.0, np.inf))
    with pytest.raises(DataError, match="amount holds complex numbers"):
        feature_drift(before.astype(complex), before.astype(complex))
    blank = pd.DataFrame({"amount": [1.5, 2.5, ""] + [float(k) for k in range(40)]}, dtype=object)
    with pytest.raises(DataError, match="amount is text that holds numbers in 97.7%"):
        feature_drift(blank, blank)


def test_a_customer_table_is_compared_as_it_is() -> None:
    orders = load_cdnow("sample")
    then, now = (customer_table(orders, day) for day in ("1997-06-30", "1997-09-30"))
    found = feature_drift(then, now)
    assert found.ignored == {"first_order_date": "dates", "last_order_date": "dates"}
    numbers = then.select_dtypes("number")
    assert found.table.equals(feature_drift(numbers, now[numbers.columns]).table)
