"""Ratings: which answer counts, and which tables are refused."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback.ratings import read_ratings


def wide(n=80, touchpoints=("delivery", "service"), seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(0, 11, (n, len(touchpoints))), columns=list(touchpoints))
    return table.assign(recommend=rng.integers(0, 11, n))


def long(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.assign(customer_id=range(len(table))).melt(
        "customer_id", var_name="touchpoint", value_name="score"
    )
    return rows.assign(response_date="2024-03-01")


def test_both_forms_give_the_same_ratings_in_any_order() -> None:
    table = wide()
    first = read_ratings(table, "recommend", None, None)
    for each in (
        table.sample(frac=1, random_state=0),
        table[["service", "recommend", "delivery"]],
        long(table),
        long(table).sample(frac=1, random_state=0),
    ):
        found = read_ratings(each, "recommend", None, None)
        assert found.touchpoints == first.touchpoints == ["delivery", "service"]
        assert np.array_equal(found.scores, first.scores)


def test_the_last_rating_up_to_the_day_of_the_overall_score_counts() -> None:
    table = wide()
    rows = long(table)
    early = rows[rows["touchpoint"] == "service"].assign(response_date="2024-02-01", score=0)
    late = early.assign(response_date="2024-03-02")
    found = read_ratings(pd.concat([late, rows, early]), "recommend", None, None)
    expected = read_ratings(table, "recommend", None, None)
    assert np.array_equal(found.scores, expected.scores)
    assert found.later == len(table)


def test_the_target_may_be_a_question(shop) -> None:
    found = read_ratings(shop.responses, "nps", None, "csat")
    assert found.touchpoints == ["delivery", "product", "service"]
    assert np.isin(found.scores[:, -1], range(11)).all()
    assert np.isin(found.scores[:, :-1][~np.isnan(found.scores[:, :-1])], range(1, 6)).all()
    with pytest.raises(DataError, match=r"2 questions.*'ces', 'csat'; choose one"):
        read_ratings(shop.responses, "nps", None, None)


def test_touchpoints_can_be_chosen_and_are_known() -> None:
    rows = long(wide(touchpoints=("delivery", "service", "price")))
    found = read_ratings(rows, "recommend", ["price", "delivery"], None)
    assert found.touchpoints == ["delivery", "price"]
    with pytest.raises(DataError, match=r"'Price' is not a rated touchpoint \(did you mean 'pri"):
        read_ratings(rows, "recommend", ["Price", "delivery"], None)
    with pytest.raises(ValueError, match="without the target, and have 'recommend'"):
        read_ratings(rows, "recommend", ["price", "recommend"], None)
    with pytest.raises(DataError, match=r"target='recomend' is neither.*did you mean 'recommend'"):
        read_ratings(rows, "recomend", None, None)
    with pytest.raises(MissingColumnsError, match="prize"):
        read_ratings(wide(), "recommend", ["delivery", "prize"], None)


def test_identifiers_and_texts_are_no_touchpoints() -> None:
    table = wide().assign(customer_id=range(80), order_id=range(80), comment="好", vip=True)
    assert read_ratings(table, "recommend", None, None).touchpoints == ["delivery", "service"]


def test_customers_without_the_overall_score_are_counted() -> None:
    table = wide()
    table.loc[:9, "recommend"] = np.nan
    assert read_ratings(table, "recommend", None, None).without_target == 10
    assert read_ratings(long(table), "recommend", None, None).without_target == 10


@pytest.mark.parametrize("form", [pd.DataFrame, long])
def test_too_few_ratings_are_named(form) -> None:
    with pytest.raises(NotEnoughDataError, match="at least 50 customers with a score for 'recomm"):
        read_ratings(form(wide(49)), "recommend", None, None)
    table = wide()
    table.loc[29:, "service"] = np.nan
    with pytest.raises(NotEnoughDataError, match="at least 30 ratings of 'service' .* got 29"):
        read_ratings(form(table), "recommend", None, None)
    table = wide()
    table.loc[:39, "service"] = np.nan
    table.loc[59:, "delivery"] = np.nan
    with pytest.raises(NotEnoughDataError, match="rated both 'delivery' and 'service', got 19"):
        read_ratings(form(table), "recommend", None, None)
    with pytest.raises(NotEnoughDataError, match="at least 2 touchpoints to compare, got 1"):
        read_ratings(form(wide(touchpoints=("delivery",))), "recommend", None, None)


@pytest.mark.parametrize("form", [pd.DataFrame, long])
def test_too_many_or_constant_touchpoints_are_refused(form) -> None:
    many = [f"t{number}" for number in range(16)]
    with pytest.raises(ValueError, match="16 touchpoints are too many: .* 15 at most"):
        read_ratings(form(wide(touchpoints=many)), "recommend", None, None)
    with pytest.raises(DataError, match="'service' has the same score 7 in all 80 answers"):
        read_ratings(form(wide().assign(service=7)), "recommend", None, None)
    with pytest.raises(DataError, match="'recommend' has the same score 9"):
        read_ratings(form(wide().assign(recommend=9)), "recommend", None, None)


def test_customers_who_stand_twice_are_refused_or_need_dates() -> None:
    table = wide().assign(customer_id=[0, *range(79)])
    with pytest.raises(DataError, match="1 repeated customer_id, such as 0"):
        read_ratings(table, "recommend", None, None)
    rows = long(wide()).drop(columns="response_date")
    assert len(read_ratings(rows, "recommend", None, None).scores) == 80
    with pytest.raises(DataError, match="there is no response_date"):
        read_ratings(pd.concat([rows, rows]), "recommend", None, None)


def test_text_and_infinite_ratings_are_refused() -> None:
    with pytest.raises(DataError, match="service must hold numbers"):
        read_ratings(wide().astype({"service": str}), "recommend", ["delivery", "service"], None)
    with pytest.raises(DataError, match="infinite"):
        read_ratings(wide().assign(service=np.inf), "recommend", None, None)
