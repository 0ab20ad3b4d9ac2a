"""One row per customer with the overall score and a rating of each touchpoint."""

import dataclasses
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_columns,
    check_frame,
    check_list,
    customer_ids,
    is_missing_text,
    local_days,
    meant,
    one_label_a_row,
)
from cemkit.checks.options import shown
from cemkit.data.responses import HINT
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.feedback.answers import Codes, chosen_question, group_codes
from cemkit.feedback.measures import score_numbers
from cemkit.feedback.shapley import MOST_DRIVERS
from cemkit.formats import count_text

LEAST_CUSTOMERS, LEAST_ANSWERS, LEAST_TOGETHER = 50, 30, 20
NO_RATINGS = (
    *("customer_id", "response_date", "order_id", "comment", "channel", "question", "touchpoint"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ratings:
    """Ratings of customers with an overall score, in an order that only their values decide.

    `scores` has a column per touchpoint and the overall score last; missing ratings are NaN.
    """

    scores: Floats
    touchpoints: list[str]
    without_target: int
    later: int
    missing: int


def read_ratings(
    responses: pd.DataFrame,
    target: str,
    touchpoints: Sequence[str] | None,
    question: str | None,
) -> Ratings:
    """The ratings of a response table, or of a wide table that has the target as a column."""
    table = check_frame(responses, "responses")
    if not isinstance(target, str):
        raise TypeError(f"target must be the name of the overall score, not {shown(target)}")
    wanted = None if touchpoints is None else _named(touchpoints, target)
    is_long = {"touchpoint", "score"} <= set(table.columns)
    ratings = (
        _from_answers(table, target, wanted, question)
        if is_long
        else _from_columns(table, target, wanted, question)
    )
    _check_enough(ratings, target)
    return _in_order(ratings)


def _in_order(ratings: Ratings) -> Ratings:
    """Touchpoints by name and customers by scores, so that the order of the table never matters."""
    names = ratings.touchpoints
    places = sorted(range(len(names)), key=names.__getitem__)
    scores = ratings.scores[:, [*places, len(names)]]
    return dataclasses.replace(
        ratings,
        scores=scores[np.lexsort(scores.T)],
        touchpoints=[names[place] for place in places],
    )


def _named(touchpoints: Sequence[str], target: str) -> list[str]:
    names = check_list(touchpoints, "touchpoints")
    for at, name in enumerate(names):
        if not isinstance(name, str) or name in names[:at] or name == target:
            raise ValueError(
                f"touchpoints must be different names, without the target, and have {shown(name)}"
            )
    return names


def _from_columns(
    table: pd.DataFrame, target: str, wanted: list[str] | None, question: str | None
) -> Ratings:
    """A wide table: one row per customer, a column per touchpoint."""
    if question is not None:
        raise ValueError("question needs a table with one row per answer; leave it out")
    check_columns(table.columns, [target, *(wanted or [])])
    if "customer_id" in table.columns or table.index.name == "customer_id":
        table = by_customer(table, "responses")
    names = wanted or [
        name
        for name in table.columns
        if name not in {target, *NO_RATINGS} and _is_number(table[name])
    ]
    columns = [score_numbers(table[name], str(name)) for name in [*names, target]]
    scores = np.column_stack(columns)
    known = ~np.isnan(scores[:, -1])
    return Ratings(
        scores=scores[known],
        touchpoints=[str(name) for name in names],
        without_target=int((~known).sum()),
        later=0,
        missing=0,
    )


def _is_number(values: pd.Series) -> bool:
    dtype = values.dtype
    return bool(pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype))


def _from_answers(
    table: pd.DataFrame, target: str, wanted: list[str] | None, question: str | None
) -> Ratings:
    """A response table: one row per answer."""
    scores = score_numbers(table["score"])
    known = ~np.isnan(scores)
    table = table[known].reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "customer": pd.factorize(customer_ids(table, "responses"))[0],
            "score": scores[known],
            "day": _day_numbers(table),
        }
    )
    overall = _is_target(table, target)
    rated = _rated(table[~overall], question)
    group = group_codes(rated["touchpoint"], "touchpoint")
    names = group.labels.tolist()
    places = [_touchpoint_place(name, names) for name in (names if wanted is None else wanted)]
    dated = "response_date" in table.columns
    targets = _last(rows[overall], ["customer"], dated=dated).set_index("customer")
    answers = rows.loc[rated.index].assign(touchpoint=group.codes)
    answers = answers.join(targets.add_suffix("_of_target"), on="customer", how="inner")
    late = answers["day"] > answers["day_of_target"]
    last = _last(answers[~late], ["customer", "touchpoint"], dated=dated)
    wide = last.pivot(index="customer", columns="touchpoint", values="score")
    wide = wide.reindex(index=targets.index, columns=places)
    return Ratings(
        scores=np.column_stack([wide.to_numpy(np.float64), targets["score"].to_numpy()]),
        touchpoints=[str(names[k]) for k in places],
        without_target=int(rows["customer"].nunique() - len(targets)),
        later=int(late.sum()),
        missing=int((~known).sum()),
    )


