"""LifecycleStages: where each person stands, from never having ordered to having gone."""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, check_ids, finite_values, given_ids
from cemkit.errors import DataError
from cemkit.segmentation.profiles import describe_groups
from cemkit.segmentation.rules import RuleTable, read_rules
from cemkit.storage.fields import label, many, named, optional
from cemkit.storage.text import Layout, from_text, to_text

ORDERS = "order_count"
ROUNDING = 1e-9
LAYOUT = Layout(1, {"rules": optional(named(many(label, "rules")))})

STAGES = pd.DataFrame(
    [
        ("potential", "0", "any"),
        ("churned", "any", "181+"),
        ("loyalty", "5+", "any"),
        ("growth", "2-4", "any"),
        ("acquisition", "1", "any"),
    ],
    columns=["stage", ORDERS, "recency_days"],
)


class LifecycleStages(BaseEstimator):
    """Put every person into exactly one stage of the life cycle, by rules one can read.

    The rules are read from top to bottom, first match wins. By default:

    | stage | order_count | recency_days |
    |---|---|---|
    | potential | 0 | any |
    | churned | any | 181+ |
    | loyalty | 5+ | any |
    | growth | 2-4 | any |
    | acquisition | 1 | any |

    It takes the customer table as it is, and ignores the columns that the rules do not name. People
    who never ordered have the stage of the rules for an `order_count` of 0.

    What counts as churned depends on the trade: look at how long customers who came back had been
    away, and change the 181.

    Args:
        rules: A table of your own with `stage` and any whole-number columns of the customer table.
            A cell is a number (`1`), a range (`"2-4"`, `"5+"`) or `"any"`; a last row of
            `"otherwise"` takes the rest. None for the rules above.

    Attributes:
        rules_: The rules in use.

    Examples:
        >>> people = pd.DataFrame({"name": ["Ann", "Bob"]}, index=["a", "b"])
        >>> customers = pd.DataFrame({"order_count": [3], "recency_days": [12]}, index=["a"])
        >>> LifecycleStages().fit().predict(people.join(customers)).to_dict()
        {'a': 'growth', 'b': 'potential'}
    """

    rules_: pd.DataFrame
    _table: RuleTable

    def __init__(self, rules: pd.DataFrame | None = None) -> None:
        self.rules = rules

    def fit(self, customers: pd.DataFrame | None = None, y: object = None) -> Self:
        """Check the rules; nothing is learnt from the customers.

        Raises:
            MissingColumnsError: The rules have no `stage`.
            ValueError: The rules leave a combination without a stage, or one can never hold.
        """
        rules = STAGES if self.rules is None else check_frame(self.rules, "the rule table")
        check_columns(rules.columns, ["stage", ORDERS])
        limits = {str(column): (0, None) for column in rules.columns if column != "stage"}
        table = read_rules(rules, "stage", limits)
        # One step, so that an interrupted fit leaves the model as it was.
        self.__dict__.update(_table=table, rules_=rules.reset_index(drop=True))
        return self

    def predict(self, people: pd.DataFrame) -> pd.Series:
        """The stage of each person, indexed by their ids as they were given.

        Args:
            people: One row per person: customers, or a roster joined with them, as in
                `people.join(customers)`. Where `order_count` is 0 or missing the person has never
                ordered, and every other column that the rules ask for is read as 0.

        Raises:
            MissingColumnsError: A column that the rules ask for is missing.
            DataError: A value is missing for someone who has ordered, below 0 or not a number.
        """
        check_is_fitted(self)
        check_frame(people, "people")
        check_columns(people.columns, self._table.columns)
        check_ids(people, "people")
        orders = _values_or_zero(people[ORDERS], people[ORDERS].notna().to_numpy())
        values = {
            column: orders if column == ORDERS else _values_or_zero(people[column], orders > 0)
            for column in self._table.columns
        }
        return pd.Series(self._table.labels_of(values), index=given_ids(people), name="stage")

    def add_to(self, people: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `stage` added."""
        return people.assign(stage=self.predict(people).set_axis(people.index))

    def profile(self, people: pd.DataFrame) -> pd.DataFrame:
        """What each stage is like.

        Returns:
            One row per stage in the order of the rules: `customers`, their `share`, and the median
            and mean of each column that the rules ask for (missing for who never ordered).
        """
        stages = self.predict(people)
        order = pd.Index(dict.fromkeys(self._table.labels), name="stage")
        values = people[list(self._table.columns)].astype("float64")
        return describe_groups(values, stages, order)

    def to_json(self) -> str:
        """Return the rules as JSON text, which `from_json` reads back.

        Raises:
            TypeError: The rules hold something else than numbers and text.
        """
        check_is_fitted(self)
        rules = None if self.rules is None else self.rules_.to_dict("list")
        return to_text(self, LAYOUT, {"rules": rules})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return fitted stages from the text of `to_json`.

        Raises:
            DataError: The text is not saved LifecycleStages, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            rules = state["rules"]
            return cls(None if rules is None else pd.DataFrame(rules)).fit()


def _values_or_zero(values: pd.Series, known: npt.NDArray[np.bool_]) -> Floats:
    """The values where they are known, 0 elsewhere."""
    filled = np.zeros(len(values))
    if known.any():
        filled[known] = finite_values(values[known], str(values.name))
    # A sum that rounding has put beside a whole number is that number.
    whole = np.rint(filled)
    filled = np.where(np.abs(filled - whole) <= ROUNDING * np.maximum(1, whole), whole, filled)
    if (filled < 0).any():
        raise DataError(f"{values.name} has values below 0 (the least {filled.min():g})")
    return filled
