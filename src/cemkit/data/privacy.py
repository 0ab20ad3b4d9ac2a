"""Pseudonyms, and personal data where none should be."""

import datetime as dt
import hashlib
import hmac
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_frame, check_list, normal_ids
from cemkit.checks.options import shown

SHORTEST_KEY = 32
PSEUDONYM_LETTERS = 32


def pseudonymize(
    frame: pd.DataFrame, columns: str | Sequence[str], *, key: bytes, purpose: str
) -> pd.DataFrame:
    """Replace values by pseudonyms that only the holder of the key can make again.

    A pseudonym is the first 128 bits of HMAC-SHA256(HMAC-SHA256(key, purpose), value), in hex. The
    same value has the same pseudonym in every table and column, so that tables still join; another
    purpose, or another key, gives pseudonyms that cannot be brought together. Whole numbers and
    their text are the same value, as are 8, 8.0 and " 8". Pseudonymous data are still personal
    data: anyone with the key can test a guess.

    Args:
        frame: Any table; nothing else in it is changed.
        columns: The columns to replace.
        key: At least 32 random bytes, as from `secrets.token_bytes(32)`, kept apart from the data.
            It is stored nowhere, and occurs in no message.
        purpose: What the pseudonyms are for, as in `"newsletter test 2024"`.

    Returns:
        A new table; missing values stay missing.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: Numbers have fractions, or are floats above 2^53, where ids run together.
        TypeError, ValueError: The key is no bytes, or too short; the purpose is empty.

    References:
        RFC 2104, HMAC; RFC 4231, its test vectors with SHA-256.

    Examples:
        >>> people = pd.DataFrame({"customer_id": [7, 7, 8]})
        >>> masked = pseudonymize(people, "customer_id", key=bytes(32), purpose="test")
        >>> masked["customer_id"].nunique(), masked["customer_id"].str.len().unique().tolist()
        (2, [32])
    """
    check_frame(frame, "frame")
    names = [columns] if isinstance(columns, str) else check_list(columns, "columns")
    for name in names:
        if not isinstance(name, str | int):
            raise TypeError(f"columns must name columns, not {shown(name)}")
    check_columns(frame.columns, names)
    if not isinstance(key, bytes):
        raise TypeError("key must be bytes, as from secrets.token_bytes(32)")
    if len(key) < SHORTEST_KEY:
        raise ValueError(
            f"key must have at least {SHORTEST_KEY} bytes, as from secrets.token_bytes(32); "
            f"it has {len(key)}"
        )
    if not isinstance(purpose, str) or not purpose.strip():
        raise ValueError("purpose must say what the pseudonyms are for")
    secret = hmac_sha256(key, purpose.encode())
    masked = frame.copy()
    for name in names:
        masked[name] = _pseudonyms(frame[name], secret)
    return masked


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The keyed hash of RFC 2104 with SHA-256: 32 bytes."""
    return hmac.new(key, message, hashlib.sha256).digest()


def _pseudonyms(values: pd.Series, secret: bytes) -> pd.Series:
    values = values.astype("float64") if str(values.dtype) == "float16" else values
    codes, levels = pd.factorize(normal_ids(values, str(values.name)))
    names = [hmac_sha256(secret, _spelled(v).encode()).hex()[:PSEUDONYM_LETTERS] for v in levels]
    return pd.Series([*names, None], name=values.name).take(codes.tolist()).set_axis(values.index)


def _spelled(value: Any) -> str:
    """A value as text; a day is the same whether it is held as a date or as midnight."""
    if not isinstance(value, dt.date):
        return str(value)
    moment = pd.Timestamp(value)
    return str(moment.date()) if moment == moment.normalize() else moment.isoformat()


def find_personal_data(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns that hold e-mail addresses, telephone, card or Chinese identity numbers.

    Card numbers pass the Luhn check and identity numbers their check digit (GB 11643), so that few
    other numbers are taken for them. The values themselves are never shown.

    Args:
        frame: Any table; the levels of its index that have a name are looked at like columns.

    Returns:
        One row per column and kind that occurs: `column, kind` (`"email"`, `"phone"`, `"card"`,
        `"china_id"`), `matches` and `share` of the values that are not missing.

    Examples:
        >>> table = pd.DataFrame({"note": ["call 138 0000 0001", "ann@x.org", None]})
        >>> find_personal_data(table)
          column   kind  matches  share
        0   note  email        1    0.5
        1   note  phone        1    0.5
    """
    check_frame(frame, "frame")
    lines = []
    levels = [
        (name, frame.index.get_level_values(k).to_series())
        for k, name in enumerate(frame.index.names)
        if name is not None
    ]
    for name, values in [*levels, *frame.items()]:
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            continue
        texts = [_text(value) for value in values.dropna()]
        for kind, search in _KINDS.items():
            matches = sum(1 for text in texts if search(text))
            if matches:
                lines.append((name, kind, matches, matches / len(texts)))
    return pd.DataFrame(lines, columns=["column", "kind", "matches", "share"])


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating | Decimal) and math.isfinite(value):
        value = int(value) if value == int(value) else value
    try:
        return unicodedata.normalize("NFKC", str(value))
    except ValueError:  # an integer of more than 4,300 digits, which is no telephone number
        return ""


# Found by the sign between its parts: looked for from the left, a long text without one would be
# read again from each of its letters.
EMAIL = re.compile(r"(?<=[^\s@,;<>])@[^\s@,;<>]+\.[A-Za-z]{2,}")
# A mobile number of China, or any number written with its country code.
PHONE = re.compile(
    r"(?<![\d.])(?:1[3-9]\d(?:[ -]?\d{4}){2}|(?:\+|00)[1-9](?:[ ()-]{0,2}\d){7,13})(?!\d)"
)
# In one piece, or in the groups that are printed on it: what follows may be its last month.
CARDS = [
    re.compile(rf"(?<![\d.]){digits}(?!\d|\.\d)")
    for digits in (
        r"\d{13,19}",
        r"\d{4}(?:[ -]\d{4}){3}",
        r"\d{4}(?:[ -]\d{4}){3}[ -]\d{3}",
        r"\d{4}[ -]\d{6}[ -]\d{4,5}",
    )
]
CHINA_ID = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![\dA-Za-z])")


def _has_china_id(text: str) -> bool:
    return any(_is_china_id(match) for match in CHINA_ID.findall(text))


def _is_china_id(number: str) -> bool:
    if len(number) != 18:
        return False
    try:
        dt.datetime.strptime(number[6:14], "%Y%m%d")
    except ValueError:
        return False
    weighted = sum(int(digit) * 2 ** (17 - k) for k, digit in enumerate(number[:17]))
    return "10X98765432"[weighted % 11] == number[17].upper()


def _has_card(text: str) -> bool:
    numbers = [re.sub(r"\D", "", match) for card in CARDS for match in card.findall(text)]
    return any(_passes_luhn(number) and not _is_china_id(number) for number in numbers)


def _passes_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + k % 2) for k, digit in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0 and len(set(number)) > 1


_KINDS: dict[str, Callable[[str], Any]] = {
    "email": EMAIL.search,
    "phone": PHONE.search,
    "card": _has_card,
    "china_id": _has_china_id,
}
