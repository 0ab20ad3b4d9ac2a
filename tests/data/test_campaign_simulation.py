"""The truth of each simulator is found again in what it draws."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import simulate_events, simulate_experiment, simulate_responses, simulate_sales


def test_an_experiment_has_the_rates_and_the_correlation_it_says() -> None:
    rates = {"a": 0.1, "b": 0.2, "c": 0.3}
    table = simulate_experiment(60_000, conversion=rates, pre_correlation=0.7).table
    found = table.groupby("variant")["converted"].mean()
    assert found.to_dict() == pytest.approx(rates, abs=0.01)
    bought = table[table["converted"] == 1]
    logs = np.log(bought[["amount", "pre_amount"]])
    assert logs.corr().iloc[0, 1] == pytest.approx(0.7, abs=0.02)
    assert bought["amount"].mean() == pytest.approx(40.0, rel=0.02)
    assert (table.loc[table["converted"] == 0, "amount"] == 0).all()


def test_sales_have_their_lift_week_and_autocorrelation() -> None:
    drawn = simulate_sales(7_000, promotion_days=range(10, 20), weekly_share=0.3)
    table = drawn.table
    promoted = table["promotion"] == 1
    assert promoted.sum() == 10
    np.testing.assert_allclose(table["amount"] / table["baseline"], 1 + 0.3 * table["promotion"])
    by_day = table["baseline"].groupby(np.arange(7_000) % 7).transform("mean")
    rest = (table["baseline"] - by_day).to_numpy()
    assert np.corrcoef(rest[1:], rest[:-1])[0, 1] == pytest.approx(0.5, abs=0.04)
    assert by_day.iloc[:7].max() / by_day.mean() == pytest.approx(1.29, abs=0.02)


def test_events_follow_the_funnel_in_time() -> None:
    drawn = simulate_events(30_000, steps=("a", "b", "c"), step_rates=(0.5, 0.2), n_days=30)
    table = drawn.table
    counts = table["event"].value_counts()
    assert counts["a"] == 30_000
    assert counts["b"] / counts["a"] == pytest.approx(0.5, abs=0.02)
    assert counts["c"] / counts["b"] == pytest.approx(0.2, abs=0.02)
    steps = table.groupby("customer_id")["event"].agg("".join)
    assert set(steps) == {"a", "ab", "abc"}
    assert table.groupby("customer_id")["event_time"].is_monotonic_increasing.all()


def test_responses_have_the_score_they_say() -> None:
    drawn = simulate_responses(40_000, promoters=0.5, detractors=0.1)
    score = drawn.table["score"]
    found = (score >= 9).mean() - (score <= 6).mean()
    assert drawn.truth["net_promoter_score"] == pytest.approx(0.4)
    assert found == pytest.approx(0.4, abs=0.02)
    assert set(score) == set(range(11))


@pytest.mark.parametrize(
    "simulate", [simulate_experiment, simulate_sales, simulate_events, simulate_responses]
)
def test_a_seed_is_the_same_table(simulate: object) -> None:
    first, again, other = (simulate(50, random_state=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    with pytest.raises(ValueError, match="must be at least 1"):
        simulate(0)


def test_bad_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"conversion\['a'\] must lie strictly between 0 and 1"):
        simulate_experiment(10, conversion={"a": 1.5})
    with pytest.raises(ValueError, match="3 steps take 2 step_rates: .0.5."):
        simulate_events(10, steps=("a", "b", "c"), step_rates=(0.5,))
    with pytest.raises(ValueError, match=r"promoters [+] detractors"):
        simulate_responses(10, promoters=0.6, detractors=0.6)


def test_options_are_read_once_and_bad_ones_are_named() -> None:
    one, other = (simulate_sales(9, promotion_days=d).table for d in ([3], iter([3])))
    pd.testing.assert_frame_equal(one, other)
    steps = simulate_events(9, steps=iter(["a", "b"]), step_rates=iter([1.0]))
    pd.testing.assert_frame_equal(
        steps.table, simulate_events(9, steps=["a", "b"], step_rates=[1.0]).table
    )
    with pytest.raises(ValueError, match="each of promotion_days must be at most 8, not 9"):
        simulate_sales(9, promotion_days=[9])
    with pytest.raises(ValueError, match="start_date='03/04/1997' is not a date"):
        simulate_sales(9, start_date="03/04/1997")
    with pytest.raises(ValueError, match="9 days from start_date=9999-12-31 end after the year"):
        simulate_sales(9, start_date="9999-12-31")
    with pytest.raises(ValueError, match="pre_correlation must be at most 1, not 1.5"):
        simulate_experiment(9, pre_correlation=1.5)
