"""Chinese: indicators."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text

INDICATORS = {
    "buying_customers": "购买客户数",
    "active_customers": "活跃客户数",
    "lapsed_customers": "沉睡客户数",
    "new_customers": "新客数",
    "order_count": "订单数",
    "total_amount": "销售额",
    "retention_rate": "留存率",
    "churn_rate": "流失率",
    "reactivation_rate": "唤回率",
    "repurchase_rate": "复购率",
    "early_repurchase_rate": "早期复购率",
    "average_order_value": "平均订单金额",
    "orders_per_customer": "人均订单数",
    "amount_per_customer": "人均消费额",
    "return_rate": "退货率",
    "promotion_dependence": "促销依赖度",
    "promotion_only_rate": "仅促销购买客户占比",
    "cross_sell_rate": "交叉购买率",
    "upgrade_rate": "升级率",
    "conversion_rate": "转化率",
    "click_through_rate": "点击率",
    "response_rate": "响应率",
    "complaint_rate": "投诉率",
    "answered_in_time": "投诉及时答复率",
    "referral_rate": "转介绍率",
    "acquisition_cost": "获客成本",
    "contribution_profit": "人均贡献利润",
    "promotion_roi": "促销投资回报率",
    "customer_lifetime_value": "客户终身价值",
    "expected_loss": "流失预期损失",
    "retained_value": "保留价值",
    "nps": "净推荐值",
    "csat": "客户满意度",
    "ces": "客户费力度",
}

POINTS = "个百分点"  # percentage points, in pictures
NO_VALUE = "无值"
NO_EARLIER = "没有可比的前期"
NO_INTERVAL = "有置信区间的指标在最近一期都没有变化"
COMPARED_WITH = {"previous": "上期", "year": "上年同期"}


def _named(figures: dict[str, Any]) -> str:
    group = f"{figures['group']} " if figures["group"] else ""
    return f"{figures['period']} {group}的{INDICATORS[figures['indicator']]}"


def _scorecard(card: Any) -> str:
    figures = card.figures
    more = f"；另有 {len(card.not_measured)} 项还缺数据" if len(card.not_measured) else ""
    start = f"截至 {card.as_of} 共有 {card.measured} 项指标{more}。"
    if not card.measured:
        return start
    if not figures:
        without = NO_INTERVAL if card.table["change"].notna().any() else NO_EARLIER
        why = "未要求比较" if card.compare is None else without
        return f"{start}没有可显示的变化：{why}。"
    interval = interval_text(card.confidence_level, figures["lower"], figures["upper"])
    unit = " 个百分点" if figures["points"] else ""
    return (
        f"{start}与{COMPARED_WITH[card.compare]}相比，相对于抽样误差变化最大的是 "
        f"{_named(figures)}：现为 {figures['value']}，"
        f"变化 {figures['change']}{unit}（{interval}）。"
        "该区间只反映恰好是哪些客户购买，不能说明业务本身是否变了。"
    )


def _restatement(found: Any) -> str:
    figures = found.figures
    reported = f"截至 {found.as_of_before} 报告的 {found.compared:,} 个数字"
    new = f"新增 {found.added:,} 个，消失 {found.removed:,} 个。"
    if not figures:
        return f"{reported}到 {found.as_of} 均未变化；{new}"
    before, after = (figures[when] or NO_VALUE for when in ("before", "after"))
    return (
        f"{reported}中，有 {found.restated:,} 个到 {found.as_of} 已改变，变化最大的是 "
        f"{_named(figures)}：由 {before} 变为 {after}；{new}"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Restatement": _restatement,
    "Scorecard": _scorecard,
}
