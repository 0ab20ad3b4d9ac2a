"""Columns that no decision about a person should rest on, unless somebody has said so."""

import itertools
import re
from collections.abc import Iterable

from cemkit.checks import check_list
from cemkit.errors import DataError

# In any writing, and before further words: `date_of_birth`, `SeniorCitizen`, `customer_age_group`.
SENSITIVE = frozenset(
    {
        *("age", "agegroup", "birthdate", "birthday", "birthyear", "dateofbirth", "disability"),
        *("ethnicity", "gender", "health", "income", "language", "maritalstatus", "nationality"),
        *("pregnancy", "race", "religion", "seniorcitizen", "sex", "sexualorientation"),
    }
)


def check_sensitive(features: Iterable[object], allowed: Iterable[str]) -> None:
    """Raise where a feature is sensitive, or made from a column that is, such as `gender_F`."""
    allowed = check_list(allowed, "allow_sensitive")
    named = {_beginnings(name)[-1] for name in allowed}
    refused = [name for name in sensitive_columns(features) if named.isdisjoint(_beginnings(name))]
    if refused:
        raise DataError(
            f"sensitive columns {refused!r} are among the features, so decisions may "
            "discriminate; leave them out, or allow them explicitly: "
            f"allow_sensitive={refused!r}"
        )


def sensitive_columns(features: Iterable[object]) -> list[object]:
    """Those of the features that are sensitive, or made from a column that is."""
    return [name for name in features if not SENSITIVE.isdisjoint(_beginnings(name))]


def _beginnings(name: object) -> list[str]:
    """The first word of a name, the first two and so on."""
    words = map(str.lower, re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+", str(name)))
    return list(itertools.accumulate(word for word in words if word != "customer")) or [""]
