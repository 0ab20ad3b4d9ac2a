"""coupons_for_returns: which coupon a return earns, by a rule table that people can read."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
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
from cemkit.promotion.reasons import plain_reason
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
    """What one return earns; nothing is sent.

    Attributes:
        order_id: The order; it earns one coupon, however often one asks.
        action: What to do with it: `"coupon_for_return"`.
        rule: The rule that gave it.
        matched: Whether the reason is one of the rule's; False where the default rule stood in.
        discount: A fraction of the amount.
        scope: What it holds for; None for everything.
        extras: What comes with it, or None.
        valid_from: The first day.
        valid_until: The last day.

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
) -> Coupon:
    """The coupon that one return earns; see `coupons_for_returns`.

    Args:
        order_id: The order that was returned.
        reason: Why, in the customer's words; None where nobody said.
        as_of: The day of issue.
        customer_id: The customer.
        rules: As in `coupons_for_returns`.
        issued: As in `coupons_for_returns`.

    Examples:
        >>> coupon = coupon_for_return("ORD20231001", "尺寸不合适", as_of="2023-10-01")
        >>> coupon.discount, coupon.scope, coupon.matched
        (0.15, 'apparel', True)
    """
    returns = pd.DataFrame(
        {"customer_id": [customer_id], "order_id": [order_id], "reason": [reason]}
    )
    row = coupons_for_returns(returns, as_of, rules=rules, issued=issued).iloc[0]
    if pd.isna(row["discount"]):
        raise ValueError(
            f"rule {row['reason']!r} gives no percentage but is of the kind {row['kind']!r}; take "
            "coupons_for_returns, and render_messages for its words"
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
    )


