"""coupons_for_returns: which coupon a return earns, by a rule table that people can read."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import languages, words
from cemkit.checks import (
    check_as_of,
    check_frame,
    check_same_ids,
    customer_ids,
    meant,
    normal_ids,
)
from cemkit.checks.options import LONGEST_WINDOW_DAYS
from cemkit.data.columns import (
    Words,
    check_table,
    distinct_values,
    plain_words,
    whole_numbers,
)
from cemkit.data.offers import (
    KINDS,
    TERMS,
    check_discounts,
    check_terms,
    refuse_other_names,
)
from cemkit.errors import DataError
from cemkit.promotion.coupon_terms import NEEDED, coupon_kinds, coupon_numbers
from cemkit.promotion.discounts import discount_fraction
from cemkit.promotion.reasons import PhraseBook, plain_reason
from cemkit.promotion.speech import Speech, read_labels
from cemkit.promotion.texts import one_line, one_lines
from cemkit.results import Result

RULE_COLUMNS = ["rule", "reasons", "discount", "scope", "extras", "valid_days"]
OTHER_TERMS = ["kind", *(term for term in TERMS if term != "discount"), "min_spend"]
COUPON_COLUMNS = [
    "customer_id",
    "order_id",
    "action",
    "offer",
    "purpose",
    "reason",
    "evidence",
    "discount",
    "scope",
    "extras",
    "valid_from",
    "valid_until",
    "matched",
    "as_of",
]
LAST_DAY = np.datetime64("9999-12-31")


def _reasons(rule: str) -> str:
    """What customers write, in any language, where a rule holds."""
    return "|".join(words(language).RETURN_REASONS[rule] for language in languages())


RETURN_RULES = pd.DataFrame(
    [
        ("quality", _reasons("quality"), 0.20, None, "free exchange", 30),
        ("size", _reasons("size"), 0.15, "apparel", None, 30),
        ("other", "any", 0.10, None, None, 30),
    ],
    columns=RULE_COLUMNS,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Result):
    """The coupon for one return, from `coupon_for_return`; nothing is sent.

    Attributes:
        order_id: Returned order. It earns one coupon, even if asked for repeatedly.
        action: Action of the coupon: `"coupon_for_return"`.
        rule: Rule that gave the coupon.
        matched: Whether the reason matches the rule; False for the default rule.
        discount: Discount as a fraction of the amount.
        scope: Products or categories that the coupon is for; None for everything.
        extras: Extras that come with the coupon, or None.
        valid_from: First day of validity.
        valid_until: Last day of validity.
        labels: Texts that customers read for scope and extras, as in `coupon_for_return`, or None.

    Examples:
        >>> coupon_for_return("ORD1", "too small", as_of="2023-10-01").sentence()
        'Order ORD1 earns 15% off apparel until 2023-10-31.'
    """

    order_id: object
    action: str
    rule: str
    matched: bool
    discount: float
    scope: str | None
    extras: str | None
    valid_from: pd.Timestamp
    valid_until: pd.Timestamp
    labels: pd.DataFrame | None = None

    def said(self, language: str) -> tuple[str, str]:
        """Return the scope and the extras as customers read them; empty if there is none."""
        own = {(language, value): text for value, text in words(language).RETURN_TERMS.items()}
        speech = Speech.of(language, own | read_labels(self.labels), [])
        extras = speech.label(self.extras or "", "the extras")
        return speech.label(self.scope or "", "the scope"), extras

    @property
    def fraction(self) -> Decimal:
        """The discount as it was written, exactly."""
        return discount_fraction(self.discount)


def coupon_for_return(
    order_id: object,
    reason: str | None,
    as_of: str | dt.date | pd.Timestamp,
    *,
    customer_id: object = "unknown",
    rules: pd.DataFrame = RETURN_RULES,
    issued: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
) -> Coupon:
    """Return the coupon for one return.

    Args:
        order_id: Id of the returned order.
        reason: Reason in the customer's words; None if no reason was given.
        as_of: Day of issue.
        customer_id: Customer who returned the order.
        rules: Rules that assign coupons to reasons, as in `coupons_for_returns`. By default the
            standard rules of cemkit.
        issued: Coupons of earlier calls. An order in this table gets the same coupon again. None
            for no earlier coupons.
        labels: Table with `value, language, label`: the texts that customers read for the scope and
            extras of your own rules, if these are not in the language of the coupon's sentence.

    Returns:
        A `Coupon`.

    Examples:
        >>> coupon = coupon_for_return("ORD20231001", "尺寸不合适", as_of="2023-10-01")
        >>> coupon.discount, coupon.scope, coupon.matched
        (0.15, 'apparel', True)
        >>> print(coupon.sentence("zh"))
        订单 ORD20231001 获得服饰8.5折（优惠15%），有效期至 2023-10-31。
    """
    read_labels(labels)
    returns = pd.DataFrame(
        {"customer_id": [customer_id], "order_id": [order_id], "reason": [reason]}
    )
    row = coupons_for_returns(returns, as_of, rules=rules, issued=issued).iloc[0]
    if pd.isna(row["discount"]):
        raise ValueError(
            f"rule {row['reason']!r} is of the kind {row['kind']!r}, not a percentage; "
            "use coupons_for_returns, and render_messages for its text"
        )
    return Coupon(
        order_id=row["order_id"],
        action=str(row["action"]),
        rule=str(row["reason"]),
        matched=bool(row["matched"]),
        discount=float(row["discount"]),
        scope=one_line(row["scope"], "scope") or None,
        extras=one_line(row["extras"], "extras") or None,
        valid_from=pd.Timestamp(row["valid_from"]),
        valid_until=pd.Timestamp(row["valid_until"]),
        labels=labels,
    )


def coupons_for_returns(
    returns: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    rules: pd.DataFrame = RETURN_RULES,
    issued: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one coupon per returned order.

    A reason matches a rule if it contains one of the rule's phrases, in any case, width, and
    traditional or simplified Chinese: "质量真的有问题" contains "质量…问题". Negated phrases do
    not count: "没有质量问题" and "no quality problem" are not quality problems. If a reason
    matches several rules, the first rule in the table counts. Any other reason, and a missing one,
    gets the default rule with `matched` False; `match_reasons` counts them.

    Args:
        returns: Table with `customer_id, order_id, reason`. If an order is returned in several
            rows, the first matching rule of the table counts.
        as_of: Day of issue. A coupon is valid from this day for `valid_days` days.
        rules: Table with `rule, reasons, discount, scope, extras, valid_days`. `reasons` are
            phrases separated by `|`, in which `…` stands for filler words such as "真的有" or "is
            really"; the last rule has the reasons `"any"`, the default. `discount` is a fraction;
            `scope` and `extras` may be missing. For anything other than a percentage, give `kind`
            and its terms as in the offers table, such as `amount_off, min_spend` or `unit_cost`. By
            default the standard rules of cemkit.
        issued: Coupons of earlier calls. Orders in this table get the same coupon again. None for
            no earlier coupons.

    Returns:
        One coupon per order, sorted by order, which is also an actions table: `customer_id,
        order_id, action, offer, purpose, reason, evidence, discount, scope, extras, valid_from,
        valid_until, matched, as_of`, and `kind` with its terms if the rules have one. `reason` is
        the rule and `evidence` the customer's own words. Coupons of the same `offer` have the same
        terms. An order in `issued` keeps its row, including the code.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An order has no id or two customers. A discount lies outside (0, 1]. A rule
            occurs twice, or a reason in two rules. The default rule is not the last. The order ids
            of returns and issued coupons cannot match. The rules have unknown columns.

    Examples:
        >>> returns = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 2],
        ...         "order_id": ["A7", "B9"],
        ...         "reason": [" 品質問題", "changed my mind"],
        ...     }
        ... )
        >>> coupons = coupons_for_returns(returns, as_of="2023-10-01")
        >>> coupons[["order_id", "discount", "reason", "matched"]]
          order_id  discount   reason  matched
        0       A7       0.2  quality     True
        1       B9       0.1    other    False
    """
    day = check_as_of(as_of)
    table, book = rule_table(rules)
    claims = _claims(returns, book, default=len(table) - 1)
    terms = table.take(claims["rule"].to_numpy()).reset_index(drop=True)
    last = np.datetime64(day, "D") + terms["valid_days"].to_numpy().astype("timedelta64[D]")
    if (last > LAST_DAY).any():
        raise ValueError(
            f"a coupon of as_of={day:%Y-%m-%d} would be valid beyond {LAST_DAY}; use "
            "fewer valid_days"
        )
    coupons = claims.assign(
        action="coupon_for_return",
        offer="return: " + terms["rule"].astype(str) + f" {day:%Y-%m-%d}",
        purpose="marketing",
        reason=terms["rule"],
        evidence=claims["reason"],
        discount=terms["discount"],
        scope=terms["scope"],
        extras=terms["extras"],
        valid_from=day,
        valid_until=last.astype("datetime64[us]"),
        as_of=day,
        **{name: terms[name] for name in OTHER_TERMS if name in terms.columns},
    )
    coupons = coupons[[*COUPON_COLUMNS, *(name for name in OTHER_TERMS if name in coupons)]]
    return coupons if issued is None else _with_issued(coupons, issued)


