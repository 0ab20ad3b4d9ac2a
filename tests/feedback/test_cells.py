"""Cells: sums of answers, customers who answer twice, and how much dependent answers weigh."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning
from cemkit.feedback import ces, csat, nps
from cemkit.proportions.intervals import critical_value, rate_bounds


def twice(n=40) -> pd.DataFrame:
    """Every customer answers in two months, the second time better."""
    first = pd.DataFrame({"customer_id": range(n), "response_date": "2024-01-15", "score": 3})
    return pd.concat([first, first.assign(response_date="2024-02-15", score=10)])


def test_the_last_answer_of_a_row_counts() -> None:
    assert nps(twice()).table[["n", "value"]].to_numpy().tolist() == [[40, 1.0]]
    assert nps(twice()).repeated == 40
    by_month = nps(twice(), period="month")
    assert by_month.table["value"].tolist() == [-1.0, 1.0]
    assert by_month.repeated == 0
    assert (by_month.answers, by_month.customers) == (80, 40)


def test_of_one_moment_the_lowest_answer_counts_and_undated_ones_come_first() -> None:
    table = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2],
            "response_date": ["2024-01-15", "2024-01-15", None, "2024-01-01"],
            "score": [10, 2, 10, 8],
        }
    )
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]):
        found = nps(table.iloc[order]).table
        assert found[["promoters", "passives", "detractors"]].to_numpy().tolist() == [[0, 1, 1]]


def test_answers_of_one_customer_that_agree_weigh_as_one() -> None:
    once = pd.DataFrame({"customer_id": range(60), "score": [10, 8, 3] * 20})
    thrice = pd.concat([once] * 3)
    alone, together = nps(once).table, nps(thrice, repeats="all").table
    assert together["n"].item() == 180
    # The clustered variance has the factor 60 / 59.
    assert together["effective_n"].item() == pytest.approx(59)
    for name in ("lower", "upper"):
        assert together[name].item() == pytest.approx(alone[name].item(), abs=0.003)


def test_answers_of_one_customer_that_are_independent_weigh_nearly_their_number() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"customer_id": np.repeat(range(2000), 2), "score": rng.integers(0, 11, 4000)}
    )
    effective = nps(table, repeats="all").effective_n
    assert 3700 < effective <= 4000


def test_copies_of_an_answer_count_once_and_are_warned_of() -> None:
    table = twice()
    copied = pd.concat([table, table.head(5)])
    expected = nps(table, repeats="all").table
    with pytest.warns(CemkitWarning, match="5 rows are copies of others, alike in customer_id"):
        found = nps(copied, repeats="all")
    pd.testing.assert_frame_equal(found.table, expected)
    with pytest.warns(CemkitWarning, match="5 rows are copies"):
        found = nps(copied.set_index("customer_id"), repeats="all")
    pd.testing.assert_frame_equal(found.table, expected)
    pd.testing.assert_frame_equal(nps(copied).table, nps(table).table)


def test_answers_that_are_all_alike_weigh_as_their_customers() -> None:
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "score": 7})
    found = ces(table, repeats="all").table
    assert found["effective_n"].item() == 3
    expected = ces([7, 7, 7]).table
    assert found["lower"].item() == pytest.approx(expected["lower"].item())


def test_coverage_where_customers_answer_several_times() -> None:
    rng = np.random.default_rng(0)
    groups, customers = 200, 60
    chance = rng.beta(1, 1, groups * customers)  # of being a promoter, from customer to customer
    answers = np.where(rng.random((groups * customers, 6)) < chance[:, None], 10, 2)
    table = pd.DataFrame(
        {
            "customer_id": np.repeat(range(groups * customers), 6),
            "group": np.repeat(range(groups), 6 * customers),
            "score": answers.ravel(),
        }
    )
    independent = table.assign(customer_id=range(len(table)))
    clustered, plain = (
        nps(answered, by="group", repeats="all").table for answered in (table, independent)
    )
    assert clustered["upper"].ge(0).mul(clustered["lower"].le(0)).mean() >= 0.91
    assert plain["upper"].ge(0).mul(plain["lower"].le(0)).mean() <= 0.85


def test_satisfaction_of_dependent_answers_has_wilsons_interval_of_their_effective_number() -> None:
    table = pd.DataFrame({"customer_id": [*range(30), *range(30)], "score": [5, 4, 2] * 20})
    found = csat(table, repeats="all").table.iloc[0]
    n = np.array([found["effective_n"]])
    lower, upper = rate_bounds(n * found["value"], n, critical_value(0.95))
    assert (found["lower"], found["upper"]) == pytest.approx((lower[0], upper[0]))
