"""The report as Markdown, as one JSON document, and as a folder of Parquet."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cemkit.catalogue import words
from cemkit.report.content import Column, Number, Section, Table, plain
from cemkit.report.texts import bounded_text

SHOWN_ROWS = 40  # of a table on the page; the files have all of them
UNITS = {  # of numbers as JSON and Parquet have them
    "count": "a count, or the mean of counts",
    "money": "the currency of the orders",
    "share": "a fraction: 0.25 is 25 %",
    "points": "a score as a fraction: 0.25 is +25 points",
    "percentage_points": "a difference of fractions: 0.05 is +5 percentage points",
    "change": "a difference, in the unit of what changed",
    "number": "no unit",
    "days": "days",
    "p_value": "a probability",
    "by_row": "the unit of the row's indicator, score or metric",
    "by_change": "a difference, in the unit of the row's indicator, score or metric",
}
FIELDS = (
    *("section", "name", "label", "value", "lower", "upper", "unit", "method", "table"),
    "suppressed",
)


def numbers_table(sections: Sequence[Section]) -> pd.DataFrame:
    """Every number of the report as a row."""
    rows = [
        [section.key, *(getattr(number, name) for name in FIELDS[1:])]
        for section in sections
        for number in section.numbers
    ]
    table = pd.DataFrame(rows, columns=list(FIELDS))
    return table.astype(dict.fromkeys(("value", "lower", "upper"), "float64"))


def number_texts(number: Number, say: Any) -> tuple[str, str]:
    """A number and its interval as readers see them."""
    if number.suppressed:
        return say.REPORT["hidden"], ""
    return bounded_text(number.unit, number.value, number.lower, number.upper, say)


def cell_texts(table: Table, column: Column, row: int, say: Any) -> tuple[str, str]:
    """A cell and its interval as readers see them."""
    if table.hidden[column.name].iloc[row]:
        return say.REPORT["hidden"], ""
    value, lower, upper = (
        table.frame[name].iloc[row] if name else None
        for name in (column.name, column.lower, column.upper)
    )
    return bounded_text(table.unit(column, row), value, lower, upper, say)


def as_markdown(report: Any) -> str:
    """The report as Markdown."""
    say = words(report.language)
    parts = [f"# {title_of(report)}", lead_of(report)]
    for section in report.content:
        parts += [f"## {section.title}", *_paragraphs(section, say)]
        if section.numbers:
            parts.append(_lines(_number_rows(section, say)))
        for table in section.tables:
            parts += [f"### {_escaped(table.caption)}", _lines(_table_rows(table, say))]
            parts += [f"*{_escaped(table.method)}*"]
    return "\n\n".join(parts) + "\n"


def problem_text(section: Section, say: Any) -> str:
    """Why a section could not be computed, or the rest of it."""
    kind = "partly" if section.tables else "problem"
    return str(say.REPORT[kind].format(why=section.problem))


def title_of(report: Any) -> str:
    """The title of the report in its language."""
    return str(words(report.language).REPORT["title"].format(day=report.as_of))


def lead_of(report: Any) -> str:
    """The first sentence of the report in its language."""
    return str(report.sentence(report.language))


def as_json(report: Any) -> str:
    """One document with the sections, their numbers with interval and method, and the tables."""
    document = {
        "title": title_of(report),
        "as_of": report.as_of,
        "language": report.language,
        "confidence_level": report.confidence_level,
        "minimum_cell": report.minimum_cell,
        "units": UNITS,
        "summary": lead_of(report),
        "sections": [_section_document(section, report) for section in report.content],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def write_parquet(report: Any, folder: Path) -> list[Path]:
    """Write the numbers and each table to a file of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = {"numbers": report.table}
    for section in report.content:
        frames |= {f"{section.key}_{table.key}": table.frame for table in section.tables}
    paths = []
    for name, frame in frames.items():
        path = folder / f"{name}.parquet"
        _with_plain_types(frame).to_parquet(path, index=False)
        paths.append(path)
    return paths


def _with_plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of mixed objects as text, which every reader of Parquet takes."""
    columns = {}
    for name, column in frame.items():
        columns[name] = column if column.dtype != object else _as_text(column)
    return pd.DataFrame(columns)


def _as_text(column: pd.Series) -> pd.Series:
    texts = [None if value is None else str(value) for value in map(plain, column)]
    return pd.Series(texts, index=column.index, dtype="str")


def _section_document(section: Section, report: Any) -> dict[str, Any]:
    return {
        "section": section.key,
        "title": section.title,
        "sentences": list(section.sentences),
        "problem": section.problem,
        "notes": list(section.notes),
        "numbers": [_number_document(number, section, report) for number in section.numbers],
        "tables": [_table_document(table) for table in section.tables],
    }


def _number_document(number: Number, section: Section, report: Any) -> dict[str, Any]:
    interval = None
    if number.lower is not None and number.upper is not None:
        level = report.confidence_level
        interval = {"lower": number.lower, "upper": number.upper, "confidence_level": level}
    return {
        "name": number.name,
        "label": number.label,
        "value": number.value,
        "unit": number.unit,
        "interval": interval,
        "method": number.method,
        "section": section.key,
        "table": number.table,
        "suppressed": number.suppressed,
    }


def _table_document(table: Table) -> dict[str, Any]:
    names = list(table.frame.columns)
    rows = [
        {name: plain(value) for name, value in zip(names, row, strict=True)}
        for row in table.frame.itertuples(index=False, name=None)
    ]
    return {
        "table": table.key,
        "caption": table.caption,
        "method": table.method,
        "columns": [
            {"name": c.name, "label": c.label, "unit": c.unit, "lower": c.lower, "upper": c.upper}
            for c in table.columns
        ],
        "suppressed_rows": table.suppressed,
        "rows": rows,
    }


def _paragraphs(section: Section, say: Any) -> list[str]:
    problem = [] if section.problem is None else [problem_text(section, say)]
    return [_escaped(text) for text in (*section.sentences, *problem, *section.notes)]


def _number_rows(section: Section, say: Any) -> list[list[str]]:
    head = [say.REPORT["number"], say.REPORT["value"], say.REPORT["interval"]]
    return [head, *([number.label, *number_texts(number, say)] for number in section.numbers)]


def _table_rows(table: Table, say: Any) -> list[list[str]]:
    rows = [[column.label for column in table.columns]]
    for place in range(min(len(table.frame), SHOWN_ROWS)):
        cells = [cell_texts(table, column, place, say) for column in table.columns]
        rows.append([f"{text} ({bounds})" if bounds else text for text, bounds in cells])
    return rows


def _lines(rows: list[list[str]]) -> str:
    head, *body = [[_escaped(cell) for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escaped(cell: str) -> str:
    """Text as Markdown that shows it as it is: no tag, no link, no end of the cell."""
    for character in "\\|<>`[]":
        cell = cell.replace(character, f"\\{character}")
    return " ".join(cell.splitlines())
