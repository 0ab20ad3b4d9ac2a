"""Fonts: text in Chinese, Japanese or Korean gets an installed font that has its characters."""

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

from cemkit.errors import CemkitWarning

CJK = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
# Beginnings of names, the first one preferred; a collection goes by the name of one of its faces.
FAMILIES = (
    *("Noto Sans CJK", "Noto Sans SC", "Noto Sans TC", "Source Han Sans", "PingFang"),
    *("Microsoft YaHei", "Hiragino Sans", "Heiti", "STHeiti", "WenQuanYi", "Sarasa"),
    *("Droid Sans Fallback", "SimHei", "SimSun", "Arial Unicode MS", "Noto Serif CJK"),
    *("Noto Serif SC", "Source Han Serif", "Songti", "AR PL"),
)


def use_readable_fonts(texts: Iterable[Text]) -> None:
    """Add a font to each text whose own lack its characters; warn of those that none has."""
    without: set[str] = set()
    for text in texts:
        wanted = set(CJK.findall(text.get_text()))
        lacking = wanted - _characters_of(text) if wanted else wanted
        if not lacking:
            continue
        family = font_with(lacking)
        if family is not None:
            text.set_fontfamily([*text.get_fontfamily(), family])
            lacking -= _characters_of(text)
        without |= lacking
    if without:
        shown = "".join(sorted(without))
        warnings.warn(
            f"no installed font can draw {shown[:20]!r}; they appear as boxes. Install one, such "
            "as Noto Sans CJK (Debian: apt install fonts-noto-cjk), and restart Python",
            CemkitWarning,
            stacklevel=4,
        )


def font_with(characters: set[str]) -> str | None:
    """Return the family that has most of the characters; None where no installed one has any."""
    found = {
        entry.name: len(characters & _characters_in(entry.fname))
        for family in FAMILIES
        for entry in fontManager.ttflist
        if entry.name.startswith(family)
    }
    best = max(found, key=lambda name: found[name], default=None)
    return best if best is not None and found[best] else None


def _characters_of(text: Text) -> set[str]:
    """The characters that the families of a text have together."""
    characters: set[str] = set()
    for family in text.get_fontfamily():
        try:
            # In a list: a name alone is read as a pattern, in which a hyphen ends it.
            path = findfont(FontProperties(family=[family]), fallback_to_default=False)
        except ValueError:  # not installed
            continue
        characters |= _characters_in(path)
    return characters


@lru_cache(maxsize=32)
def _characters_in(path: str) -> frozenset[str]:
    return frozenset(map(chr, get_font(path).get_charmap()))
