"""CrossSell by hand, and on what was never bought together."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from cemkit import CrossSell
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.recommendation.best_products import best

AS_OF = "2024-01-31"


def orders_of(baskets: dict[int, list[str]], day: str = "2024-01-31") -> pd.DataFrame:
    rows = [(customer, product) for customer, items in baskets.items() for product in items]
    table = pd.DataFrame(rows, columns=["customer_id", "product"])
    return table.assign(order_date=pd.Timestamp(day), amount=1.0)


BASKETS = {1: ["tea", "pot"], 2: ["tea", "pot"], 3: ["tea", "mug"], 4: ["tea"], 5: ["mug"]}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("cosine", [1 / np.sqrt(8), 2 / np.sqrt(8)]),
        ("confidence", [1 / 4, 2 / 4]),
        ("lift", [5 * 1 / (4 * 2), 5 * 2 / (4 * 2)]),
    ],
)
def test_affinities_by_hand(method: str, expected: list[float]) -> None:
    model = CrossSell(method=method, min_customers=1).fit(orders_of(BASKETS), as_of=AS_OF)
    assert model.products_.tolist() == ["mug", "pot", "tea"]
    assert model.affinity_[2, :2].tolist() == pytest.approx(expected, rel=1e-6)


def test_recommendations_are_new_products_best_first() -> None:
    model = CrossSell(min_customers=1).fit(orders_of(BASKETS), as_of=AS_OF)
    table = model.recommend([4, 5], k=2)
    assert list(zip(table["customer_id"], table["product"], table["rank"], strict=True)) == [
        (4, "pot", 1),
        (4, "mug", 2),
        (5, "tea", 1),
    ]
    again = model.recommend([3], k=3, new_only=False)
    assert set(again["product"]) == {"tea", "mug", "pot"}


def test_popular_products_are_the_same_for_all_but_what_they_have() -> None:
    model = CrossSell(min_customers=1).fit(orders_of(BASKETS), as_of=AS_OF)
    table = model.popular([4, 5], k=2)
    assert table["product"].tolist() == ["mug", "pot", "tea", "pot"]


@pytest.mark.parametrize("k", [1, 3, 7, 30])
def test_ties_at_the_last_place_go_by_the_order_of_the_products(k: int) -> None:
    """Against a stable sort of all scores, also where one place is wanted by many."""
    generator = np.random.default_rng(k)
    scores = generator.integers(0, 4, (50, 200)).astype(np.float32)
    places, values = best(scores, k, None)
    assert (places == np.argsort(-scores, axis=1, kind="stable")[:, :k]).all()
    assert (values == np.take_along_axis(scores, places, axis=1)).all()


def test_scores_that_differ_by_rounding_are_tied() -> None:
    parts = np.array([0.1, 0.2, 0.3, 0.7], dtype=np.float32)
    first, last = parts.cumsum()[-1], parts[::-1].cumsum()[-1]
    assert first != last
    for pair in ([first, last, 9.0], [last, first, 9.0]):
        places, values = best(np.array([pair], dtype=np.float32), 2, None)
        assert places.tolist() == [[2, 0]]
        assert (np.diff(values) <= 0).all()


def test_equally_popular_products_are_named_in_their_order() -> None:
    baskets = {number: [f"p{number:03}"] for number in range(200)} | {999: ["tea"]}
    model = CrossSell(min_customers=1, half_life_days=None).fit(orders_of(baskets), as_of=AS_OF)
    assert model.popular([999], k=3)["product"].tolist() == ["p000", "p001", "p002"]


def test_purchases_fade_by_their_half_life() -> None:
    orders = pd.concat(
        [orders_of({1: ["tea", "pot"]}), orders_of({2: ["mug", "jar"]}, "2024-01-21")]
    )
    model = CrossSell(min_customers=1, half_life_days=10).fit(orders, as_of=AS_OF)
    assert model.popularity_.to_dict() == pytest.approx(
        {"jar": 0.5, "mug": 0.5, "pot": 1, "tea": 1}
    )


@pytest.mark.parametrize("method", ["cosine", "lift", "confidence"])
def test_what_was_bought_very_many_half_lives_ago_still_counts_alike(method: str) -> None:
    # Weights of 2^-700: their squares are 0 in double precision.
    old = orders_of({i + 10: basket for i, basket in BASKETS.items()}, "2010-09-01")
    model = CrossSell(method=method, half_life_days=7, min_customers=1).fit(old, as_of=AS_OF)
    ageless = CrossSell(method=method, half_life_days=None, min_customers=1).fit(old, as_of=AS_OF)
    ranks = ["customer_id", "product", "rank"]
    assert len(model.recommend()) > 3
    pd.testing.assert_frame_equal(model.recommend()[ranks], ageless.recommend()[ranks])
    recent = orders_of({11: ["tea", "cup"], 12: ["cup"]})
    mixed = CrossSell(method=method, half_life_days=0.1, min_customers=1)
    mixed.fit(pd.concat([old, recent]), as_of=AS_OF)
    assert np.isfinite(mixed.affinity_).all()
    assert np.isfinite(mixed.recommend()["score"]).all()


def test_categories_that_nobody_bought_are_no_products() -> None:
    orders = orders_of(BASKETS)
    kinds = pd.CategoricalDtype(["jar", "mug", "pot", "tea"])
    plain, typed = (
        CrossSell(min_customers=1).fit(table, as_of=AS_OF)
        for table in (orders, orders.astype({"product": kinds}))
    )
    assert typed.products_.tolist() == ["mug", "pot", "tea"]
    assert typed.recommend().to_numpy().tolist() == plain.recommend().to_numpy().tolist()


def test_what_was_never_bought_together_is_not_recommended() -> None:
    orders = orders_of({1: ["tea"], 2: ["tea"], 3: ["pot"], 4: ["pot"]})
    model = CrossSell(min_customers=2).fit(orders, as_of=AS_OF)
    assert not model.affinity_.any()
    assert model.recommend(k=2).empty


def test_ids_may_come_as_a_table_and_row_order_does_not_matter() -> None:
    orders = orders_of(BASKETS)
    one = CrossSell(min_customers=1).fit(orders, as_of=AS_OF).recommend()
    table = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5]})
    other = CrossSell(min_customers=1).fit(orders.sample(frac=1, random_state=1), as_of=AS_OF)
    pd.testing.assert_frame_equal(one, other.recommend(table))


def test_json_brings_the_model_back() -> None:
    orders = orders_of(BASKETS)
    model = CrossSell(method="lift", half_life_days=9, min_customers=1).fit(orders, as_of=AS_OF)
    again = CrossSell.from_json(model.to_json())
    pd.testing.assert_frame_equal(again.recommend(), model.recommend(), check_exact=True)
    pd.testing.assert_frame_equal(again.popular([2], k=3), model.popular([2], k=3))
    assert again.get_params() == model.get_params()
    assert again.to_json() == model.to_json()
    dated = orders.assign(
        customer_id=pd.Timestamp("2024-01-01") + orders["customer_id"] * pd.Timedelta(days=1)
    )
    with pytest.raises(TypeError, match="is neither a number nor text"):
        CrossSell(min_customers=1).fit(dated, as_of=AS_OF).to_json()


def test_bad_input_is_refused() -> None:
    orders = orders_of(BASKETS)
    with pytest.raises(NotFittedError, match="CrossSell"):
        CrossSell().recommend()
    with pytest.raises(NotEnoughDataError, match="products with 9 customers.*, got 0"):
        CrossSell(min_customers=9).fit(orders, as_of=AS_OF)
    with pytest.raises(ValueError, match="method must be one of"):
        CrossSell(method="jaccard").fit(orders, as_of=AS_OF)
    with pytest.raises(ValueError, match="half_life_days must be above 0"):
        CrossSell(half_life_days=0, min_customers=1).fit(orders, as_of=AS_OF)
    model = CrossSell(min_customers=1).fit(orders, as_of=AS_OF)
    with pytest.raises(DataError, match="1 customer had no purchase in the fit, such as 99"):
        model.recommend([1, 99])


def test_ids_asked_for_have_one_spelling_and_are_read_once() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2, 3, 4],
            "order_date": pd.Timestamp("2024-01-01"),
            "amount": 1.0,
            "product": ["tea", "pot", "tea", "pot", "tea", "mug"],
        }
    )
    model = CrossSell(min_customers=1).fit(orders, as_of="2024-01-31")
    expected = model.recommend([3, 4], k=1)
    for asked in ([3.0, 4.0], (i for i in [3, 4]), pd.Series([3, 4], dtype="Int64")):
        pd.testing.assert_frame_equal(model.recommend(asked, k=1), expected)
    for wrong in (["3"], ["3", 4]):
        with pytest.raises(DataError, match="customer_id holds text in customers and numbers in"):
            model.recommend(wrong)
    with pytest.raises(TypeError, match="customers must be a list"):
        model.recommend(3)
    spelt = CrossSell(min_customers=1).fit(
        orders.assign(customer_id=["1", "1.0", "2", " 2", "3", "4"]), as_of="2024-01-31"
    )
    assert spelt.customers_.tolist() == ["1", "2", "3", "4"]
    assert (spelt.affinity_ == model.affinity_).all()
    with pytest.raises(TypeError, match="new_only must be True or False, not 'no'"):
        model.recommend([3], new_only="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("bought", [0, 2, 1, 2, 0, 2, 2, 10**6], "it has 3 products, and none is number 1000000"),
        ("bought", [2, 1, 1, 2, 0, 2, 2, 0], "each customer's products must be in order and dif"),
        ("bought", [1, 2, 1, 2, 0, 2, 2, -1], "bought must be whole numbers from 0"),
        ("ends", [0, 2, 4, 6, 7, 10**12], "ends must rise from 0 to the 8 purchases"),
        ("ends", [0, 4, 2, 6, 7, 8], "ends must rise from 0 to the 8 purchases"),
        ("ends", [0, 2, 4, 8], "it has 4 ends for 5 customers"),
        ("weights", [1.0] * 7, "weights must have length 8, the number of bought, not 7"),
        ("weights", [1.0] * 7 + [0.0], "weights must be numbers of at least 9.31"),
        ("products", ["mug", "mug", "tea"], "products must be a list without repeated values"),
        ("products", ["mug", "pot", "tea", "cup"], "a product has 0 customers, below min_custom"),
    ],
)
def test_a_matrix_that_is_none_is_refused(field: str, value: list[Any], message: str) -> None:
    """Such indices reach beyond the arrays of a sparse matrix, and would end the process."""
    model = CrossSell(half_life_days=None, min_customers=1).fit(orders_of(BASKETS), as_of=AS_OF)
    text = json.dumps(json.loads(model.to_json()) | {field: value})
    with pytest.raises(DataError, match=f"^the saved CrossSell is damaged: {message}"):
        CrossSell.from_json(text)


def test_more_pairs_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cemkit.recommendation.cross_sell.DENSE_PRODUCTS", 20)
    monkeypatch.setattr("cemkit.recommendation.cross_sell.MOST_PAIRS", 21 * 20 - 1)
    many = orders_of({1: [f"{number:02}" for number in range(21)]})
    with pytest.raises(DataError, match="more than 419 pairs of the 21 products.*min_customers"):
        CrossSell(min_customers=1).fit(many, as_of=AS_OF)
    monkeypatch.setattr("cemkit.recommendation.cross_sell.MOST_PAIRS", 21 * 20)
    assert CrossSell(min_customers=1).fit(many, as_of=AS_OF).affinity_.nnz == 21 * 20


@pytest.mark.parametrize("method", ["cosine", "confidence", "lift"])
def test_more_products_than_a_dense_matrix_holds_give_the_same_answers(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    who, what = rng.integers(0, 300, 2_000), rng.zipf(1.5, 2_000) % 90
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 30, 2_000), unit="D")
    orders = pd.DataFrame({"customer_id": who, "order_date": day, "amount": 1.0, "product": what})
    dense = CrossSell(method=method).fit(orders, as_of=AS_OF)
    monkeypatch.setattr("cemkit.recommendation.cross_sell.DENSE_PRODUCTS", 20)
    monkeypatch.setattr("cemkit.recommendation.cross_sell.ROWS", 7)
    monkeypatch.setattr("cemkit.recommendation.cross_sell.BLOCK", 50)
    many = CrossSell(method=method).fit(orders, as_of=AS_OF)
    assert len(many.products_) > 20
    assert sparse.issparse(many.affinity_)
    assert (many.affinity_.toarray() == dense.affinity_).all()
    for model in (many, CrossSell.from_json(many.to_json())):
        for new_only in (True, False):
            found, expected = (one.recommend(k=4, new_only=new_only) for one in (model, dense))
            pd.testing.assert_frame_equal(found, expected, rtol=1e-5)
    pd.testing.assert_frame_equal(many.popular(), dense.popular())
