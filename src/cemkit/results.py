"""Result: the one display base for every answer that is more than a table."""

import dataclasses
import html
from typing import Any

import pandas as pd

from cemkit.catalogue import sentence_of
from cemkit.compact import SHOWN_ROWS, html_block, printed, rows_not_shown
from cemkit.formats import format_value
from cemkit.pictures import Drawn


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result(Drawn):
    """An answer with named fields, printed for people and read by programs.

    Subclasses are frozen dataclasses with keyword-only fields of plain Python types; one field
    called `table` may hold a DataFrame, of which the first 10 rows are shown, and other fields may
    hold DataFrames, which are not shown. A number is shown with its interval, where `x` has
    `x_lower` and `x_upper`; what does not fit is named. Fields named `*_amount`, `*_profit`,
    `*_cost`, `clv` or `amount` are money.

    Examples:
        >>> @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
        ... class Retention(Result):
        ...     customers: int
        ...     rate: float
        >>> print(Retention(customers=23570, rate=0.258125))
        Retention
          customers  23,570
          rate       0.258
    """

    def to_dict(self) -> dict[str, Any]:
        """Every field under its name, the values as they are."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table where there is one, else one row with a column per field."""
        values = self.to_dict()
        if "table" in values:
            table: pd.DataFrame = values["table"]
            return table.copy()
        return pd.DataFrame({name: [value] for name, value in values.items()})

    def to_markdown(self) -> str:
        """The fields (and the table below them) as Markdown, for a slide or an issue."""
        parts = [_markdown(_field_table(self._scalars()))]
        if "table" in self.to_dict():
            parts += [_markdown(_formatted(self.to_frame())), rows_not_shown(self.to_frame())]
        return "\n\n".join(part for part in parts if part)

    def sentence(self, language: str = "en") -> str:
        """The answer in one sentence, in English (`"en"`) or Chinese (`"zh"`).

        Raises:
            ValueError: cemkit does not speak the language.
            NotImplementedError: There is no sentence for this result.
        """
        return sentence_of(self, language)

    def _scalars(self) -> dict[str, Any]:
        fields = self.to_dict().items()
        return {name: value for name, value in fields if not isinstance(value, pd.DataFrame)}

    def __init_subclass__(cls) -> None:
        """Keep `repr` for the subclass, where the dataclass would write its own."""
        if "__repr__" not in vars(cls):
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]  # where dataclass looks

    def _opening(self) -> str:
        """The English sentence where there is one; a repr never raises, whatever the fields."""
        try:
            return self.sentence()
        except Exception:  # noqa: BLE001 - a repr never raises
            return ""

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [*filter(None, [self._opening()]), type(self).__name__]
        return "\n".join([*lines, *printed(self._scalars(), self._shown_table())]).rstrip("\n")

    def _shown_table(self) -> pd.DataFrame | None:
        table: pd.DataFrame | None = self.to_dict().get("table")
        return table

    def _repr_html_(self) -> str:
        opening = self._opening()
        first = f"<p>{html.escape(opening)}</p>" if opening else ""
        return first + html_block(type(self).__name__, self._scalars(), self._shown_table())


def _formatted(table: pd.DataFrame) -> pd.DataFrame:
    table = table.head(SHOWN_ROWS)
    return pd.DataFrame(
        {
            name: [format_value(str(name), value) for value in column]
            for name, column in table.items()
        },
        index=table.index,
    )


def _field_table(scalars: dict[str, Any]) -> pd.DataFrame:
    rows = {name: format_value(name, value) for name, value in scalars.items()}
    return pd.DataFrame({"value": rows.values()}, index=pd.Index(rows.keys(), name="field"))


def _markdown(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    head = [str(table.index.name or ""), *(str(name) for name in table.columns)]
    rows = [head, ["---"] * len(head)]
    rows += [[str(cell) for cell in row] for row in table.itertuples()]
    return "\n".join("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows)


def _escaped(cell: str) -> str:
    """A cell as Markdown that shows it as it is: no tag of HTML, and no end of the cell."""
    for character in "\\|<":
        cell = cell.replace(character, f"\\{character}")
    return " ".join(cell.splitlines())
