"""Pseudonyms, and personal data where none should be."""

import datetime as dt
import hashlib
import hmac
import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_columns, check_frame, check_list, normal_ids
from cemkit.checks.options import shown
from cemkit.data.personal_patterns import personal_kinds, personal_spans, plain

SHORTEST_KEY = 32
PSEUDONYM_LETTERS = 32
# What each kind of personal data is replaced by.
KINDS = {"email": "[email]", "phone": "[phone]", "card": "[card]", "china_id": "[id]"}
NEAR = 100  # characters, more than any number with its signs
EDGE = 2  # characters beside a number that say whether it is one


def pseudonymize(
    frame: pd.DataFrame, columns: str | Sequence[str], *, key: bytes, purpose: str
) -> pd.DataFrame:
    """Replace values by pseudonyms that only someone with the key can reproduce.

    A pseudonym is the first 128 bits of HMAC-SHA256(HMAC-SHA256(key, purpose), value), in hex. The
    same value has the same pseudonym in every table and column, so tables can still be joined.
    Pseudonyms made with another purpose or another key cannot be matched. Whole numbers and their
    text are the same value, as are 8, 8.0 and " 8". Pseudonymous data are still personal data:
    anyone with the key can test a guess.

    Args:
        frame: Any table. Other columns stay as they are.
        columns: Columns to replace.
        key: At least 32 random bytes, as from `secrets.token_bytes(32)`. Keep it apart from the
            data. It is never stored and never shown in a message.
        purpose: Purpose of the pseudonyms, as in `"newsletter test 2024"`.

    Returns:
        A new table with the same columns. Missing values stay missing.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: Ids are fractional, or floats above 2^53, where different ids become equal.
        TypeError, ValueError: The key is not bytes or too short, or the purpose is empty.

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
        raise ValueError(
            "purpose is empty; name what the pseudonyms are for, as in 'newsletter test 2024'"
        )
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
    """Find columns with e-mail addresses or telephone, card or Chinese identity numbers.

    Card numbers must pass the Luhn check and identity numbers their check digit (GB 11643), so few
    other numbers are mistaken for them. The values themselves are never shown. `mask_personal_data`
    masks what this function finds, and defines each kind.

    Args:
        frame: Any table. Named levels of its index are searched like columns.

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
        matches = Counter(kind for text in texts for kind in personal_kinds(text))
        lines += [
            (name, kind, matches[kind], matches[kind] / len(texts))
            for kind in KINDS
            if matches[kind]
        ]
    return pd.DataFrame(lines, columns=["column", "kind", "matches", "share"])


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating | Decimal) and math.isfinite(value):
        value = int(value) if value == int(value) else value
    try:
        return plain(str(value))
    except ValueError:  # an integer of more than 4,300 digits, which is no telephone number
        return ""


def mask_personal_data(comments: pd.Series, *, kinds: Iterable[str] | None = None) -> pd.Series:
    """Replace personal data in texts by their kind: `[email]`, `[phone]`, `[card]`, `[id]`.

    Full-width digits and letters count as plain ones, and a number is found right beside Chinese
    characters, too. Masked are:

    - `email`: addresses; inside Chinese text, the Latin part of the address.
    - `phone`: mobile numbers of China in all usual groups, with or without +86; numbers with a
      country code after + (or after 00 and a space); landlines of China and numbers of North
      America with the signs between their parts.
    - `card`: 15 to 19 digits with the beginning of a known issuer that pass the Luhn check.
    - `china_id`: 18 digits with a date of birth and the check digit of GB 11643.

    Every 11-digit number that begins like a mobile number is masked, whatever it means; this
    affects 8 % of random 11-digit order numbers. Names, postal addresses and account names are not
    found, so masked comments can still be personal data.

    Args:
        comments: Series of texts. Numbers are read as their digits; missing values stay missing.
        kinds: Kinds to mask, among `"email"`, `"phone"`, `"card"`, `"china_id"` ; all by default.

    Returns:
        A new Series on the same index. Masking it again changes nothing, and
        `find_personal_data` finds nothing of these kinds in it.

    Raises:
        TypeError: `comments` is not a Series, or `kinds` is not a list.
        ValueError: A kind is unknown.

    Examples:
        >>> mask_personal_data(pd.Series(["打13800138000找我", "write to ann@x.org"])).tolist()
        ['打[phone]找我', 'write to [email]']
    """
    if not isinstance(comments, pd.Series):
        raise TypeError(
            "comments must be a pandas Series, as in table['comment'] or pd.Series([text]), not "
            f"{shown(comments)}"
        )
    wanted = [*KINDS] if kinds is None else check_list(kinds, "kinds")
    for kind in wanted:
        check_choice(kind, "kinds", KINDS)
    masked = [
        value if missing else _masked_value(value, wanted)
        for value, missing in zip(comments, comments.isna(), strict=True)
    ]
    dtype = comments.dtype if pd.api.types.is_string_dtype(comments.dtype) else object
    return pd.Series(masked, index=comments.index, name=comments.name, dtype=dtype)


def _masked_value(value: Any, kinds: Collection[str]) -> Any:
    """The value itself, unless its text holds personal data."""
    text = value if isinstance(value, str) else _text(value)
    masked = masked_text(text, kinds)
    return value if masked == text else masked


def masked_text(text: str, kinds: Collection[str] = KINDS) -> str:
    """Return the text with personal data replaced; all kinds by default."""
    spans = personal_spans(plain(text), kinds)
    while spans:
        while spans:  # what was next to a number may be one on its own
            text, masks = _replaced(text, spans)
            spans = _spans_beside(text, masks, kinds)
        spans = personal_spans(plain(text), kinds)
    return text


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> tuple[str, list[int]]:
    """The text with the spans replaced, and where their masks begin."""
    pieces: list[str] = []
    masks: list[int] = []
    place = before = 0
    for start, end, kind in spans:
        place += start - before
        masks.append(place)
        pieces += text[before:start], KINDS[kind]
        place += len(KINDS[kind])
        before = end
    return "".join([*pieces, text[before:]]), masks


def _spans_beside(
    text: str, masks: list[int], kinds: Collection[str]
) -> list[tuple[int, int, str]]:
    """Personal data near masks, without those that may be cut by the end of what is looked at."""
    windows: list[list[int]] = []
    for mask in masks:
        low, high = max(mask - NEAR, 0), min(mask + NEAR, len(text))
        if windows and low <= windows[-1][1]:
            windows[-1][1] = high
        else:
            windows.append([low, high])
    return [
        (low + start, low + end, kind)
        for low, high in windows
        for start, end, kind in personal_spans(plain(text[low:high]), kinds)
        if (start > EDGE or low == 0) and (low + end < high - EDGE or high == len(text))
    ]
