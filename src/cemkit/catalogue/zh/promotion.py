"""Chinese: promotion."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.data import CHANNELS
from cemkit.catalogue.zh.messages import PHRASES, discount_words, scope_words
from cemkit.formats import level_text, moment_text

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


def _audience(found: Any) -> str:
    why = "、".join(f"{LEFT_OUT[reason]} {count:,}" for reason, count in found.left_out.items())
    text = f"{found.actions:,} 项行动中保留 {found.kept:,} 项；排除：{why or '无'}。"
    names = "、".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text}以下名单中没有任何有行动的客户：{names}。" if names else text


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
    scope, extras = coupon.said("zh")
    unknown = "" if coupon.matched else "没有规则包含该原因。"
    return (
        f"订单 {coupon.order_id} 获得{scope_words(scope or PHRASES['scope'])}"
        f"{discount_words(coupon.fraction)}{f'，另有{extras}' if extras else ''}，有效期至 "
        f"{coupon.valid_until:%Y-%m-%d}。{unknown}"
    )


def _exported_actions(found: Any) -> str:
    return (
        f"{found.actions:,} 项行动中有 {found.exported:,} 项导出到 {found.path}；"
        f"{found.no_consent:,} 项在 {found.as_of:%Y-%m-%d} 没有同意，已排除。"
    )


def _message(message: Any) -> str:
    channel = CHANNELS.get(message.channel, message.channel)
    return f"通过{channel}发给 {message.customer_id}：{message.subject}"


def _matched_reasons(found: Any) -> str:
    shown = "、".join(f"“{reason}”" for reason in found.examples)
    such = "，例如" if found.table["rule"].isna().sum() > len(found.examples) else "："
    other = f"{such}{shown}" if found.unmatched else ""
    return (
        f"{found.returns:,} 笔退货中有 {found.matched:,} 笔的原因符合某条规则；"
        f"{found.unmatched:,} 笔的原因不在规则中{other}；{found.missing:,} 笔没有写原因。"
    )


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
    "MatchedReasons": _matched_reasons,
    "Message": _message,
    "PlannedActions": _planned_actions,
    "StackedOffers": _stacked_offers,
}
