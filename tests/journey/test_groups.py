"""Groups that customers belong to."""

import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.journey.groups import check_groups, check_split

CUSTOMERS = pd.DataFrame({"channel": ["web", "app"]}, index=pd.Index([1, 2], name="customer_id"))


def test_columns_come_from_the_events_or_from_people() -> None:
    people = pd.DataFrame({"customer_id": [2, 1], "segment": ["b", "a"]})
    assert check_groups(CUSTOMERS, ["segment"], people)["segment"].tolist() == ["a", "b"]
    assert check_groups(CUSTOMERS, ["channel"], None).equals(CUSTOMERS)


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ({"customer_id": [1], "segment": ["a"]}, "segment is missing for 1 of 2 customers"),
        ({"customer_id": [1, 2], "segment": ["a", "A"]}, "differ in case"),
        ({"customer_id": ["1", "2"], "segment": ["a", "b"]}, "customer_id"),
        ({"customer_id": [1, 1, 2], "segment": ["a", "b", "c"]}, "customer_id"),
        ({"customer_id": [1, 2], "segment": ["a", ["b"]]}, "segment must hold one plain label"),
    ],
)
def test_unclear_groups_are_refused(people: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_groups(CUSTOMERS, ["segment"], pd.DataFrame(people))
    with pytest.raises(MissingColumnsError):
        check_groups(CUSTOMERS, ["segmnt"], pd.DataFrame(people).drop_duplicates("customer_id"))


def test_a_missing_name_splits_nobody() -> None:
    with pytest.raises(ValueError, match="by holds <NA>, which is not the name of a column"):
        check_split([pd.NA], {"all"})
