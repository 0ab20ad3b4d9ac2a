"""Chinese: what changed, of the indicators; revenue and acquisition costs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from cemkit.catalogue.zh.indicators import INDICATORS
from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import money_text, share_text

MOST_CHANGES = 3  # named in a sentence
MOST_DETECTABLE = 10.0  # larger ones are not told apart
COMPONENTS = {  # of a change of revenue
    "new": "新客",
    "retained": "留存客户",
    "reactivated": "唤回客户",
    "lost": "流失客户",
    "orders_per_customer": "人均订单数",
    "order_value": "单均金额",
    "quantity": "每单件数",
    "price": "件单价",
    "returns": "退货",
}
OTHERS = "项其他因素"
PICTURES = {  # what pictures of indicators say
    "interval": "{level} 区间",
    "shown": "（共 {there:,} 个，显示 {drawn:,} 个）",
    "scorecard": "按{period}统计的指标",
    "monitoring": "{tested:,} 个序列中有 {changed:,} 个发生变化",
    "expected": "预期范围（括号内为预测值）",
    "changed": "发生变化",
    "mean_of_last": "最近 {last} 期的均值",
    "revenue_tree": "从 {base} 到 {current} 销售额为何变化",
    "revenue": "销售额",
}
NOT_JUDGED = {  # why a series is not monitored
    "short history": "历史太短",
    "no value": "缺少数值",
    "does not vary": "几乎没有变化",
    "no model": "无法建模",
    "moving holiday": "受移动节假日影响",
}


def series_name(names: Mapping[str, str], key: Sequence[Any]) -> str:
    """What a series is called: its indicator or component, and its group."""
    first, *groups = key
    named = str(names.get(first, first))
    return f"{named}（{'、'.join(map(str, groups))}）" if groups else named


def _monitoring(found: Any) -> str:
    when = "最近一期" if found.last == 1 else f"最近 {found.last} 期"
    left_out = _left_out(found.left_out)
    if not found.tested:
        return f"{when}没有可检验的序列：{left_out}。"
    none = f"{when} {found.tested:,} 个序列均未发生变化"
    some = f"{when} {found.tested:,} 个序列中有 {found.flagged:,} 个发生变化：{_changes(found)}"
    text = f"{some if found.flagged else none}（误报率不超过 {found.false_alarm_rate:.3g}）"
    if found.year_over_year:
        text += (
            f"；其中 {found.year_over_year:,} 个序列历史太短，无法建立季节模型，改与上年同期比较"
        )
    if found.detectable_change > MOST_DETECTABLE:
        text += f"，通常连 {MOST_DETECTABLE:,.0%} 的上升也发现不了"
    elif math.isfinite(found.detectable_change):
        text += f"，通常只能发现 {share_text(found.detectable_change)} 及以上的上升"
    return text + (f"；未检验：{left_out}。" if len(found.left_out) else "。")


def _changes(found: Any) -> str:
    """The changes with the smallest p-values; how many more there are."""
    table = found.table[found.table["changed"]].sort_values("p_value", kind="stable")
    parts = []
    for _, row in table.head(MOST_CHANGES).iterrows():
        value, forecast = found.texts(row)
        verb = "升至" if row["direction"] == "up" else "降至"
        name = series_name(INDICATORS, [row[key] for key in ["indicator", *found.groups()]])
        parts.append(f"{name}{verb} {value}，预期为 {forecast}")
    more = len(table) - MOST_CHANGES
    return "；".join(parts) + (f"；另有 {more:,} 个" if more > 0 else "")


def _left_out(table: pd.DataFrame) -> str:
    counts = table["reason"].value_counts(sort=False)
    return "、".join(
        f"{count:,} 个（{NOT_JUDGED[str(reason)]}）" for reason, count in counts.items()
    )


def _revenue_tree(found: Any) -> str:
    change = found.change_amount
    lower, upper = money_text(found.change_amount_lower), money_text(found.change_amount_upper)
    verb = "增加" if change > 0 else "减少"
    text = f"销售额{verb} {money_text(abs(change))}" if change else "销售额没有变化"
    if change and found.base_amount > 0:
        text += f"（{share_text(abs(change) / found.base_amount)}）"
    text = f"从 {found.base_period} 到 {found.current_period}，{text}"
    text += f"（{interval_text(found.confidence_level, lower, upper)}）"
    row = found.table.iloc[0]
    if row["amount"] == 0:
        return text + "。"
    name = series_name(COMPONENTS, [row[key] for key in ["component", *found.groups()]])
    return f"{text}；影响最大的是{name}：{money_text(row['amount'])}。"


def _acquisition_payback(found: Any) -> str:
    cost, lower, upper = map(
        money_text,
        (found.acquisition_cost, found.acquisition_cost_lower, found.acquisition_cost_upper),
    )
    text = (
        f"{found.start} 至 {found.as_of} 新增 {found.new_customers:,} 位客户，人均获客成本 {cost}"
        f"（{interval_text(found.confidence_level, lower, upper)}）"
    )
    if len(found.table):
        row = found.table.iloc[0]
        text += f"；成本最高的渠道是{row['channel']}，为 {money_text(row['acquisition_cost'])}"
        if "value_ratio" in row and math.isfinite(row["value_ratio"]):
            text += f"，其客户终身价值为成本的 {row['value_ratio']:.3g} 倍"
    if found.unknown_channel:
        text += f"；{found.unknown_channel:,} 位客户渠道未知"
    return text + "。"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AcquisitionPayback": _acquisition_payback,
    "Monitoring": _monitoring,
    "RevenueTree": _revenue_tree,
}
