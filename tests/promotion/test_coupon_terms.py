"""What a coupon can promise: each kind its own terms, and no other."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.coupon_terms import are_coupons, check_coupons, read_coupons

GOOD = pd.DataFrame(
    {
        "customer_id": range(5),
        "offer": ["a", "b", "c", "d", "e"],
        "kind": ["percentage", "amount_off", "gift", "points", None],
        "discount": [0.2, np.nan, np.nan, np.nan, 0.1],
        "amount_off": [np.nan, 50, np.nan, np.nan, np.nan],
        "unit_cost": [np.nan, np.nan, 4, np.nan, np.nan],
        "points": [np.nan, np.nan, np.nan, 100, np.nan],
        "point_value": [np.nan, np.nan, np.nan, 0.01, np.nan],
        "valid_from": "2024-03-01",
        "valid_until": "2024-03-31",
    }
)


def test_coupons_of_every_kind_can_be_promised() -> None:
    terms = read_coupons(GOOD)
    assert all(right.all() for right in are_coupons(terms).values())
    check_coupons(terms, are_coupons(terms))


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (0, "discount", 30, r"no usable discount, the first in row 0 \(30\); it must lie above 0"),
        (0, "discount", -0.2, r"no usable discount, the first in row 0 \(-0.2\); it must lie"),
        (0, "discount", 0, r"no usable discount, the first in row 0 \(0\); it must lie above 0"),
        (1, "amount_off", np.nan, r"no usable amount_off, the first in row 1 \(nan\); it must be"),
        (1, "min_spend", -3, r"no usable min_spend, the first in row 1 \(-3\); it must be at lea"),
        (2, "discount", 0.1, r"no usable discount, the first in row 2 \(0.1\); of the kind 'gift'"),
        (3, "points", -100, r"no usable points, the first in row 3 \(-100\); it must be at least"),
        (3, "points", 0, r"no usable points, the first in row 3 \(0\)"),
        (3, "point_value", np.nan, "no usable point_value, the first in row 3"),
        (3, "kind", "gifts", r"no usable kind, the first in row 3 \('gifts'\); the kinds are"),
        (4, "valid_until", "2024-02-01", r"no usable valid_until.* row 4 \(2024-02-01\)"),
        (4, "valid_until", "2024-03-01 00:01", None),
    ],
)
def test_what_no_coupon_can_promise_is_refused(
    row: int, column: str, value: object, message: str | None
) -> None:
    table = GOOD.assign(min_spend=np.nan).astype(object)
    table.loc[row, column] = value
    terms = read_coupons(table)
    if message is None:
        check_coupons(terms, are_coupons(terms))
        return
    with pytest.raises(DataError, match=f"1 coupon has {message}"):
        check_coupons(terms, are_coupons(terms))
    right = np.logical_and.reduce([*are_coupons(terms).values()])
    assert right.tolist() == [other != row for other in range(5)]


def test_a_discount_is_needed_where_no_kind_says_otherwise() -> None:
    with pytest.raises(MissingColumnsError, match="'discount'"):
        read_coupons(GOOD.drop(columns=["kind", "discount"]))
