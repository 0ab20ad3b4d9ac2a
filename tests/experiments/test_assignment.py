"""Assignment: the same on each call, in any order, and as designed."""

from hashlib import blake2b

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import chisquare, kstest

from cemkit import assign_variants
from cemkit.errors import DataError, MissingColumnsError
from cemkit.experiments.assignment import hashed_numbers

HALVES = {"A": 0.5, "B": 0.5}


def test_the_hash_is_the_one_of_the_docstring() -> None:
    key = blake2b(b"spring", digest_size=32).digest()
    digest = blake2b(b"7", key=key, digest_size=8).digest()
    expected = (int.from_bytes(digest, "big") >> 11) / 2**53
    assert hashed_numbers(pd.Index([7]), "spring")[0] == expected
    assert hashed_numbers(pd.Index(["7"]), "spring")[0] == expected
    assert hashed_numbers(pd.Index([7.0]), "spring")[0] == expected


def test_numbers_are_uniform_and_independent_between_salts() -> None:
    ids = pd.RangeIndex(50_000)
    first, second = hashed_numbers(ids, "one"), hashed_numbers(ids, "two")
    assert kstest(first, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_order_and_growth_change_nothing() -> None:
    small = assign_variants(range(1000), HALVES, "x").set_index("customer_id")["variant"]
    shuffled = np.random.default_rng(0).permutation(5000)
    large = assign_variants(shuffled, HALVES, "x").set_index("customer_id")["variant"]
    pd.testing.assert_series_equal(large.loc[small.index], small)


def test_shares_come_out() -> None:
    shares = {"A": 0.7, "B": 0.2, "C": 0.1}
    counts = assign_variants(range(100_000), shares, "x")["variant"].value_counts()
    expected = [shares[name] * 100_000 for name in counts.index]
    assert chisquare(counts, expected).pvalue > 1e-3


def test_rows_and_ids_stay_as_given() -> None:
    ids = ["c", "a", "b"]
    found = assign_variants(
        pd.DataFrame({"age": [1, 2, 3]}, index=pd.Index(ids, name="customer_id")), HALVES, "x"
    )
    assert found["customer_id"].tolist() == ids
    assert found.columns.tolist() == ["customer_id", "variant"]


def strata_table(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({"customer_id": range(n), "segment": rng.choice(["x", "y", "z"], n)})


def test_strata_are_balanced_within_one_customer() -> None:
    customers = strata_table(1001)
    shares = {"A": 0.6, "B": 0.4}
    found = assign_variants(customers, shares, "x", strata="segment")
    counts = pd.crosstab(customers["segment"], found["variant"])
    for name, share in shares.items():
        assert (counts[name] - counts.sum(axis=1) * share).abs().max() < 1
    again = assign_variants(customers.iloc[::-1], shares, "x", strata=["segment"])
    pd.testing.assert_frame_equal(again.sort_values("customer_id", ignore_index=True), found)


def test_strata_grow_with_the_existing_assignment() -> None:
    customers = strata_table(2000)
    first = assign_variants(customers.head(700), HALVES, "x", strata="segment")
    grown = assign_variants(customers, HALVES, "x", strata="segment", existing=first)
    pd.testing.assert_frame_equal(grown.head(700), first)
    counts = pd.crosstab(customers["segment"], grown["variant"])
    assert (counts["A"] - counts["B"]).abs().max() <= 1


def test_holdout_is_shared_by_experiments() -> None:
    one = assign_variants(range(20_000), HALVES, "one", holdout=0.1)
    two = assign_variants(range(20_000), HALVES, "two", holdout=0.1)
    held = one["variant"] == "holdout"
    assert (held == (two["variant"] == "holdout")).all()
    assert held.mean() == pytest.approx(0.1, abs=0.01)
    other = assign_variants(range(20_000), HALVES, "one", holdout=0.1, holdout_salt="2025")
    assert (held != (other["variant"] == "holdout")).any()


def test_strata_are_balanced_beside_a_holdout() -> None:
    customers = strata_table(3000)
    shares = {"A": 0.6, "B": 0.4}
    found = assign_variants(customers, shares, "x", strata="segment", holdout=0.3)
    counts = pd.crosstab(customers["segment"], found["variant"])
    assert (counts["holdout"] > 0).all()
    tested = counts[["A", "B"]]
    for name, share in shares.items():
        assert (tested[name] - tested.sum(axis=1) * share).abs().max() < 1


@pytest.mark.parametrize("strata", [None, "segment"])
def test_the_existing_keep_their_variant_when_a_holdout_begins(strata) -> None:
    customers = strata_table(2000)
    first = assign_variants(customers.head(700), HALVES, "x", strata=strata)
    grown = assign_variants(customers, HALVES, "x", strata=strata, existing=first, holdout=0.2)
    pd.testing.assert_frame_equal(grown.head(700), first)
    assert (grown["variant"][700:] == "holdout").mean() == pytest.approx(0.2, abs=0.05)


def test_variants_that_are_numbers_become_their_names() -> None:
    shares = {0: 0.5, 1: 0.5}
    first = assign_variants(range(100), shares, "x")
    assert set(first["variant"]) == {"0", "1"}
    grown = assign_variants(range(200), shares, "x", existing=first)
    pd.testing.assert_frame_equal(grown.head(100), first)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shares": {"A": 0.5, "B": 0.4}}, ValueError, "add up to 1"),
        ({"shares": {"A": 1.0}}, ValueError, "at least two variants, not"),
        ({"shares": {"A": 1.0, "B": 0.0}}, ValueError, "must be above 0"),
        ({"salt": ""}, ValueError, "salt must be the name of the experiment"),
        ({"holdout": 1}, ValueError, "holdout must be a fraction"),
        (
            {"holdout": 0.1, "holdout_salt": "x"},
            ValueError,
            "other than the experiment's, not 'x'",
        ),
        ({"holdout": 0.1, "holdout_salt": ""}, ValueError, "holdout_salt must be a name"),
        (
            {"holdout": 0.1, "shares": {"offer": 0.9, "holdout": 0.1}},
            ValueError,
            "shares has a variant 'holdout', which is the name",
        ),
        ({"customers": [1e17, 2e17]}, DataError, r"above 2\^53"),
        ({"customers": [np.inf, 1.0]}, DataError, r"fractional ids, such as inf"),
        ({"customers": "abc"}, TypeError, "customers must be a pandas table or ids, not str"),
        (
            {"customers": pl.DataFrame({"customer_id": [1]})},
            TypeError,
            "customers must be a pandas table or ids, not polars.DataFrame",
        ),
        (
            {"existing": pd.DataFrame({"customer_id": ["1"], "variant": ["A"]})},
            DataError,
            "customer_id holds numbers in customers and text in existing",
        ),
        ({"customers": [1, 1]}, DataError, "repeated customer_id"),
        ({"customers": [1.5, 2.0]}, DataError, "fractional ids"),
        (
            {"existing": pd.DataFrame({"customer_id": [1], "variant": ["C"]})},
            DataError,
            "existing has the variant 'C', which has no share",
        ),
        ({"customers": [1, None]}, DataError, "1 row without a customer_id"),
        ({"customers": pd.DataFrame({"id": [1]})}, MissingColumnsError, "customer_id"),
        ({"strata": "segment"}, MissingColumnsError, "segment"),
        (
            {"customers": pd.DataFrame({"customer_id": [1, 2], "s": ["x", None]}), "strata": "s"},
            DataError,
            "is missing for 1 customer",
        ),
    ],
)
def test_bad_input(arguments, error, message) -> None:
    call = {"customers": [1, 2, 3], "shares": HALVES, "salt": "x"} | arguments
    with pytest.raises(error, match=message):
        assign_variants(**call)


