"""Speech: the words and labels of one language, and what may not be said in it."""

import dataclasses
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from cemkit.catalogue import languages, words
from cemkit.checks import meant
from cemkit.checks.options import shown
from cemkit.data.columns import check_table, plain_words
from cemkit.errors import DataError
from cemkit.promotion import symbols
from cemkit.promotion.texts import language_code, one_lines

LABEL_COLUMNS = ["value", "language", "label"]
_PLACE = re.compile(r"{\w*}")
Labels = dict[tuple[str, str], str]  # by language and value


@dataclasses.dataclass(frozen=True, slots=True)
class Speech:
    """One language: its words, the labels of values in it, and the scripts of its letters."""

    language: str
    say: Any
    labels: Labels
    scripts: frozenset[str]

    @classmethod
    def of(cls, language: str, labels: Labels, texts: Iterable[str]) -> "Speech":
        """The speech of a language; one that cemkit does not speak is read off its templates."""
        if language in languages():
            said = words(language)
            return cls(language, said, labels, frozenset([said.SCRIPT]))
        found = {script for text in texts for script, _ in _runs(_PLACE.sub("", text))}
        scripts = frozenset(found - {"LATIN"} or {"LATIN"})  # Latin words stand in any script
        return cls(language, symbols, labels, scripts)

    def label(self, value: str, what: str) -> str:
        """What customers read for a value; see `labelled`."""
        return self.labelled([value], what)[0]

    def labelled(self, values: Iterable[str], what: str) -> list[str]:
        """What customers read for values: labels, or values that are in the language's script."""
        values = list(values)
        found = [self.labels.get((self.language, value)) for value in values]
        missing = [
            value
            for value, label in zip(values, found, strict=True)
            if label is None and not in_script(value, self.scripts)
        ]
        if missing:
            raise DataError(
                f"{what} {shown(missing[0])}{self._near(missing[0])} has no label in "
                f"{self.language!r}"
                + (f", nor have {len(missing) - 1:,} more" if len(missing) > 1 else "")
                + f"; add a row to labels: value={shown(missing[0])}, "
                f"language={self.language!r}, label=what customers read"
            )
        return [
            value if label is None else label for value, label in zip(values, found, strict=True)
        ]

    def labelled_as_a_whole(self, values: list[str], column: str) -> list[str]:
        """What customers read for a column: as it is where none of its values has a label."""
        known = [(self.language, value) in self.labels for value in values]
        return self.labelled(values, f"the {column}") if any(known) else values

    def word(self, phrase: str, value: str, why: str) -> str:
        """A word of the language: a label of the caller's, or the catalogue's."""
        said = self.labels.get((self.language, value)) or self.say.PHRASES[phrase]
        if not said:
            raise DataError(
                f"{why}, but cemkit has no word for {value!r} in {self.language!r}; add a "
                f"row to labels: value={value!r}, language={self.language!r}, label=what "
                "customers read"
            )
        return str(said)

    def _near(self, value: str) -> str:
        return meant(value, [known for language, known in self.labels if language == self.language])


def read_labels(labels: pd.DataFrame | None) -> Labels:
    """Return the labels by language and value, each in one line of text."""
    if labels is None:
        return {}
    check_table(labels, "labels", LABEL_COLUMNS, known=LABEL_COLUMNS)
    values, texts = (one_lines(labels[column], column) for column in ("value", "label"))
    spoken = plain_words(labels["language"], "language")
    read: Labels = {}
    for row, (value, language, label) in enumerate(zip(values, spoken, texts, strict=True)):
        for column, text in (("value", value), ("language", language), ("label", label)):
            if not text:
                raise DataError(
                    f"labels has no {column} in row {row}; fill it in, or leave the row out"
                )
        key = language_code(str(language)), value
        if read.setdefault(key, label) != label:
            raise DataError(
                f"labels has two labels for {shown(value)} in {key[0]!r}, {shown(read[key])} "
                f"and {shown(label)}; keep one"
            )
    return read


def in_script(text: str, scripts: Collection[str]) -> bool:
    """Whether a text can stand in a language of these scripts.

    Numbers, signs and single letters can stand anywhere, and so can Latin words beside others in
    the script, as in "T恤" and "iPhone手机".
    """
    runs = _runs(text)
    own = any(script in scripts for script, _ in runs)
    foreign = {
        script
        for script, length in runs
        if script not in scripts and (length > 1 or script == "CJK")
    }
    return not foreign or (own and "LATIN" not in scripts and foreign == {"LATIN"})


def _runs(text: str) -> list[tuple[str, int]]:
    """The scripts of the runs of letters of a text, with how many letters follow each other."""
    runs: list[tuple[str, int]] = []
    last = None
    for character in unicodedata.normalize("NFKC", text):
        script = _script(character) if _is_letter(character) else None
        if script is not None and script == last:
            runs[-1] = (script, runs[-1][1] + 1)
        elif script is not None:
            runs.append((script, 1))
        last = script
    return runs


def _is_letter(character: str) -> bool:
    return character.isalpha()


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0]
