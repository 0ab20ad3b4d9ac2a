"""Numbers as people read them: what differs looks different, and nothing rounds up to certainty."""

import numbers
from decimal import Decimal
from typing import Any, SupportsIndex

import pandas as pd

ODD_NOUNS = {
    "people": "person",
    "series": "series",
    "classes": "class",
    "touches": "touch",
    "propensities": "propensity",
}
VERBS = {"are": "is", "have": "has", "were": "was", "do": "does", "carry": "carries"}
AFTER_A_NOUN = {"of", "with", "without", "in", "on", "to", "from", "for", "who", "that", "which"}
VERBS |= {verb: f"{verb}s" for verb in ("belong", "differ", "get", "hold", "lack", "occur", "take")}


def format_value(name: str, value: object) -> str:
    """A value as people read it: money with separators, statistics to three digits."""
    if value is None:
        return "none"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return f"{value:,}"
    if isinstance(value, numbers.Real):
        number, what = float(value), name.removesuffix("_lower").removesuffix("_upper")
        if what in {"amount", "clv"} or what.endswith(("_amount", "_profit", "_cost")):
            return money_text(number)
        return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return str(value)


def count_text(count: SupportsIndex | float, words: str) -> str:
    """Return a count with what it counts, given in the plural, and its verb: `1 row has`.

    Without a noun the verb comes first: `1 is new`.
    """
    if count == 1:
        words = " ".join(_singular(words.split(" ")))
    return f"{count:,} {words}"


def part_of(part: SupportsIndex | float, whole: SupportsIndex | float, words: str) -> str:
    """Return how many of a whole, whose verb goes with the part: `1 of 20 rows has`."""
    noun, _, verb = words.rpartition(" ")
    return f"{part:,} of {count_text(whole, noun)} {VERBS[verb] if part == 1 else verb}"


def days_text(days: float) -> str:
    """A number of days, whole or not: `1 day`, `1.5 days`."""
    return f"{days:,.12g} {'day' if days == 1 else 'days'}"


def _singular(words: list[str]) -> list[str]:
    """The words with the noun in the singular, and a verb after it or at the end."""
    end = next((at for at, word in enumerate(words) if word in AFTER_A_NOUN), len(words))
    noun = next((at for at in range(end) if words[at].endswith(("s", "people"))), None)
    if noun is None:
        return [VERBS.get(words[0], words[0]), *words[1:]]
    one = [*words[:noun], ODD_NOUNS.get(words[noun], words[noun].removesuffix("s"))]
    rest = words[noun + 1 :]
    near = int(rest[:1] in (["who"], ["that"], ["which"]))
    ends = {near, len(rest) - 1}
    return one + [VERBS.get(word, word) if at in ends else word for at, word in enumerate(rest)]


def group_text(group: object) -> str:
    """A group's name; one of several columns is a tuple."""
    return " - ".join(map(str, group)) if isinstance(group, tuple) else str(group)


def apart(*numbers: float, spec: str, unlike: tuple[float, ...] = (0.0,)) -> list[str]:
    """Numbers in one format, with more digits where two that differ would look alike."""
    head, digits, kind = spec[: spec.index(".")], int(spec[spec.index(".") + 1 : -1]), spec[-1]
    values = [round(float(number), 12) + 0.0 for number in numbers]  # -0 is 0
    distinct = {f"{value:.12g}" for value in (*values, *unlike)}
    for more in range(digits, 16):
        form = f"{head}.{more}{kind}"
        texts = [format(value, form) for value in values]
        looks = {_look(text) for text in (*texts, *(format(value, form) for value in unlike))}
        if len(looks) >= len(distinct):
            break
    return texts


def bounded(result: Any, name: str, spec: str) -> list[str]:
    """A number of a result with its two bounds, in one format."""
    return apart(*(getattr(result, f"{name}{end}") for end in ("", "_lower", "_upper")), spec=spec)


def points_bounded(result: Any, name: str, spec: str) -> list[str]:
    """A difference of two rates with its two bounds, in percentage points."""
    points = (100 * getattr(result, f"{name}{end}") for end in ("", "_lower", "_upper"))
    return apart(*points, spec=spec)


def score_texts(measure: str, *scores: float, change: bool = False) -> list[str]:
    """Scores of customers as readers know them: points of NPS, percentages, or on their scale."""
    if measure == "ces":
        return apart(*scores, spec="+.2f" if change else ".2f", unlike=(0.0,) if change else ())
    sign = "+" if change or measure == "nps" else ""
    texts = apart(*(100 * score for score in scores), spec=f"{sign}.1f", unlike=())
    return texts if sign else [f"{text}%" for text in texts]


def figures(*numbers: float, sign: str = "") -> list[str]:
    """Return numbers of any size as people read them: three digits, or whole from 1,000 on."""
    digits = ",.0f" if max(map(abs, numbers)) >= 1000 else ",.3g"
    return apart(*numbers, spec=f"{sign}{digits}")


def signed(*numbers: float) -> list[str]:
    """Return changes of any size with their signs: three digits, or whole from 1,000 on."""
    return apart(*numbers, spec="+,.0f" if max(map(abs, numbers)) >= 1000 else "+,.3g")


def level_text(level: float) -> str:
    """A confidence level or a power as a percentage; 99.9 % is not rounded to 100 %."""
    return f"{100 * level:g}%"


def money_text(amount: float) -> str:
    """Two decimals, or more where these would show 0 for what is not."""
    return apart(amount, spec=",.2f")[0]


def share_text(share: float) -> str:
    """A percentage with a decimal, or more where it would look like none or all."""
    return apart(share, spec=".1%", unlike=(0.0, 1.0))[0]


def chance_text(probability: float) -> str:
    """A probability counted in draws, which say little of what is rarer than 1 in 1,000."""
    if probability < 0.001:
        return "<0.1%"
    return ">99.9%" if probability > 0.999 else share_text(probability)


def ratio_text(ratio: float) -> str:
    """Three digits, or as many as it takes to show that the ratio is not 1."""
    digits = 3
    while digits < 15 and float(f"{ratio:.{digits}g}") == 1 != ratio:
        digits += 1
    return f"{ratio:.{digits}g}"


def decimal_text(number: Decimal) -> str:
    """A decimal number without zeros at its end."""
    return f"{number.normalize():f}"


def p_text(p_value: float) -> str:
    """A p value as sentences have it; one too small for a float is not called 0."""
    return f"p = {p_value:.3g}" if p_value != 0 else "p < 1e-16"


def _look(text: str) -> str:
    """The text of a number; one that looks like 0 has no sign and no decimals."""
    return text if any(letter in "123456789ni" for letter in text) else "0"


def moment_text(moment: Any) -> str:
    """A moment as people write it: the day alone where no time of day is given."""
    stamp = pd.Timestamp(moment)
    if pd.isna(stamp):
        return "missing"
    if stamp == stamp.normalize():
        return f"{stamp:%Y-%m-%d}"
    return f"{stamp:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
