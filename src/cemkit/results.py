"""Result: the one display base for every answer that is more than a table."""

import dataclasses
import html
import numbers
from typing import Any, Literal

import pandas as pd

Language = Literal["en", "zh"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An answer with named fields, printed for people and read by programs.

    Subclasses are frozen dataclasses with keyword-only fields of plain Python types; one field
    called `table` may hold a DataFrame. Fields named `*_amount`, `*_profit`, `*_cost`, `clv` or
    `amount` are money.

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
            parts.append(_markdown(_formatted(self.to_frame())))
        return "\n\n".join(part for part in parts if part)

    def sentence(self, language: Language = "en") -> str:
        """The answer in one sentence, in English (`"en"`) or Chinese (`"zh"`)."""
        raise NotImplementedError(f"{type(self).__name__} has no sentence")

    def _scalars(self) -> dict[str, Any]:
        # Tables beside the main one are for programs and plots.
        return {
            name: value
            for name, value in self.to_dict().items()
            if name != "table" and not isinstance(value, pd.DataFrame)
        }

    def __str__(self) -> str:
        scalars = {name: format_value(name, value) for name, value in self._scalars().items()}
        width = max((len(name) for name in scalars), default=0)
        lines = [type(self).__name__]
        lines += [f"  {name:<{width}}  {text}" for name, text in scalars.items()]
        if "table" in self.to_dict():
            lines += ["", _formatted(self.to_frame()).to_string()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        texts = {name: format_value(name, value) for name, value in self._scalars().items()}
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in texts.items()
        )
        title = html.escape(type(self).__name__)
        table = _formatted(self.to_frame()).to_html() if "table" in self.to_dict() else ""
        return f"<table><caption>{title}</caption>{cells}</table>{table}"


def format_value(name: str, value: object) -> str:
    """A value as people read it: money with separators, statistics to three digits.

    Args:
        name: The field's name, which says whether it is money.
        value: Its value.

    Examples:
        >>> format_value("total_amount", 2500315.63), format_value("p_value", 0.0033451)
        ('2,500,315.63', '0.00335')
    """
    if value is None:
        return "none"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return f"{value:,}"
    if isinstance(value, numbers.Real):
        number = float(value)
        if name in {"amount", "clv"} or name.endswith(("_amount", "_profit", "_cost")):
            return f"{number:,.2f}"
        return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return str(value)


def _formatted(table: pd.DataFrame) -> pd.DataFrame:
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
    return cell.replace("|", "\\|").replace("\n", " ")
