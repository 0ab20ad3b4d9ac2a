"""Chinese: indicators."""

from collections.abc import Callable
from typing import Any

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

SENTENCES: dict[str, Callable[[Any], str]] = {}