def coupons_for_returns(
    returns: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    rules: pd.DataFrame = RETURN_RULES,
    issued: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The coupons that returns earn, once per order.

    A reason belongs to a rule when it is one of the rule's reasons, after both were put under one
    spelling: trimmed, without case, width and punctuation, in simplified Chinese. Any other reason,
    and a missing one, takes the default rule with `matched` False. Nothing in a reason is searched
    for words: "no quality problem" is no quality problem.

    Args:
        returns: `customer_id, order_id, reason`; an order may be returned in several rows, and the
            rule that stands highest in the table then counts.
        as_of: The day of issue. A coupon is valid from then for `valid_days` days.
        rules: `rule, reasons, discount, scope, extras, valid_days`. `reasons` are parted by `|`;
            the last rule's is `"any"`, the default. `discount` is a fraction; `scope` and `extras`
            may be missing. A rule may give something other than a percentage: `kind` and its terms
            as in the offers table, such as `amount_off, min_spend` or `unit_cost`.
        issued: Coupons of earlier calls: their orders get the same coupon again, not another.

    Returns:
        A coupon per order, sorted by order, which is also an actions table: `customer_id,
        order_id, action, offer, purpose, reason, evidence, discount, scope, extras, valid_from,
        valid_until, matched, as_of`, and `kind` with its terms where the rules have one. `reason`
        names the rule and `evidence` holds the customer's
        own words; coupons of one `offer` have the same terms. An order of `issued` has what stands
        there, its code included.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An order has no id or two customers; a discount lies outside (0, 1]; a rule
            stands twice or a reason in two rules; the default rule is not the last; the orders of
            returns and issued coupons cannot match; rules have unknown columns.

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
    table, rule_of = _rule_table(rules)
    claims = _claims(returns, rule_of, default=len(table) - 1)
    terms = table.take(claims["rule"].to_numpy()).reset_index(drop=True)
    last = np.datetime64(day, "D") + terms["valid_days"].to_numpy().astype("timedelta64[D]")
    if (last > LAST_DAY).any():
        raise ValueError(f"a coupon of as_of={day:%Y-%m-%d} would be valid beyond {LAST_DAY}")
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


def _rule_table(rules: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rules, and the number of the rule of each reason."""
    needed = [name for name in RULE_COLUMNS if name != "discount" or "kind" not in rules]
    check_frame(rules, "rules")
    refuse_other_names(rules, "rules", [*RULE_COLUMNS, *OTHER_TERMS])
    check_table(rules, "rules", needed, known=[*RULE_COLUMNS, *OTHER_TERMS])
    table = _read_rules(rules.reset_index(drop=True))
    rule_of: dict[str, int] = {}
    for number, reasons in enumerate(table["reasons"]):
        for reason in {plain_reason(part) for part in str(reasons).split("|")}:
            if rule_of.setdefault(reason, number) != number:
                first = table["rule"].iloc[rule_of[reason]]
                raise DataError(
                    f"the reason {reason!r} stands in two rules, {first!r} and "
                    f"{table['rule'].iloc[number]!r}; leave it in one"
                )
    if rule_of.get("any") != len(table) - 1:
        raise DataError("the last rule must have the reasons 'any': what every other return earns")
    return table, rule_of


def _read_rules(table: pd.DataFrame) -> pd.DataFrame:
    """The rules with words, texts and numbers as they are used; None for a text that is missing."""
    rules = plain_words(table["rule"], "rule")
    if pd.isna(rules).any() or pd.Index(rules).has_duplicates:
        raise DataError("every rule needs a name of its own in 'rule'")
    days = whole_numbers(table["valid_days"], "valid_days", minimum=0, maximum=LONGEST_WINDOW_DAYS)
    if np.isnan(days).any():
        raise DataError("a rule has no valid_days")
    texts = {
        column: np.array([text or None for text in one_lines(table[column], column)], dtype=object)
        for column in ("scope", "extras")
    }
    return table.assign(
        rule=rules,
        reasons=plain_words(table["reasons"], "reasons"),
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


def _claims(returns: pd.DataFrame, rule_of: dict[str, int], default: int) -> pd.DataFrame:
    """One row per order: `customer_id, order_id, reason, rule, matched`, sorted by order."""
    check_table(returns, "returns", ["order_id", "reason"])
    ids = customer_ids(returns, "returns")
    orders = _orders(returns, "returns")
    codes, words = distinct_values(returns["reason"], "reason")
    words = [str(word) for word in words]
    found = [rule_of.get(plain_reason(word), -1) for word in words]
    rule = np.array([*found, -1], dtype=np.int64)[codes]
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
        raise DataError(f"order {twice!r} is returned by two customers")
    claims = claims.sort_values(["order_id", "rule", "reason"], ignore_index=True)
    return claims.drop_duplicates("order_id", ignore_index=True)


def _orders(table: pd.DataFrame, name: str) -> pd.Index:
    """The order of each row in its one spelling."""
    orders = normal_ids(table["order_id"], f"order_id of {name}")
    if orders.hasnans:
        raise DataError(f"{name} has rows without an order_id; a coupon belongs to an order")
    return orders


def _with_issued(coupons: pd.DataFrame, issued: pd.DataFrame) -> pd.DataFrame:
    hint = "issued are coupons of an earlier call"
    check_table(issued, "issued", COUPON_COLUMNS, hint=hint)
    earlier, now = _orders(issued, "issued"), pd.Index(coupons["order_id"])
    check_same_ids(now, earlier, "returns", "issued", "order_id")
    if not earlier.is_unique:
        twice = earlier[earlier.duplicated()].tolist()[0]
        raise DataError(f"order {twice!r} stands twice among the issued coupons")
    issued = issued.assign(order_id=earlier, customer_id=customer_ids(issued, "issued"))
    again, fresh = issued[now.get_indexer(earlier) >= 0], coupons[earlier.get_indexer(now) < 0]
    # One of the two may be empty, and pandas does not settle the types of that alike everywhere.
    parts = [part for part in (again, fresh) if len(part)]
    both: pd.DataFrame = pd.concat(parts or [coupons], ignore_index=True)
    return both.sort_values("order_id", ignore_index=True)