def rule_table(rules: pd.DataFrame) -> tuple[pd.DataFrame, PhraseBook]:
    """The rules, and the phrases of each but the last by its number; -1 has those of no rule."""
    check_frame(rules, "rules")
    needed = [name for name in RULE_COLUMNS if name != "discount" or "kind" not in rules]
    refuse_other_names(rules, "rules", [*RULE_COLUMNS, *OTHER_TERMS])
    check_table(rules, "rules", needed, known=[*RULE_COLUMNS, *OTHER_TERMS])
    table = _read_rules(rules.reset_index(drop=True))
    phrases = [str(reasons).split("|") for reasons in table["reasons"]]
    rule_of: dict[str, int] = {}
    for number, said in enumerate(phrases):
        for reason in {plain_reason(phrase) for phrase in said}:
            if rule_of.setdefault(reason, number) != number:
                first = table["rule"].iloc[rule_of[reason]]
                raise DataError(
                    f"the reason {reason!r} is in two rules, {first!r} and "
                    f"{table['rule'].iloc[number]!r}; keep it in one"
                )
    if rule_of.get("any") != len(table) - 1:
        raise DataError(
            "the last rule must have the reasons 'any', for all other returns; add such a rule"
        )
    return table, PhraseBook({-1: _reasons("neither").split("|"), **dict(enumerate(phrases[:-1]))})


