"""Levels of an offer: who has which, and tables with a gap or an overlap."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.cost_of_offers import offer_costs
from cemkit.data.offer_levels import LevelledOffers
from cemkit.errors import DataError, MissingColumnsError

OFFERS = pd.DataFrame(
    {
        "offer": ["loyalty", "tier points", "50 off 300", "plain"],
        "kind": ["percentage", "points", "amount_off", "percentage"],
        "discount": [None, None, None, 0.3],
        "point_value": [None, 0.01, None, None],
    }
)
LEVELS = pd.DataFrame(
    [
        {"offer": "loyalty", "by": "total_amount", "at_least": 1000, "discount": 0.1},
        {"offer": "loyalty", "by": "total_amount", "below": 1000, "discount": 0.05},
        {"offer": "tier points", "by": "tier", "level": "gold", "points_per_unit": 2},
        {"offer": "tier points", "by": "tier", "level": "silver", "points_per_unit": 1},
        {"offer": "50 off 300", "by": "amount", "at_least": 300, "amount_off": 50},
        {"offer": "50 off 300", "by": "amount", "at_least": 500, "amount_off": 100},
    ]
)
PURCHASES = pd.DataFrame(
    {
        "offer": [*["loyalty"] * 2, *["tier points"] * 3, *["50 off 300"] * 3, "plain"],
        "amount": [100.0, 100, 100, 100, 100, 299, 300, 500, 100],
        "total_amount": [999.99, 1000, *[0.0] * 7],
        "tier": [*["basic"] * 2, "gold", "silver", *["basic"] * 5],
    }
)
COSTS = [5, 10, 2, 1, 0, 0, 50, 100, 30]


def test_each_purchase_costs_what_its_level_says() -> None:
    assert offer_costs(PURCHASES, OFFERS, levels=LEVELS).tolist() == pytest.approx(COSTS)


def test_the_order_of_any_table_does_not_matter() -> None:
    draw = np.random.default_rng(0)
    for _ in range(5):
        tables = [t.sample(frac=1, random_state=draw) for t in (PURCHASES, OFFERS, LEVELS)]
        costs = offer_costs(tables[0], tables[1], levels=tables[2]).sort_index()
        assert costs.tolist() == pytest.approx(COSTS)


def test_random_levels_agree_with_a_search_row_by_row() -> None:
    rng = np.random.default_rng(1)
    starts = np.sort(rng.uniform(0, 1000, 6))
    rates = rng.uniform(0.01, 1, 6).round(2)
    levels = pd.DataFrame(
        {"offer": "loyalty", "by": "order_count", "at_least": starts, "discount": rates}
    ).assign(below=[*starts[1:], None])
    counts = np.append(rng.uniform(0, 1200, 200), starts)
    purchases = pd.DataFrame({"offer": "loyalty", "amount": 100.0, "order_count": counts})
    expected = []
    for count in counts:
        reached = [rate for start, rate in zip(starts, rates, strict=True) if count >= start]
        expected.append(100 * reached[-1] if reached else 0.0)
    costs = offer_costs(purchases, OFFERS[:1], levels=levels)
    assert costs.tolist() == pytest.approx(expected)


def test_an_offer_without_levels_keeps_its_own_terms() -> None:
    read = LevelledOffers.read(OFFERS, LEVELS)
    assert len(read.terms) == 7
    assert read.rows(3, PURCHASES).tolist() == [6] * len(PURCHASES)
    assert set(LevelledOffers.read(OFFERS[3:], None).ladders) == set()


def changed(**changes: list) -> pd.DataFrame:
    """Three levels of the first offer, of which some are changed."""
    levels = {"offer": "loyalty", "by": "total_amount", "discount": [0.05, 0.1, 0.15]}
    return pd.DataFrame({**levels, "at_least": [0, 100, 200], **changes})


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (changed(below=[90, 200, None]), "a gap: no level covers total_amount from 90 to 100"),
        (changed(below=[100, 200, 300]), "a gap: no level covers total_amount from 300; leave"),
        (changed(below=[110, 200, None]), "overlap: total_amount from 100 to 110 is in two"),
        (changed(at_least=[0, 100, 100]), "overlap: total_amount from 100"),
        (changed(at_least=[None, None, 100]), "2 levels of offer 'loyalty' have neither a level"),
        (changed(level=["a", "b", "c"]), "have names .* in 3 and bounds .* in 3 of 3 rows"),
        (changed(level=["a", "a", "c"], at_least=None), "level 'a' of offer 'loyalty' occurs twi"),
        (changed(level=["a", "A", "c"], at_least=None), "'A' and 'a' differ in case"),
        (changed(discount=[0.05, None, 0.1]), "discount is missing in 1 of 3 levels of offer 'loy"),
        (changed(discount=[0.05, 0.1, 30]), "discount of offer 'loyalty' at the level from 200 is"),
        (changed(discount=[0.05, 0.1, 0]), "discount of offer 'loyalty' at the level from 200 is"),
        (changed(discount=None), "the levels of offer 'loyalty' give no terms"),
        (
            changed(points=[1, 2, 3]),
            "points of offer 'loyalty' at the level from 0 is 1, but",
        ),
        (
            changed(by=["total_amount", "tier", "tier"]),
            "depend on 'total_amount' and 'tier'",
        ),
        (changed(by=["total_amount", None, "tier"]), "levels has no by in row 1"),
        (changed(offer="loyalt"), r"3 levels have an offer .* 'loyalt' \(did you mean 'loyalty'"),
        (changed(offer=None), "levels has no offer in row 0"),
        (changed(colour=1), "levels has an unknown column 'colour'; use columns among"),
        (changed(offer="plain"), "discount of offer 'plain' is in both offers and levels; keep"),
    ],
)
def test_levels_that_say_too_little_or_too_much_are_refused(
    levels: pd.DataFrame, message: str
) -> None:
    offers = OFFERS[3:] if "plain" in levels["offer"].tolist() else OFFERS[:1]
    with pytest.raises(DataError, match=message):
        LevelledOffers.read(offers, levels)


def test_negative_points_of_a_level_are_refused() -> None:
    levels = LEVELS.assign(points_per_unit=LEVELS["points_per_unit"] - 1.5)
    with pytest.raises(DataError, match="'tier points' at the level 'silver' is -0.5; it must be"):
        LevelledOffers.read(OFFERS, levels)


def test_levels_of_columns_that_are_not_there_or_not_known_are_refused() -> None:
    with pytest.raises(MissingColumnsError, match="'tier'.*levels of offer 'tier points' go by it"):
        offer_costs(PURCHASES.drop(columns="tier"), OFFERS, levels=LEVELS)
    with pytest.raises(
        DataError,
        match="tier is missing in 3 rows, and the levels of offer .tier points. go by it; fill",
    ):
        offer_costs(PURCHASES.assign(tier=None), OFFERS, levels=LEVELS)
    with pytest.raises(DataError, match="total_amount has 2 missing"):
        offer_costs(PURCHASES.assign(total_amount=np.nan), OFFERS, levels=LEVELS)
    with pytest.raises(DataError, match=r"no level for tier 'silvr' \(did you mean 'silver'\?"):
        offer_costs(PURCHASES.replace("silver", "silvr"), OFFERS, levels=LEVELS)
    with pytest.raises(DataError, match="'Gold' and 'gold' differ in case"):
        offer_costs(PURCHASES.replace("gold", "Gold"), OFFERS, levels=LEVELS)


def test_an_offer_needs_its_terms_somewhere() -> None:
    with pytest.raises(DataError, match="discount of offer 'loyalty' is missing"):
        LevelledOffers.read(OFFERS, LEVELS[2:])


def test_levels_may_be_numbers_that_are_names() -> None:
    offers = pd.DataFrame({"offer": [7], "kind": "percentage"})
    levels = pd.DataFrame({"offer": 7, "by": "tier", "level": [1, 2], "discount": [0.1, 0.2]})
    purchases = pd.DataFrame({"offer": 7, "amount": 100.0, "tier": [2, 1, 3]})
    for tiers in (
        purchases,
        purchases.astype({"tier": float}),
        purchases.astype({"tier": "Int64"}),
    ):
        assert offer_costs(tiers, offers, levels=levels).tolist() == [20, 10, 0]
    with pytest.raises(DataError, match="tier holds text in the table and numbers in the levels"):
        offer_costs(purchases.astype({"tier": str}), offers, levels=levels)


def test_tables_without_a_row_have_no_levels() -> None:
    assert LevelledOffers.read(OFFERS[3:], LEVELS[:0]).ladders == {}
    assert len(LevelledOffers.read(OFFERS[:0], LEVELS[:0]).terms) == 0
    assert offer_costs(PURCHASES[:0], OFFERS[:0]).tolist() == []


def test_an_offer_that_stands_twice_is_refused_with_levels_as_without() -> None:
    offers = pd.DataFrame({"offer": ["a", "a"], "contact_cost": [0.1, 1.0]})
    levels = pd.DataFrame({"offer": ["a"], "by": "tier", "level": "gold", "discount": 0.1})
    with pytest.raises(DataError, match="offer 'a' stands in 2 rows"):
        LevelledOffers.read(offers, levels)
