"""selection_parity: rates by group, against published and independent intervals."""

import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlog1py, xlogy
from scipy.stats import binomtest

from cemkit import build_audience
from cemkit.errors import MissingColumnsError, NotEnoughDataError
from cemkit.promotion import selection_parity
from cemkit.promotion.audience import Audience


def audience_of(groups: dict[object, tuple[int, int]]) -> Audience:
    """An audience in which `selected` of `customers` are kept in each group."""
    label = [group for group, (_, size) in groups.items() for _ in range(size)]
    chosen = [i < x for x, size in groups.values() for i in range(size)]
    people = pd.DataFrame({"customer_id": range(len(label)), "group": label, "channel": "sms"})
    actions = people.loc[chosen, ["customer_id", "channel"]]
    actions = actions.assign(action="greet", purpose="marketing")
    consent = actions.assign(granted=True, since=pd.Timestamp("2024-01-01"))
    return build_audience(actions, people=people, consent=consent, as_of="2024-01-31")


def test_koopmans_own_example() -> None:
    """36 of 40 against 16 of 80: ratio 4.5, interval 2.94 to 7.15 (Koopman 1984, Biometrics 40)."""
    table = selection_parity(audience_of({"old": (16, 80), "new": (36, 40)}), "group")
    assert table.loc["new", "ratio"] == pytest.approx(4.5)
    assert table.loc["new", "ratio_lower"] == pytest.approx(2.94, abs=0.005)
    assert table.loc["new", "ratio_upper"] == pytest.approx(7.15, abs=0.005)
    assert table.loc["old", ["ratio", "ratio_lower", "ratio_upper"]].tolist() == [1, 1, 1]
    turned = selection_parity(
        audience_of({"old": (16, 80), "new": (36, 40)}), "group", reference="new"
    )
    assert turned.loc["old", "ratio_lower"] == pytest.approx(1 / table.loc["new", "ratio_upper"])
    assert turned.loc["old", "ratio_upper"] == pytest.approx(1 / table.loc["new", "ratio_lower"])


@pytest.mark.parametrize(("x", "n"), [(0, 30), (1, 30), (15, 30), (30, 30)])
def test_rates_have_the_wilson_interval_of_scipy(x: int, n: int) -> None:
    table = selection_parity(
        audience_of({"a": (x, n), "b": (9, 10)}), "group", reference="b", confidence_level=0.9
    )
    expected = binomtest(x, n).proportion_ci(0.9, method="wilson")
    row = table.loc["a"]
    assert row["selection_rate"] == x / n
    assert row["selection_rate_lower"] == pytest.approx(expected.low, abs=1e-12)
    assert row["selection_rate_upper"] == pytest.approx(expected.high, abs=1e-12)


def score(ratio: float, x1: int, n1: int, x2: int, n2: int) -> float:
    """The squared score of the hypothesis p1 = ratio p2, its rates found by brute force."""

    def loss(p2: float) -> float:
        p1 = ratio * p2
        return -float(xlogy(x1, p1) + xlog1py(n1 - x1, -p1) + xlogy(x2, p2) + xlog1py(n2 - x2, -p2))

    top = min(1, 1 / ratio)
    p2 = minimize_scalar(loss, bounds=(0, top), method="bounded", options={"xatol": 1e-12}).x
    p1 = ratio * p2
    variance = p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2
    return (x1 / n1 - ratio * x2 / n2) ** 2 / variance


@pytest.mark.parametrize("counts", [(1, 40, 16, 80), (0, 40, 16, 80), (5, 9, 60, 80), (7, 9, 3, 3)])
def test_at_its_bounds_the_ratio_has_the_score_of_the_level(counts: tuple[int, ...]) -> None:
    x1, n1, x2, n2 = counts
    row = selection_parity(audience_of({"a": (x1, n1), "b": (x2, n2)}), "group", reference="b").loc[
        "a"
    ]
    for bound in (row["ratio_lower"], row["ratio_upper"]):
        if bound > 0:
            assert score(bound, *counts) == pytest.approx(1.959963984540054**2, rel=1e-4)
    assert (row["ratio_lower"] == 0) == (x1 == 0)


def test_where_everybody_is_selected_the_larger_group_is_the_reference() -> None:
    equal = selection_parity(audience_of({"a": (40, 40), "b": (80, 80)}), "group")
    assert equal.loc["a", "ratio_lower"] < 1 < equal.loc["a", "ratio_upper"]
    assert equal.loc["b", "ratio_lower"] == 1


def test_missing_is_a_group_and_counts_sum_to_the_people() -> None:
    audience = audience_of({"a": (3, 5), None: (1, 4)})
    table = selection_parity(audience, "group")
    assert table.index.isna().tolist() == [False, True]
    assert table["customers"].sum() == 9
    assert table["selected"].sum() == audience.kept == 4


def test_bad_input() -> None:
    audience = audience_of({"a": (3, 5), "b": (1, 4)})
    with pytest.raises(MissingColumnsError, match=r"'gender'.*add it to the people"):
        selection_parity(audience, "gender")
    with pytest.raises(ValueError, match="confidence_level must lie strictly between 0 and 1"):
        selection_parity(audience, "group", confidence_level=1)
    with pytest.raises(ValueError, match=r"reference='c' is not one of the groups \['a', 'b'\]"):
        selection_parity(audience, "group", reference="c")
    with pytest.raises(
        NotEnoughDataError,
        match=r"need at least 1 selected customer in .a., got 0; .*in reference=",
    ):
        selection_parity(audience_of({"a": (0, 5), "b": (1, 4)}), "group")