def rules_met(reasons: list[str], book: PhraseBook) -> tuple[npt.NDArray[np.int64], list[str]]:
    """The number of the rule of each reason (-1: none), and the phrase that it holds."""
    held = [
        {rule: phrase for rule, phrase in book.lists_in(reason).items() if rule >= 0}
        for reason in reasons
    ]
    numbers = [min(found, default=-1) for found in held]
    phrases = [found.get(number, "") for found, number in zip(held, numbers, strict=True)]
    return np.array(numbers, dtype=np.int64), phrases


def _read_rules(table: pd.DataFrame) -> pd.DataFrame:
    """The rules with words, texts and numbers as they are used; None for a text that is missing."""
    rules = plain_words(table["rule"], "rule")
    if pd.isna(rules).any() or pd.Index(rules).has_duplicates:
        raise DataError(
            "every rule needs its own name in 'rule'; fill in missing names and rename "
            "repeated ones"
        )
    reasons = plain_words(table["reasons"], "reasons")
    if pd.isna(reasons).any():
        first = rules[pd.isna(reasons)][0]
        raise DataError(f"rule {first!r} has no reasons; add them, or 'any' for the last rule")
    days = whole_numbers(table["valid_days"], "valid_days", minimum=0, maximum=LONGEST_WINDOW_DAYS)
    if np.isnan(days).any():
        raise DataError("a rule has no valid_days; fill it in")
    texts = {
        column: np.array([text or None for text in one_lines(table[column], column)], dtype=object)
        for column in ("scope", "extras")
    }
    return table.assign(
        rule=rules,
        reasons=reasons,
        **_rule_terms(table, rules),
        valid_days=days.astype(np.int64),
        **texts,
    )


