"""Sensitive columns: which names are, in any writing, and which only look alike."""

import re

import pytest

from cemkit.data.sensitive import check_sensitive
from cemkit.errors import DataError

REFUSED = [
    *(
        "age",
        "AGE",
        "Age_Group",
        "agegroup",
        "age2",
        "customer_age",
        "customerAge",
        "CustomerAge",
        "gender_F",
    ),
    *("genderF", "date_of_birth", "dateOfBirth", "DateOfBirth", "dateofbirth", "Date of birth"),
    *("SeniorCitizen", "maritalstatus", "MaritalStatus", "INCOME", "race", "sexual_orientation"),
]
ALIKE = [
    *("average_gap", "agent_calls", "sexennial_orders", "page_views", "message_count", "raceway"),
    *("customer", "customer_tenure", "healthy_products", 3, "年龄"),
]


@pytest.mark.parametrize("name", REFUSED)
def test_sensitive_columns_are_refused_unless_named(name: str) -> None:
    with pytest.raises(DataError, match=re.escape(f"explicitly: allow_sensitive=[{name!r}]")):
        check_sensitive(["recency_days", name], allowed=[])
    check_sensitive(["recency_days", name], allowed=[name])


def test_names_that_only_look_alike_pass() -> None:
    check_sensitive(ALIKE, allowed=[])


def test_what_is_made_from_a_named_column_is_named_with_it() -> None:
    check_sensitive(["age", "age_group", "AgeBand"], allowed=["age"])
    with pytest.raises(DataError, match=r"columns \['gender_M'\] are among"):
        check_sensitive(["gender_F", "gender_M"], allowed=["gender_F"])
