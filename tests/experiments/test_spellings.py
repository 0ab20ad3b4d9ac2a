"""Arms that differ in case, blanks or width alone are one arm misspelled, so they are refused."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import cemkit as ck
from cemkit.errors import DataError

IDS = pd.RangeIndex(60, name="customer_id")
ARMS = pd.Series(["A", "A ", "B"] * 20, index=IDS)
NUMBERS = pd.Series([0, 1] * 30, index=IDS)
HALVES = {"A": 0.5, "B": 0.5}
ORDERS = pd.DataFrame(
    {"customer_id": [1, 2], "order_date": pd.Timestamp("2024-03-01"), "amount": 2.0}
)


def experiment(arms: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"variant": arms, "converted": [0, 1, 1] * 20, "amount": [0.0, 2, 3] * 20})


def audience(regions: pd.Series) -> Any:
    actions = pd.DataFrame({"customer_id": IDS, "action": "greet", "purpose": "news"})
    actions = actions.assign(channel="sms")
    consent = actions.assign(granted=True, since=pd.Timestamp("2024-01-01"))
    people = pd.DataFrame({"region": regions})
    return ck.build_audience(actions, people=people, consent=consent, as_of="2024-01-31")


CASES: dict[str, Callable[[], Any]] = {
    "compare_variants": lambda: ck.compare_variants(experiment(ARMS), control="A"),
    "compare_variants by": lambda: ck.compare_variants(
        experiment(ARMS.str.strip()).assign(region=["n", "N", "s"] * 20), control="A", by="region"
    ),
    "sample_ratio_test": lambda: ck.sample_ratio_test({"A": 50, "a": 50}, {"A": 0.5, "a": 0.5}),
    "sample_ratio_test, a table": lambda: ck.sample_ratio_test(experiment(ARMS), HALVES),
    "sample_ratio_test, the design": lambda: ck.sample_ratio_test(
        {"A": 50, "B": 50}, {"A": 0.5, "b": 0.5}
    ),
    "assign_variants": lambda: ck.assign_variants(IDS, {"A": 0.5, "A ": 0.5}, "salt"),
    "holdout_effect": lambda: ck.holdout_effect(experiment(ARMS), control="A"),
    "effect_by_day": lambda: ck.experiments.effect_by_day(
        experiment(ARMS)[["variant"]], ORDERS, "2024-03-01", "2024-03-02", control="A"
    ),
    "policy_value": lambda: ck.policy_value(
        ARMS, experiment(ARMS), outcome="amount", propensity=1 / 3
    ),
    "segment_migration": lambda: ck.segment_migration(ARMS, ARMS),
    "segment_migration, two days": lambda: ck.segment_migration(
        ARMS.str.strip(), ARMS.str.strip().str.lower()
    ),
    "evaluate_segments": lambda: ck.evaluate_segments(ARMS, experiment(ARMS)["amount"]),
    "selection_parity": lambda: ck.promotion.selection_parity(audience(ARMS), "region"),
    "allocate_offers": lambda: ck.allocate_offers(
        pd.DataFrame({"customer_id": [1, 1], "offer": ["a", "A "], "profit": 1.0, "cost": 1.0}),
        capacities={"a": 1},
    ),
    "compare_proportions": lambda: ck.compare_proportions([5, 6], [9, 9], labels=["A", "Ａ"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_two_spellings_of_one_label_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="differ in case, blanks or width alone"):
        CASES[name]()


@pytest.mark.parametrize("text", [True, False])
def test_a_control_of_the_other_type_is_named_with_its_type(text: bool) -> None:
    arms = NUMBERS.astype(str) if text else NUMBERS
    control = 0 if text else "0"
    hint = r"\(it is a number, and '0' there is text\)" if text else r"it is text, and 0 there is"
    with pytest.raises(DataError, match=f"control {control!r} is not a variant.*{hint}"):
        ck.compare_variants(experiment(arms), control=control)
    with pytest.raises(DataError, match=hint):
        ck.holdout_effect(experiment(arms), control=control)
    with pytest.raises(DataError, match=hint):
        ck.experiments.effect_by_day(
            experiment(arms)[["variant"]], ORDERS, "2024-03-01", "2024-03-02", control=control
        )
    with pytest.raises(ValueError, match=hint):
        ck.promotion.selection_parity(audience(arms), "region", reference=control)