def _rule_terms(table: pd.DataFrame, rules: Words) -> dict[str, Any]:
    """What each rule gives: its discount, and where there are kinds all terms."""
    if "kind" not in table.columns:
        return {"discount": check_discounts(table["discount"])}
    terms = {"kind": coupon_kinds(table), **coupon_numbers(table)}
    for row, rule in enumerate(rules.tolist()):
        if terms["kind"][row] == "none" or terms["kind"][row] not in KINDS:
            raise DataError(
                f"kind of rule {rule!r} is {terms['kind'][row]!r}"
                f"{meant(terms['kind'][row], KINDS)}; {NEEDED['kind']}"
            )
        check_terms(f"rule {rule!r}", {name: values[row] for name, values in terms.items()})
    return {name: values for name, values in terms.items() if name in [*table.columns, "discount"]}


def _claims(returns: pd.DataFrame, book: PhraseBook, default: int) -> pd.DataFrame:
    """One row per order: `customer_id, order_id, reason, rule, matched`, sorted by order."""
    check_table(returns, "returns", ["order_id", "reason"])
    ids = customer_ids(returns, "returns")
    orders = _orders(returns, "returns")
    codes, words = distinct_values(returns["reason"], "reason")
    words = [str(word) for word in words]
    rule = np.append(rules_met(words, book)[0], -1)[codes]
    claims = pd.DataFrame(
        {
            "customer_id": ids,
            "order_id": orders,
            "reason": pd.Series(np.array([*words, None], dtype=object)[codes], dtype="str"),
            "rule": np.where(rule < 0, default, rule),
            "matched": (rule >= 0) & (rule != default),
        }
    )
    owners = claims.drop_duplicates(["order_id", "customer_id"])["order_id"]
    if owners.duplicated().any():
        twice = owners[owners.duplicated()].tolist()[0]
        raise DataError(f"order {twice!r} is returned by two customers; correct the customer_id")
    claims = claims.sort_values(["order_id", "rule", "reason"], ignore_index=True)
    return claims.drop_duplicates("order_id", ignore_index=True)


def _orders(table: pd.DataFrame, name: str) -> pd.Index:
    """The order of each row in its one spelling."""
    orders = normal_ids(table["order_id"], f"order_id of {name}")
    if orders.hasnans:
        raise DataError(
            f"{name} has rows without an order_id, but a coupon belongs to an order; "
            "fill it in, or leave these rows out"
        )
    return orders


def _with_issued(coupons: pd.DataFrame, issued: pd.DataFrame) -> pd.DataFrame:
    hint = "issued are coupons of an earlier call"
    check_table(issued, "issued", COUPON_COLUMNS, hint=hint)
    earlier, now = _orders(issued, "issued"), pd.Index(coupons["order_id"])
    check_same_ids(now, earlier, "returns", "issued", "order_id")
    if not earlier.is_unique:
        twice = earlier[earlier.duplicated()].tolist()[0]
        raise DataError(f"order {twice!r} occurs twice in the issued coupons; keep one row")
    issued = issued.assign(order_id=earlier, customer_id=customer_ids(issued, "issued"))
    again, fresh = issued[now.get_indexer(earlier) >= 0], coupons[earlier.get_indexer(now) < 0]
    # One of the two may be empty, and pandas does not settle the types of that alike everywhere.
    parts = [part for part in (again, fresh) if len(part)]
    both: pd.DataFrame = pd.concat(parts or [coupons], ignore_index=True)
    return both.sort_values("order_id", ignore_index=True)