def test_existing_assignments_match_under_any_spelling_or_are_refused() -> None:
    known = pd.DataFrame({"customer_id": [1.0, 2.0], "variant": ["B", "B"]})
    shares = {"A": 0.999, "B": 0.001}
    found = assign_variants([1, 2, 3], shares, salt="x", existing=known)
    assert found["variant"].tolist()[:2] == ["B", "B"]
    texts = pd.DataFrame({"customer_id": pd.Categorical(["1", "2"]), "variant": ["B", "B"]})
    with pytest.raises(DataError, match="customer_id holds numbers in customers and text in exist"):
        assign_variants([1, 2, 3], shares, salt="x", existing=texts)


def test_an_id_has_one_hash_whatever_its_type() -> None:
    shares = {"A": 0.5, "B": 0.5}
    expected = assign_variants(range(200), shares, salt="x")["variant"].tolist()
    for ids in (
        np.arange(200.0),
        pd.Series(range(200), dtype="Int64"),
        pd.Series([float(i) for i in range(200)], dtype=object),
        [f"{i}.0" for i in range(200)],
        (i for i in range(200)),
    ):
        assert assign_variants(ids, shares, salt="x")["variant"].tolist() == expected


def test_shares_are_numbers() -> None:
    with pytest.raises(TypeError, match="share of 'A' must be a number, not '0.5'"):
        assign_variants([1, 2], {"A": "0.5", "B": "0.5"}, salt="x")
    with pytest.raises(TypeError, match="shares must be a dict of fractions by variant"):
        assign_variants([1, 2], [0.5, 0.5], salt="x")
    with pytest.raises(ValueError, match="strata must be names of columns"):
        assign_variants(pd.DataFrame({"customer_id": [1]}), {"A": 0.5, "B": 0.5}, "x", strata=[])


@pytest.mark.parametrize("dtype", ["int64", "float64", "str", "Int64", "category"])
def test_an_assignment_read_back_as_numbers_is_kept(dtype: str) -> None:
    shares = {1: 0.5, 2: 0.5}
    first = assign_variants(range(50), shares, "spring")
    read = first.assign(variant=first["variant"].astype("int64").astype(dtype))
    again = assign_variants(range(60), shares, "another key", existing=read)
    assert again["variant"].iloc[:50].tolist() == first["variant"].tolist()
