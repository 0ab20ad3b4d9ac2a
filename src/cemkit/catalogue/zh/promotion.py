"""Chinese: promotion."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from cemkit.catalogue.zh.data import CHANNELS
from cemkit.formats import decimal_text, level_text, moment_text

LEFT_OUT = {  # why an audience leaves an action out
    "unknown customer": "客户不在名单",
    "duplicate": "重复",
    "suppressed": "在禁止联系名单",
    "no channel": "没有渠道",
    "no consent": "没有同意",
    "quiet hours": "在免打扰时段",
    "contact cap": "超过联系上限",
    "held out": "属于对照组",
    "no offer": "没有适用的优惠",
}

GUARDS = {
    "people": "客户",
    "consent": "同意记录",
    "suppression": "禁止联系名单",
    "contacts": "联系记录",
    "assignment": "实验分组",
}

HELD_BACK = {  # why a trigger that fires gives no action
    "cooling_down": "冷却期内",
    "outranked": "已有更优先的规则",
    "over_cap": "超过上限",
}

TEMPLATES = {  # subject and body, by kind of channel
    "letter": (
        "{scope}{discount}，{valid_until}截止",
        "尊敬的{name}：\n\n{history}\n{valid_from}至{valid_until}，{scope}{discount}。\n"
        "{extras}\n{code}\n\n{terms}",
    ),
    "short": (
        "{scope}{discount}",
        "{name}您好，{scope}{discount}，{valid_until}截止。\n{code}\n{terms}",
    ),
    "chat": (
        "{scope}{discount}，{valid_until}截止",
        "{name}，您好！\n{history}\n{scope}{discount}，{valid_until}截止。\n{extras}\n{code}\n"
        "{terms}",
    ),
}

PHRASES = {
    "name": "客户",
    "scope": "全场商品",
    "history": "感谢您购买{products}。",
    "and": "、",
    "extras": "另有{extras}。",
    "code": "您的优惠码：{code}",
    "terms": (
        "活动条款：{scope}{discount}，有效期{valid_from}至{valid_until}。"
        "如不愿再收到优惠信息，请回复TD退订。"
    ),
    "terms_with_extras": (
        "活动条款：{scope}{discount}，另有{extras}，有效期{valid_from}至{valid_until}。"
        "如不愿再收到优惠信息，请回复TD退订。"
    ),
}

RETURN_REASONS = {  # what customers write when they return something
    "quality": ("质量问题|质量不好|质量差|品质问题|品质不良|坏了|破损|损坏|瑕疵|次品"),
    "size": "尺寸不合适|尺寸不对|尺寸不合|尺寸不符|尺码不合适|尺码不对|大小不合适|太大|太小",
}


def discount_words(fraction: Decimal) -> str:
    """A discount as shops write it: 20 % off leaves eight tenths, 8折."""
    tenths = f"{decimal_text(10 - fraction * 10)}折" if fraction < 1 else "免费"
    return f"{tenths}（优惠{decimal_text(fraction * 100)}%）"


def scope_words(scope: str) -> str:
    """What a discount holds for, as it stands beside it: its digits must not join those."""
    return f"“{scope}”" if scope[-1:].isdigit() else scope


def day_words(day: pd.Timestamp) -> str:
    """A day as shops write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def _audience(found: Any) -> str:
    why = "、".join(f"{LEFT_OUT[reason]} {count:,}" for reason, count in found.left_out.items())
    text = f"{found.actions:,} 项行动中保留 {found.kept:,} 项；排除：{why or '无'}。"
    names = "、".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text}以下名单中没有任何行动的客户：{names}。" if names else text


def _fired_triggers(found: Any) -> str:
    held = "、".join(f"{HELD_BACK[name]} {count:,}" for name, count in found.held_back.items())
    return (
        f"{found.crossed:,} 次触发条件成立，其中 {found.fired:,} 次产生行动；"
        f"未执行：{held or '无'}。"
    )


def _planned_actions(found: Any) -> str:
    left = {
        "其取值没有对应优惠": found.no_offer,
        f"没有 {found.by}": found.no_value,
        "不符合条件": found.held_back("not_eligible"),
        "无法判断是否符合条件": found.held_back("unknown"),
    }
    why = "、".join(f"{reason} {count:,}" for reason, count in left.items() if count)
    return (
        f"按 {found.by}，{found.customers:,} 位客户中有 {found.with_action:,} 位获得行动；"
        f"排除：{why or '无'}。"
    )


def _coupon_ledger(ledger: Any) -> str:
    return (
        f"截至 {moment_text(ledger.as_of)} 共发放 {ledger.issued:,} 张券："
        f"已核销 {ledger.redeemed:,}，已过期 {ledger.expired:,}，待使用 {ledger.outstanding:,}。"
    )


def _stacked_offers(found: Any) -> str:
    counts = [
        (found.not_holding, "未达门槛或无对应等级"),
        (found.not_stackable, "不可叠加"),
        (found.over_cap, f"超过单笔金额 {level_text(found.max_share)} 的叠加上限"),
    ]
    why = "、".join(f"{reason} {count:,}" for count, reason in counts if count)
    return (
        f"{found.purchases:,} 笔订单共申请 {found.claimed:,} 项优惠，使用 {found.used:,} 项，"
        f"成本 {found.total_cost:,.2f}；未使用：{why or '无'}。"
    )


def _coupon(coupon: Any) -> str:
    extras = f"，另有{coupon.extras}" if coupon.extras else ""
    return (
        f"订单 {coupon.order_id} 获得{scope_words(coupon.scope or PHRASES['scope'])}"
        f"{discount_words(coupon.fraction)}{extras}，有效期至 {coupon.valid_until:%Y-%m-%d}。"
    )


def _exported_actions(found: Any) -> str:
    return (
        f"{found.actions:,} 项行动中有 {found.exported:,} 项导出到 {found.path}；"
        f"{found.no_consent:,} 项在 {found.as_of:%Y-%m-%d} 没有同意，已排除。"
    )


def _message(message: Any) -> str:
    channel = CHANNELS.get(message.channel, message.channel)
    return f"通过{channel}发给 {message.customer_id}：{message.subject}"


def _eligible_pairs(found: Any) -> str:
    why = "、".join(f"{LEFT_OUT[reason]} {count:,}" for reason, count in found.left_out.items())
    text = (
        f"{found.customers:,} 位客户中有 {found.eligible_customers:,} 位可以触达并适用 "
        f"{len(found.offers):,} 种优惠中的至少一种，共 {found.pairs:,} 个客户与优惠的组合；"
        f"排除：{why or '无'}。"
    )
    names = "、".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text}以下名单中没有任何客户：{names}。" if names else text


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Audience": _audience,
    "Coupon": _coupon,
    "CouponLedger": _coupon_ledger,
    "EligiblePairs": _eligible_pairs,
    "ExportedActions": _exported_actions,
    "FiredTriggers": _fired_triggers,
    "Message": _message,
    "PlannedActions": _planned_actions,
    "StackedOffers": _stacked_offers,
}
