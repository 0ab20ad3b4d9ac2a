"""Files that do not keep to one schema are found by their footers."""

from pathlib import Path

import pandas as pd
import pytest

from cemkit import RFMSegmenter, customer_table, load_cdnow
from cemkit.data import score
from cemkit.data.parquet_files import check_files_of
from cemkit.errors import DataError

dd = pytest.importorskip("dask.dataframe")

SOUND = pd.DataFrame({"customer_id": [1, 2], "amount": [0.5, 1.5], "name": ["Ann", "王"]})
ODD = {
    "is the same": (SOUND, None),
    "has other sizes": (SOUND.astype({"customer_id": "int32", "amount": "float32"}), None),
    "has a column more": (SOUND.assign(more=1), None),
    "lacks a column": (SOUND.drop(columns="amount"), "15.parquet lacks the column 'amount', which"),
    "has text": (SOUND.assign(amount=["a", "b"]), "amount is .*string in .*15.parquet, and double"),
    "has dates": (
        SOUND.assign(name=pd.Timestamp("2024-01-01")),
        r"name is timestamp.* in .*15.parquet, and (large_)?string elsewhere; write all files",
    ),
}


def written(folder: Path, tables: list[pd.DataFrame]) -> Path:
    for number, table in enumerate(tables):
        table.to_parquet(folder / f"{number:02}.parquet", index=False)
    return folder


@pytest.mark.parametrize("filesystem", ["fsspec", "arrow"])
@pytest.mark.parametrize("case", ODD)
def test_a_file_that_is_not_like_the_others_is_named(
    case: str, filesystem: str, tmp_path: Path
) -> None:
    odd, message = ODD[case]
    tables = [SOUND] * 15 + [odd] + [SOUND] * 3
    table = dd.read_parquet(written(tmp_path, tables), filesystem=filesystem)
    table = table.assign(twice=table["amount"] * 2)
    if message is None:
        check_files_of(table)
        return
    with pytest.raises(DataError, match=message):
        check_files_of(table)


def test_a_table_of_no_files_is_fine() -> None:
    check_files_of(dd.from_pandas(SOUND, npartitions=2))


def test_score_finds_the_900th_file_before_the_first_is_read(tmp_path: Path) -> None:
    customers = customer_table(load_cdnow("sample"), "1997-09-30").reset_index().head(4)
    model = RFMSegmenter(2, segments="tiers").fit(customers)
    tables = [customers] * 20 + [customers.drop(columns="recency_days")]
    table = dd.read_parquet(written(tmp_path, tables))
    with pytest.raises(DataError, match="20.parquet lacks the column 'recency_days'"):
        score(model, table)
