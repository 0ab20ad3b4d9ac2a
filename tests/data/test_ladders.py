"""A ladder of products."""

import pandas as pd
import pytest

from cemkit.data.ladders import check_ladder_is_bought, read_ladder
from cemkit.errors import DataError, MissingColumnsError


def test_a_list_and_a_table() -> None:
    assert read_ladder(["a", "b"]).to_dict() == {"a": 0, "b": 1}
    table = pd.DataFrame({"product": ["x", "y", "z"], "level": [10, 2.5, 10]})
    assert read_ladder(table).to_dict() == {"x": 1, "y": 0, "z": 1}


@pytest.mark.parametrize(
    ("ladder", "error", "message"),
    [
        (["a"], DataError, "1 level, so there is no step up"),
        (["a", "b", "a"], DataError, "the product 'a' twice"),
        (["a", None], DataError, "missing"),
        (["a", "A"], DataError, "differ in case"),
        ("ab", TypeError, "must be a list"),
        (pd.DataFrame({"product": ["a"]}), MissingColumnsError, "level"),
        (pd.DataFrame({"product": ["a", "b"], "level": [1, None]}), DataError, "missing"),
    ],
)
def test_bad_ladders(ladder: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_ladder(ladder)


def test_products_that_nobody_bought() -> None:
    ladder = read_ladder(["a", "b"])
    check_ladder_is_bought(ladder, ["b", "x", None])
    with pytest.raises(DataError, match="no order has a product of the ladder"):
        check_ladder_is_bought(ladder, ["x"])
    with pytest.raises(DataError, match="differ in case"):
        check_ladder_is_bought(ladder, ["A"])
