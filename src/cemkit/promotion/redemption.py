"""Redeem coupons, and the ledger of issued, redeemed and expired ones with what they cost."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_list, check_moment, check_number, normal_ids
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import is_single, shown
from cemkit.data.columns import check_table
from cemkit.data.cost_of_offers import CostTerms
from cemkit.data.offer_times import Moments, last_moments, read_moments
from cemkit.data.offers import read_term
from cemkit.errors import DataError
from cemkit.formats import count_text, moment_text
from cemkit.promotion.coupon_terms import are_terms, check_coupons, coupon_kinds, coupon_numbers
from cemkit.results import Result

MISREAD = str.maketrans("018", "OIB", "- ")  # base32 has none of these
OFF_THE_PRICE = ("percentage", "amount_off")  # what lowers the amount that is paid
AMOUNT = "redeemed_amount"


def redeem_coupons(
    issued: pd.DataFrame,
    codes: str | Iterable[str],
    as_of: str | dt.date | pd.Timestamp,
    *,
    amounts: float | Iterable[float] | None = None,
) -> pd.DataFrame:
    """Mark coupons as redeemed. If any code is invalid, raise an error and redeem none.

    Args:
        issued: Result of `issue_coupons`, or of an earlier call of this function.
        codes: One or several codes as people type them. Case, hyphens, spaces, and 0, 1, 8 for O,
            I, B do not matter.
        as_of: Day or time of redemption. A coupon that is valid only for some hours of the day
            needs the time.
        amounts: Amount of each purchase at full price: one number, or one per code. Needed if a
            coupon has a `min_spend`, and for the costs in `coupon_ledger`. None if unknown.

    Returns:
        A new table with `as_of` in `redeemed_date` and, if given, the amounts in `redeemed_amount`.

    Raises:
        DataError: A code was not issued, was already redeemed, occurs twice in `codes`, is not
            valid yet or has expired. The purchase is below its `min_spend`. The first or last day
            of a coupon is missing.
        ValueError: The numbers of amounts and codes differ, or an amount is negative.

    Examples:
        >>> issued = pd.DataFrame(
        ...     {
        ...         "code": ["ABCD"],
        ...         "valid_from": pd.to_datetime(["2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...         "redeemed_date": pd.to_datetime([None]),
        ...     }
        ... )
        >>> redeemed = redeem_coupons(issued, "abcd", as_of="2024-03-15", amounts=80)
        >>> redeemed["redeemed_amount"].tolist()
        [80.0]
        >>> redeem_coupons(redeemed, "abcd", as_of="2024-03-16")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: code 'abcd' was already redeemed on 2024-03-15; leave it out
    """
    now = check_moment(as_of)
    check_table(issued, "issued", ["code", "valid_from", "valid_until", "redeemed_date"])
    wanted = [codes] if isinstance(codes, str) else check_list(codes, "codes")
    spent = _amounts(amounts, len(wanted))
    first, last = validity(issued)
    redeemed, amount = _redeemed(issued), _redeemed_amounts(issued)
    least = coupon_numbers(issued)["min_spend"]
    places = pd.Series({code: row for row, code in distinct_codes(issued["code"]).items()})
    for code, paid in zip(wanted, spent, strict=True):
        place = places.get(as_typed(code))
        if place is None:
            raise DataError(f"code {shown(code)} was not issued; check its spelling")
        _check_redeemable(code, redeemed[place], first[place], last[place], now)
        _check_spend(code, least[place], paid)
        redeemed[place] = np.datetime64(now, "us")
        amount[place] = paid
    known = {AMOUNT: amount} if AMOUNT in issued.columns or amounts is not None else {}
    return issued.assign(redeemed_date=redeemed, **known)


def _amounts(amounts: Any, count: int) -> list[float]:
    if amounts is None:
        return [np.nan] * count
    given = [amounts] if is_single(amounts) else check_list(amounts, "amounts")
    if len(given) != count:
        raise ValueError(
            f"amounts has {count_text(len(given), 'numbers')} for {count_text(count, 'codes')}; "
            "give one for each"
        )
    return [check_number(amount, "amounts", minimum=0) for amount in given]


def _redeemed(issued: pd.DataFrame) -> Moments:
    return read_moments(issued["redeemed_date"], "redeemed_date").astype("datetime64[us]")


def _redeemed_amounts(issued: pd.DataFrame) -> Floats:
    if AMOUNT not in issued.columns:
        return np.full(len(issued), np.nan)
    amounts = read_term(issued[AMOUNT])
    if (amounts < 0).any():
        raise DataError(
            f"{AMOUNT} has {count_text(int((amounts < 0).sum()), 'negative values')}; correct them"
        )
    return amounts


def as_typed(code: object) -> str:
    """Return a code as it is compared; empty where there is none."""
    if not isinstance(code, str) or code.strip() in MISSING_TEXTS:
        return ""
    return code.upper().translate(MISREAD)


def distinct_codes(codes: pd.Series) -> pd.Series:
    """Return the codes as people type them, by their row; one that stands twice is refused."""
    known = pd.Series([as_typed(code) for code in codes], dtype=object)
    known = known[known != ""]
    twice = known[known.duplicated()]
    if len(twice):
        raise DataError(
            f"{count_text(len(twice), 'codes occur')} twice among the issued coupons, the first "
            f"again in row {codes.index.tolist()[twice.index[0]]!r}; keep one row per coupon"
        )
    return known


def _check_redeemable(
    code: object,
    redeemed: np.datetime64,
    first: np.datetime64,
    last: np.datetime64,
    now: pd.Timestamp,
) -> None:
    if not np.isnat(redeemed):
        raise DataError(
            f"code {code!r} was already redeemed on {moment_text(redeemed)}; leave it out"
        )
    begin = np.datetime64(now, "us")
    end = last_moments(np.array([begin]))[0]  # of the whole day, where `now` is one
    if end < first:
        raise DataError(f"code {code!r} is not valid before {moment_text(first)}")
    if begin > last:
        raise DataError(f"code {code!r} expired after {moment_text(_as_written(last))}")
    if begin < first or end > last:
        raise DataError(
            f"code {code!r} is valid from {moment_text(first)} until "
            f"{moment_text(_as_written(last))}, so only for some hours of "
            f"{now:%Y-%m-%d}; give the time of redemption, as in as_of='{now:%Y-%m-%d} "
            "12:30'"
        )


def _as_written(last: np.datetime64) -> pd.Timestamp:
    """The day where a last moment is the end of one."""
    day = last.astype("datetime64[D]").astype("datetime64[us]")
    return pd.Timestamp(day if last_moments(np.array([day]))[0] == last else last)


def _check_spend(code: object, least: float, paid: float) -> None:
    if not least > 0:
        return
    if np.isnan(paid):
        raise DataError(
            f"code {code!r} needs a purchase of at least {least:g}; give the amount of "
            f"the purchase, as in amounts={least:g}"
        )
    if paid < least:
        raise DataError(
            f"code {code!r} needs a purchase of at least {least:g}, but this one is "
            f"{paid:g}; leave it out"
        )


def validity(issued: pd.DataFrame) -> tuple[Moments, Moments]:
    """Return the first and the last moment of each coupon; none is missing, or none would end."""
    moments = []
    for column in ("valid_from", "valid_until"):
        moments.append(read_moments(issued[column], column).astype("datetime64[us]"))
        if np.isnat(moments[-1]).any():
            missing = np.isnat(moments[-1]).sum()
            raise DataError(
                f"{column} is missing for {count_text(missing, 'issued coupons')}; find it first"
            )
    return moments[0], last_moments(moments[1])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CouponLedger(Result):
    """Issued, redeemed, expired and outstanding coupons, from `coupon_ledger`.

    Attributes:
        as_of: Last day seen, or last moment.
        issued: Number of coupons valid from `as_of` or earlier: the sum of the other three.
        redeemed: Number of coupons used up to `as_of`.
        expired: Number of coupons neither used nor valid any more.
        outstanding: Number of coupons still valid and not used.
        table: One row per `offer` with the same numbers and `redemption_share`, the redeemed share
            of those issued. If the amounts of the purchases are known also `redeemed_amount`, their
            sum at full price, `cost`, the cost of the redeemed coupons, and `discount_cost`, the
            part of the cost taken off the price. `promotion_profit` takes it as `costs`.

    Examples:
        >>> table = pd.DataFrame({"issued": [1], "redeemed": 1, "expired": 0, "outstanding": 0})
        >>> CouponLedger(
        ...     as_of=pd.Timestamp("2024-04-01"),
        ...     issued=1,
        ...     redeemed=1,
        ...     expired=0,
        ...     outstanding=0,
        ...     table=table,
        ... ).sentence()
        '1 coupon was issued by 2024-04-01: 1 redeemed, 0 expired, 0 outstanding.'
    """

    _pictures = ("promotion.coupon_ledger",)

    as_of: pd.Timestamp
    issued: int
    redeemed: int
    expired: int
    outstanding: int
    table: pd.DataFrame


def coupon_ledger(issued: pd.DataFrame, as_of: str | dt.date | pd.Timestamp) -> CouponLedger:
    """Count issued, redeemed, expired and outstanding coupons, and sum their cost.

    Args:
        issued: Coupons from `issue_coupons` or `redeem_coupons`: `offer, valid_from, valid_until,
            redeemed_date` and, for the costs, `redeemed_amount` and the terms. Coupons valid only
            after `as_of` do not count as issued, and later redemptions do not count. If there is a
            column `code`, codes are unique.
        as_of: Last day seen, including the whole day, or last moment.

    Returns:
        A `CouponLedger`, whose table has one row per offer.

    Raises:
        DataError: A first or last day is missing, a date is not a local date, a code occurs twice,
            or a redeemed coupon has no `redeemed_amount` while others have one.

    Examples:
        >>> issued = pd.DataFrame(
        ...     {
        ...         "offer": ["spring", "spring"],
        ...         "discount": [0.2, 0.2],
        ...         "valid_from": pd.to_datetime(["2024-03-01", "2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31", "2024-03-31"]),
        ...         "redeemed_date": pd.to_datetime(["2024-03-15", None]),
        ...         "redeemed_amount": [80.0, None],
        ...     }
        ... )
        >>> coupon_ledger(issued, "2024-04-01").table.T
        offer              spring
        issued                2.0
        redeemed              1.0
        expired               1.0
        outstanding           0.0
        redemption_share      0.5
        redeemed_amount      80.0
        cost                 16.0
        discount_cost        16.0
    """
    now = check_moment(as_of)
    check_table(issued, "issued", ["offer", "valid_from", "valid_until", "redeemed_date"])
    if "code" in issued.columns:
        distinct_codes(issued["code"])
    end = last_moments(np.array([np.datetime64(now, "us")]))[0]
    first, last = validity(issued)
    there = first <= end
    redeemed = there & (_redeemed(issued) <= end)
    expired = there & ~redeemed & (last < end)
    states = pd.DataFrame(
        {
            "issued": there,
            "redeemed": redeemed,
            "expired": expired,
            "outstanding": there & ~redeemed & ~expired,
        }
    )
    totals = {name: int(column.sum()) for name, column in states.items()}
    offers = pd.Series(normal_ids(issued["offer"], "offer"), name="offer")
    table = states[there].groupby(offers[there], dropna=False).sum().astype("int64")
    table["redemption_share"] = table["redeemed"] / table["issued"]
    if AMOUNT in issued.columns:
        costs = _costs(issued, redeemed).groupby(offers[redeemed], dropna=False).sum()
        table = table.join(costs.reindex(table.index, fill_value=0.0))
    return CouponLedger(as_of=now, table=table, **{str(k): v for k, v in totals.items()})


def _costs(issued: pd.DataFrame, redeemed: Any) -> pd.DataFrame:
    """What each redeemed coupon cost."""
    amounts = _redeemed_amounts(issued)[redeemed]
    if np.isnan(amounts).any():
        missing = int(np.isnan(amounts).sum())
        raise DataError(
            f"{AMOUNT} is missing for {missing:,} of "
            f"{count_text(len(amounts), 'redeemed coupons')}, so their cost is not known; fill it, "
            f"or drop {AMOUNT} for a ledger without costs"
        )
    terms = pd.DataFrame({"kind": coupon_kinds(issued), **coupon_numbers(issued)})[redeemed]
    check_coupons(terms, are_terms(terms), "redeemed coupons")
    cost = CostTerms.of(terms).take(np.arange(len(terms))).costs(amounts)
    off = terms["kind"].isin(OFF_THE_PRICE).to_numpy()
    return pd.DataFrame(
        {AMOUNT: amounts, "cost": cost, "discount_cost": np.where(off, cost, 0.0)},
        index=terms.index,
    )
