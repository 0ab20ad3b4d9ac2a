"""Coupon codes that verify offline: they belong to their customer, their terms and the key."""

import base64
import hmac
import json

import numpy as np
import pandas as pd

from cemkit.data.columns import check_table
from cemkit.data.offer_times import Moments
from cemkit.errors import DataError
from cemkit.promotion.coupon_terms import (
    NUMBERS,
    are_coupons,
    check_coupons,
    read_coupons,
    with_offer_terms,
)
from cemkit.promotion.redemption import as_typed

KEY_BYTES = 16
CODE_BYTES = 10  # 80 bits: 16 characters of base32
SIGNED = ["customer_id", "order_id", "offer", "discount", "valid_from", "valid_until"]
ENCODING = ("utf-8", "surrogatepass")


def issue_coupons(
    coupons: pd.DataFrame,
    key: bytes,
    *,
    offers: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give each coupon an unguessable `code` and an empty `redeemed_date`.

    A code is the first 80 bits of HMAC-SHA256 over customer, order, offer, terms and dates, in
    base32, as `ABCD-EFGH-IJKL-MNOP`. With the key, anyone can check offline that the code belongs
    to these terms. Without the key nobody can make a code. The same coupon and key give the same
    code, so issuing again creates no new code.

    Args:
        coupons: Table with `customer_id, offer` and, where present, `order_id`. Without `offers`
            also `valid_from, valid_until` and the terms of the offer: `discount` for a percentage,
            as from `coupons_for_returns`, or `kind` with its terms, as in the offers table.
        key: At least 16 secret bytes, such as `secrets.token_bytes(32)`. Do not keep it in the
            source code.
        offers: Offers table with one row per offer, with `valid_from, valid_until`. The coupons get
            these terms. None if the coupons have their own terms.
        levels: Levels of offers, as in `offer_costs`; `by` names a column of the coupons. Each
            coupon gets the terms of its level. None where no offer has levels.

    Returns:
        The coupons with their terms, `code`, and `redeemed_date`, which is missing.

    Raises:
        TypeError: The key is not bytes.
        ValueError: The key is too short.
        DataError: Two coupons have the same customer, order and terms. A term lies outside its
            range or does not belong to the kind. A date or an offer is missing, or a coupon ends
            before it begins. An offer is not in the offers table, or is of the kind `"none"`. A
            customer has no level. Both tables have terms.

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
        coupons = with_offer_terms(coupons, offers, levels)
    elif levels is not None:
        raise ValueError("levels need the offers table; give offers= as well")
    terms = read_coupons(coupons)
    check_coupons(terms, are_coupons(terms))
    codes = _codes(terms, key)
    if "code" in coupons.columns:
        earlier = [as_typed(code) for code in coupons["code"]]
        if any(old and old != as_typed(new) for old, new in zip(earlier, codes, strict=True)):
            raise DataError(
                "coupons have codes that were not made with this key; use the same key for all"
            )
    issued = coupons.assign(code=codes)
    if issued["code"].duplicated().any():
        twice = issued.index[issued["code"].duplicated()].tolist()[0]
        raise DataError(
            f"the coupon in row {twice!r} occurs twice; keep one coupon per customer, "
            "order and offer"
        )
    if "redeemed_date" not in issued.columns:
        issued["redeemed_date"] = pd.Series(pd.NaT, index=issued.index, dtype="datetime64[us]")
    return issued


def verify_coupons(coupons: pd.DataFrame, key: bytes) -> pd.Series:
    """Return whether each code was made with this key for exactly these terms.

    It needs only the table and the key. It does not check whether the coupon was redeemed; the
    table of issued coupons records that. A coupon with impossible terms, such as a discount above 1
    or a missing end, is not genuine.

    Args:
        coupons: Coupons as presented: `code` and the columns of `issue_coupons`.
        key: Key with which the coupons were issued.

    Returns:
        Series of True and False on the index of the coupons.

    Raises:
        DataError: A column does not hold ids, numbers or local dates.

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
    terms = read_coupons(coupons)
    usable = np.logical_and.reduce([*are_coupons(terms).values()])
    right = np.zeros(len(coupons), dtype=bool)
    true_codes = _codes(terms[usable], key)
    right[usable] = [
        hmac.compare_digest(as_typed(code).encode(*ENCODING), as_typed(true).encode())
        for code, true in zip(coupons["code"].array[usable], true_codes, strict=True)
    ]
    return pd.Series(right, index=coupons.index, name="valid")


def _codes(terms: pd.DataFrame, key: bytes) -> list[str]:
    columns = {name: terms[name].tolist() for name in ("customer_id", "order_id", "offer")}
    columns["discount"] = [repr(discount) for discount in terms["discount"].tolist()]
    for column in ("valid_from", "valid_until"):
        columns[column] = _times(terms[column].to_numpy())
    rows = list(zip(*(columns[name] for name in SIGNED), strict=True))
    for row, others in _other_terms(terms).items():
        rows[row] = (*rows[row], *others)
    # JSON keeps the fields apart: no two coupons are the same text.
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return [_code(key, encode(row).encode(*ENCODING)) for row in rows]


def _times(moments: Moments) -> list[str]:
    """Moments as text: the day alone where no time of day is given."""
    days: list[str] = np.datetime_as_string(moments, unit="D").tolist()
    for row in np.flatnonzero(moments != moments.astype("datetime64[D]")):
        days[row] = np.datetime_as_string(moments[row], unit="us")
    return days


def _other_terms(terms: pd.DataFrame) -> dict[int, list[str]]:
    """What coupons promise beyond a discount, by row; plain percentages are not there."""
    signed: dict[int, list[str]] = {}
    for row in np.flatnonzero(terms["kind"].to_numpy() != "percentage").tolist():
        signed[row] = [f"kind={terms['kind'].iloc[row]}"]
    for name in [name for name in NUMBERS if name != "discount"]:
        values = terms[name].to_numpy()
        for row in np.flatnonzero(values > 0).tolist():
            signed.setdefault(row, []).append(f"{name}={values[row].item()!r}")
    return signed


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes):
        raise TypeError(f"key must be bytes, such as secrets.token_bytes(32), not {type(key)}")
    if len(key) < KEY_BYTES:
        raise ValueError(
            f"the key needs at least {KEY_BYTES} secret bytes, got {len(key)}; make them with "
            "secrets.token_bytes(32)"
        )


def _code(key: bytes, message: bytes) -> str:
    text = base64.b32encode(hmac.digest(key, message, "sha256")[:CODE_BYTES]).decode()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))