def _day_numbers(table: pd.DataFrame) -> Codes:
    """Days as numbers; an answer without a date counts as the earliest."""
    if "response_date" not in table.columns:
        return np.zeros(len(table), dtype=np.int64)
    return local_days(table["response_date"], "response_date").view(np.int64)


def _is_target(table: pd.DataFrame, target: str) -> npt.NDArray[np.bool_]:
    """Which answers are the overall score: a touchpoint of that name, or a question."""
    there: list[Any] = []
    for name in ("touchpoint", "question"):
        if name in table.columns:
            found = (table[name].astype(object) == target).fillna(False).to_numpy(dtype=bool)
            if found.any():
                return np.asarray(found)
            with one_label_a_row(name):
                there += table[name].dropna().unique().tolist()
    raise DataError(
        f"target={shown(target)} is neither a touchpoint nor a question of responses"
        f"{meant(target, there)}; there are {sorted(map(str, there))[:MOST_DRIVERS]}"
    )


def _rated(table: pd.DataFrame, question: str | None) -> pd.DataFrame:
    """The answers that rate a touchpoint, all to one question."""
    labels = table["touchpoint"]
    table = table[(labels.notna() & ~labels.map(is_missing_text).astype(bool)).to_numpy(dtype=bool)]
    if table.empty:
        raise NotEnoughDataError("ratings of touchpoints", have=0, need=LEAST_ANSWERS, hint=HINT)
    return chosen_question(table, question, str(table.get("question", pd.Series([""])).iloc[0]))


def _touchpoint_place(name: str, names: list[Any]) -> int:
    if name not in names:
        raise DataError(
            f"{shown(name)} is not a rated touchpoint{meant(name, names)}; there are "
            f"{names[:MOST_DRIVERS]}"
        )
    return names.index(name)


def _last(rows: pd.DataFrame, keys: list[str], *, dated: bool) -> pd.DataFrame:
    """The last row of each key; of one day, the lowest score."""
    if not dated and rows.duplicated(keys).any():
        raise DataError(
            "customers answered several times, but there is no response_date to find "
            "the last answer; add it, or keep one answer per customer"
        )
    ordered = rows.sort_values(["day", "score"], ascending=[True, False])
    return ordered.drop_duplicates(keys, keep="last").sort_values(keys)


def _check_enough(ratings: Ratings, target: str) -> None:
    """Raise where there are too few ratings, or too many touchpoints."""
    names, there = ratings.touchpoints, ~np.isnan(ratings.scores)
    if len(names) > MOST_DRIVERS:
        raise ValueError(
            f"{len(names)} touchpoints are too many: the shares are exact for {MOST_DRIVERS} at "
            "most; choose the important ones with touchpoints="
        )
    if len(names) < 2:
        raise NotEnoughDataError("touchpoints to compare", have=len(names), need=2)
    if len(there) < LEAST_CUSTOMERS:
        raise NotEnoughDataError(
            f"customers with a score for {target!r}", have=len(there), need=LEAST_CUSTOMERS
        )
    for name, answers in zip(names, there[:, :-1].sum(axis=0).tolist(), strict=True):
        if answers < LEAST_ANSWERS:
            raise NotEnoughDataError(
                f"ratings of {name!r} by customers with a score for {target!r}",
                have=answers,
                need=LEAST_ANSWERS,
                hint="leave it out with touchpoints=",
            )
    together = there.astype(np.int64).T @ there.astype(np.int64)
    for first, second in combinations(range(len(names)), 2):
        if together[first, second] < LEAST_TOGETHER:
            raise NotEnoughDataError(
                f"customers who rated both {names[first]!r} and {names[second]!r}",
                have=int(together[first, second]),
                need=LEAST_TOGETHER,
                hint="leave one of them out with touchpoints=",
            )
    _check_varied(ratings, target)


def _check_varied(ratings: Ratings, target: str) -> None:
    for name, values in zip([*ratings.touchpoints, target], ratings.scores.T, strict=True):
        known = values[~np.isnan(values)]
        if known.min() == known.max():
            raise DataError(
                f"{name!r} has the same score {known[0]:g} in all "
                f"{count_text(len(known), 'answers')}, so nothing can go with it; leave it out"
            )
