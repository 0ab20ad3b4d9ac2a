"""Coupon codes that verify offline, and the ledger of issued, redeemed and expired coupons."""

import base64
import dataclasses
import datetime as dt
import hmac
import json
from collections.abc import Iterable

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_columns, customer_ids
from cemkit.errors import DataError
from cemkit.results import Language, Result

KEY_BYTES = 16
CODE_BYTES = 10  # 80 bits: 16 characters of base32
SIGNED = ["customer_id", "order_id", "offer", "discount", "valid_from", "valid_until"]
MISREAD = str.maketrans("018", "OIB", "- ")  # base32 has none of these


def issue_coupons(coupons: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """The coupons with a `code` each that cannot be guessed, and no `redeemed_date` yet.

    A code is the first 80 bits of HMAC-SHA256 over customer, order, offer, discount and dates, in
    base32, as `ABCD-EFGH-IJKL-MNOP`. Whoever has the key can tell offline that the code belongs to
    these terms; whoever has not can make none. The same coupon and key give the same code, so
    issuing again issues nothing new.

    Args:
        coupons: `customer_id, offer, discount, valid_from, valid_until`, and `order_id` where
            there is one; such as `return_coupons` gives.
        key: At least 16 secret bytes, such as `secrets.token_bytes(32)`. Keep it out of the code.

    Raises:
        TypeError: The key is not bytes.
        ValueError: It is too short.
        DataError: Two coupons have the same customer, order and terms.

    References:
        RFC 2104 (HMAC), RFC 4231 (its test vectors), RFC 4648 (base32).

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
        >>> issue_coupons(coupons, key=b"a key for examples alone")["code"].tolist()
        ['U3DH-DC4R-THLY-D7NC']
    """
    codes = _codes(coupons, key)
    if "code" in coupons.columns:
        earlier = coupons["code"].to_numpy(dtype=object)
        if any(not pd.isna(old) and old != new for old, new in zip(earlier, codes, strict=True)):
            raise DataError("coupons have codes that this key did not make; issue with one key")
    issued = coupons.assign(code=codes)
    if issued["code"].duplicated().any():
        twice = issued.index[issued["code"].duplicated()].tolist()[0]
        raise DataError(
            f"the coupon in row {twice!r} stands there twice; a customer, order and offer "
            "have one coupon"
        )
    if "redeemed_date" not in issued.columns:
        issued["redeemed_date"] = pd.Series(pd.NaT, index=issued.index, dtype="datetime64[ns]")
    return issued


def verify_coupons(coupons: pd.DataFrame, key: bytes) -> pd.Series:
    """Whether each code was made with this key for exactly these terms.

    It needs nothing but the table and the key. It does not say whether the coupon was redeemed:
    that is in the ledger.

    Args:
        coupons: `code` and the columns of `issue_coupons`, as they were presented.
        key: The key they were issued with.

    Returns:
        True or False on the index of the coupons.

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
    check_columns(coupons.columns, ["code"], "issue_coupons gives the codes")
    right = [
        hmac.compare_digest(_as_typed(code).encode(), _as_typed(true).encode())
        for code, true in zip(coupons["code"], _codes(coupons, key), strict=True)
    ]
    return pd.Series(np.array(right, dtype=bool), index=coupons.index, name="valid")


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
            valid yet or has expired.

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
    check_columns(issued.columns, ["code", "valid_from", "valid_until", "redeemed_date"])
    known = pd.Index([_as_typed(code) for code in issued["code"]])
    redeemed = issued["redeemed_date"].copy()
    for code in [codes] if isinstance(codes, str) else codes:
        place = known.get_indexer(pd.Index([_as_typed(code)]))[0] if known.is_unique else -2
        _check_redeemable(code, place, issued, redeemed, day)
        redeemed.iloc[place] = day
    return issued.assign(redeemed_date=redeemed)


def _check_redeemable(
    code: str, place: int, issued: pd.DataFrame, redeemed: pd.Series, day: pd.Timestamp
) -> None:
    if place == -2:
        raise DataError("a code stands twice among the issued coupons")
    if place < 0:
        raise DataError(f"code {code!r} was not issued")
    before, start, end = (
        redeemed.iloc[place],
        issued["valid_from"].iloc[place],
        issued["valid_until"].iloc[place],
    )
    if not pd.isna(before):
        raise DataError(f"code {code!r} was redeemed already, on {before:%Y-%m-%d}")
    if day < start:
        raise DataError(f"code {code!r} is not valid before {start:%Y-%m-%d}")
    if day > end:
        raise DataError(f"code {code!r} expired after {end:%Y-%m-%d}")


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

    def sentence(self, language: Language = "en") -> str:
        """The four counts."""
        check_choice(language, "language", ["en", "zh"])
        day = f"{self.as_of:%Y-%m-%d}"
        if language == "zh":
            return (
                f"截至 {day} 共发放 {self.issued:,} 张券：已核销 {self.redeemed:,}，"
                f"已过期 {self.expired:,}，待使用 {self.outstanding:,}。"
            )
        return (
            f"Of {self.issued:,} coupons issued by {day}, {self.redeemed:,} were redeemed, "
            f"{self.expired:,} expired and {self.outstanding:,} are outstanding."
        )


def coupon_ledger(issued: pd.DataFrame, as_of: str | dt.date | pd.Timestamp) -> CouponLedger:
    """How many coupons are issued, redeemed, expired and outstanding, as of a day.

    Args:
        issued: `offer, valid_from, valid_until, redeemed_date`. Coupons valid only from a later
            day are not issued yet; a redemption after `as_of` has not happened yet.
        as_of: The last day seen.

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
    check_columns(issued.columns, ["offer", "valid_from", "valid_until", "redeemed_date"])
    there = issued["valid_from"] <= day
    redeemed = there & (issued["redeemed_date"] <= day)
    expired = there & ~redeemed & (issued["valid_until"] < day)
    states = pd.DataFrame(
        {
            "issued": there,
            "redeemed": redeemed,
            "expired": expired,
            "outstanding": there & ~redeemed & ~expired,
        }
    )
    totals = {name: int(column.sum()) for name, column in states.items()}
    table = states[there].groupby(issued.loc[there, "offer"], dropna=False).sum().astype("int64")
    return CouponLedger(as_of=day, table=table, **{str(k): v for k, v in totals.items()})


def _codes(coupons: pd.DataFrame, key: bytes) -> list[str]:
    _check_key(key)
    check_columns(coupons.columns, ["offer", "discount", "valid_from", "valid_until"])
    columns = {"customer_id": customer_ids(coupons, "coupons").astype(str).tolist()}
    orders = coupons.get("order_id", pd.Series(None, index=coupons.index, dtype=object))
    columns["order_id"] = orders.astype(object).where(orders.notna(), "").map(str).tolist()
    columns["offer"] = coupons["offer"].astype(str).tolist()
    columns["discount"] = [repr(float(discount)) for discount in coupons["discount"]]
    for column in ("valid_from", "valid_until"):
        days = coupons[column].to_numpy().astype("datetime64[D]")
        columns[column] = np.datetime_as_string(days).tolist()
    rows = zip(*(columns[name] for name in SIGNED), strict=True)
    # JSON keeps the fields apart: no two coupons are the same text.
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return [_code(key, encode(row).encode()) for row in rows]


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
    return str(code).upper().translate(MISREAD)
