"""Draft: a section while it is written; what goes in has passed the small-cell gate."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.catalogue import words
from cemkit.errors import NotEnoughDataError
from cemkit.report.content import Column, Number, Picture, Section, Table, plain
from cemkit.report.gate import Mask, hidden_cells, is_small, without
from cemkit.report.reasons import REASONS, THINGS, reworded
from cemkit.report.texts import is_missing, short

Drawer = Callable[..., str]
Columns = Sequence[tuple[str, ...]]  # name and unit, and where there are some the bounds
COUNTED = re.compile(
    r"(?<![\d.,])(?<!at least )(\d[\d,]*)(?= (?:of [\d,]+ )?customers?\b)"
    r"|(?<![\d.,])(?<!至少 )(\d[\d,]*)(?= ?[位名个]客户)"
)
RECORDS = (  # of customers, which errors and warnings count
    *("customers?", "rows?", "lines?", "orders?", "purchases?", "returns?", "gaps?", "answers?"),
    *("responses?", "events?", "visits?", "comments?", "complaints?", "contacts?", "referrals?"),
    *("people", "ids?", "amounts?", "dates?", "values?", "scores?", "conversions?", "coupons?"),
)
RECORDED = re.compile(
    r"(?<![\w.,=-])(?<!at least )(?<!at most )(\d[\d,]*)"
    rf"(?= (?:of [\d,]+ )?(?:[a-z]+ )?(?:{'|'.join(RECORDS)})\b)"
)
FIGURE = re.compile(r"(?<![A-Za-z_])\d+(?:[.,:-]\d+)*")
OWN_CUSTOMERS = frozenset({"experiments", "feedback", "journey"})  # not those of the orders
NAMED = re.compile(r"'([^']*)'|\bcustomers? (\d+)(?![.,]?\d|\s?%)")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all sections of a report share."""

    language: str
    confidence_level: float
    smallest: int
    name_customers: bool
    draw: Drawer
    ids: Callable[[], frozenset[str]]
    customers: Callable[[], int] = lambda: 0  # of the orders; 0 where they cannot be read

    @property
    def say(self) -> Any:
        """The words of the language."""
        return words(self.language)


