"""match_reasons: which rule each return reason meets, and what no rule knows."""

import dataclasses

import numpy as np
import pandas as pd

from cemkit.data.columns import check_table, distinct_values
from cemkit.promotion.coupons import RETURN_RULES, rule_table, rules_met
from cemkit.promotion.texts import one_line
from cemkit.results import Result

EXAMPLES = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MatchedReasons(Result):
    """Reasons of returns and the rules that they match, from `match_reasons`.

    Attributes:
        returns: Number of rows in the table of returns.
        matched: Number of returns with a reason that matches a rule.
        unmatched: Number of returns with a reason that matches no rule. They get the default rule.
        missing: Number of returns without a reason. They get the default rule as well.
        table: One row per distinct reason, the most frequent first: `reason` in the customer's
            words, the matching `rule` and its `phrase` (missing if none matches), and the number of
            `returns`.

    Examples:
        >>> returns = pd.DataFrame(
        ...     {"reason": ["质量真的有问题", "没有质量问题", "too small", None]}
        ... )
        >>> match_reasons(returns).table.fillna("-")
                reason     rule     phrase  returns
        0    too small     size  too small        1
        1       没有质量问题        -          -        1
        2  质量真的有问题  quality  质量…问题        1
    """

    returns: int
    matched: int
    unmatched: int
    missing: int
    table: pd.DataFrame

    @property
    def examples(self) -> list[str]:
        """The most frequent reasons that no rule knows, as customers wrote them."""
        unknown = self.table.loc[self.table["rule"].isna(), "reason"]
        return [one_line(reason) for reason in unknown.head(EXAMPLES)]


def match_reasons(returns: pd.DataFrame, *, rules: pd.DataFrame = RETURN_RULES) -> MatchedReasons:
    """Match the reasons of returns with rules, and count the reasons that match none.

    Use it before `coupons_for_returns`, which matches in the same way: read the unmatched reasons,
    and add their words to the rules.

    Args:
        returns: Table with the column `reason`, in the customers' words.
        rules: Rules with their phrases, as in `coupons_for_returns`. By default the standard rules
            of cemkit.

    Returns:
        A `MatchedReasons`, whose counts add up to the rows of returns.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: The rules cannot be used, or a reason is not text.

    Examples:
        >>> returns = pd.DataFrame({"reason": ["太小了", "衣服破了", "颜色不好看"]})
        >>> print(match_reasons(returns).sentence())
        2 of 3 returns have a reason that a rule knows. 1 has another reason: '颜色不好看'. ...
    """
    table, book = rule_table(rules)
    check_table(returns, "returns", ["reason"])
    codes, reasons = distinct_values(returns["reason"], "reason")
    texts = [str(reason) for reason in reasons]
    numbers, phrases = rules_met(texts, book)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    names = np.array([*table["rule"], None], dtype=object)[numbers]
    found = pd.DataFrame(
        {
            "reason": pd.Series(texts, dtype="str"),
            "rule": pd.Series(names, dtype="str"),
            "phrase": pd.Series([phrase or None for phrase in phrases], dtype="str"),
            "returns": counts.astype(np.int64),
        }
    )
    found = found[found["reason"].map(one_line) != ""]
    matched = found["returns"][found["rule"].notna()].sum()
    return MatchedReasons(
        returns=len(returns),
        matched=int(matched),
        unmatched=int(found["returns"].sum() - matched),
        missing=int(len(returns) - found["returns"].sum()),
        table=found.sort_values(["returns", "reason"], ascending=[False, True], ignore_index=True),
    )
