"""Chinese: data."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import money_text

CHANNELS = {
    "email": "邮件",
    "sms": "短信",
    "wechat": "微信",
    "app": "应用",
    "push": "应用推送",
    "official_account": "微信公众号",
    "wecom": "企业微信",
    "mini_program": "小程序",
    "phone": "电话",
    "web": "网站",
}

EVERY_CHANNEL = ("全部", "所有")


def _order_audit(audit: Any) -> str:
    if audit.table.empty:
        return f"共 {audit.rows:,} 行，未发现问题。"
    most, count = audit.table["rows"].idxmax(), audit.table["rows"].max()
    return (
        f"{audit.rows:,} 行中有 {audit.rows - audit.clean_rows:,} 行存在问题，最多的是 {most}"
        f"（{count:,} 行）。"
    )


def _people_match(found: Any) -> str:
    counts = found.table["count"]
    return (
        f"{found.customers:,} 位客户中有 {counts['matched']:,} 位（{found.match_rate:.1%}）"
        "在人员表中；"
        f"另有 {counts['never_ordered']:,} 人从未下单。"
    )


def _consent_check(check: Any) -> str:
    return f"{check.actions:,} 项行动中有 {check.consented:,} 项已获同意。"


def _channel_merge(merged: Any) -> str:
    return f"{merged.source_customers:,} 个渠道客户合并为 {merged.customers:,} 位客户。"


def _table_profile(profile: Any) -> str:
    return (
        f"{profile.rows:,} 行 {profile.columns:,} 列；"
        f"{profile.rows * profile.columns:,} 个值中缺失 {profile.missing:,} 个。"
    )


def _net_returns(found: Any) -> str:
    return (
        f"{found.returns:,} 笔退货中有 {found.matched:,} 笔找到对应购买"
        f"（{money_text(found.matched_amount)}），{found.unmatched:,} 笔没有"
        f"（{money_text(found.unmatched_amount)}）。"
    )


def _suppressed_table(found: Any) -> str:
    return f"{found.small} 个小于 {found.k} 的单元格被隐去，另隐去 {found.further} 个以作保护。"


def _simulated_shop(shop: Any) -> str:
    return (
        f"模拟商店，{shop.customers:,} 位客户，截至 {shop.as_of}：{len(shop.orders):,} 笔订单，"
        f"{len(shop.events):,} 条事件，{len(shop.contacts):,} 次联系，"
        f"{len(shop.responses):,} 份回答。"
    )


def _eligibility(found: Any) -> str:
    if not found.conditional:
        return f"全部 {found.offers:,} 种优惠面向全部 {found.customers:,} 位客户。"
    name, counts = found.narrowest()
    unknown = f"（另有 {counts['unknown']:,} 位无法判断）" if counts["unknown"] else ""
    return (
        f"{found.offers:,} 种优惠中有 {found.conditional:,} 个设有条件；范围最窄的是 {name}，"
        f"{found.customers:,} 位客户中有 {counts['eligible_customers']:,} 位符合条件{unknown}。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "SimulatedShop": _simulated_shop,
    "ChannelMerge": _channel_merge,
    "PeopleMatch": _people_match,
    "ConsentCheck": _consent_check,
    "Eligibility": _eligibility,
    "NetReturns": _net_returns,
    "OrderAudit": _order_audit,
    "SuppressedTable": _suppressed_table,
    "TableProfile": _table_profile,
}
