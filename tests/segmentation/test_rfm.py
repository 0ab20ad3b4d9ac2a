"""RFM scores and segments against R's package rfm, the definition, and by property."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cemkit import RFMSegmenter, customer_table, load_cdnow, prepare_orders, segment_migration
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.segmentation.rfm import SCORES

R_EDGES = {
    "recency_days": [115, 181, 297.4, 482],
    "order_count": [4, 5, 6, 8],
    "total_amount": [255.8, 382, 506.4, 666],
}
R_SEGMENTS = pd.DataFrame(
    [
        ("Champions", "5", "5", "5"),
        ("Potential Loyalist", "3-5", "3-5", "2-5"),
        ("Loyal", "2-4", "2-4", "2-4"),
        ("Promising", "3-4", "1-3", "3-5"),
        ("New", "4-5", "1-3", "1-5"),
        ("Can't Lose", "1-2", "3-4", "4-5"),
        ("At Risk", "1-2", "2-5", "4-5"),
        ("Need Attention", "1-3", "3-5", "3-5"),
        ("About To Sleep", "2-3", "1-3", "1-4"),
        ("Lost", "1", "1-5", "1-5"),
        ("Others", "otherwise", "otherwise", "otherwise"),
    ],
    columns=["segment", *SCORES],
)
R_CUSTOMERS = {
    "Abbey O'Reilly": (205, 6, 472, "343", "Potential Loyalist"),
    "Add Senger": (140, 3, 340, "412", "New"),
    "Aden Lesch": (194, 4, 405, "323", "Loyal"),
    "Aden Murphy": (98, 7, 596, "544", "Potential Loyalist"),
    "Admiral Senger": (132, 5, 448, "433", "Potential Loyalist"),
    "Agness O'Keefe": (90, 9, 843, "555", "Champions"),
    "Aileen Barton": (84, 9, 763, "555", "Champions"),
    "Ailene Hermann": (281, 8, 699, "355", "Potential Loyalist"),
    "Aiyanna Bruen": (246, 4, 157, "321", "About To Sleep"),
    "Akeelah Walsh": (160, 7, 779, "445", "Potential Loyalist"),
}


def customers_of(recency: object, orders: object, amount: object) -> pd.DataFrame:
    table = pd.DataFrame({"recency_days": recency, "order_count": orders, "total_amount": amount})
    return table.rename_axis("customer_id")


@pytest.fixture(scope="module")
def r_customers(reference_data: Path) -> pd.DataFrame:
    raw = pd.read_csv(reference_data / "rfm_orders.csv")
    raw["order_date"] = pd.to_datetime(raw["order_date"])
    grouped = raw.groupby("customer_id")  # R counts rows, not days
    recency = (pd.Timestamp("2006-12-31") - grouped["order_date"].max()).dt.days
    return customers_of(recency, grouped.size(), grouped["revenue"].sum())


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return customer_table(prepare_orders(load_cdnow()), as_of="1998-06-30")


def test_thresholds_and_segments_of_r_through_edges_and_a_rule_table(
    r_customers: pd.DataFrame,
) -> None:
    segmenter = RFMSegmenter(edges=R_EDGES, segments=R_SEGMENTS).fit(r_customers)
    scored = segmenter.add_to(r_customers)
    counts = {score: scored[score].value_counts().sort_index().tolist() for score in SCORES}
    assert counts == {
        "recency_score": [197, 200, 199, 199, 200],
        "frequency_score": [268, 187, 176, 244, 120],
        "monetary_score": [200, 200, 198, 202, 195],
    }
    for name, (recency, orders, amount, scores, segment) in R_CUSTOMERS.items():
        row = scored.loc[name]
        assert (row["recency_days"], row["order_count"], row["total_amount"]) == (
            recency,
            orders,
            amount,
        )
        assert "".join(str(row[score]) for score in SCORES) == scores
        assert row["segment"] == segment


def test_the_rule_table_of_r_has_a_hole_without_otherwise(r_customers: pd.DataFrame) -> None:
    with pytest.raises(
        ValueError, match="no rule holds for recency_score 2, frequency_score 1, monetary_score 5"
    ):
        RFMSegmenter(segments=R_SEGMENTS.iloc[:-1]).fit(r_customers)


def test_ties_share_a_score_and_leave_others_empty() -> None:
    # 540 once-buyers, 200 twice, 260 with 3 to 54 orders: the reference gives F in {1, 3, 4, 5}.
    orders = np.r_[np.ones(540), np.full(200, 2), np.repeat(np.arange(3, 55), 5)]
    table = customers_of(np.arange(1000), orders, np.arange(1000.0))
    scores = RFMSegmenter().fit(table).transform(table)["frequency_score"]
    assert sorted(scores.unique()) == [1, 3, 4, 5]
    assert scores.groupby(orders).nunique().eq(1).all()


@pytest.mark.filterwarnings("ignore:.* has the same value for every customer")
@given(
    st.lists(st.integers(0, 12), min_size=5, max_size=60),
    st.integers(2, 7),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_scores_follow_the_minimum_rank_rule_in_any_row_order(
    values: list[int], n_bins: int, seed: int
) -> None:
    if len(values) < n_bins:
        return
    table = customers_of(values, values, np.array(values) - 5.0)
    segmenter = RFMSegmenter(n_bins, segments="tiers").fit(table)
    scores = segmenter.transform(table)
    ascending = pd.Series(values, dtype=float).rank(method="min")
    descending = (-pd.Series(values, dtype=float)).rank(method="min")
    expected = np.floor((ascending - 1) / len(values) * n_bins + 1e-12) + 1
    assert scores["frequency_score"].tolist() == expected.tolist()
    assert scores["monetary_score"].tolist() == expected.tolist()
    expected = np.floor((descending - 1) / len(values) * n_bins + 1e-12) + 1
    assert scores["recency_score"].tolist() == expected.tolist()
    shuffled = table.sample(frac=1, random_state=seed % 2**31)
    again = RFMSegmenter(n_bins, segments="tiers").fit(shuffled).transform(shuffled)
    pd.testing.assert_frame_equal(again.loc[table.index], scores)


@pytest.mark.filterwarnings("ignore:.* has the same value for every customer")
@given(st.lists(st.integers(0, 10**8), min_size=5, max_size=40), st.integers(-20, 20))
@settings(max_examples=40, deadline=None)
def test_a_change_of_unit_changes_nothing(cents: list[int], power: int) -> None:
    table = customers_of(range(len(cents)), 1, np.array(cents) / 100)
    scaled = table.assign(total_amount=table["total_amount"] * 2.0**power)
    pd.testing.assert_frame_equal(
        RFMSegmenter().fit(table).transform(table), RFMSegmenter().fit(scaled).transform(scaled)
    )


def test_more_is_never_worse_and_new_customers_are_scored_by_the_fit() -> None:
    rng = np.random.default_rng(0)
    table = customers_of(rng.integers(0, 99, 200), rng.geometric(0.4, 200), rng.gamma(2, 9, 200))
    segmenter = RFMSegmenter().fit(table)
    grid = np.linspace(-5, 150, 400)
    scores = segmenter.transform(customers_of(grid, grid, grid))
    assert scores["recency_score"].is_monotonic_decreasing
    assert scores["frequency_score"].is_monotonic_increasing
    worse = [(table["total_amount"] < value).mean() for value in grid]
    expected = np.minimum(np.floor(np.array(worse) * 5 + 1e-12) + 1, 5)
    assert scores["monetary_score"].tolist() == expected.tolist()


def test_learnt_edges_given_back_give_the_same_scores(cdnow: pd.DataFrame) -> None:
    fitted = RFMSegmenter().fit(cdnow)
    again = RFMSegmenter(edges=fitted.edges_).fit(cdnow.head(1))
    pd.testing.assert_frame_equal(fitted.add_to(cdnow), again.add_to(cdnow))


def test_five_identical_customers_are_one_segment() -> None:
    table = customers_of([7] * 5, 2, 30.0)
    with pytest.warns(CemkitWarning, match="recency_days, order_count, total_amount has the same"):
        segmenter = RFMSegmenter().fit(table)
    assert len(set(segmenter.predict(table))) == 1


def test_a_measure_that_is_the_same_for_everyone_is_told(cdnow: pd.DataFrame) -> None:
    once = cdnow.assign(order_count=1)
    with pytest.warns(CemkitWarning, match="^order_count has the same value for every customer"):
        assert set(RFMSegmenter().fit(once).transform(once)["frequency_score"]) == {1}


def test_tiers_part_the_customers(cdnow: pd.DataFrame) -> None:
    profile = RFMSegmenter(segments="tiers").fit(cdnow).profile(cdnow)
    assert profile.index.tolist() == ["Core value", "Marginal value", "Potential value"]
    assert profile["customers"].sum() == 23570
    assert profile["share"].sum() == pytest.approx(1)
    assert profile["revenue_share"].sum() == pytest.approx(1)
    core = profile.loc["Core value"]
    assert core["revenue_share"] > 2 * core["share"]
    for n_bins in range(2, 12):
        RFMSegmenter(n_bins, segments="tiers").fit(cdnow)


@pytest.mark.parametrize("data", ["cdnow_customers", "online_retail_customers"])
def test_every_customer_has_one_segment(data: str, request: pytest.FixtureRequest) -> None:
    customers = request.getfixturevalue(data)
    segmenter = RFMSegmenter().fit(customers)
    segments = segmenter.predict(customers)
    assert segments.notna().all()
    assert segments.index.equals(customers.index)
    assert segmenter.profile(customers)["customers"].sum() == len(customers)


@pytest.mark.filterwarnings("ignore:no rule asks for")
def test_extra_columns_are_scored_and_can_be_asked_for() -> None:
    table = customers_of(range(10), range(10), range(10)).assign(engagement=range(10, 0, -1))
    rules = pd.DataFrame(
        [("fan", "any", "any", "any", "4-5"), ("other", *["otherwise"] * 4)],
        columns=["segment", *SCORES, "engagement_score"],
    )
    added = RFMSegmenter(extra=["engagement"], segments=rules).fit(table).add_to(table)
    assert added["engagement_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert added["segment"].tolist() == ["fan"] * 4 + ["other"] * 6


def test_a_score_that_no_rule_uses_warns() -> None:
    table = customers_of(range(10), range(10), range(10)).assign(engagement=range(10))
    with pytest.warns(CemkitWarning, match="no rule asks for engagement_score"):
        RFMSegmenter(extra=["engagement"]).fit(table)


def test_profile_keeps_the_order_of_the_rules_and_shows_empty_segments(cdnow: pd.DataFrame) -> None:
    profile = RFMSegmenter().fit(cdnow).profile(cdnow)
    assert profile.index[0] == "Champions"
    assert profile.loc["New", "customers"] == 0
    champions = cdnow[RFMSegmenter().fit(cdnow).predict(cdnow) == "Champions"]
    assert profile.loc["Champions", "median_recency_days"] == champions["recency_days"].median()


@pytest.mark.filterwarnings("ignore:no rule asks for")
def test_segments_may_be_numbered_or_categories(cdnow: pd.DataFrame) -> None:
    rules = pd.DataFrame({"segment": [1, 2], "recency_score": ["4-5", "otherwise"]})
    for own in (rules, rules.astype({"segment": "category"})):
        segmenter = RFMSegmenter(segments=own).fit(cdnow)
        counts = segmenter.predict(cdnow).value_counts()
        assert segmenter.profile(cdnow)["customers"].to_dict() == counts.to_dict()
        assert set(counts.index) == {"1", "2"}


def test_json_round_trip_is_exact(cdnow: pd.DataFrame) -> None:
    for model in (
        RFMSegmenter(),
        RFMSegmenter(segments="tiers", n_bins=4),
        RFMSegmenter(segments=R_SEGMENTS, edges={"order_count": [2, 3, 4, 6]}),
    ):
        fitted = model.fit(cdnow)
        loaded = RFMSegmenter.from_json(fitted.to_json())
        pd.testing.assert_frame_equal(loaded.add_to(cdnow), fitted.add_to(cdnow))
        assert loaded.to_json() == fitted.to_json()


def test_the_contract(cdnow: pd.DataFrame) -> None:
    head = cdnow.head(50)
    with pytest.raises(NotFittedError):
        RFMSegmenter().predict(head)
    before = head.copy()
    fitted = clone(RFMSegmenter(n_bins=4, segments="tiers")).fit(head)
    assert fitted.get_params()["n_bins"] == 4
    pd.testing.assert_frame_equal(head, before)
    expected = fitted.predict(head)
    pd.testing.assert_series_equal(fitted.predict(head[head.columns[::-1]]), expected)
    column = head.reset_index()
    assert fitted.predict(column).tolist() == expected.tolist()
    assert list(fitted.add_to(head).columns) == [*head.columns, *SCORES, "segment"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_bins": 1}, "n_bins must be at least 2"),
        ({"n_bins": 4}, "the classic segments need n_bins=5, not 4"),
        ({"segments": "gold"}, "segments must be one of 'classic', 'tiers', not 'gold'"),
        ({"edges": {"money": [1, 2, 3, 4]}}, "edges names 'money', which is not scored"),
        ({"edges": {"order_count": [1, 2, 3]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": [1, 3, 2, 4]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": [1, 2, 3, np.nan]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": [1, 2, 3, 4j]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": [1, 2, 3, "4"]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": [[1], [2, 3]]}}, "must be 4 ascending numbers"),
        ({"edges": {"order_count": 4}}, "must be 4 ascending numbers"),
        ({"extra": ["order_count"]}, "extra must be a list of further columns"),
        ({"extra": ["fans", "fans"]}, "extra must be a list of further columns"),
        ({"extra": ["monetary"]}, "'monetary' would be called 'monetary_score', which is already"),
    ],
)
def test_bad_parameters(parameters: dict[str, object], message: str, cdnow: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=message):
        RFMSegmenter(**parameters).fit(cdnow)


@pytest.mark.parametrize(
    "parameters",
    [{"extra": "engagement"}, {"extra": 3}, {"segments": 3}, {"n_bins": 5.0}, {"edges": [1]}],
)
def test_parameters_of_another_type(parameters: dict[str, object], cdnow: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match=f"{next(iter(parameters))} "):
        RFMSegmenter(**parameters).fit(cdnow)


def test_edges_of_no_named_measure(cdnow: pd.DataFrame) -> None:
    with pytest.raises(
        TypeError, match=r"edges must be a dict by measure.*, not \[30, 90, 180, 365\]"
    ):
        RFMSegmenter(edges=[30, 90, 180, 365]).fit(cdnow)


def test_bad_data(cdnow: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="order_count"):
        RFMSegmenter().fit(cdnow.drop(columns="order_count"))
    with pytest.raises(NotEnoughDataError, match="need at least 5 customers, got 4; lower n_bins"):
        RFMSegmenter().fit(cdnow.head(4))
    for value in (np.nan, np.inf):
        broken = cdnow.assign(total_amount=[value, *cdnow["total_amount"].iloc[1:]])
        with pytest.raises(DataError, match="total_amount has"):
            RFMSegmenter().fit(broken)
    with pytest.raises(DataError, match="repeated customer_id"):
        RFMSegmenter().fit(pd.concat([cdnow, cdnow.head(1)]))


def in_six_orders(n: int) -> pd.DataFrame:
    """n customers who each spent .1, .2 and .3 on one day, in every order that there is."""
    spends = [*itertools.permutations([0.1, 0.2, 0.3])]
    rows = [(k, spend) for k in range(n) for spend in spends[k % 6]]
    orders = pd.DataFrame(rows, columns=["customer_id", "amount"])
    return orders.assign(order_date=pd.Timestamp("2024-01-01"))


def test_sums_that_differ_by_rounding_are_ties() -> None:
    customers = customer_table(in_six_orders(10), as_of="2024-01-31")
    assert customers["total_amount"].nunique() == 2  # .6 and .6000000000000001
    with pytest.warns(CemkitWarning, match="total_amount has the same value for every customer"):
        segmenter = RFMSegmenter().fit(customers)
    assert segmenter.transform(customers)["monetary_score"].tolist() == [1] * 10


def test_a_sum_beside_a_given_edge_lies_on_it() -> None:
    customers = customer_table(in_six_orders(6), as_of="2024-01-31")
    edges = {"total_amount": [0.2, 0.6, 0.7, 0.8], "order_count": [1, 2, 3, 4]}
    segmenter = RFMSegmenter(edges={**edges, "recency_days": [1, 2, 3, 4]}).fit(customers)
    assert segmenter.transform(customers)["monetary_score"].tolist() == [3] * 6


amounts = st.lists(st.sampled_from([1, 2, 3, 5, 10, 99, 10**9]), min_size=1, max_size=5)


@pytest.mark.filterwarnings("ignore:.* has the same value for every customer")
@given(
    customers=st.lists(amounts, min_size=5, max_size=12),
    unit=st.sampled_from([0.01, 0.1, 1 / 3, 0.7, 1000.01]),
    seed=st.integers(0, 2**31 - 1),
)
@settings(max_examples=15, deadline=None)
def test_row_order_and_the_type_of_floats_never_change_a_score(
    customers: list[list[int]], unit: float, seed: int
) -> None:
    rows = [(k, unit * amount) for k, spent in enumerate(customers) for amount in spent]
    orders = pd.DataFrame(rows, columns=["customer_id", "amount"])
    orders["order_date"] = pd.Timestamp("2024-01-01")
    table = customer_table(orders, "2024-01-31")
    again = customer_table(orders.sample(frac=1, random_state=seed), "2024-01-31")
    exact = pd.Series([sum(spent) for spent in customers]).rank(method="min")
    expected = np.floor((exact - 1) / len(customers) * 5 + 1e-12).astype(int) + 1
    segmenter = RFMSegmenter().fit(table)
    for other in (table, again, table.sample(frac=1, random_state=seed)):
        scores = segmenter.transform(other)["monetary_score"].sort_index()
        if unit != 0.7 and max(map(max, customers)) < 10**9:
            assert scores.tolist() == expected.tolist()
        pd.testing.assert_series_equal(
            scores, RFMSegmenter().fit(again).transform(other)["monetary_score"].sort_index()
        )


def test_short_floats_have_the_scores_of_long_ones() -> None:
    rng = np.random.default_rng(0)
    table = customers_of(rng.integers(0, 365, 500), rng.integers(1, 9, 500), 0.0)
    table["total_amount"] = rng.integers(100, 9999, 500) / 100
    short = table.astype({"total_amount": "float32"})
    segmenter = RFMSegmenter().fit(table)
    pd.testing.assert_frame_equal(segmenter.transform(table), segmenter.transform(short))


@pytest.mark.parametrize("ids", [[3, 1, 2, 9, 8], [3.0, 1.0, 2.0, 9.0, 8.0], [*"cabxy"]])
def test_ids_come_back_as_they_were_given(ids: list[object]) -> None:
    table = customers_of([1, 20, 300, 4, 90], [9, 3, 1, 4, 1], [900.0, 120.0, 15.0, 80.0, 15.0])
    table = table.reset_index(drop=True).assign(customer_id=ids).set_axis([7, 7, 5, 4, 0])
    segmenter = RFMSegmenter().fit(table)
    for found in (segmenter.predict(table), segmenter.transform(table)):
        assert found.index.tolist() == ids
        assert found.index.name == "customer_id"
    added = segmenter.add_to(table)
    assert added.index.tolist() == table.index.tolist()
    assert added["customer_id"].tolist() == ids
    assert added["segment"].tolist() == segmenter.predict(table).tolist()


def test_segments_of_two_months_are_matched_by_id(cdnow: pd.DataFrame) -> None:
    """The share that kept its segment, by a merge on the ids; by rows it would be another one."""
    later = cdnow.reset_index()
    earlier = customer_table(load_cdnow(), as_of="1998-03-31").reset_index()
    earlier = earlier.sample(frac=0.9, random_state=1)
    both = [RFMSegmenter().fit(table).add_to(table) for table in (earlier, later)]
    merged = both[0].merge(both[1], on="customer_id")
    kept = float((merged["segment_x"] == merged["segment_y"]).mean())
    result = segment_migration(*(RFMSegmenter().fit(t).predict(t) for t in (earlier, later)))
    assert result.stayed_rate == pytest.approx(kept)


@pytest.mark.filterwarnings("ignore:no rule asks for mean_amount_score")
def test_further_columns_may_come_from_an_iterator(cdnow: pd.DataFrame) -> None:
    named, read = (RFMSegmenter(extra=extra) for extra in (["mean_amount"], iter(["mean_amount"])))
    expected = named.fit(cdnow).transform(cdnow)
    read.fit(cdnow)
    for _ in range(2):
        pd.testing.assert_frame_equal(read.transform(cdnow), expected)
    edges = {"order_count": iter([1, 2, 3, 4])}
    assert RFMSegmenter(edges=edges).fit(cdnow).edges_["order_count"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "float32"])
def test_as_many_bins_as_customers_have_values_and_the_same_edges_in_each_type(dtype: str) -> None:
    days = np.random.default_rng(0).permutation(2_000)
    table = pd.DataFrame({"recency_days": days, "order_count": days + 1, "total_amount": days * 2})
    scores = RFMSegmenter(1_000, segments="tiers").fit(table.astype(dtype)).transform(table)
    assert (scores["frequency_score"] == days // 2 + 1).all()
    assert (scores["monetary_score"] == days // 2 + 1).all()
    assert (scores["recency_score"] == 1_000 - days // 2).all()
