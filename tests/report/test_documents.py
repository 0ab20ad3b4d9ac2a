"""Markdown, JSON and Parquet say what the page says."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from cemkit.catalogue import words
from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.documents import cell_texts, number_texts, numbers_table


def test_json_has_each_number_with_interval_method_and_section(report: CustomerReport) -> None:
    document = json.loads(report.to_json())
    numbers = [number for section in document["sections"] for number in section["numbers"]]
    assert len(numbers) == len(report.table) > 30
    for number, (_, row) in zip(numbers, report.table.iterrows(), strict=True):
        assert number["section"] == row["section"]
        assert number["method"] == row["method"] != ""
        assert number["value"] == (None if pd.isna(row["value"]) else row["value"])
        bounds = number["interval"]
        assert (bounds is None) == bool(row[["lower", "upper"]].isna().any())
        assert bounds is None or bounds["confidence_level"] == 0.95
        assert not number["suppressed"] or number["value"] is bounds is None
    assert [section["section"] for section in document["sections"]] == [
        section.key for section in report.content
    ]


def test_json_tables_have_the_rows_of_the_content(
    report: CustomerReport, tables: dict[str, Table]
) -> None:
    document = json.loads(report.to_json())
    written = {table["table"]: table for s in document["sections"] for table in s["tables"]}
    assert set(written) == set(tables)
    for key, table in tables.items():
        assert len(written[key]["rows"]) == len(table.frame)
        assert written[key]["suppressed_rows"] == table.suppressed


def test_parquet_has_the_tables(
    report: CustomerReport, tables: dict[str, Table], tmp_path: Path
) -> None:
    paths = report.to_parquet(tmp_path / "new" / "folder")
    assert len(paths) == len(tables) + 1
    numbers = pd.read_parquet(tmp_path / "new/folder/numbers.parquet")
    assert numbers["value"].equals(report.table["value"])
    segments = pd.read_parquet(tmp_path / "new/folder/segments_segments.parquet")
    assert segments["segment"].tolist() == tables["segments"].frame["segment"].tolist()


def test_markdown_has_every_sentence_and_number(report: CustomerReport) -> None:
    markdown, say = report.to_markdown(), words("en")
    for section in report.content:
        assert f"## {section.title}" in markdown
        for number in section.numbers:
            assert number_texts(number, say)[0] in markdown


def test_markdown_is_inert() -> None:
    from cemkit.report.documents import _escaped

    assert _escaped("<b>|[x](y)`\n") == "\\<b\\>\\|\\[x\\](y)\\`"


def test_hidden_cells_say_so(tables: dict[str, Table]) -> None:
    say: Any = words("en")
    table = next(table for table in tables.values() if table.suppressed)
    place = int(table.hidden.any(axis=1).to_numpy().argmax())
    hidden = [column for column in table.columns if table.hidden[column.name].iloc[place]]
    assert {cell_texts(table, column, place, say) for column in hidden} == {("not shown", "")}


def test_no_sections_have_no_numbers() -> None:
    assert numbers_table([]).empty
