"""Answers as columns of the customer table: the last score of each question, and promoters."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, is_missing_text, local_dates
from cemkit.checks.options import shown
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling
from cemkit.data.people import check_matching
from cemkit.errors import DataError
from cemkit.formats import count_text

NEEDED = ("customer_id", "response_date", "question", "score")
HINT = (
    "a response table has customer_id, response_date, question, score and, where known, "
    "touchpoint, comment, order_id, channel"
)
MOST_QUESTIONS = 20
NPS = "nps"
NPS_SCALE = (0, 10)
LEAST_PROMOTER, MOST_DETRACTOR = 9, 6
CLASSES = ("detractor", "passive", "promoter")


def response_features(responses: Any, customers: pd.Index, end: pd.Timestamp) -> pd.DataFrame:
    """What each customer answered up to `end`: how often, what last, and of NPS which class.

    Every question of the table has its columns, also before its first answer, so that the tables of
    two days have the same ones.
    """
    answers = _answers(responses)
    rows = answers[answers["moment"] < end + pd.Timedelta(days=1)]
    if len(rows):
        check_matching(pd.Index(rows["customer_id"].unique()), customers, "responses")
    by_customer = rows.groupby("customer_id")
    columns: dict[str, pd.Series] = {
        "response_count": by_customer.size(),
        "last_response_date": by_customer["day"].max(),
    }
    for question in sorted(answers["question"].unique()):
        asked = rows[rows["question"] == question]
        last = asked.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        columns[f"last_{question}_score"] = last["score"]
        columns[f"last_{question}_date"] = last["day"]
        if question == NPS:
            columns |= _promoters(asked, last["score"])
    table = pd.DataFrame({name: column.reindex(customers) for name, column in columns.items()})
    counts = [name for name in columns if name.endswith("_count")]
    return table.assign(**table[counts].fillna(0).astype("int64"))


def _promoters(asked: pd.DataFrame, last: pd.Series) -> dict[str, pd.Series]:
    """The class of the last answer to NPS, and how often and when last a customer was of each."""
    classes = _classes(asked["score"])
    columns = {"promoter_class": _classes(last)}
    for name in ("promoter", "detractor"):
        mine = asked[classes == name].groupby("customer_id")["day"]
        columns[f"{name}_count"] = mine.size()
        columns[f"last_{name}_date"] = mine.max()
    return columns


def _classes(scores: pd.Series) -> pd.Series:
    low, high = NPS_SCALE
    wrong = ~scores.between(low, high) | (scores != np.floor(scores))
    if wrong.any():
        raise DataError(
            f"the question 'nps' has {count_text(int(wrong.sum()), 'scores that are')} not whole "
            f"numbers from {low} to {high}, such as {scores[wrong].iloc[0]:g}; correct them, or "
            "give a question on another scale another name"
        )
    place = (scores >= LEAST_PROMOTER).astype(int) - (scores <= MOST_DETRACTOR).astype(int) + 1
    return pd.Series(np.array(CLASSES, dtype=object)[place.to_numpy()], scores.index)


def _answers(responses: Any) -> pd.DataFrame:
    """`customer_id, question, score, moment, day` of answers with a score, the last at the end.

    Of one moment the lowest score stands last, so that the order of rows never matters.
    """
    frame = scan(responses, "responses")
    check_columns(frame.collect_schema().names(), NEEDED, HINT)
    table = collect(frame.select(*NEEDED))
    check_spelling(table["customer_id"])
    moments = pd.Series(local_dates(table["response_date"], "response_date"), table.index)
    lacking = {
        "customer_id": table["customer_id"].isna(),
        "response_date": moments.isna(),
        "question": table["question"].isna() | table["question"].map(is_missing_text).astype(bool),
    }
    for name, missing in lacking.items():
        if missing.any():
            raise DataError(
                f"{name} is missing in {int(missing.sum()):,} of {count_text(len(table), 'rows')} "
                "of responses; find it, or leave those rows out"
            )
    scores = _scores(table["score"])
    rows = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "question": table["question"].astype(str),
            "score": scores,
            "moment": moments,
        }
    )
    rows = rows[rows["score"].notna()]
    if rows["question"].nunique() > MOST_QUESTIONS:
        raise DataError(
            f"question has {count_text(rows['question'].nunique(), 'different values')}, such as "
            f"{shown(rows['question'].iloc[0])}; need at most {MOST_QUESTIONS} questions"
        )
    rows = rows.assign(day=rows["moment"].dt.normalize())
    return rows.sort_values(["moment", "score"], ascending=[True, False], kind="stable")


def _scores(values: pd.Series) -> pd.Series:
    dtype = values.dtype
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    if (not is_number or pd.api.types.is_complex_dtype(dtype)) and not values.isna().all():
        raise DataError(f"score of responses must be numeric, not {dtype}; convert it first")
    scores = pd.Series(values.to_numpy(np.float64, na_value=np.nan), values.index)
    if np.isinf(scores).any():
        raise DataError("score of responses has infinite values; correct or leave out those rows")
    return scores
