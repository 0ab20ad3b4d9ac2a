"""journey_stages: which events belong to awareness, consideration, purchase and after-sales."""

import pandas as pd

OTHER = "other"
# The field's four stages, and the events of each as shops name them in English and Chinese.
STAGES = {
    "awareness": (
        *("ad", "ad_view", "ad_click", "social", "word_of_mouth", "search", "referral"),
        *("广告", "广告曝光", "广告点击", "社交媒体", "口碑", "搜索", "推荐"),
    ),
    "consideration": (
        *("visit", "site_visit", "view", "product_view", "product_compare", "review_read"),
        *("favourite", "wishlist", "inquiry", "访问", "浏览", "商品浏览", "商品对比", "看评价"),
        *("收藏", "咨询"),
    ),
    "purchase": (
        *("cart", "add_to_cart", "checkout", "payment", "order", "order_confirm", "purchase"),
        *("加购", "加入购物车", "结算", "支付", "下单", "订单确认", "购买"),
    ),
    "after_sales": (
        *("delivery", "receipt", "service", "support", "return", "exchange", "refund"),
        *("product", "feedback", "review", "recommend", "repurchase", "配送", "签收", "客服"),
        *("售后", "退货", "换货", "退款", "产品", "评价", "反馈", "复购"),
    ),
}


def journey_stages() -> pd.DataFrame:
    """Return the journey stage of common events, as a table to edit.

    Returns:
        One row per event: `event`, `journey_stage` (`"awareness"`, `"consideration"`, `"purchase"`
        or `"after_sales"`). Add, change or drop rows and give the table to `journey_map`.

    Examples:
        >>> stages = journey_stages().set_index("event")["journey_stage"]
        >>> stages["加购"], stages["delivery"]
        ('purchase', 'after_sales')
    """
    rows = [(event, stage) for stage, events in STAGES.items() for event in events]
    return pd.DataFrame(rows, columns=["event", "journey_stage"])