class Draft:
    """A section while it is written."""

    def __init__(self, key: str, terms: Terms) -> None:
        self.key = key
        self.terms = terms
        self._sentences: list[str] = []
        self._numbers: list[Number] = []
        self._tables: dict[str, Table] = {}
        self._pictures: list[Picture] = []
        self._notes: list[str] = []

    @property
    def say(self) -> Any:
        """The words of the language."""
        return self.terms.say

    @property
    def tells_of_few(self) -> bool:
        """Whether so few customers bought that everything in this section is about them."""
        if self.key in OWN_CUSTOMERS or self.terms.smallest == 1:
            return False
        return is_small([self.terms.customers()], self.terms.smallest)

    def sentence(self, result: Any, *counts: float) -> str:
        """The sentence of a result, or that it would reveal few customers."""
        if self.tells_of_few or is_small(counts, self.terms.smallest):
            return str(self.say.REPORT["hidden_sentence"].format(smallest=self.terms.smallest))
        return self.unnamed(result.sentence(self.terms.language))

    def state(self, result: Any, *counts: float) -> None:
        """Say the sentence of a result, where none of the counts of customers in it is small."""
        self.tell(self.sentence(result, *counts))

    def tell(self, text: str) -> None:
        """Say a sentence of the page's own, from numbers that have passed the gate."""
        if self.tells_of_few:
            text = self.say.REPORT["hidden_sentence"].format(smallest=self.terms.smallest)
        if text not in self._sentences:
            self._sentences.append(text)

    def note(self, text: str) -> None:
        """Say what else readers must know."""
        text = short_note(self.unnamed(text))
        if self.tells_of_few:
            text = FIGURE.sub(self._known_figure, text)
        if text not in self._notes:
            self._notes.append(text)

    def warn(self, message: str) -> None:
        """Say a warning in the words of the page, or in its own where the page has none."""
        for pattern, text in self.say.REPORT_WARNINGS.items():
            if re.search(pattern, message):
                self.note(text)
                return
        self.note(self._worded(message, REASONS, self.say.REPORT_REASONS))

    def reason(self, error: Exception) -> str:
        """The sentence of an error, without what it counted; of one that has none, its class."""
        if not isinstance(error, NotEnoughDataError):
            text = str(error) if isinstance(error, ValueError | TypeError) else repr(error)
            return self._worded(text, REASONS, self.say.REPORT_REASONS)
        smallest = self.terms.smallest
        kind = "too_few_hidden" if error.need <= smallest else "too_few_needed"
        if smallest == 1 or not error.have:
            kind = "too_few" if error.have else "none"
        counts = {"have": error.have, "need": error.need, "smallest": smallest}
        what = self._worded(error.what, THINGS, self.say.REPORT_COUNTED)
        return str(self.say.REPORT[kind].format(what=what, **counts))

    def _worded(
        self, message: str, patterns: Mapping[str, str], words_of: Mapping[str, str]
    ) -> str:
        """A message from elsewhere in the words of the page, or its own where the page has none."""
        gated = self.gated(message)
        text = reworded(gated, patterns, words_of)
        if text is None:
            return gated
        return text.replace(self._few("en"), self._few(self.terms.language))

    def gated(self, message: str) -> str:
        """A message from elsewhere, without counts of few records of customers.

        Where there are few customers, it has no figures at all.
        """
        if self.tells_of_few:
            return FIGURE.sub("…", message)
        return self.unnamed(RECORDED.sub(self._counted, message))

    def _known_figure(self, match: re.Match[str]) -> str:
        return match[0] if match[0] == str(self.terms.smallest) else "…"

    def unnamed(self, text: str) -> str:
        """The text without small counts, and without ids where customers are not to be named."""
        text = COUNTED.sub(self._counted, text)
        if self.terms.name_customers:
            return text

        def masked(match: re.Match[str]) -> str:
            name = match[1] if match[1] is not None else match[2]
            return match[0].replace(name, "…") if name in self.terms.ids() else match[0]

        return NAMED.sub(masked, text)

    def _counted(self, match: re.Match[str]) -> str:
        if not is_small([int(match[0].replace(",", ""))], self.terms.smallest):
            return match[0]
        return self._few("en" if match.lastindex == 1 else self.terms.language)

    def _few(self, language: str) -> str:
        return str(words(language).REPORT["few"].format(smallest=self.terms.smallest))

    def table(
        self,
        key: str,
        frame: pd.DataFrame,
        columns: Columns,
        *,
        rows: Mask | None = None,
        kept: Iterable[str] = (),
        also: tuple[Mask, Sequence[str]] | None = None,
        units: Sequence[str] = (),
        labels: dict[str, str] | None = None,
    ) -> Table:
        """Add a table, of which `rows` are hidden but for the columns that are `kept`.

        `also` hides some columns of further rows.
        """
        if self.tells_of_few:
            frame, rows, also, units = frame.head(0), None, None, ()
        frame = frame.reset_index(drop=True)
        names = list(dict.fromkeys(name for column in columns for name in (column[0], *column[2:])))
        frame = frame[names]
        hiding = [name for name in names if name not in set(kept)]
        mask = np.zeros(len(frame), dtype=bool) if rows is None else rows
        hidden = hidden_cells(frame, mask, hiding)
        if also is not None:
            hidden |= hidden_cells(frame, *also)
        known = {**self.say.REPORT_COLUMNS, **(labels or {})}
        made = Table(
            key=key,
            caption=self.say.REPORT_TABLES[key],
            method=self.say.REPORT_METHODS[key],
            columns=tuple(
                _column(known.get(name, short(name)), name, unit, *bounds)
                for name, unit, *bounds in columns
            ),
            frame=without(frame, hidden),
            hidden=hidden,
            units=tuple(units),
        )
        self._tables[key] = made
        return made

    def number(
        self,
        name: str,
        value: Any,
        unit: str,
        table: str,
        *,
        bounds: tuple[Any, Any] = (None, None),
        counts: Iterable[float] = (),
        label: str = "",
    ) -> None:
        """Add a number, which is suppressed where one of the counts of customers is small."""
        hidden = self.tells_of_few or is_small(counts, self.terms.smallest)
        lower, upper = (None if hidden or is_missing(bound) else float(bound) for bound in bounds)
        self._numbers.append(
            Number(
                name=name,
                label=label or self.say.REPORT_NUMBERS[name],
                value=None if hidden or is_missing(value) else plain(float(value)),
                lower=lower,
                upper=upper,
                unit=unit,
                method=self.say.REPORT_METHODS[table],
                table=table,
                suppressed=hidden,
            )
        )

    def picture(self, key: str, result: Any, table: str, alt: str, **options: Any) -> None:
        """Add the picture of a result; `alt` says what it shows."""
        if self.tells_of_few:
            self.note(self.say.REPORT["no_picture"])
            return
        kind = options.pop("kind", None)
        self._pictures.append(
            Picture(
                key=key,
                svg=self.terms.draw(result, kind, f"p-{key}", self.say.REPORT_AXES, **options),
                alt=alt,
                table=table,
            )
        )

    def finish(self, problem: str | None = None) -> Section:
        """The section; with a problem, what was written before it stays."""
        return Section(
            key=self.key,
            title=self.say.REPORT_SECTIONS[self.key],
            sentences=tuple(self._sentences),
            numbers=tuple(number for number in self._numbers if number.table in self._tables),
            tables=tuple(self._tables.values()),
            pictures=tuple(self._pictures),
            problem=None if problem is None else short_note(self.unnamed(problem)),
            notes=tuple(self._notes),
        )


def _column(label: str, name: str, unit: str, lower: str = "", upper: str = "") -> Column:
    return Column(name=name, label=label, unit=unit, lower=lower, upper=upper)


def short_note(text: str) -> str:
    """A message in one line, cut where a name in it is very long."""
    line = " ".join(text.split())
    return line if len(line) <= 600 else f"{line[:599]}…"
