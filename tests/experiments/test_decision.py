"""Guardrails and the decision: against scipy's test of a shifted mean and the score test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cemkit import compare_variants
from cemkit.proportions import noninferiority_test

METRICS = {"converted": "proportion", "amount": "mean", "complaints": "proportion"}


def experiment(drop: float = 0.0, complaints: float = 0.05, seed: int = 0) -> pd.DataFrame:
    rng, n = np.random.default_rng(seed), 6000
    data = pd.DataFrame({"variant": np.array(["A", "B"])[np.arange(n) % 2]})
    is_new = data["variant"] == "B"
    data["converted"] = (rng.random(n) < np.where(is_new, 0.26, 0.20)).astype(int)
    data["amount"] = rng.normal(20, 8, n) - drop * is_new
    data["complaints"] = (rng.random(n) < np.where(is_new, complaints, 0.05)).astype(int)
    return data


def read(data: pd.DataFrame, guardrails: dict[str, float], **options):
    return compare_variants(data, METRICS, "A", guardrails=guardrails, **options)


def test_a_guardrail_is_tested_against_what_it_allows() -> None:
    data = experiment(0.2)
    table = read(data, {"amount": -1.0, "complaints": 0.02}).table.set_index("metric")
    arms = [data[data["variant"] == name] for name in "AB"]
    expected = ttest_ind(arms[1]["amount"], arms[0]["amount"] - 1, equal_var=False)
    assert table.loc["amount", "p_value"] == pytest.approx(expected.pvalue)
    # Complaints that must not rise are those spared that must not fall: one-sided there.
    spared = [len(arm) - int(arm["complaints"].sum()) for arm in arms]
    one_sided = noninferiority_test(spared, [3000, 3000], allowed_difference=0.02)
    assert table.loc["complaints", "p_value"] == pytest.approx(2 * one_sided.p_value, rel=1e-6)
    assert table["guardrail"].tolist() == [None, "held", "held"]
    assert table["winner"].tolist() == ["B", None, None]


def test_a_win_whose_guardrails_hold_is_adopted() -> None:
    found = read(experiment(), {"amount": -1.0, "complaints": 0.02})
    assert (found.decision, found.winner) == ("adopt B", "B")
    assert found.sentence().startswith("Adopt B (B - A: converted +")
    assert "; guardrail held: amount " in found.sentence()
    assert "；护栏指标守住：amount " in found.sentence("zh")


def test_a_win_that_breaks_a_guardrail_is_no_win() -> None:
    found = read(experiment(drop=3.0), {"amount": -1.0})
    assert (found.decision, found.winner) == ("keep A", None)
    assert found.table["winner"].isna().all()
    assert found.sentence().startswith("Do not adopt B: it breaks a guardrail (B - A: converted +")
    assert "guardrail broken: amount -" in found.sentence()
    assert found.sentence("zh").startswith("不采用 B：它突破了护栏指标（")


def test_a_broken_guardrail_decides_whatever_the_others_are() -> None:
    found = read(experiment(drop=3.0), {"amount": -1.0, "complaints": 0.001})
    assert found.table["guardrail"].tolist() == [None, "broken", "undecided"]
    assert (found.decision, found.winner) == ("keep A", None)
    assert found.sentence().startswith("Do not adopt B: it breaks a guardrail (")


def test_an_undecided_guardrail_is_said() -> None:
    found = read(experiment(drop=1.0), {"amount": -1.0})
    assert (found.decision, found.winner) == ("undecided", None)
    assert found.table["winner"].tolist()[0] == "B"
    assert found.sentence().startswith("Do not adopt B yet: a guardrail is undecided (")
    assert found.sentence("zh").startswith("暂不采用 B：有护栏指标尚无定论（")


@pytest.mark.parametrize("drop", [0.0, 0.7, 1.0, 1.6, 3.0])
@pytest.mark.parametrize("correction", ["holm", "none"])
def test_interval_and_word_of_a_guardrail_agree(drop, correction) -> None:
    for seed in range(3):
        found = read(experiment(drop, seed=seed), {"amount": -1.0}, correction=correction)
        row = found.table.set_index("metric").loc["amount"]
        bounds = row["difference_lower"], row["difference_upper"]
        held, broken = bounds[0] > -1, bounds[1] < -1
        word = "held" if held else "broken" if broken else "undecided"
        assert row["guardrail"] == word


def test_no_worse_is_enough_where_the_first_metric_is_a_guardrail() -> None:
    metrics = {"amount": "mean"}
    found = compare_variants(experiment(), metrics, "A", guardrails={"amount": -1.0})
    assert (found.decision, found.winner) == ("adopt B", "B")
    assert ", guardrail held, -1 allowed)" in found.sentence()
    assert "，护栏指标守住，允许 -1）" in found.sentence("zh")
    worse = compare_variants(experiment(3.0), metrics, "A", guardrails={"amount": -1.0})
    assert (worse.decision, worse.winner) == ("keep A", "A")
    unclear = compare_variants(experiment(1.0), metrics, "A", guardrails={"amount": -1.0})
    assert unclear.decision == "undecided"


def test_the_winner_in_a_group_keeps_to_its_guardrails_there() -> None:
    data = pd.concat([experiment().assign(shop="x"), experiment(3.0, seed=1).assign(shop="y")])
    found = read(data, {"amount": -1.0}, by="shop")
    won = found.table[found.table["metric"] == "converted"].set_index("shop")["winner"]
    assert won.to_dict() == {"x": "B", "y": None}
    assert found.decision == "by group"


def test_of_two_winners_the_one_that_keeps_the_guardrails_is_adopted() -> None:
    data, other = experiment(), experiment(drop=3.0, seed=2)
    better = other[other["variant"] == "B"].assign(variant="C", converted=1)
    found = read(pd.concat([data, better]), {"amount": -1.0}, pairs="all")
    assert found.decision == "adopt B"
    first = found.table[found.table["metric"] == "converted"]
    assert first["winner"].tolist() == ["B", None, None]


def test_an_invalid_experiment_decides_nothing() -> None:
    found = read(experiment(), {"amount": -1.0}, shares={"A": 0.9, "B": 0.1})
    assert (found.decision, found.winner) == ("invalid", None)
    assert found.table["winner"].isna().all()
