"""SMS: how many characters and segments a text takes, by GSM 03.38 and UCS-2.

A text of the GSM alphabet has 160 characters in one message and 153 in each segment of a longer
one, in which the characters of the extension table count twice. Any other text is sent as UCS-2:
70 characters, or 67 a segment, where characters beyond the Basic Multilingual Plane (most emoji)
count twice. What counts twice is never split between two segments.
Source: 3GPP TS 23.038 (the alphabet) and TS 23.040 (concatenation).
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
GSM, UCS2 = (160, 153), (70, 67)  # characters of one message, and of a segment of several
_BEYOND = re.compile(f"[^{re.escape(ALPHABET)}]")
_GSM = re.compile(f"[{re.escape(ALPHABET + EXTENSION)}]*")
_TWICE = re.compile(f"[{re.escape(EXTENSION)}\U00010000-\U0010ffff]")
Integers = npt.NDArray[np.int64]


def sms_sizes(texts: Sequence[str]) -> tuple[Integers, Integers]:
    """The characters and the segments of each text."""
    size = len(texts)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=size)
    basic = _are_basic(texts)
    segments = np.where(basic, _segments(lengths, GSM), _segments(lengths, UCS2))
    further = np.flatnonzero(~basic).tolist()
    if _TWICE.search("".join(texts[row] for row in further)):
        for row in further:
            lengths[row], segments[row] = _size(texts[row])
    return lengths, segments


def _are_basic(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which texts have no character beyond the alphabet; plain ASCII is read all at once."""
    ascii_only = np.fromiter(map(str.isascii, texts), dtype=bool, count=len(texts))
    rows = np.flatnonzero(ascii_only).tolist()
    if _BEYOND.search("".join(texts[row] for row in rows)) is None:
        rows = np.flatnonzero(~ascii_only).tolist()
        ascii_only[rows] = [_BEYOND.search(texts[row]) is None for row in rows]
        return ascii_only
    return np.array([_BEYOND.search(text) is None for text in texts], dtype=bool)


def _segments(lengths: Integers, limits: tuple[int, int]) -> Integers:
    alone, each = limits
    return np.where(lengths <= alone, 1, -(-lengths // each))


def _size(text: str) -> tuple[int, int]:
    """The size of a text with characters of which some may count twice."""
    if _GSM.fullmatch(text):
        return _packed([2 if letter in EXTENSION else 1 for letter in text], GSM)
    return _packed([2 if letter > "\uffff" else 1 for letter in text], UCS2)


def _packed(widths: list[int], limits: tuple[int, int]) -> tuple[int, int]:
    """The sum of the widths, and the segments that hold them unsplit."""
    alone, each = limits
    if sum(widths) <= alone:
        return sum(widths), 1
    segments, room = 1, each
    for width in widths:
        if width > room:
            segments, room = segments + 1, each
        room -= width
    return sum(widths), segments
