"""Where personal data stand in a text: e-mail addresses, telephone, card and identity numbers."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

Span = tuple[int, int]


class _Plain(dict[int, int]):
    """The plain form of each character, found when it is first met."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        form = unicodedata.normalize("NFKC", character) if digit is None else str(digit)
        self[code] = ord(form) if len(form) == 1 else code
        return self[code]


_PLAIN = _Plain()


def plain(text: str) -> str:
    """Return full-width and other forms of characters as plain ones, each in its old place.

    A character whose NFKC form is several characters stays, so that places in the plain text are
    places in the text itself.
    """
    return text if text.isascii() else text.translate(_PLAIN)


def personal_kinds(text: str) -> list[str]:
    """Return the kinds of personal data that a text holds."""
    return [kind for kind in _possible(text) if next(SPANS[kind](text), None) is not None]


def _possible(text: str) -> list[str]:
    """The kinds that a text has the sign or the digits for, in their order."""
    numbered = _SEVERAL_DIGITS.search(text)
    return [kind for kind in SPANS if ("@" in text if kind == "email" else numbered)]


def personal_spans(text: str, kinds: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return start, end and kind of all personal data, in order; what overlaps is one span."""
    found = sorted(
        (start, end, rank, kind)
        for rank, kind in enumerate(_possible(text))
        if kind in kinds
        for start, end in SPANS[kind](text)
    )
    merged: list[tuple[int, int, int, str]] = []
    for start, end, rank, kind in found:
        if merged and start < merged[-1][1]:
            first, last, *_ = before = merged[-1]
            merged[-1] = (first, max(last, end), *min((rank, kind), before[2:]))
        else:
            merged.append((start, end, rank, kind))
    return [(start, end, kind) for start, end, _, kind in merged]


# `\b` is no boundary between a digit and a Chinese character, so numbers end where digits end.
BEFORE = r"(?<!\d)(?<!\d\.)"
SIGNS = r" \-\u2010-\u2015\u200b-\u200f\u2060\ufeff"  # what people put between groups of digits
GAP, DOTTED = f"[{SIGNS}]", f"[.{SIGNS}]"
_SEVERAL_DIGITS = re.compile(rf"\d(?:[()+.{SIGNS}]{{0,3}}\d){{6}}")

# An address of Latin letters ends where Chinese begins; another domain ends with its last dot.
DOMAIN = re.compile(
    r"@(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}|[^\s@,;<>]+\.[A-Za-z]{2,})"
)
OUTSIDE_NAME = re.compile(r"[\s@,;:<>()]")
UNSPACED = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")

COUNTRY_86 = rf"(?:(?:\((?:\+|00)?86\)|(?:\+|00)?86){GAP}?)?"
PHONE = re.compile(
    BEFORE
    + "(?:"
    # A mobile number of China: 3-4-4 with or without signs between, 4-3-4, 3-3-5 and 5-6 with them.
    + rf"{COUNTRY_86}1[3-9]\d(?:{DOTTED}?\d{{4}}){{2}}"
    + rf"|{COUNTRY_86}1[3-9]\d\d{GAP}\d{{3}}{GAP}\d{{4}}"
    + rf"|{COUNTRY_86}1[3-9]\d{GAP}\d{{3}}{GAP}\d{{5}}"
    + rf"|{COUNTRY_86}1[3-9]\d{{3}}{GAP}\d{{6}}"
    # A number with its country code: after 00 only with a sign behind the code.
    + rf"|\+[1-9](?:[(){SIGNS}]{{0,2}}\d){{7,13}}"
    + rf"|00[1-9]\d{{0,2}}[(){SIGNS}]{{1,2}}\d(?:[(){SIGNS}]{{0,2}}\d){{6,11}}"
    # A landline of China, with its extension.
    + rf"|(?:\(0(?:10|2\d|[3-9]\d\d)\){GAP}?|0(?:10|2\d|[3-9]\d\d){GAP})"
    + rf"[2-9]\d{{2,3}}{GAP}?\d{{4}}(?:(?:-|转)\d{{1,6}})?"
    + r"|0(?:10|2\d)[2-9]\d{7}"
    # A number of North America.
    + r"|(?:\+?1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}"
    + r")(?!\d)"
)
# In one piece, or in the groups that are printed on it: what follows may be its last month.
CARDS = [
    re.compile(rf"{BEFORE}{digits}(?!\d|\.\d)")
    for digits in (
        r"\d{15,19}",
        rf"\d{{4}}(?:{GAP}\d{{4}}){{3}}",
        rf"\d{{4}}(?:{GAP}\d{{4}}){{3}}{GAP}\d{{3}}",
        rf"\d{{4}}{GAP}\d{{6}}{GAP}\d{{5}}",
    )
]
# American Express, JCB, Visa, Mastercard, Maestro, UnionPay with Discover, and ICBC's own.
ISSUERS = re.compile(
    r"3[47]\d{13}|35\d{14}|4\d{15}(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|5[06-8]\d{14,17}"
    r"|6\d{15,18}|9558\d{15}"
)
CHINA_ID = re.compile(
    rf"(?<!\d)[1-9]\d{{5}}{GAP}?(?:19|20)\d{{6}}{GAP}?\d{{3}}[\dXx](?![\dA-Za-z])"
)


def _email_spans(text: str) -> Iterator[Span]:
    before, first = 0, -1
    for domain in DOMAIN.finditer(text):
        start = _name_start(text, before, domain.start())
        if start < domain.start():
            first = start
        elif start > before:  # a domain without a name
            first = -1
        if first >= 0:  # a domain right behind an address belongs to it
            yield first, domain.end()
        before = domain.end()


def _name_start(text: str, before: int, at: int) -> int:
    """Where the name of an address begins: with its Latin letters, if it has any."""
    latin = start = at
    while latin > before and _in_latin_name(text[latin - 1]):
        latin -= 1
    while latin < at and not text[latin].isalnum():  # a dot or quote before the name
        latin += 1
    while start > before and not OUTSIDE_NAME.match(text[start - 1]):
        start -= 1
    return latin if latin < at else start


def _in_latin_name(character: str) -> bool:
    if character.isalnum():
        return not UNSPACED.match(character)
    return character in "._+-%'&#~!$*^`"


def _phone_spans(text: str) -> Iterator[Span]:
    return (match.span() for match in PHONE.finditer(text))


def _card_spans(text: str) -> Iterator[Span]:
    for card in CARDS:
        for match in card.finditer(text):
            number = re.sub(r"\D", "", match[0])
            if ISSUERS.fullmatch(number) and _passes_luhn(number) and not _is_china_id(number):
                yield match.span()


def _china_id_spans(text: str) -> Iterator[Span]:
    for match in CHINA_ID.finditer(text):
        if _is_china_id(re.sub(r"[^\dXx]", "", match[0])):
            yield match.span()


def _is_china_id(number: str) -> bool:
    if len(number) != 18:
        return False
    try:
        dt.datetime.strptime(number[6:14], "%Y%m%d")
    except ValueError:
        return False
    weighted = sum(int(digit) * 2 ** (17 - k) for k, digit in enumerate(number[:17]))
    return "10X98765432"[weighted % 11] == number[17].upper()


def _passes_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + k % 2) for k, digit in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0 and len(set(number)) > 1


# In the order in which a span that is several things is named.
SPANS: dict[str, Callable[[str], Iterator[Span]]] = {
    "email": _email_spans,
    "china_id": _china_id_spans,
    "card": _card_spans,
    "phone": _phone_spans,
}
