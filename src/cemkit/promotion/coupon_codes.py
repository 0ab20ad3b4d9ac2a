"""Coupon codes that verify offline, and the ledger of issued, redeemed and expired coupons."""

import base64
import dataclasses
import datetime as dt
import hmac
import json
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_list,
    customer_ids,
    local_days,
    normal_ids,
)
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.data.offers import are_discounts, offer_rows, read_discounts, read_offers
from cemkit.errors import DataError
from cemkit.promotion.terms import TERMS as TERMS_OF_OFFERS
from cemkit.results import Result

Days = npt.NDArray[np.datetime64]
KEY_BYTES = 16
CODE_BYTES = 10  # 80 bits: 16 characters of base32
SIGNED = ["customer_id", "order_id", "offer", "discount", "valid_from", "valid_until"]
TERMS = ["offer", "discount", "valid_from", "valid_until"]
NEEDED = {
    "offer": "name the offer of each coupon",
    "discount": "a discount lies above 0 and is at most 1, 20 % is 0.2",
    "valid_from": "a coupon has a first day",
    "valid_until": "a coupon has a last day, which is not before its first",
}
ENCODING = ("utf-8", "surrogatepass")
MISREAD = str.maketrans("018", "OIB", "- ")  # base32 has none of these


def issue_coupons(
    coupons: pd.DataFrame, key: bytes, *, offers: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The coupons with a `code` each that cannot be guessed, and no `redeemed_date` yet.

    A code is the first 80 bits of HMAC-SHA256 over customer, order, offer, discount and dates, in
    base32, as `ABCD-EFGH-IJKL-MNOP`. Whoever has the key can tell offline that the code belongs to
    these terms; whoever has not can make none. The same coupon and key give the same code, so
    issuing again issues nothing new.

    Args:
        coupons: `customer_id, offer`, and `order_id` where there is one; without `offers` also
            `discount, valid_from, valid_until`, such as `coupons_for_returns` gives.
        key: At least 16 secret bytes, such as `secrets.token_bytes(32)`. Keep it out of the code.
        offers: `offer, discount, valid_from, valid_until`, and where there `scope` and `extras`,
            one row per offer: the coupons get these terms. None where they have their own.

    Raises:
        TypeError: The key is not bytes.
        ValueError: It is too short.
        DataError: Two coupons have the same customer, order and terms; a discount lies outside
            (0, 1]; a date or an offer is missing; a coupon ends before it begins; an offer is not
            among the offers, or both tables have terms.

    References:
        RFC 2104 (HMAC), RFC 4231 (its test vectors), RFC 4648 (base32).

    Examples:
        >>> offers = pd.DataFrame(
        ...     {
        ...         "offer": ["spring"],
        ...         "discount": [0.2],
        ...         "valid_from": pd.to_datetime(["2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...     }
        ... )
        >>> actions = pd.DataFrame({"customer_id": [7], "offer": ["spring"]})
        >>> key = b"a key for examples alone"
        >>> issue_coupons(actions, key, offers=offers)["code"].tolist()
        ['U3DH-DC4R-THLY-D7NC']
    """
    _check_key(key)
    if offers is not None:
        coupons = _with_terms(coupons, offers)
    terms = _terms(coupons)
    _check_issuable(terms)
    codes = _codes(terms, key)
    if "code" in coupons.columns:
        earlier = [_as_typed(code) for code in coupons["code"]]
        if any(old and old != _as_typed(new) for old, new in zip(earlier, codes, strict=True)):
            raise DataError("coupons have codes that this key did not make; issue with one key")
    issued = coupons.assign(code=codes)
    if issued["code"].duplicated().any():
        twice = issued.index[issued["code"].duplicated()].tolist()[0]
        raise DataError(
            f"the coupon in row {twice!r} stands there twice; a customer, order and offer "
            "have one coupon"
        )
    if "redeemed_date" not in issued.columns:
        issued["redeemed_date"] = pd.Series(pd.NaT, index=issued.index, dtype="datetime64[us]")
    return issued


def _with_terms(coupons: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """The coupons with the terms of their offers."""
    check_table(coupons, "coupons", ["offer"])
    table = read_offers(offers, ["valid_from", "valid_until"])
    named = [term for term in TERMS_OF_OFFERS if term in offers.columns]
    twice = [term for term in named if term in coupons.columns]
    if twice:
        raise DataError(
            f"coupons have a column {twice[0]!r}, as have the offers; drop it from the coupons, or "
            "issue them without offers="
        )
    rows = offer_rows(table, coupons["offer"])
    mine = table[named].take(rows).set_axis(coupons.index)
    return coupons.assign(**{str(term): mine[term] for term in named})


def verify_coupons(coupons: pd.DataFrame, key: bytes) -> pd.Series:
    """Whether each code was made with this key for exactly these terms.

    It needs nothing but the table and the key. It does not say whether the coupon was redeemed:
    that is in the ledger. Terms that no coupon can have, such as a discount above 1 or a missing
    end, are no genuine coupon's.

    Args:
        coupons: `code` and the columns of `issue_coupons`, as they were presented.
        key: The key they were issued with.

    Returns:
        True or False on the index of the coupons.

    Raises:
        DataError: A column does not hold ids, numbers or local dates at all.

    Examples:
        >>> coupons = pd.DataFrame(
        ...     {
        ...         "customer_id": [7],
        ...         "offer": ["spring"],
        ...         "discount": [0.2],
        ...         "valid_from": pd.to_datetime(["2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...     }
        ... )
        >>> issued = issue_coupons(coupons, key=b"a key for examples alone")
        >>> forged = issued.assign(discount=0.9)
        >>> [verify_coupons(c, b"a key for examples alone").item() for c in (issued, forged)]
        [True, False]
    """
    _check_key(key)
    check_table(coupons, "coupons", ["code"], hint="issue_coupons gives the codes")
    terms = _terms(coupons)
    usable = _usable(terms).all(axis=1).to_numpy()
    right = np.zeros(len(coupons), dtype=bool)
    true_codes = _codes(terms[usable], key)
    right[usable] = [
        hmac.compare_digest(_as_typed(code).encode(*ENCODING), _as_typed(true).encode())
        for code, true in zip(coupons["code"].array[usable], true_codes, strict=True)
    ]
    return pd.Series(right, index=coupons.index, name="valid")


def redeem_coupons(
    issued: pd.DataFrame, codes: str | Iterable[str], as_of: str | dt.date | pd.Timestamp
) -> pd.DataFrame:
    """The issued coupons with these redeemed; all of them or, with an error, none.

    Args:
        issued: What `issue_coupons`, or this function, gave.
        codes: One code or several, as people type them: case, hyphens, spaces, and 0, 1, 8 for
            O, I, B do not matter.
        as_of: The day of redemption.

    Returns:
        A new table with that day in `redeemed_date`.

    Raises:
        DataError: A code was not issued, was redeemed already, stands twice among `codes`, is not
            valid yet or has expired; or a coupon's first or last day is missing.

    Examples:
        >>> issued = pd.DataFrame(
        ...     {
        ...         "code": ["ABCD"],
        ...         "valid_from": pd.to_datetime(["2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...         "redeemed_date": pd.to_datetime([None]),
        ...     }
        ... )
        >>> redeemed = redeem_coupons(issued, "abcd", as_of="2024-03-15")
        >>> redeem_coupons(redeemed, "abcd", as_of="2024-03-16")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: code 'abcd' was redeemed already, on 2024-03-15
    """
    day = check_as_of(as_of)
    check_table(issued, "issued", ["code", "valid_from", "valid_until", "redeemed_date"])
    wanted = [codes] if isinstance(codes, str) else check_list(codes, "codes")
    first, last = _validity(issued)
    redeemed = local_days(issued["redeemed_date"], "redeemed_date")
    known = _distinct_codes(issued["code"])
    places = pd.Series(known.index, index=pd.Index(known, dtype=object)).to_dict()
    for code in wanted:
        place = places.get(_as_typed(code))
        if place is None:
            raise DataError(f"code {shown(code)} was not issued")
        _check_redeemable(code, redeemed[place], first[place], last[place], day)
        redeemed[place] = np.datetime64(day, "D")
    return issued.assign(redeemed_date=redeemed.astype("datetime64[us]"))


def _distinct_codes(codes: pd.Series) -> pd.Series:
    """The codes as people type them, by their row; a coupon that stands twice would count twice."""
    known = pd.Series([_as_typed(code) for code in codes], dtype=object)
    known = known[known != ""]
    twice = known[known.duplicated()]
    if len(twice):
        raise DataError(
            f"{len(twice):,} codes stand twice among the issued coupons, the first again in row "
            f"{codes.index.tolist()[twice.index[0]]!r}; keep one row per coupon"
        )
    return known


def _check_redeemable(
    code: object,
    redeemed: np.datetime64,
    first: np.datetime64,
    last: np.datetime64,
    day: pd.Timestamp,
) -> None:
    if not np.isnat(redeemed):
        raise DataError(f"code {code!r} was redeemed already, on {redeemed}")
    if day < pd.Timestamp(first):
        raise DataError(f"code {code!r} is not valid before {first}")
    if day > pd.Timestamp(last):
        raise DataError(f"code {code!r} expired after {last}")


def _validity(issued: pd.DataFrame) -> tuple[Days, Days]:
    """The first and the last day of each coupon; none is missing, or it would never expire."""
    days = []
    for column in ("valid_from", "valid_until"):
        days.append(local_days(issued[column], column))
        if np.isnat(days[-1]).any():
            missing = np.isnat(days[-1]).sum()
            raise DataError(f"{column} is missing for {missing:,} issued coupons; find it first")
    return days[0], days[1]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CouponLedger(Result):
    """Where the coupons stand; `issued` is the sum of the other three, in total and per offer.

    Attributes:
        as_of: The last day seen.
        issued: Coupons valid from `as_of` or earlier.
        redeemed: Used up to `as_of`.
        expired: Neither used nor usable any more.
        outstanding: Still usable.
        table: The same per `offer`.

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
        'Of 1 coupons issued by 2024-04-01, 1 were redeemed, 0 expired and 0 are outstanding.'
    """

    as_of: pd.Timestamp
    issued: int
    redeemed: int
    expired: int
    outstanding: int
    table: pd.DataFrame


def coupon_ledger(issued: pd.DataFrame, as_of: str | dt.date | pd.Timestamp) -> CouponLedger:
    """How many coupons are issued, redeemed, expired and outstanding, as of a day.

    Args:
        issued: `offer, valid_from, valid_until, redeemed_date`. Coupons valid only from a later
            day are not issued yet; a redemption after `as_of` has not happened yet. With a column
            `code`, each code stands once.
        as_of: The last day seen.

    Raises:
        DataError: A first or last day is missing, a date is not a local date, or a code stands
            twice.

    Examples:
        >>> issued = pd.DataFrame(
        ...     {
        ...         "offer": ["spring", "spring"],
        ...         "valid_from": pd.to_datetime(["2024-03-01", "2024-03-01"]),
        ...         "valid_until": pd.to_datetime(["2024-03-31", "2024-03-31"]),
        ...         "redeemed_date": pd.to_datetime(["2024-03-15", None]),
        ...     }
        ... )
        >>> coupon_ledger(issued, "2024-04-01").table
                issued  redeemed  expired  outstanding
        offer
        spring       2         1        1            0
    """
    day = check_as_of(as_of)
    check_table(issued, "issued", ["offer", "valid_from", "valid_until", "redeemed_date"])
    if "code" in issued.columns:
        _distinct_codes(issued["code"])
    today = np.datetime64(day, "D")
    first, last = _validity(issued)
    redeemed_date = local_days(issued["redeemed_date"], "redeemed_date")
    there = first <= today
    redeemed = there & (redeemed_date <= today)
    expired = there & ~redeemed & (last < today)
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
    return CouponLedger(as_of=day, table=table, **{str(k): v for k, v in totals.items()})


def _terms(coupons: pd.DataFrame) -> pd.DataFrame:
    """What is signed, in its one spelling: ids and offers as text, days as days."""
    check_table(coupons, "coupons", TERMS)
    orders = pd.Index([None] * len(coupons), dtype=object)
    if "order_id" in coupons.columns:
        orders = normal_ids(coupons["order_id"], "order_id")
    terms = {
        "customer_id": _texts(customer_ids(coupons, "coupons")),
        "order_id": _texts(orders),
        "offer": _texts(normal_ids(coupons["offer"], "offer")),
        "discount": read_discounts(coupons["discount"]),
        **{name: local_days(coupons[name], name) for name in ("valid_from", "valid_until")},
    }
    kept = {
        name: pd.Series(values, dtype=object if values.dtype == object else None)
        for name, values in terms.items()
    }  # as objects, which are read and written much faster than Arrow's text
    return pd.DataFrame(kept, index=pd.RangeIndex(len(coupons)))


def _texts(ids: pd.Index) -> npt.NDArray[np.object_]:
    """Ids as text; empty where one is missing."""
    codes, distinct = pd.factorize(ids)
    return np.array([*map(str, distinct), ""], dtype=object)[codes]


def _usable(terms: pd.DataFrame) -> pd.DataFrame:
    """For each coupon whether it has an offer, a discount, and days in their order."""
    first, last = terms["valid_from"], terms["valid_until"]
    return pd.DataFrame(
        {
            "offer": terms["offer"] != "",
            "discount": are_discounts(terms["discount"].to_numpy()),
            "valid_from": first.notna(),
            "valid_until": last.notna() & ~(last < first),
        }
    )


def _check_issuable(terms: pd.DataFrame) -> None:
    usable = _usable(terms)
    for column, needed in NEEDED.items():
        wrong = np.flatnonzero(~usable[column])
        if len(wrong):
            value = terms[column].iloc[wrong[0]]
            value = f"{value:g}" if column == "discount" else value
            raise DataError(
                f"{len(wrong):,} coupons have no usable {column}, the first in row "
                f"{wrong[0]} ({value}); {needed}"
            )


def _codes(terms: pd.DataFrame, key: bytes) -> list[str]:
    columns = {name: terms[name].tolist() for name in ("customer_id", "order_id", "offer")}
    columns["discount"] = [repr(discount) for discount in terms["discount"].tolist()]
    for column in ("valid_from", "valid_until"):
        columns[column] = np.datetime_as_string(terms[column].to_numpy(), unit="D").tolist()
    rows = zip(*(columns[name] for name in SIGNED), strict=True)
    # JSON keeps the fields apart: no two coupons are the same text.
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return [_code(key, encode(row).encode(*ENCODING)) for row in rows]


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes):
        raise TypeError(f"key must be bytes, such as secrets.token_bytes(32), not {type(key)}")
    if len(key) < KEY_BYTES:
        raise ValueError(
            f"the key has {len(key)} bytes; it takes at least {KEY_BYTES} secret ones, "
            "such as secrets.token_bytes(32)"
        )


def _code(key: bytes, message: bytes) -> str:
    text = base64.b32encode(hmac.digest(key, message, "sha256")[:CODE_BYTES]).decode()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def _as_typed(code: object) -> str:
    """A code as it is compared; empty where there is none."""
    if not isinstance(code, str) or code.strip() in MISSING_TEXTS:
        return ""
    return code.upper().translate(MISREAD)
