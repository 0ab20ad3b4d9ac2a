"""Chinese."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from cemkit.formats import (
    apart,
    bounded,
    decimal_text,
    level_text,
    money_text,
    p_text,
    points_bounded,
    ratio_text,
    share_text,
)

# ---- The glossary: what cemkit calls things, and what readers of this language call them.

SEGMENTS = {
    "Champions": "冠军客户",
    "Loyal": "忠诚客户",
    "Cannot lose": "不能流失的客户",
    "At risk": "有流失风险的客户",
    "Need attention": "需要关注的客户",
    "Potential loyalists": "潜在忠诚客户",
    "New": "新客户",
    "Promising": "有潜力的客户",
    "About to sleep": "即将沉睡的客户",
    "Lost": "已流失客户",
    "Core value": "核心价值客户",
    "Marginal value": "边缘价值客户",
    "Potential value": "潜在价值客户",
}
STAGES = {
    "potential": "潜在期",
    "acquisition": "获取期",
    "growth": "成长期",
    "loyalty": "忠诚期",
    "churned": "流失期",
}
CHANNELS = {"email": "邮件", "sms": "短信", "wechat": "微信"}
EVERY_CHANNEL = ("全部", "所有")
PERIODS = {"week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
MEASURES = {"retention": "留存率", "repeat": "复购率", "amount": "人均金额"}
LEFT_OUT = {  # why an audience leaves an action out
    "unknown customer": "客户不在名单",
    "duplicate": "重复",
    "suppressed": "在禁止联系名单",
    "no channel": "没有渠道",
    "no consent": "没有同意",
    "quiet hours": "在免打扰时段",
    "contact cap": "超过联系上限",
    "held out": "属于对照组",
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
RULES = {  # the simple rules that an allocation is compared with, by how their names begin
    "nobody": "不给任何人",
    "everyone gets ": "所有人都给 ",
    "as many as the limits allow get ": "在限制内给尽可能多的人 ",
    "top churn risk gets ": "流失风险最高者给 ",
}

# ---- Messages to customers.

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


# ---- Sentences of results, and parts of them.


def churn_reason(feature: str, own: str | None, usual: str, ratio: str, *, is_mean: bool) -> str:
    """How one feature moves the odds of churn of one customer."""
    word = "平均为" if is_mean else "通常为"
    return f"{feature} 为 {own or '缺失'}（{word} {usual}）：流失几率 × {ratio}"


def separation_words(kind: str, terms: list[str], separated: int, customers: int) -> str:
    """Which terms predict how many outcomes perfectly."""
    names = "、".join(repr(term) for term in terms[:6])
    names += f" 等另外 {len(terms) - 6} 项" if len(terms) > 6 else ""
    verb = "完美预测" if len(terms) == 1 else "共同完美预测"
    share = f" {customers:,} 位中 {separated:,}"
    if separated == customers:
        share = f"全部 {customers:,}"
    return f"{_SEPARATIONS[kind]}：{names} {verb}{share} 位客户的结果"


def no_share(share: str, whole: str) -> str:
    """Why a share is missing, as the end of a sentence."""
    return f"{whole}并不明显大于 0，故不计算{share}"


def _interval(level: float, lower: str, upper: str) -> str:
    return f"{level_text(level)} 置信区间 {lower} 至 {upper}"


def _group(name: object) -> str:
    return (SEGMENTS | STAGES).get(str(name), str(name))


_SEPARATIONS = {"complete": "完全分离", "quasi": "准完全分离"}


def _separated_alone(found: Any) -> str:
    names = "、".join(map(repr, found.separated_alone))
    return (
        f"完全分离：{names} 中的每一项都单独完美预测全部 {found.customers:,} 位客户的结果；"
        "其系数大小由惩罚项决定，这类特征往往用到了 as_of 之后的信息"
    )


def _separated_together(found: Any) -> str:
    terms = found.table.index[found.table["unbounded"]].tolist()
    words = separation_words(found.separation, terms, found.separated, found.customers)
    return f"{words}；其系数大小由惩罚项决定"


def _few_events(found: Any) -> str:
    return (
        f"事件太少：{len(found.table)} 项中每一项只有 {found.events_per_term:.1f} 位结果较少一方的"
        f"客户，建议至少 {found.events_advised} 位；请减少特征或增加客户"
    )


def _collinear(found: Any) -> str:
    return f"存在共线性的项：{'、'.join(map(repr, found.collinear))}"


CHURN_PROBLEMS: dict[str, Callable[[Any], str]] = {
    "separated alone": _separated_alone,
    "separated together": _separated_together,
    "few events": _few_events,
    "collinear": _collinear,
}
EFFECT = {  # the parts of the sentence about promotions
    "start": "促销期间销售额变化 {lift}，",
    "dip": "促销后变化 {dip}，",
    "net": "净效应 {amount}（{interval}）",
    "lift": "即 {amount}（{interval}）",
    "decline": "；促销后下滑的概率为 {decline}",
    "not measured": "；促销后的变化未测量",
    "dip not identified": "；促销后的变化无法识别：每年同期都有促销，季节因素同样可以解释",
    "not identified": "；没有一年在同期不做促销，仅限于这段时间的季节因素会被计入提升",
    "no other year": "；没有其他年份显示同期不做促销的情形，季节因素会被计入效应",
    "no share": "；" + no_share("提升百分比", "基线"),
    "nothing": (
        "效应无法识别：每年同期都有促销，季节因素同样可以解释；如需提升请用 method='regression'"
    ),
}


def _retention_profit(found: Any) -> str:
    plan, everyone = apart(found.expected_profit, found.everyone_profit, spec=",.2f")
    return (
        f"应联系 {found.customers:,} 位客户中的 {found.contacted:,} 位"
        f"（{share_text(found.best_share)}）：预期利润 {plan}，全部联系则为 {everyone}。"
    )


def _maximum_profit(found: Any) -> str:
    return (
        f"按此评分联系 {share_text(found.best_share)} 的客户，"
        f"预期每位客户利润 {money_text(found.expected_profit)}。"
    )


def _model_card(card: Any) -> str:
    auc = float(card.table["value"]["roc_auc"])
    return (
        f"{card.model} 预测客户在 {card.fitted_as_of} 之后 {card.window_days} 天内不再购买的概率；"
        f"以 {card.customers:,} 位客户拟合，在 {card.tested_on:,} 位客户上的 AUC 为 {auc:.3f}。"
    )


def _churn_diagnosis(found: Any) -> str:
    problems = "；".join(CHURN_PROBLEMS[problem](found) for problem in found.problems)
    return f"{problems or '没有分离，没有共线性，事件足够'}。"


def _feature_drift(found: Any) -> str:
    first, psi = found.table.index[0], found.table["psi"].iloc[0]
    return (
        f"{len(found.table)} 列中有 {found.shifted} 列发生漂移；变化最大的是 {first}"
        f"（PSI {psi:.3f}）。"
    )


def _churn_evaluation(found: Any) -> str:
    roc = found.table.loc["roc_auc", ["value", "lower", "upper"]]
    auc, *ends = apart(*map(float, roc), spec=".3f", unlike=(0.0, 1.0))
    accuracy, majority = float(found.table["value"]["accuracy"]), found.majority_accuracy
    right, most = apart(accuracy, majority, spec=".1%", unlike=(0.0, 1.0))
    return (
        f"{found.customers:,} 位客户中 {share_text(found.base_rate)} 流失；AUC 为 {auc}"
        f"（{_interval(found.confidence_level, *ends)}）；准确率 {right}，"
        f"一律猜多数则为 {most}。"
    )


def _churn_coefficients(found: Any) -> str:
    effect = found.clearest()
    clear = not effect["lower"] <= 0 <= effect["upper"]
    ratio, *ends = map(ratio_text, effect[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]])
    first = "影响最明确的是" if clear else "没有明确的影响；最接近明确的是"
    return (
        f"{first} {effect.name}：每增加一个单位，流失的几率乘以 {ratio}"
        f"（{_interval(found.confidence_level, *ends)}）。"
    )


def _window_suggestion(found: Any) -> str:
    late = f"{found.still_returning_share:.1%}"
    if found.window_days is not None:
        return (
            f"建议以 {found.window_days} 天不购买为流失：沉默这么久的客户中，仍有 {late} "
            f"会在上次购买后的 {found.seen_days} 天内回来。"
        )
    if found.table.empty:
        return f"没有合适的流失窗口：数据只能判断 {found.seen_days} 天以内的沉默；请用更长的历史。"
    return (
        f"没有合适的流失窗口：沉默满 {found.table.index[-1]} 天的客户中仍有 {late} 会回来，"
        "而数据无法判断更长的窗口；请用更长的历史，或更低的 share。"
    )


def _leakage_check(found: Any) -> str:
    names = "、".join(found.table.index[found.table["suspect"]])
    if not names:
        return "没有哪个特征单独就预测得过好。"
    return (
        f"疑似泄漏的特征：{names}：单独的 AUC 就超过 {found.plausible_auc:g}；"
        "请确认它们没有用到 as_of 之后的信息。"
    )


def _model_comparison(found: Any) -> str:
    error, past = found.table["rmse"][found.best], found.table["rmse"][found.baseline]
    return (
        f"{found.best} 对 {found.n_customers:,} 位客户此后 {found.horizon_days} 天的预测最好："
        f"预计购买 {found.predicted_purchases:,.0f} 次，实际 {found.actual_purchases:,} 次"
        f"（每位客户的 RMSE 为 {error:.3f}；假定过去的行为不变则为 {past:.3f}）。"
    )


def _likelihood_ratio_test(test: Any) -> str:
    return (
        f"似然比检验：卡方({test.degrees_of_freedom}) = {test.statistic:.2f}，"
        f"{p_text(test.p_value)}。"
    )


def _lifetime_value(value: Any) -> str:
    once = int(value.left_out_["no repeat purchase"])
    free = int(value.left_out_["mean repeat amount of 0 or less"])
    return (
        f"客单价模型未使用 {once:,} 位没有复购的客户（按全体均值估值），以及 {free:,} 位"
        "复购平均金额不大于 0 的客户（按复购金额为零估值）；下过单的客户都有估值。"
    )


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


def _readout(found: Any) -> str:
    if found.valid is False and found.sample_ratio is not None:
        return _sample_ratio(found.sample_ratio)
    where, best = found.best_comparison()
    difference, *ends = apart(
        *(best[f"difference{end}"] for end in ("", "_lower", "_upper")), spec="+.4g"
    )
    level = apart(100 * best["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    lift = "；" + no_share("提升幅度", f"{found.control} 的 {best['metric']} ")
    return (
        f"{_verdict(found)}（{where}{best['variant']} - {found.control}：{best['metric']} "
        f"{difference}，{level}% 置信区间 {ends[0]} 至 {ends[1]}，"
        f"{p_text(best['p_value_adjusted'])}{lift if math.isnan(best['lift']) else ''}）。"
    )


def _verdict(found: Any) -> str:
    verb, _, variant = found.decision.partition(" ")
    return {
        "adopt": f"采用 {variant}",
        "keep": f"保留 {variant}",
        "undecided": f"没有方案胜过 {found.control}" if found.some_lost else "未检测到差异",
        "by": "见各组结果",
    }[verb]


def _sample_ratio(test: Any) -> str:
    p = p_text(test.p_value)
    if test.valid:
        return f"样本比例与设计相符（{p}）。"
    return f"样本比例与设计不符（{p}），结果无效：请先查明原因。"


def _backtest(found: Any) -> str:
    best, naive = found.table.index[0], found.table["mase"][found.naive]
    if best == found.naive:
        return f"没有模型优于季节性朴素预测（MASE {naive:.3f}）。"
    error = found.table["mase"].iloc[0]
    return f"{best} 的 MASE 最低（{error:.3f}）；季节性朴素预测为 {naive:.3f}。"


def _forecast_summary(summary: Any) -> str:
    return f"{summary.model}，基于 {summary.n} 个观测值，AICc {summary.aicc:,.2f}。"


def _forecast_diagnosis(found: Any) -> str:
    p = p_text(found.ljung_box_p_value)
    if found.ljung_box_p_value >= 0.05:
        return f"误差像白噪声（Ljung-Box {p}）。"
    return f"误差仍有自相关（Ljung-Box {p}）；区间可能过窄。"


def _promotion_profit(found: Any) -> str:
    earned, *ends = bounded(found, "net_profit", ",.2f")
    needed, achieved = apart(found.break_even_lift, found.achieved_lift, spec=".1%")
    lifts = f"保本需提升 {needed}，实际提升 {achieved}"
    if math.isnan(found.break_even_lift):
        lifts = no_share("保本提升", "基线")
    if math.isinf(found.break_even_lift):
        lifts = "折扣不低于毛利，任何提升都无法保本"
    return f"促销净利润 {earned}（{_interval(found.confidence_level, *ends)}）；{lifts}。"


def _promotion_effect(found: Any) -> str:
    lower, upper = (end.removeprefix("+") for end in found.figures["ends"])
    interval = _interval(found.confidence_level, lower, upper)
    form = "".join(EFFECT[part] for part in found.parts)
    return form.format(**found.figures, interval=interval) + "。"


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


def _coupon_ledger(ledger: Any) -> str:
    return (
        f"截至 {ledger.as_of:%Y-%m-%d} 共发放 {ledger.issued:,} 张券：已核销 {ledger.redeemed:,}，"
        f"已过期 {ledger.expired:,}，待使用 {ledger.outstanding:,}。"
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


def _proportion_test(test: Any) -> str:
    control, treatment = test.labels
    new, old = apart(test.rates[1], test.rates[0], spec=".2%")
    points, *ends = points_bounded(test, "difference", "+.2f")
    verdict = f"{test.winner} 胜出" if test.winner else "未检测到差异"
    return (
        f"{treatment} 的转化率为 {new}，{control} 为 {old}：相差 {points} 个百分点"
        f"（{_interval(test.confidence_level, *ends)}，{p_text(test.p_value)}）；{verdict}。"
    )


def _margin_test(test: Any) -> str:
    control, treatment = test.labels
    points, *ends = points_bounded(test, "difference", "+.2f")
    allowed = apart(100 * test.allowed_difference, spec=".2f")[0]
    claim = "不劣于" if test.question == "non-inferior" else "等效于"
    verdict = "已证实" if test.shown else "未能证实"
    interval = _interval(2 * test.confidence_level - 1, *ends)
    return (
        f"{verdict} {treatment} {claim} {control}（允许相差 {allowed} 个百分点，"
        f"{p_text(test.p_value)}；实际相差 {points}，{interval}）。"
    )


def _proportion_interval(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".2%")
    interval = _interval(found.confidence_level, *ends)
    return f"{found.trials:,} 中有 {found.successes:,}，比率 {rate}（{interval}）。"


def _one_proportion_test(test: Any) -> str:
    rate, expected = apart(test.rate, test.expected_rate, spec=".2%")
    verdict = "检测到差异" if test.detected else "未检测到差异"
    return (
        f"{test.trials:,} 中有 {test.successes:,}，比率 {rate}，预期为 {expected}"
        f"（{p_text(test.p_value)}）：{verdict}。"
    )


def _sample_size(plan: Any) -> str:
    control, treatment = apart(plan.control, plan.treatment, spec=".6g")
    goal = f"检测到从 {control} 到 {treatment} 的变化"
    if plan.allowed_difference:
        goal = f"证实 {treatment} 不劣于 {control}（允许相差 {plan.allowed_difference:g}）"
    days = f"，约需 {plan.days:,} 天的流量" if plan.days is not None else ""
    return (
        f"要以 {level_text(plan.power)} 的把握{goal}，对照组需要 {plan.n_per_arm:,} 位客户，"
        f"共 {plan.n_total:,} 位{days}。"
    )


def _proportion_comparison(found: Any) -> str:
    return (
        f"各组比率相等的检验 {p_text(found.p_value)}；{len(found.table)} 对中检测到 "
        f"{found.detected} 对差异（{found.correction} 校正）。"
    )


def _cycle_score(score: Any) -> str:
    error, plain = apart(score.error_days, score.plain_mean_error_days, spec=".1f")
    fewer, *ends = apart(
        score.advantage_days, score.advantage_lower, score.advantage_upper, spec=".1f"
    )
    return (
        f"对 {score.customers:,} 个购买周期，平均误差 {error} 天，简单平均间隔为 {plain} 天：少 "
        f"{fewer} 天（{_interval(score.confidence_level, *ends)}）。"
    )


def _recommendation_score(score: Any) -> str:
    hits, popular = apart(score.hit_rate, score.popularity_hit_rate, spec=".1%")
    more, *ends = points_bounded(score, "advantage", "+.1f")
    return (
        f"{score.customers:,} 位客户中，{hits} 购买了 {score.k} 个推荐之一，"
        f"最热门商品为 {popular}：相差 {more} 个百分点"
        f"（{_interval(score.confidence_level, *ends)}）。"
    )


def _cluster_count(found: Any) -> str:
    text = _clusters_found(found)
    if found.n_sampled < found.n_rows:
        text += f"判断基于随机抽取的 {found.n_sampled:,} 位客户。"
    if found.convenient_cut is None:
        return text
    strength, strong = found.cut_strength, found.strong
    weak = "" if strength >= strong else f"，低于 {strong}：换一批客户，切法可能不同"
    return (
        f"{text}如果需要分组，可以方便地切成 {found.convenient_cut} 组"
        f"（预测强度 {strength:.2f}{weak}），但这些组不是从数据中发现的。"
    )


def _clusters_found(found: Any) -> str:
    if found.n_clusters > 1:
        return (
            f"{found.n_rows:,} 位客户分为 {found.n_clusters} 个群体："
            f"任意两个群体之间都有低谷（dip 检验，{found.largest_p}）。"
        )
    if found.too_few:
        return (
            f"{found.n_rows:,} 位客户没有可分辨的群体："
            f"{found.n_sampled:,} 位客户太少，至少需要 {2 * found.smallest:,} 位。"
        )
    return (
        f"{found.n_rows:,} 位客户没有可分辨的群体：任何划分都不能在两组之间留下低谷"
        f"（dip 检验，显著性水平 {level_text(found.level)}），看起来是一个连续体。"
    )


def _cluster_rules(rules: Any) -> str:
    return (
        f"{len(rules.table)} 条规则将 {rules.customers:,} 位客户中的 {rules.fidelity:.1%} "
        "归入其群体。"
    )


def _cohort_table(cohorts: Any) -> str:
    value, period = cohorts.second_value(), PERIODS[cohorts.period]
    if value is None:
        return f"还没有任何同期群在首购之后观察满一{period}。"
    shown = apart(value, spec=",.2f" if cohorts.measure == "amount" else ".1%")[0]
    return f"首购一{period}后，平均{MEASURES[cohorts.measure]}为 {shown}。"


def _segment_evaluation(found: Any) -> str:
    top = found.table.iloc[0]
    shares = apart(top["share"], top["outcome_share"], spec=".1%")
    outcome = f"、结果的 {shares[1]}。"
    if pd.isna(top["outcome_share"]):
        outcome = "；结果合计不大于 0，不计占比。"
    return (
        f"{found.segments} 个分群解释了结果方差的 "
        f"{apart(found.variance_explained_adjusted, spec='.1%')[0]}；"
        f"最佳分群“{_group(top.name)}”占客户的 {shares[0]}{outcome}"
    )


def _segment_migration(found: Any) -> str:
    return (
        f"前后都在的 {found.stayed + found.moved:,} 位客户中 {found.stayed_rate:.1%} 标签未变；"
        f"新来 {len(found.came):,} 位，离开 {len(found.left):,} 位。"
    )


def _offer_allocation(found: Any) -> str:
    rule = found.best_rule
    for english, chinese in RULES.items():
        if found.best_rule.startswith(english):
            rule = found.best_rule.replace(english, chinese, 1)
    more, *ends = apart(
        found.advantage_profit, found.advantage_lower, found.advantage_upper, spec=",.2f"
    )
    interval = _interval(found.confidence_level, *ends)
    advice = "建议采用" if found.recommended else "不建议采用"
    which = "大于 0" if found.recommended else "包含 0：请用该规则"
    doubt = "；增益视为确定值（没有 profit_standard_error）" if found.is_certain else ""
    return (
        f"{found.customers:,} 位客户获得优惠，预期利润 {money_text(found.total_profit)}，成本 "
        f"{money_text(found.total_cost)}：{advice}，比最佳简单规则“{rule}”多 {more}"
        f"（{interval}，{which}）{doubt}。"
    )


def _qini_score(score: Any) -> str:
    qini, *ends = bounded(score, "qini", ".3f")
    verdict = {1: "优于随机排序", 0: "与随机排序无可测差异", -1: "劣于随机排序"}[score.place]
    interval = _interval(score.confidence_level, *ends)
    return f"Qini 为 {qini}（{interval}，{p_text(score.p_value)}）：{verdict}。"


def _policy_value(found: Any) -> str:
    value, *ends = bounded(found, "value", ",.2f")
    more, least, most = bounded(found, "advantage", "+,.2f")
    return (
        f"该策略每位客户价值 {value}（{_interval(found.confidence_level, *ends)}）；"
        f"与所有人都给 {found.best_constant} 相差 {more}（{least} 至 {most}）。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Audience": _audience,
    "Backtest": _backtest,
    "ChannelMerge": _channel_merge,
    "ChurnCoefficients": _churn_coefficients,
    "ChurnDiagnosis": _churn_diagnosis,
    "ChurnEvaluation": _churn_evaluation,
    "ClusterCount": _cluster_count,
    "ClusterRules": _cluster_rules,
    "CohortTable": _cohort_table,
    "PeopleMatch": _people_match,
    "ConsentCheck": _consent_check,
    "Coupon": _coupon,
    "CouponLedger": _coupon_ledger,
    "CustomerLifetimeValue": _lifetime_value,
    "CycleScore": _cycle_score,
    "Diagnosis": _forecast_diagnosis,
    "ExpectedMaximumProfit": _maximum_profit,
    "ExperimentReadout": _readout,
    "ExportedActions": _exported_actions,
    "FeatureDrift": _feature_drift,
    "FiredTriggers": _fired_triggers,
    "ForecastSummary": _forecast_summary,
    "LeakageCheck": _leakage_check,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "MarginTest": _margin_test,
    "Message": _message,
    "ModelCard": _model_card,
    "NetReturns": _net_returns,
    "OfferAllocation": _offer_allocation,
    "OneProportionTest": _one_proportion_test,
    "OrderAudit": _order_audit,
    "PolicyValue": _policy_value,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
    "ProportionComparison": _proportion_comparison,
    "ProportionInterval": _proportion_interval,
    "ProportionTest": _proportion_test,
    "PurchaseModelComparison": _model_comparison,
    "QiniScore": _qini_score,
    "RecommendationScore": _recommendation_score,
    "RetentionProfit": _retention_profit,
    "SampleRatioTest": _sample_ratio,
    "SampleSize": _sample_size,
    "SegmentEvaluation": _segment_evaluation,
    "SegmentMigration": _segment_migration,
    "SuppressedTable": _suppressed_table,
    "TableProfile": _table_profile,
    "WindowSuggestion": _window_suggestion,
}
