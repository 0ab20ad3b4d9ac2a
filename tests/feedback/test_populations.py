"""Weights to a known population: against a hand-made sum, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.feedback import nps
from cemkit.feedback.intervals import tango_bounds
from cemkit.proportions.intervals import critical_value

ANSWERS = pd.DataFrame(
    {
        "customer_id": range(150),
        "group": ["new"] * 50 + ["loyal"] * 100,
        "score": [10] * 20 + [8] * 10 + [3] * 20 + [10] * 70 + [8] * 20 + [3] * 10,
    }
)
SHARES = pd.DataFrame({"group": ["new", "loyal"], "share": [0.6, 0.4]})


def test_the_score_is_the_weighted_sum_and_its_interval_adds_squares() -> None:
    found = nps(ANSWERS, population=SHARES).table.iloc[0]
    assert found["value"] == pytest.approx(0.6 * 0 + 0.4 * 0.6)
    bounds = [
        np.ravel(tango_bounds(*(np.array([float(x)]) for x in cell), critical_value(0.95)))
        for cell in ((20, 20, 50), (70, 10, 100))
    ]
    down = np.hypot(0.6 * (0 - bounds[0][0]), 0.4 * (0.6 - bounds[1][0]))
    up = np.hypot(0.6 * (bounds[0][1] - 0), 0.4 * (bounds[1][1] - 0.6))
    assert (found["lower"], found["upper"]) == pytest.approx((0.24 - down, 0.24 + up))
    assert found["effective_n"] == pytest.approx(1 / (0.36 / 50 + 0.16 / 100))
    assert found["n"] == 150


def test_shares_as_they_answered_change_nothing() -> None:
    as_answered = pd.DataFrame({"group": ["new", "loyal"], "customers": [50, 100]})
    found, plain = (nps(ANSWERS, population=each).table for each in (as_answered, None))
    assert found["value"].item() == pytest.approx(plain["value"].item())
    assert found["mean_score"].item() == pytest.approx(plain["mean_score"].item())


def test_a_population_within_groups_is_taken_within_them() -> None:
    table = ANSWERS.assign(region=np.where(ANSWERS["customer_id"] % 2, "east", "west"))
    both = pd.DataFrame(
        {
            "region": ["east", "east", "west", "west"],
            "group": ["new", "loyal"] * 2,
            "share": [0.1, 0.3, 0.4, 0.2],
        }
    )
    found = nps(table, by="region", population=both).table
    for region, weights in (("east", [0.25, 0.75]), ("west", [2 / 3, 1 / 3])):
        alone = nps(
            table[table["region"] == region],
            population=pd.DataFrame({"group": ["new", "loyal"], "share": weights}),
        ).table
        row = found[found["region"] == region]
        for name in ("value", "lower", "upper"):
            assert row[name].item() == pytest.approx(alone[name].item())


def test_groups_without_answers_are_named_and_the_rest_stands_for_all() -> None:
    more = pd.DataFrame({"group": ["new", "loyal", "lost"], "share": [0.3, 0.2, 0.5]})
    with pytest.warns(
        CemkitWarning, match=r"1 group\(s\) of the population gave no answer \(.*lost"
    ):
        found = nps(ANSWERS, population=more)
    assert found.table["value"].item() == pytest.approx(0.24)


@pytest.mark.filterwarnings("ignore:.*gave no answer")
def test_a_row_that_lacks_a_group_is_counted() -> None:
    table = ANSWERS.assign(wave=np.where(ANSWERS["group"] == "new", "a", "b"))
    with pytest.warns(CemkitWarning, match="2 of 2 rows lack answers of some group"):
        nps(table, by="wave", population=SHARES)


@pytest.mark.parametrize(
    ("population", "error", "message"),
    [
        (SHARES.assign(share=[0.6, 0.6]), DataError, "add up to 1.2, not to 1"),
        (SHARES.iloc[:1].assign(share=1.0), DataError, "no share of group 'loyal'"),
        (SHARES.assign(share=[-0.2, 1.2]), DataError, "at least 0"),
        (SHARES.assign(group="new"), DataError, "names group 'new' twice"),
        (SHARES.drop(columns="share"), MissingColumnsError, "share"),
        (SHARES.assign(customers=1), DataError, "both share and customers"),
        (SHARES[["share"]], DataError, "no column to split by"),
        (SHARES.assign(group=["new", None]), DataError, "missing in a row"),
        (SHARES.rename(columns={"group": "segment"}), MissingColumnsError, "segment"),
    ],
)
def test_populations_that_are_none_are_refused(population, error, message) -> None:
    with pytest.raises(error, match=message):
        nps(ANSWERS, population=population)


def test_weighting_covers_the_population_where_the_answers_alone_do_not() -> None:
    rng = np.random.default_rng(0)
    truth = 0.6 * 0.05 + 0.4 * 0.5
    runs, n = 150, 400
    loyal = rng.random(runs * n) < 0.6  # they answer more often than their share of 0.4
    promoter, passive = np.where(loyal, 0.6, 0.35), np.where(loyal, 0.9, 0.7)
    draw = rng.random(runs * n)
    table = pd.DataFrame(
        {
            "customer_id": range(runs * n),
            "run": np.repeat(range(runs), n),
            "group": np.where(loyal, "loyal", "new"),
            "score": np.where(draw < promoter, 10, np.where(draw < passive, 8, 2)),
        }
    )
    weighted, alone = (
        nps(table, by="run", population=population).table for population in (SHARES, None)
    )
    assert weighted["lower"].le(truth).mul(weighted["upper"].ge(truth)).mean() >= 0.91
    assert alone["lower"].le(truth).mul(alone["upper"].ge(truth)).mean() <= 0.7
