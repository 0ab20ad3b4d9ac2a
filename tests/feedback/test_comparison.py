"""compare_scores: coverage and size by simulation, known values, and agreement of the parts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportions_ztest

from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback import compare_scores, nps


def waves(before, after) -> pd.DataFrame:
    n = len(before)
    return pd.DataFrame(
        {
            "customer_id": [*range(n), *range(n)],
            "wave": ["before"] * n + ["after"] * n,
            "score": [*before, *after],
        }
    )


def paired(before, after, **options):
    table = waves(before, after)
    return compare_scores(table, "wave", paired=True, before="before", after="after", **options)


def test_groups_are_compared_by_the_squares_of_their_intervals(answered) -> None:
    table = answered(("a", 50, 30, 20), ("b", 40, 10, 50))
    row = compare_scores(table, "group").table.iloc[0]
    each = nps(table, by="group").table.set_index("group")
    down = np.hypot(
        each.loc["b", "value"] - each.loc["b", "lower"],
        each.loc["a", "upper"] - each.loc["a", "value"],
    )
    assert (row["group"], row["control"]) == ("b", "a")
    assert row["difference"] == pytest.approx(-0.4)
    assert row["lower"] == pytest.approx(-0.4 - down)
    v = (90 + 70) / 200 - (20 / 200) ** 2
    assert row["statistic"] == pytest.approx(-0.4 / np.sqrt(v * 2 / 100))
    assert row["winner"] == "a"


def test_satisfaction_is_compared_by_the_pooled_z_of_statsmodels() -> None:
    table = pd.DataFrame(
        {
            "customer_id": range(180),
            "group": ["a"] * 100 + ["b"] * 80,
            "score": [5] * 60 + [2] * 40 + [4] * 60 + [1] * 20,
        }
    )
    row = compare_scores(table, "group", measure="csat").table.iloc[0]
    z, p = proportions_ztest([60, 60], [80, 100])
    assert (row["statistic"], row["p_value"]) == pytest.approx((z, p))


def test_the_same_customers_satisfied_are_compared_by_mcnemar() -> None:
    before = [5] * 40 + [2] * 60
    after = [5] * 30 + [2] * 10 + [5] * 25 + [2] * 35
    found = paired(before, after, measure="csat")
    row = found.table.iloc[0]
    reference = mcnemar([[30, 10], [25, 35]], exact=False, correction=False)
    assert row["statistic"] ** 2 == pytest.approx(reference.statistic)
    assert row["p_value"] == pytest.approx(reference.pvalue)
    assert (row["n"], row["difference"]) == (100, pytest.approx(0.15))
    assert found.method == "paired-score"


def test_customers_in_one_of_both_groups_are_left_out_and_counted() -> None:
    table = waves([9] * 30, [10] * 30)
    table = table.drop(index=[0, 31, 32])  # customer 0 before, customers 1 and 2 after
    found = compare_scores(table, "wave", paired=True, before="before", after="after")
    assert found.table["n"].item() == 27
    assert found.left_out == 3
    assert found.in_several == 27


def test_customers_in_several_groups_are_counted() -> None:
    assert compare_scores(waves([9] * 30, [10] * 30), "wave").in_several == 30


@pytest.mark.exhaustive
def test_coverage_and_size_of_two_groups() -> None:
    rng = np.random.default_rng(0)
    shares = {"a": ([0.5, 0.3, 0.2], 15), "b": ([0.65, 0.2, 0.15], 150)}
    truth, held, size = 0.5 - 0.3, 0, 0
    for _ in range(200):
        parts = [
            pd.DataFrame({"group": name, "score": rng.choice([10, 8, 3], n, p=p)})
            for name, (p, n) in shares.items()
        ]
        same = [
            pd.DataFrame({"group": name, "score": rng.choice([10, 8, 3], n, p=[0.5, 0.3, 0.2])})
            for name, (_, n) in shares.items()
        ]
        tables = [pd.concat(two, ignore_index=True) for two in (parts, same)]
        found, null = (
            compare_scores(table.assign(customer_id=table.index), "group").table.iloc[0]
            for table in tables
        )
        held += found["lower"] <= truth <= found["upper"]
        size += null["p_value"] < 0.05
    assert held >= 0.91 * 200
    assert size <= 0.09 * 200


@pytest.mark.exhaustive
@pytest.mark.parametrize("measure", ["nps", "csat", "ces"])
def test_size_of_the_same_customers(measure) -> None:
    rng = np.random.default_rng(1)
    scale = {"nps": 11, "csat": 6, "ces": 8}[measure]
    detected = 0
    for _ in range(100):
        before = rng.integers(1, scale, 25)
        after = np.where(rng.random(25) < 0.6, before, rng.integers(1, scale, 25))
        detected += paired(before, after, measure=measure).table["p_value"].item() < 0.05
    assert detected <= 10


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 30)] * 3), min_size=2, max_size=5),
    st.sampled_from(["holm", "hochberg", "benjamini-hochberg", "bonferroni", "none"]),
)
@pytest.mark.filterwarnings("ignore:.*fewer than 10 answers")
@pytest.mark.filterwarnings("ignore:none of")
def test_interval_p_value_and_winner_never_contradict(cells, correction) -> None:
    rows = [
        (f"g{k}", score)
        for k, cell in enumerate(cells)
        for score, count in zip((10, 8, 3), cell, strict=True)
        for _ in range(count)
    ]
    table = pd.DataFrame(rows, columns=["group", "score"])
    if table["group"].nunique() < 2:
        return
    table["customer_id"] = range(len(table))
    found = compare_scores(table, "group", correction=correction).table
    detected = found["p_value_adjusted"] < 0.05
    holds = (found["lower"] <= 0) & (found["upper"] >= 0)
    assert (holds == ~detected).all()
    enough = found[["n", "control_n"]].min(axis=1) >= 10
    assert (found["winner"].notna() == (detected & enough)).all()
    assert (found["lower"] <= found["difference"]).all()
    assert (found["difference"] <= found["upper"]).all()


def test_nobody_wins_with_fewer_than_10_answers(answered) -> None:
    table = answered(("a", 9, 0, 0), ("b", 0, 0, 50))
    with pytest.warns(CemkitWarning, match="1 of 1 comparison has fewer than 10 answers"):
        row = compare_scores(table, "group").table.iloc[0]
    assert row["p_value"] < 0.001
    assert row["winner"] is None


def test_a_population_compares_the_same_mix() -> None:
    rng = np.random.default_rng(0)
    n = 4000  # both channels please alike; one has more loyal customers
    web = rng.random(n) < 0.5
    loyal = rng.random(n) < np.where(web, 0.8, 0.2)
    score = np.where(rng.random(n) < np.where(loyal, 0.8, 0.4), 10, 2)
    table = pd.DataFrame(
        {
            "customer_id": range(n),
            "channel": np.where(web, "web", "app"),
            "segment": np.where(loyal, "loyal", "new"),
            "score": score,
        }
    )
    assert compare_scores(table, "channel").detected == 1
    mix = pd.DataFrame({"segment": ["loyal", "new"], "share": [0.5, 0.5]})
    found = compare_scores(table, "channel", population=mix)
    assert found.detected == 0
    assert abs(found.table["difference"].item()) < 0.06
    assert "weighted to the population" in found.sentence()


def test_groups_that_share_no_stratum_are_refused(answered) -> None:
    table = answered(("a", 10, 5, 5), ("b", 10, 5, 5))
    table["segment"] = np.where(table["group"] == "a", "new", "loyal")
    mix = pd.DataFrame({"segment": ["loyal", "new"], "share": [0.5, 0.5]})
    with (
        pytest.raises(DataError, match="'a' and 'b' share no group of the population"),
        pytest.warns(CemkitWarning),
    ):
        compare_scores(table, "group", population=mix)


def test_a_control_and_the_order_of_rows(answered) -> None:
    table = answered(("a", 25, 10, 5), ("b", 10, 20, 10), ("c", 5, 5, 30))
    found = compare_scores(table, "group", control="b")
    assert found.table[["group", "control"]].to_numpy().tolist() == [["a", "b"], ["c", "b"]]
    shuffled = compare_scores(table.sample(frac=1, random_state=0), "group", control="b")
    pd.testing.assert_frame_equal(found.table, shuffled.table)
    assert len(compare_scores(table, "group").table) == 3
    assert found.largest()["group"] == "c"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"control": "spring"}, DataError, "control='spring' is not a group of wave"),
        ({"before": "before"}, ValueError, "set paired=True"),
        ({"paired": True}, ValueError, "needs the two groups"),
        (
            {"paired": True, "before": "before", "after": "After"},
            DataError,
            r"after='After' is not a group of wave \(did you mean 'after'\?\)",
        ),
        ({"paired": True, "before": "after", "after": "after"}, ValueError, "two groups, not both"),
        (
            {"paired": True, "before": "before", "after": "after", "control": "after"},
            ValueError,
            "leave out control",
        ),
        ({"measure": "ltv"}, ValueError, "measure must be one of 'nps'"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(options, error, message) -> None:
    with pytest.raises(error, match=message):
        compare_scores(waves([9] * 20, [10] * 20), "wave", **options)


def test_one_group_or_nobody_in_both_is_not_enough() -> None:
    table = waves([9] * 20, [10] * 20)
    with pytest.raises(NotEnoughDataError, match="need at least 2 groups of wave, got 1"):
        compare_scores(table[table["wave"] == "after"], "wave")
    table["customer_id"] = range(40)
    with pytest.raises(NotEnoughDataError, match="who answered both 'before' and 'after', got 0"):
        compare_scores(table, "wave", paired=True, before="before", after="after")


def test_sentences_name_the_largest_difference(answered) -> None:
    found = compare_scores(answered(("a", 50, 30, 20), ("b", 20, 30, 50)), "group")
    assert found.sentence() == (
        "NPS compared between groups: 1 of 1 comparison detected a difference (holm); the "
        "largest: b -30.0, a +30.0, difference -60.0 points (95% CI -80.3 to -37.3, p = 3.96e-07)."
    )
