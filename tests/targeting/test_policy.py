"""policy_value: by hand, covering the truth in simulation, and refusing what cannot be compared."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cemkit import policy_value
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError


def experiment(n: int = 400, seed: int = 0, share: float = 0.5) -> pd.DataFrame:
    """Skewed amounts; the offer adds 10 for those with a pre_amount above 20, and costs 2."""
    rng = np.random.default_rng(seed)
    pre = rng.gamma(2, 10, n)
    offer = rng.random(n) < share
    amount = rng.gamma(2, 5 + pre / 4) + offer * (10 * (pre > 20) - 2)
    variant = np.where(offer, "offer", "none")
    return pd.DataFrame(
        {"customer_id": np.arange(n), "variant": variant, "amount": amount, "pre_amount": pre}
    )


def policy_of(table: pd.DataFrame) -> pd.Series:
    target = np.where(table["pre_amount"] > 20, "offer", "none")
    return pd.Series(target, index=table["customer_id"])


def test_inverse_propensity_and_doubly_robust_by_hand() -> None:
    table = pd.DataFrame(
        {"customer_id": range(20), "variant": ["a", "b"] * 10, "amount": [1.0, 3.0] * 10}
    )
    target = pd.Series(["a", "b", "b", "a"] * 5, index=range(20))
    result = policy_value(target, table, {"a": 0.5, "b": 0.5})
    # Half of each variant matched: (5 * 1 + 5 * 3) / 10; the arms' means tell every outcome.
    assert result.ipw_value == pytest.approx(2)
    assert result.value == pytest.approx(2)
    assert result.matched == 10
    assert result.best_constant == "b"
    assert result.advantage == pytest.approx(-1)
    assert result.table["value"].tolist() == pytest.approx([2, 1, 3])


def test_intervals_cover_the_truth() -> None:
    # Of the gamma(2, s) the mean is 2 s; E = 2 (5 + E pre / 4) + 8 P(pre > 20), P = 3 exp(-2).
    truth = 2 * (5 + 20 / 4) + 8 * 3 * np.exp(-2)
    covered = {"value": 0, "ipw": 0}
    advantage = 0
    # Against the offer for everyone, the policy saves 2 where pre is at most 20.
    saved = 2 * (1 - 3 * np.exp(-2))
    runs = 400
    for seed in range(runs):
        table = experiment(seed=seed, share=0.4)
        result = policy_value(
            policy_of(table), table, {"none": 0.6, "offer": 0.4}, covariates=["pre_amount"]
        )
        for name in covered:
            row = result.table.iloc[0]
            covered[name] += row[f"{name}_lower"] <= truth <= row[f"{name}_upper"]
        row = result.table.set_index("policy").loc["everyone offer"]
        advantage += row["advantage_lower"] <= saved <= row["advantage_upper"]
    assert covered["value"] / runs >= 0.93
    assert covered["ipw"] / runs >= 0.93
    assert advantage / runs >= 0.93


def test_covariates_narrow_the_interval() -> None:
    rng = np.random.default_rng(1)
    table = experiment(n=1000)
    table["amount"] = 3 * table["pre_amount"] + rng.normal(size=1000)
    plain, adjusted = (
        policy_value(policy_of(table), table, 0.5, covariates=names)
        for names in ([], ["pre_amount"])
    )
    widths = [result.value_upper - result.value_lower for result in (plain, adjusted)]
    assert widths[1] < 0.75 * widths[0]


def test_row_order_does_not_matter() -> None:
    table = experiment()
    one = policy_value(policy_of(table), table, 0.5, covariates=["pre_amount"])
    shuffled = table.sample(frac=1, random_state=2)
    other = policy_value(policy_of(table), shuffled, 0.5, covariates=["pre_amount"])
    pd.testing.assert_frame_equal(one.table, other.table)


def test_a_column_of_propensities() -> None:
    table = experiment().assign(chance=0.5)
    one = policy_value(policy_of(table), table, "chance")
    assert one.value == pytest.approx(policy_value(policy_of(table), table, 0.5).value)


def test_sentence_says_it_in_both_languages() -> None:
    table = experiment()
    result = policy_value(policy_of(table), table, 0.5)
    assert "The policy is worth" in result.sentence()
    assert "该策略" in result.sentence("zh")


def test_an_assignment_that_was_not_as_stated_is_told() -> None:
    table = experiment(share=0.3)
    with pytest.warns(CemkitWarning, match="check the assignment"):
        policy_value(policy_of(table), table, 0.5)


TABLE = experiment(n=60)


@pytest.mark.parametrize(
    ("table", "propensity", "error", "message"),
    [
        (TABLE, 0, ValueError, "must lie strictly between 0 and 1, not 0"),
        (TABLE, {"none": 0.5, "offer": 1}, ValueError, "propensity of 'offer'"),
        (TABLE, {"none": 0.5}, ValueError, "but not variant 'offer'"),
        (TABLE, 0.4, ValueError, "sum to 0.8, not 1"),
        (TABLE.assign(chance=1.0), "chance", DataError, "60 propensities"),
        (TABLE, "chance", MissingColumnsError, "missing column 'chance'"),
        (TABLE.assign(variant="offer"), 0.5, NotEnoughDataError, "between variants"),
        (
            TABLE.assign(variant=["offer"] * 57 + ["none"] * 3),
            0.5,
            NotEnoughDataError,
            "customers with variant 'none', got 3",
        ),
        (TABLE.assign(variant=None), 0.5, DataError, "60 customers have no variant"),
        (TABLE.assign(amount=np.nan), 0.5, DataError, "amount has 60 missing"),
    ],
)
def test_bad_experiments_are_refused(
    table: pd.DataFrame, propensity: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        policy_value(policy_of(TABLE), table, propensity)


def test_bad_policies_are_refused() -> None:
    target = policy_of(TABLE)
    with pytest.raises(
        DataError, match="1 customer of the experiment is not in the policy, such as 0;"
    ):
        policy_value(target.drop(0), TABLE, 0.5)
    with pytest.raises(DataError, match="the policy gives 'fax', but the experiment has only"):
        policy_value(target.replace("offer", "fax"), TABLE, 0.5)
    with pytest.raises(DataError, match="the policy gives 0, but the experiment has only"):
        policy_value((target == "offer").astype(int), TABLE, 0.5)
    with pytest.raises(TypeError, match="policy must be a Series"):
        policy_value(target.to_frame(), TABLE, 0.5)


def test_covariates_may_come_once() -> None:
    data = experiment()
    policy = pd.Series("offer", index=data["customer_id"])
    one = policy_value(policy, data, 0.5, covariates=["pre_amount"])
    two = policy_value(policy, data, 0.5, covariates=iter(["pre_amount"]))
    assert one.to_dict().keys() == two.to_dict().keys()
    assert (one.value, one.value_lower) == (two.value, two.value_lower)
    with pytest.raises(TypeError, match=r"covariates must be a list, as in covariates=\['pre_am"):
        policy_value(policy, data, 0.5, covariates="pre_amount")


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object", "category"])
def test_every_type_of_id_has_the_same_folds(dtype: str) -> None:
    data = experiment()
    policy = pd.Series("offer", index=data["customer_id"])
    expected = policy_value(policy, data, 0.5, covariates=["pre_amount"])
    typed = data.astype({"customer_id": dtype})
    found = policy_value(policy, typed, 0.5, covariates=["pre_amount"])
    assert (found.value, found.advantage) == (expected.value, expected.advantage)
    turned = policy.set_axis(policy.index.astype("float64")).iloc[::-1]
    assert policy_value(turned, typed, 0.5, covariates=["pre_amount"]).value == expected.value
    with pytest.raises(DataError, match="holds text in policy and numbers in experiment"):
        policy_value(policy.set_axis(policy.index.astype(str)), typed, 0.5)


def test_the_label_of_success_is_named() -> None:
    data = experiment()
    data = data.assign(bought=np.where(data["amount"] > 20, "sold", "lost"))
    policy = pd.Series("offer", index=data["customer_id"])
    number = policy_value(
        policy, data.assign(bought=data["bought"] == "sold"), 0.5, outcome="bought"
    )
    words = policy_value(policy, data, 0.5, outcome="bought", positive="sold")
    assert words.value == number.value
    with pytest.raises(DataError, match="bought must be numeric, .* as in positive='yes'"):
        policy_value(policy, data, 0.5, outcome="bought")


def verdict_of(better: pd.Series, seed: int, n: int = 4000) -> tuple[int, str]:
    """What is said of a policy where mail adds 3 for the first half and takes 3 from the other."""
    rng = np.random.default_rng(seed)
    first = np.arange(n) < n // 2
    variant = rng.choice(["none", "mail", "call"], n)
    rise = np.where(variant == "mail", np.where(first, 3.0, -3.0), 0.0)
    table = pd.DataFrame(
        {"customer_id": range(n), "variant": variant, "amount": rise + rng.normal(size=n)}
    )
    policy = pd.Series(np.where(first, *better), index=range(n))
    value = policy_value(policy, table, 1 / 3)
    return value.verdict, value.sentence()


def test_the_sentence_says_no_more_than_the_intervals() -> None:
    verdict, sentence = verdict_of(("mail", "none"), seed=0)
    assert verdict == 1
    assert "better than any single variant for everyone" in sentence
    verdict, sentence = verdict_of(("none", "mail"), seed=0)
    assert verdict == -1
    assert "worse than that variant for everyone" in sentence
    verdict, sentence = verdict_of(("call", "none"), seed=0)
    assert verdict == 0
    assert "undecided" in sentence
    verdict, sentence = verdict_of(("call", "call"), seed=0)
    assert "It gives everyone the same; the best single variant is" in sentence


def test_better_needs_an_advantage_over_every_variant() -> None:
    found = policy_value(policy_of(TABLE), TABLE, 0.5)
    table = found.table.assign(advantage_lower=[0.0, 0.1, -0.1], advantage_upper=[0.0, 0.3, 0.9])
    assert dataclasses.replace(found, table=table, advantage_upper=0.3).verdict == 0
    above = table.assign(advantage_lower=[0.0, 0.1, 0.1])
    assert dataclasses.replace(found, table=above, advantage_upper=0.3).verdict == 1
