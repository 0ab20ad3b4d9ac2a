"""What customers say: scores with their intervals, their course, and what goes with them."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cemkit.checks.options import check_is_frame
from cemkit.errors import CemkitWarning, DataError
from cemkit.feedback import ScoreTable, ces, csat, drivers, nps
from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, small_parts, small_rows
from cemkit.report.shop import Shop

MEASURES: dict[str, Callable[..., ScoreTable]] = {"nps": nps, "csat": csat, "ces": ces}
UNITS = {"nps": "points", "csat": "share", "ces": "number"}
SCORES = [("measure", "text"), ("n", "count"), ("value", "by_row", "lower", "upper")]
COURSE = [
    ("measure", "text"),
    ("period", "text"),
    ("n", "count"),
    ("value", "by_row", "lower", "upper"),
]
DRIVERS = [
    ("touchpoint", "text"),
    ("answers", "count"),
    ("performance", "number", "performance_lower", "performance_upper"),
    ("importance", "share", "importance_lower", "importance_upper"),
]
FEW = 10  # answers, of fewer of which nothing can be concluded


def write_feedback(draft: Draft, shop: Shop) -> None:
    """Each score that was asked for, by month, and the drivers of the first."""
    check_is_frame(shop.tables.responses, "responses")
    asked = _asked(draft, shop)
    scores = {
        measure: MEASURES[measure](_past(shop), question=question, confidence_level=shop.level)
        for measure, question in asked.items()
    }
    table = pd.concat(
        [found.table.assign(measure=measure) for measure, found in scores.items()],
        ignore_index=True,
    )
    rows = _small(table, draft.terms.smallest)
    _table(draft, "scores", table, rows, SCORES)
    for measure, found in scores.items():
        row = found.table.iloc[0]
        small = _small(found.table.assign(measure=measure), draft.terms.smallest)[0]
        few = [1.0] if small and draft.terms.smallest > 1 else []
        draft.state(found, *few, *_answers(found))
        draft.number(
            f"score_{measure}",
            row["value"],
            UNITS[measure],
            "scores",
            bounds=(row["lower"], row["upper"]),
            counts=few,
            label=draft.say.INDICATORS[measure],
        )
    _write_course(draft, shop, asked)
    _write_drivers(draft, shop, asked)


def _past(shop: Shop) -> Any:
    """The answers up to the last day seen."""
    responses = shop.tables.responses
    if isinstance(responses, pd.DataFrame) and "response_date" in responses.columns:
        days = pd.to_datetime(responses["response_date"])
        if getattr(days.dt, "tz", None) is None:
            return responses[~(days >= shop.as_of + pd.Timedelta(days=1))]
    return responses


def _asked(draft: Draft, shop: Shop) -> Mapping[str, str | None]:
    """The question of each measure: those named, or those called as the measure is."""
    responses = shop.tables.responses
    if shop.tables.questions is not None:
        named = {key: value for key, value in shop.tables.questions.items() if key in MEASURES}
        if not named:
            raise DataError(draft.say.REPORT["no_measure"].format(measures=", ".join(MEASURES)))
        return named
    if responses is None or "question" not in responses.columns:
        return {"nps": None}
    there = {str(name) for name in responses["question"].dropna().unique()}
    asked: dict[str, str | None] = {measure: measure for measure in MEASURES if measure in there}
    if not asked:
        raise DataError(draft.say.REPORT["no_question"])
    return asked


def _answers(found: ScoreTable) -> list[float]:
    """The answers of each kind, where the score counts kinds."""
    kinds = [name for name in ("promoters", "detractors") if name in found.table]
    return [float(found.table[name].iloc[0]) for name in kinds]


def _table(
    draft: Draft, key: str, table: pd.DataFrame, rows: Mask, columns: list[tuple[str, ...]]
) -> None:
    units = [UNITS[measure] for measure in table["measure"]]
    frame = table.assign(measure=table["measure"].map(draft.say.INDICATORS))
    kept = [name for name, unit, *_ in columns if unit == "text"]
    draft.table(key, frame, columns, rows=rows, kept=kept, units=units)


def _small(table: pd.DataFrame, smallest: int) -> Mask:
    """Scores of few answers, and shares of satisfied customers that count few."""
    satisfied = (table["value"] * table["n"]).round()
    shares = (table["measure"] == "csat").to_numpy()
    return small_rows(table["n"], smallest) | (
        shares & small_parts(satisfied, table["n"], smallest)
    )


def _write_course(draft: Draft, shop: Shop, asked: Mapping[str, str | None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)  # of months with few answers
        courses = [
            MEASURES[measure](
                _past(shop), question=question, period="month", confidence_level=shop.level
            ).table.assign(measure=measure)
            for measure, question in asked.items()
        ]
    table = pd.concat(courses, ignore_index=True)
    table["period"] = table["period"].astype(str)
    rows = _small(table, draft.terms.smallest)
    _table(draft, "score_course", table, rows, COURSE)
    if not rows.all() and small_rows(table["n"], FEW).any() and draft.terms.smallest < FEW:
        draft.note(draft.say.REPORT["few_answers"])


def _write_drivers(draft: Draft, shop: Shop, asked: Mapping[str, str | None]) -> None:
    """What goes with the first score, where touchpoints were rated."""
    responses = _past(shop)
    if "touchpoint" not in responses.columns or responses["touchpoint"].isna().all():
        return
    target = next(iter(asked.values())) or "score"
    rated = responses.loc[responses["touchpoint"].notna(), "question"]
    others = [name for name in asked.values() if name in set(rated) and name != target]
    try:
        found = drivers(
            responses,
            target,
            question=others[0] if others else None,
            n_resamples=500,
            random_state=shop.random_state,
            confidence_level=shop.level,
        )
    except (ValueError, TypeError) as error:
        draft.note(draft.say.REPORT["no_drivers"].format(why=draft.reason(error)))
        return
    rows = small_rows(found.table["answers"], draft.terms.smallest)
    draft.table("drivers", found.table, DRIVERS, rows=rows, kept=["touchpoint"])
    draft.state(found, found.customers)
    if not rows.any():
        draft.picture("drivers", found, "drivers", draft.sentence(found, found.customers))
