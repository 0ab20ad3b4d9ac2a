"""LifecycleStages: where each person stands, from never having ordered to having gone."""

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_frame,
    check_ids,
    check_spellings,
    finite_values,
    given_ids,
    one_label_a_row,
)
from cemkit.checks.options import shown
from cemkit.data.columns import distinct_values, numbers, plain_words
from cemkit.data.known_labels import label_place
from cemkit.data.score_columns import Read, ScoreColumns
from cemkit.described import Described
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text
from cemkit.segmentation.profiles import describe_groups
from cemkit.segmentation.rule_columns import LabelColumn, RealColumn, RuleColumn, WholeColumn
from cemkit.segmentation.rules import UNKNOWN, RuleTable, read_rules
from cemkit.storage.fields import label, many, named, optional
from cemkit.storage.text import Layout, from_text, to_text

ORDERS = "order_count"
ROUNDING = 1e-9
NO_STAGE = "\uffff"  # no letter; stands for an unknown stage while groups are counted
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


# The customer table's own numbers, of which none is missing for those who ordered.
OF_ORDERS = frozenset(
    {
        *("recency_days", "tenure_days", "total_amount", "mean_amount"),
        *("repeat_count", "repeat_mean_amount"),
    }
)


class LifecycleStages(Described):
    """Lifecycle stages of customers, by readable rules.

    The rules are read from top to bottom; the first match wins. By default:

    | stage | order_count | recency_days |
    |---|---|---|
    | potential | 0 | any |
    | churned | any | 181+ |
    | loyalty | 5+ | any |
    | growth | 2-4 | any |
    | acquisition | 1 | any |

    `standard_stages` makes rules for tables with more columns, such as a trend, an alive
    probability, the last NPS answer or a member tier, and for customers who came back.

    It takes the customer table as it is and ignores columns that the rules do not use. People who
    never ordered get the stage of the rules for an `order_count` of 0.

    What counts as churned depends on the trade. Look at how long returning customers had been away,
    and change the 181 days.

    A missing value is unknown, not false. If a rule might hold because a value is missing, the
    stage is known only if the rules below give the same stage. Otherwise the stage is missing, and
    a warning counts these people. State what a missing value means with `"missing"`, `"known"`,
    `"known and < 0.2"` or `"missing or < 0.2"`.

    Args:
        rules: Rule table of your own with `stage`, `order_count` and any columns of the customer
            table. None uses the rules above. A cell is `"any"` or one of the following, and each
            column holds one kind:

            - a number (`1`, `0.5`), a range with both ends (`"2-4"`, `"0.2-0.8"`, `"5+"`,
              `"-1 to 1"`), or a comparison (`"< 0.5"`, `">= -1.96"`);
            - `"true"` or `"false"`;
            - text (`"gold"`, `"gold|silver"`; in quotes where it looks like a number);
            - `"missing"` or `"known"`.

            A last row of `"otherwise"` takes the rest.

    Attributes:
        rules_: Rule table in use.

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
        """Check the rules. Nothing is estimated from the customers.

        Returns:
            The fitted object itself.

        Raises:
            MissingColumnsError: The rules have no `stage`.
            ValueError: The rules leave a combination without a stage, or a rule can never apply.
        """
        rules = STAGES if self.rules is None else check_frame(self.rules, "the rule table")
        check_columns(rules.columns, ["stage", ORDERS])
        limits: dict[str, tuple[int, int | None] | None] = {
            str(column): (0, None) if column == ORDERS else None
            for column in rules.columns
            if column != "stage"
        }
        table = read_rules(rules, "stage", limits)
        # One step, so that an interrupted fit leaves the model as it was.
        self.__dict__.update(_table=table, rules_=rules.reset_index(drop=True))
        return self

    def predict(self, people: pd.DataFrame) -> pd.Series:
        """Return the stage of each person, indexed by their ids as given.

        Args:
            people: Table with one row per person: customers, or a roster joined with them, as in
                `people.join(customers)`. Where `order_count` is 0 or missing, the person never
                ordered, and the days and amounts of the customer table count as 0.

        Returns:
            Series of stages named `"stage"`; missing where the stage is unknown.

        Raises:
            MissingColumnsError: A column that the rules use is missing.
            DataError: A number of the customer table is missing for someone with orders, a count or
                a number of days is below 0, a column holds another kind of value than in the rules,
                or a text differs from that of a rule only in case, blanks or width.

        Warns:
            CemkitWarning: The stage of some people is unknown because a value is missing, or nobody
                has a text that a rule asks for.
        """
        check_is_fitted(self)
        check_frame(people, "people")
        check_columns(people.columns, self._table.columns)
        check_ids(people, "people")
        orders = _values_or_zero(people[ORDERS], people[ORDERS].notna().to_numpy())
        values = {
            column: orders if column == ORDERS else _read_column(people[column], kind, orders > 0)
            for column, kind in self._table.kinds.items()
        }
        rules = self._table.numbers_of(values)
        _warn_unknown(self._table, values, rules == UNKNOWN)
        labels = self._table.labels_at(rules)
        return pd.Series(labels, index=given_ids(people), name="stage")

    def add_to(self, people: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the column `stage` added."""
        return people.assign(stage=self.predict(people).set_axis(people.index))

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        reads: dict[str, Read] = {
            name: "any" if isinstance(kind, LabelColumn) else "number"
            for name, kind in self._table.kinds.items()
        }
        return ScoreColumns(reads, {"stage": "text"})

    def profile(self, people: pd.DataFrame) -> pd.DataFrame:
        """Describe each stage.

        Returns:
            One row per stage in the order of the rules: `customers`, their `share`, and the median
            and mean of each numeric column that the rules use (missing for people who never
            ordered). People with an unknown stage are in a last row without a stage.
        """
        stages = self.predict(people)
        order = pd.Index(dict.fromkeys(self._table.labels), name="stage")
        kinds = self._table.kinds.items()
        columns = [name for name, kind in kinds if not isinstance(kind, LabelColumn)]
        values = pd.DataFrame(
            {name: numbers(people[name], name).astype(np.float64) for name in columns},
            index=people.index,
        )
        known = stages.notna().to_numpy()
        groups = stages.where(known, NO_STAGE)
        named = order if known.all() else order.append(pd.Index([NO_STAGE]))
        table = describe_groups(values, groups, named.rename("stage"))
        return table.rename(index={NO_STAGE: None})

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that assigns people to stages in the database.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id`, `order_count` and the other columns of the
                rules, one row per person, with its schema where needed, as in `"shop.people"`.

        Returns:
            A query that returns `customer_id` and `stage`. NaN and infinity count as missing
            values. `stage` is NULL where it is unknown, and where `predict` raises an error: a
            number of the customer table is missing for someone who has ordered, a count or a number
            of days is below 0, or a text differs from that of a rule only in case.

        Raises:
            ValueError: The dialect is unknown, or `table` is not a name.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.segmentation.sql_rules import stage_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        return stage_query(table, self._table, OF_ORDERS).sql(dialect)

    def _facts(self) -> dict[str, Any]:
        return {"rules": len(self.rules_), "table": self.rules_}

    def to_json(self) -> str:
        """Return the rules as JSON text, which `from_json` reads back.

        Raises:
            TypeError: The rules hold anything other than numbers and text.
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


def _read_column(values: pd.Series, kind: RuleColumn, ordered: npt.NDArray[np.bool_]) -> Any:
    """A column as the rules read it: numbers, or the places of its labels."""
    name = str(values.name)
    if isinstance(kind, LabelColumn):
        return _label_codes(values, kind)
    if name in OF_ORDERS:
        return _values_or_zero(values, ordered, signed=isinstance(kind, RealColumn))
    if pd.api.types.is_bool_dtype(values.dtype):
        raise DataError(f"{name} holds True and False, but the rules use numbers; convert it first")
    found = numbers(values, name).astype(np.float64)
    if np.isinf(found).any():
        raise DataError(
            f"{name} has {count_text(np.isinf(found).sum(), 'infinite values')}; correct them first"
        )
    return _settled(found, name) if isinstance(kind, WholeColumn) else found


def _label_codes(values: pd.Series, kind: LabelColumn) -> npt.NDArray[np.intp]:
    """The place of each value among the labels of the rules, the next one for any other."""
    name = str(values.name)
    if set(kind.labels) == {False, True}:
        flags = values.dropna()
        with one_label_a_row(name):
            odd = [value for value in pd.unique(flags) if value not in (0, 1)]
        if odd:
            raise DataError(f"{name} must hold True and False, not {shown(odd[0])}")
        codes = np.full(len(values), -1, dtype=np.intp)
        codes[values.notna().to_numpy()] = flags.astype(bool).astype(np.intp)
        return codes
    if not kind.labels:
        return np.where(values.isna(), -1, 0)
    codes, distinct = distinct_values(values, name)
    words = list(plain_words(pd.Series(distinct, dtype=object), name)) if distinct else []
    check_spellings(distinct, name)
    there = [word for word in words if word is not None]
    for text in kind.labels:
        label_place(text, there, name, "nobody has")
    labels = {text: place for place, text in enumerate(kind.labels)}
    places = [-1 if word is None else labels.get(word, len(labels)) for word in words]
    return np.array([*places, -1], dtype=np.intp)[codes]


def _warn_unknown(table: RuleTable, values: dict[str, Any], unknown: npt.NDArray[np.bool_]) -> None:
    if not unknown.any():
        return
    missing = [
        column
        for column, kind in table.kinds.items()
        if kind.names[-1] == "missing"
        and (kind.code(values[column])[unknown] == len(kind.names) - 1).any()
    ]
    warnings.warn(
        f"the stage of {unknown.sum():,} of {count_text(len(unknown), 'people')} is unknown, since "
        f"{', '.join(missing)} is missing for them; say in the rules what a missing value means, "
        "with 'missing' or as in 'known and < 0.2'",
        CemkitWarning,
        stacklevel=3,
    )


def _values_or_zero(
    values: pd.Series, known: npt.NDArray[np.bool_], *, signed: bool = False
) -> Floats:
    """The values where they are known, 0 elsewhere."""
    filled = np.zeros(len(values))
    if known.any():
        filled[known] = finite_values(values[known], str(values.name))
    return filled if signed else _settled(filled, str(values.name))


def _settled(values: Floats, name: str) -> Floats:
    """Numbers from 0 on; a sum that rounding has put beside a whole number is that number."""
    whole = np.rint(values)
    values = np.where(np.abs(values - whole) <= ROUNDING * np.maximum(1, whole), whole, values)
    if (values < 0).any():
        raise DataError(
            f"{name} has values below 0 (the lowest is {np.nanmin(values):g}); correct them first"
        )
    return values
