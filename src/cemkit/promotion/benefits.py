"""Benefits: what an offer gives, at one level or at several, in the words of a language."""

import dataclasses
from decimal import Decimal

from cemkit.promotion.speech import Speech
from cemkit.promotion.texts import filled, one_line

NAMED = ("gift", "service", "none")  # the kinds whose text is the label of the offer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What an offer gives, and from where (`start` of the column `by`) or to whom (`name`)."""

    discount: Decimal | None = None
    amount_off: Decimal | None = None
    points: Decimal | None = None
    points_per_unit: Decimal | None = None
    min_spend: Decimal | None = None
    by: str = ""
    start: Decimal | None = None
    name: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """What an offer of a kind gives, on what: the facts of which a language makes words."""

    kind: str
    offer: str
    scope: str
    levels: tuple[Level, ...]


def benefit_words(benefit: Benefit, speech: Speech) -> str:
    """The benefit in words, level by level."""
    texts = [_level_words(benefit, level, speech) for level in benefit.levels]
    return str(speech.say.PHRASES["between_levels"] if len(texts) > 1 else "").join(texts)


def numbers_said(benefit: Benefit, speech: Speech) -> dict[str, str]:
    """The numbers of an offer of one level by the names of their columns, each in words."""
    if len(benefit.levels) != 1:
        return {}
    level, say = benefit.levels[0], speech.say
    words = {
        "discount": say.discount_words,
        "amount_off": say.money_words,
        "min_spend": say.money_words,
        "points": say.points_words,
        "points_per_unit": say.points_words,
    }
    given = {name: getattr(level, name) for name in words}
    return {name: words[name](value) for name, value in given.items() if value is not None}


def _level_words(benefit: Benefit, level: Level, speech: Speech) -> str:
    form = _form(benefit.kind, level)
    text: str = speech.say.BENEFITS[form][benefit.scope != ""]
    return _at(filled(text, _places(benefit, level, speech)), level, speech)


def _form(kind: str, level: Level) -> str:
    """The form of the benefit in the catalogue."""
    if kind == "points":
        rate, fixed = bool(level.points_per_unit), bool(level.points)
        return "points_both" if rate and fixed else "points_rate" if rate else "points"
    from_a_spend = kind in ("percentage", "amount_off") and level.min_spend is not None
    return f"{kind}_from" if from_a_spend else kind


def _places(benefit: Benefit, level: Level, speech: Speech) -> dict[str, str]:
    say = speech.say
    scope = scope_text(benefit.scope, speech)
    places = {"scope": scope, **numbers_said(dataclasses.replace(benefit, levels=(level,)), speech)}
    if benefit.offer:
        places["offer"] = speech.label(benefit.offer, "the offer")
    if level.points_per_unit:
        points, unit = _whole_rate(level.points_per_unit)
        places |= {"rate": say.points_words(points), "unit": say.money_words(unit)}
    least = level.min_spend
    places["from"] = "" if least is None else filled(say.PHRASES["from"], places)
    return places


def scope_text(scope: str, speech: Speech) -> str:
    """What an offer holds for, as customers read it; empty where nothing says "everything"."""
    if scope:
        return str(speech.say.scope_words(speech.label(scope, "the scope")))
    return speech.labels.get((speech.language, "everything")) or str(speech.say.PHRASES["scope"])


def _whole_rate(points_per_unit: Decimal) -> tuple[Decimal, Decimal]:
    """A rate as points for an amount: 0.1 points for each unit are 1 point for every 10."""
    amount = 1 / points_per_unit
    if points_per_unit < 1 and amount == amount.to_integral_value():
        return Decimal(1), amount
    return points_per_unit, Decimal(1)


def _at(text: str, level: Level, speech: Speech) -> str:
    """The benefit of a level, with the customers or the column that it goes by."""
    say = speech.say
    if level.name:
        places = {"benefit": text, "level": speech.label(level.name, f"the {level.by}")}
        return filled(say.PHRASES["level_named"], places)
    if level.start is None:
        return text
    by = say.LEVELS.get(level.by) or level.by.replace("_", " ")
    by = speech.labels.get((speech.language, level.by)) or speech.label(by, "the column")
    places = {"benefit": text, "by": by, "start": say.money_words(level.start)}
    return filled(say.PHRASES["level_from"], places)


def decimal_of(value: object) -> Decimal:
    """A number as it was written, without zeros at its end."""
    return Decimal(one_line(value, "a number"))
