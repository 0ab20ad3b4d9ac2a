"""Result: the one display base for every answer that is more than a table."""

import dataclasses
import html
import numbers
from typing import Any, Literal

import pandas as pd

Language = Literal["en", "zh"]
SHOWN_ROWS = 20  # of a table that may hold a million


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An answer with named fields, printed for people and read by programs.

    Subclasses are frozen dataclasses with keyword-only fields of plain Python types; one field
    called `table` may hold a DataFrame, of which the first 20 rows are shown, and other fields may
    hold DataFrames, which are not shown. Fields named `*_amount`, `*_profit`, `*_cost`, `clv` or
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
            parts += [_markdown(_formatted(self.to_frame())), self._rows_not_shown()]
        return "\n\n".join(part for part in parts if part)

    def sentence(self, language: Language = "en") -> str:
        """The answer in one sentence, in English (`"en"`) or Chinese (`"zh"`)."""
        raise NotImplementedError(f"{type(self).__name__} has no sentence")

    def _scalars(self) -> dict[str, Any]:
        fields = self.to_dict().items()
        return {name: value for name, value in fields if not isinstance(value, pd.DataFrame)}

    def _rows_not_shown(self) -> str:
        more = len(self.to_dict()["table"]) - SHOWN_ROWS
        return f"... and {more:,} rows more" if more > 0 else ""

    def __str__(self) -> str:
        scalars = {name: format_value(name, value) for name, value in self._scalars().items()}
        width = max((len(name) for name in scalars), default=0)
        lines = [type(self).__name__]
        lines += [f"  {name:<{width}}  {text}" for name, text in scalars.items()]
        if "table" in self.to_dict():
            lines += ["", _formatted(self.to_frame()).to_string(), self._rows_not_shown()]
        return "\n".join(lines).rstrip("\n")

    def _repr_html_(self) -> str:
        texts = {name: format_value(name, value) for name, value in self._scalars().items()}
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in texts.items()
        )
        title = html.escape(type(self).__name__)
        table = ""
        if "table" in self.to_dict():
            table = _formatted(self.to_frame()).to_html() + self._rows_not_shown()
        return f"<table><caption>{title}</caption>{cells}</table>{table}"


def format_value(name: str, value: object) -> str:
    """A value as people read it: money with separators, statistics to three digits."""
    if value is None:
        return "none"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return f"{value:,}"
    if isinstance(value, numbers.Real):
        number, what = float(value), name.removesuffix("_lower").removesuffix("_upper")
        if what in {"amount", "clv"} or what.endswith(("_amount", "_profit", "_cost")):
            return apart(number, spec=",.2f")[0]
        return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return str(value)


def apart(*numbers: float, spec: str, unlike: tuple[float, ...] = (0.0,)) -> list[str]:
    """Numbers in one format, with more digits where two that differ would look alike."""
    head, digits, kind = spec[: spec.index(".")], int(spec[spec.index(".") + 1 : -1]), spec[-1]
    values = [round(float(number), 12) + 0.0 for number in numbers]  # -0 is 0
    distinct = {f"{value:.12g}" for value in (*values, *unlike)}
    for more in range(digits, 16):
        form = f"{head}.{more}{kind}"
        texts = [format(value, form) for value in values]
        looks = {_look(text) for text in (*texts, *(format(value, form) for value in unlike))}
        if len(looks) >= len(distinct):
            break
    return texts


def p_text(p_value: float) -> str:
    """A p-value as sentences have it; one too small for a float is not called 0."""
    return f"p = {p_value:.3g}" if p_value != 0 else "p < 1e-16"


def _look(text: str) -> str:
    """The text of a number; one that looks like 0 has no sign and no decimals."""
    return text if any(letter in "123456789ni" for letter in text) else "0"


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
