"""English: feedback, its scores, drivers and answers to complaints."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, bounded, count_text, level_text, p_text, part_of, score_texts

SCORES = {"nps": "NPS", "csat": "Satisfaction", "ces": "The mean effort score"}
SCORE_PERIODS = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
QUADRANTS = {
    "concentrate here": "concentrate here",
    "keep up": "keep up",
    "low priority": "low priority",
    "possible overkill": "possible overkill",
    "undecided": "undecided",
}


def _unit(measure: str, *, change: bool) -> str:
    if measure == "ces":
        return ""
    return " points" if measure == "nps" else " percentage points" if change else ""


def _score_text(found: Any, row: Any) -> str:
    value, *ends = score_texts(found.measure, *(row[name] for name in ("value", "lower", "upper")))
    unit = _unit(found.measure, change=False)
    return f"{value}{unit} ({interval_text(found.confidence_level, *ends)})"


def _score_table(found: Any) -> str:
    name = SCORES[found.measure]
    weighted = ", weighted to the population" if found.weighted else ""
    scale = f" on a scale of {found.scale[0]} to {found.scale[1]}"
    source = (
        f"from {count_text(found.answers, 'answers')} by "
        f"{count_text(found.customers, 'customers')}{scale}{weighted}"
        f"{_left_out(found.missing + found.ungrouped + found.undated)}."
    )
    if len(found.table) == 1:
        return f"{name} is {_score_text(found, found.table.iloc[0])}, {source}"
    (best, high), (worst, low) = found.extremes()
    return (
        f"{name} of {count_text(len(found.table), 'groups')}: highest {best}, "
        f"{_score_text(found, high)}; lowest {worst}, {_score_text(found, low)}; {source}"
    )


def _left_out(count: int) -> str:
    return f"; {count_text(count, 'answers are')} left out" if count else ""


def _comparison(found: Any) -> str:
    row = found.largest()
    name = SCORES[found.measure]
    weighted = ", weighted to the population" if found.weighted else ""
    difference, *ends = score_texts(
        found.measure, *(row[end] for end in ("difference", "lower", "upper")), change=True
    )
    unit = _unit(found.measure, change=True)
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    values = score_texts(found.measure, row["value"], row["control_value"])
    who = (
        f"for {count_text(row['n'], 'customers')} who answered both"
        if found.paired
        else "between groups"
    )
    detected = (
        f"{found.detected} of {count_text(len(found.table), 'comparisons')} detected a difference"
    )
    largest = (
        f"{row['group']} {values[0]}, {row['control']} {values[1]}, difference {difference}{unit} "
        f"({level}% CI {ends[0]} to {ends[1]}, {p_text(row['p_value_adjusted'])})"
    )
    return (
        f"{name} compared {who}{weighted}: {detected} ({found.correction}); the largest: {largest}."
    )


def _trend(found: Any) -> str:
    row, counts = found.steepest(), found.table["direction"].value_counts()
    slope, *ends = score_texts(
        found.measure, *(row[f"slope{end}"] for end in ("", "_lower", "_upper")), change=True
    )
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    steepest = (
        f"{slope}{_unit(found.measure, change=True)} per {SCORE_PERIODS[found.period]} "
        f"({level}% CI {ends[0]} to {ends[1]}, {p_text(row['p_value_adjusted'])}) over "
        f"{count_text(row['periods'], 'periods')}"
    )
    name = SCORES[found.measure]
    if len(found.table) == 1:
        verdict = {"rising": "rises", "falling": "falls"}.get(row["direction"], "")
        verdict = f"{name} {verdict}" if verdict else f"{name} shows no detected trend"
        return f"{verdict}: {steepest}."
    rising, falling = (int(counts.get(side, 0)) for side in ("rising", "falling"))
    return (
        f"{name} of {count_text(len(found.table), 'groups')}: {rising} rise and {falling} fall "
        f"({found.correction}); the steepest is {found.group_of(row)}, {steepest}."
    )


def _sample_size(plan: Any) -> str:
    p, d = (f"{100 * share:g}%" for share in (plan.promoters, plan.detractors))
    shares = f"at {p} promoters and {d} detractors"
    level = level_text(plan.confidence_level)
    if plan.margin is not None:
        return (
            f"To know NPS within {100 * plan.margin:g} points either way ({level} confidence) "
            f"takes {count_text(plan.answers, 'answers')}, {shares}."
        )
    who = f"{count_text(plan.answers, 'answers')} in each of {count_text(plan.groups, 'groups')}"
    if plan.paired_correlation is not None:
        who = (
            f"{count_text(plan.answers, 'customers')} who answer before and after, with a "
            f"correlation of {plan.paired_correlation:g}"
        )
    return (
        f"To detect a difference in NPS of {100 * plan.difference:g} points with "
        f"{level_text(plan.power)} power ({level} confidence) takes {who}, {shares}."
    )


def _drivers(found: Any) -> str:
    first = found.table.iloc[0]
    ends = (first[f"importance{end}"] for end in ("", "_lower", "_upper"))
    share, *share_ends = (f"{text}%" for text in apart(*(100 * x for x in ends), spec=".1f"))
    explained, *explained_ends = bounded(found, "r_squared", ".1%")
    rival = found.rival
    lead = f", an interval that overlaps that of {rival}" if rival else ""
    alone = found.without_own_effect
    own = f"; no contribution of its own is detected for {', '.join(alone)}" if alone else ""
    return (
        f"{first['touchpoint']} has the largest share of what "
        f"{count_text(len(found.table), 'touchpoints')} explain of {found.target}: {share} "
        f"({interval_text(found.confidence_level, *share_ends)}){lead}; together they explain "
        f"{explained} ({interval_text(found.confidence_level, *explained_ends)}) among "
        f"{count_text(found.customers, 'customers')}{own}. This is association and no effect: "
        f"improve {first['touchpoint']} for customers drawn at random, and compare their scores "
        "with those of the others."
    )


def _rescue(found: Any) -> str:
    row = found.largest()
    unit = _unit(found.measure, change=True)
    rates = apart(100 * row["answer_rate"], 100 * row["control_answer_rate"], spec=".1f")
    answering = "answering differs" if row["answering_differs"] else "no difference detected"
    difference, *ends = score_texts(
        found.measure, *(row[end] for end in ("difference", "lower", "upper")), change=True
    )
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    least, most = score_texts(found.measure, row["least"], row["most"], change=True)
    verdict = f"{row['winner']} scores higher" if row["winner"] else "no effect detected"
    if row["answering_differs"]:
        verdict = "these scores do not show the effect"
    return (
        f"{rates[0]}% of {count_text(row['assigned'], 'customers')} in {row['variant']} and "
        f"{rates[1]}% of {row['control_assigned']:,} in {row['control']} answered: {answering} "
        f"({p_text(row['answer_p_value'])}). Among those who answered, {SCORES[found.measure]} "
        f"differs by {difference}{unit} ({level}% CI {ends[0]} to {ends[1]}, "
        f"{p_text(row['p_value_adjusted'])}): {verdict}. On all customers the effect lies between "
        f"{least} and {most}{unit}, whatever the others would have said."
    )


def _answer_times(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".1%")
    return (
        f"{rate} ({interval_text(found.confidence_level, *ends)}) of "
        f"{count_text(found.due, 'complaints whose limit is over were')} answered within "
        f"{found.within_hours:g} hours; "
        f"{part_of(found.open, found.complaints, 'complaints are')} open, and "
        f"{count_text(found.not_due, 'are')} not due yet."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AnswerTimes": _answer_times,
    "DriverAnalysis": _drivers,
    "RescueEffect": _rescue,
    "ScoreComparison": _comparison,
    "ScoreSampleSize": _sample_size,
    "ScoreTable": _score_table,
    "ScoreTrend": _trend,
}
