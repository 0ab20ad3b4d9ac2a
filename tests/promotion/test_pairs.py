"""eligible_pairs: the ledgers sum, and no pair is there without consent, room and condition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import check_consent
from cemkit.errors import DataError
from cemkit.promotion import EligiblePairs, eligible_pairs

DAY = "2024-03-31"
OFFERS = pd.DataFrame(
    {
        "offer": ["comeback", "sale", "old"],
        "discount": [0.2, 0.1, 0.3],
        "eligible": ["segment = At risk", None, None],
        "valid_until": pd.to_datetime([None, "2024-03-31", "2024-03-30"]),
    }
)


def world(n: int, seed: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = rng.permutation(n)
    segments = np.array(["At risk", "New", None], dtype=object)
    known = ids[rng.random(n) < 0.9]
    return {
        "customers": pd.DataFrame(
            {"customer_id": ids, "segment": segments[np.r_[[0], rng.integers(0, 3, n - 1)]]}
        ),
        "people": pd.DataFrame(
            {
                "customer_id": known,
                "preferred_channel": rng.choice(["email", "sms", None], len(known)),
            }
        ),
        "consent": pd.DataFrame(
            {
                "customer_id": ids,
                "channel": rng.choice(["email", "sms"], n),
                "purpose": "marketing",
                "granted": rng.random(n) < 0.8,
                "since": pd.Timestamp("2024-01-01"),
            }
        ),
        "suppression": pd.DataFrame({"customer_id": ids[rng.random(n) < 0.1]}),
        "contacts": pd.DataFrame(
            {
                "customer_id": rng.choice(ids, n),
                "channel": "email",
                "contact_date": pd.Timestamp("2024-03-25"),
            }
        ),
        "caps": pd.DataFrame({"max_contacts": [1], "window_days": [14]}),
    }


def found_in(tables: dict[str, pd.DataFrame]) -> EligiblePairs:
    return eligible_pairs(offers=OFFERS, as_of=DAY, **tables)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 60))
def test_ledgers_sum_and_pairs_are_those_that_every_table_allows(seed: int, n: int) -> None:
    tables = world(n, seed)
    found = found_in(tables)
    assert found.ledger["customers"].sum() == found.customers == n
    assert found.ledger.loc["eligible", "customers"] == found.eligible_customers
    assert found.eligible_customers == found.table["customer_id"].nunique()
    assert (found.offers.sum(axis=1) == found.contactable).all()
    assert found.offers["eligible"].sum() == found.pairs == len(found.table)
    table = found.table
    assert not table["customer_id"].isin(tables["suppression"]["customer_id"]).any()
    assert not table["customer_id"].isin(tables["contacts"]["customer_id"]).any()
    assert check_consent(table, tables["consent"], DAY).table["consented"].all()
    segment = tables["customers"].set_index("customer_id")["segment"].reindex(table["customer_id"])
    assert (segment[(table["offer"] == "comeback").to_numpy()] == "At risk").all()
    assert "old" not in set(table["offer"].astype(str))


def test_it_does_not_depend_on_the_order_of_rows() -> None:
    tables = world(50, 0)
    shuffled = {name: t.sample(frac=1, random_state=1) for name, t in tables.items()}
    keys = ["customer_id", "offer"]
    one, other = (
        found_in(t).table.astype({"offer": str}).sort_values(keys, ignore_index=True)
        for t in (tables, shuffled)
    )
    pd.testing.assert_frame_equal(one.astype(str), other.astype(str))


def test_the_sentence_says_what_is_left_out_and_which_table_guards_nobody() -> None:
    tables = world(40, 3)
    tables["suppression"] = pd.DataFrame({"customer_id": [900]})
    found = found_in(tables)
    assert found.idle_guards == ["suppression"]
    english, chinese = found.sentence(), found.sentence("zh")
    for number in (found.customers, found.eligible_customers, found.pairs):
        assert f"{number:,}" in english
        assert f"{number:,}" in chinese
    assert "No customer is in: suppression." in english
    assert all(f"{count:,}" in english for count in found.left_out.values())


def test_the_row_index_of_customers_may_be_their_id() -> None:
    tables = world(30, 1)
    tables["customers"] = tables["customers"].set_index("customer_id")
    assert found_in(tables).pairs == found_in(world(30, 1)).pairs


def test_bad_input_is_refused() -> None:
    tables = world(30, 1)
    with pytest.raises(ValueError, match="caps need contacts"):
        found_in({name: table for name, table in tables.items() if name != "contacts"})
    twice = {**tables, "customers": pd.concat([tables["customers"]] * 2)}
    with pytest.raises(DataError, match="repeated customer_id"):
        found_in(twice)
    with pytest.raises(DataError, match="unknown column 'product_category'"):
        eligible_pairs(offers=OFFERS.assign(product_category="x"), as_of=DAY, **tables)


def test_offers_with_levels_go_the_same_way() -> None:
    tables = world(30, 0)
    plain = found_in(tables)
    levels = pd.DataFrame(
        {"offer": "sale", "by": "clv", "at_least": [0, 100], "discount": [0.1, 0.2]}
    )
    offers = OFFERS.assign(discount=[0.2, None, 0.3])
    levelled = eligible_pairs(offers=offers, as_of=DAY, levels=levels, **tables)
    pd.testing.assert_frame_equal(levelled.table, plain.table)
    with pytest.raises(DataError, match="discount of offer 'sale' is missing"):
        eligible_pairs(offers=offers, as_of=DAY, **tables)
