"""Comments as they came, made fit to be read: plain text, masked, cut, and counted where empty."""

import dataclasses
import html
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_frame, is_missing_text
from cemkit.checks.options import shown
from cemkit.data.privacy import masked_text
from cemkit.errors import DataError

LONGEST = 5000  # characters of a comment that are read
TAG = re.compile(r"<(?:/?[A-Za-z]|!)[^<>]*>")  # "<3" and "a < b" are none
UNSEEN = re.compile(  # what stands between the tags of scripts and style sheets
    r"<(script|style)\b[^<>]*>[^<]*(?:<(?!/?(?:script|style)\b)[^<]*)*(?=</\1\b)", re.IGNORECASE
)
INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Comments:
    """The comments of some rows.

    `texts` is on the index of the rows, and None where a comment is empty; `cut` counts those that
    were longer than 5,000 characters.
    """

    texts: pd.Series
    cut: int

    @classmethod
    def of(cls, values: pd.Series) -> "Comments":
        """Read a column of comments."""
        read: list[str | None] = []
        cut = 0
        for place, (value, missing) in enumerate(zip(values, values.isna(), strict=True)):
            text = "" if missing else clean_text(_checked(value, place))
            cut += len(text) > LONGEST
            read.append(text[:LONGEST] or None)
        return cls(pd.Series(read, values.index, dtype=object), cut)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which rows have a comment."""
        return self.texts.notna().to_numpy()

    @property
    def empty(self) -> int:
        """How many rows have none."""
        return int((~self.present).sum())


def _checked(value: Any, place: int) -> str:
    if not isinstance(value, str):
        raise DataError(
            f"comments must be text, and row {place} holds {shown(value)}; convert the column, as "
            "in table['comment'].astype('string'), or leave such rows out"
        )
    return str(value)


def clean_text(text: str) -> str:
    """Return a comment as people read it, in one line and with personal data masked."""
    if is_missing_text(text):
        return ""
    for _ in range(2):  # some shops store what was escaped already
        text = html.unescape(text)
    text = CONTROL.sub(" ", INVISIBLE.sub("", TAG.sub(" ", UNSEEN.sub(" ", text))))
    return " ".join(masked_text(" ".join(text.split())).split())


def once_each(texts: npt.NDArray[np.object_], groups: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the places of one comment for each text and group, sorted by text."""
    table = pd.DataFrame({"text": texts, "group": groups})
    kept = table.drop_duplicates().sort_values(["text", "group"], kind="stable")
    return kept.index.to_numpy()


def excerpt(text: str, term: str = "", length: int = 120) -> str:
    """Return a text of at most this length, cut around a term where it is too long."""
    if len(text) <= length:
        return text
    at = max(text.casefold().find(term), 0)
    start = min(max(at - length // 3, 0), len(text) - length)
    middle = text[start : start + length - 2].strip()
    return f"{'…' * (start > 0)}{middle}{'…' * (start + length - 2 < len(text))}"


def check_responses(responses: Any, columns: list[str]) -> pd.DataFrame:
    """Return the table of responses, when it has rows and the columns."""
    table = check_frame(responses, "responses")
    check_columns(table.columns, columns)
    return table
