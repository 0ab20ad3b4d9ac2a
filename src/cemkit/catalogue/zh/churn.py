"""Chinese: churn."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, money_text, ratio_text, share_text

OUTCOMES = {
    "churn": "流失",
    "upgrade": "升级",
    "repurchase": "复购",
    "first_purchase": "首次购买",
}

HAD_OUTCOME = {
    "churn": "流失",
    "upgrade": "升级",
    "repurchase": "复购",
    "first_purchase": "完成首次购买",
}


def outcome_words(outcome: str) -> str:
    """What an outcome is called."""
    return OUTCOMES.get(outcome, f"“{outcome}”")


def outcome_reason(
    feature: str, own: str | None, usual: str, ratio: str, outcome: str, *, is_mean: bool
) -> str:
    """How one feature moves the odds of an outcome of one customer."""
    word, odds = "平均为" if is_mean else "通常为", outcome_words(outcome)
    return f"{feature} 为 {own or '缺失'}（{word} {usual}）：{odds}几率 × {ratio}"


def separation_words(kind: str, terms: list[str], separated: int, customers: int) -> str:
    """Which terms predict how many outcomes perfectly."""
    names = "、".join(repr(term) for term in terms[:6])
    names += f" 及另外 {len(terms) - 6} 项" if len(terms) > 6 else ""
    verb = "完美预测" if len(terms) == 1 else "共同完美预测"
    share = f" {customers:,} 位中 {separated:,}"
    if separated == customers:
        share = f"全部 {customers:,}"
    return f"{_SEPARATIONS[kind]}：{names} {verb}{share} 位客户的结果"


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
    what = "不再购买" if card.outcome == "churn" else outcome_words(card.outcome)
    return (
        f"{card.model} 预测客户在 {card.fitted_as_of} 之后 {card.window_days} 天内{what}的概率；"
        f"以 {card.customers:,} 位客户拟合，在 {card.tested_on:,} 位客户上的 AUC 为 {auc:.3f}。"
    )


def _diagnosis(found: Any) -> str:
    problems = "；".join(CHURN_PROBLEMS[problem](found) for problem in found.problems)
    return f"{problems or '没有分离，没有共线性，事件足够'}。"


def _feature_drift(found: Any) -> str:
    first, psi = found.table.index[0], found.table["psi"].iloc[0]
    return (
        f"{len(found.table)} 列中有 {found.shifted} 列发生漂移；变化最大的是 {first}"
        f"（PSI {psi:.3f}）。"
    )


def _evaluation(found: Any) -> str:
    roc = found.table.loc["roc_auc", ["value", "lower", "upper"]]
    auc, *ends = apart(*map(float, roc), spec=".3f", unlike=(0.0, 1.0))
    accuracy, majority = float(found.table["value"]["accuracy"]), found.majority_accuracy
    right, most = apart(accuracy, majority, spec=".1%", unlike=(0.0, 1.0))
    had = HAD_OUTCOME.get(found.outcome, f"出现“{found.outcome}”")
    return (
        f"{found.customers:,} 位客户中 {share_text(found.base_rate)} {had}；AUC 为 {auc}"
        f"（{interval_text(found.confidence_level, *ends)}）；准确率 {right}，"
        f"一律猜多数则为 {most}。"
    )


def _coefficients(found: Any) -> str:
    effect = found.clearest()
    clear = not effect["lower"] <= 0 <= effect["upper"]
    ratio, *ends = map(ratio_text, effect[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]])
    first = "影响最明确的是" if clear else "没有明确的影响；最接近明确的是"
    return (
        f"{first} {effect.name}：每增加一个单位，{outcome_words(found.outcome)}的几率乘以 {ratio}"
        f"（{interval_text(found.confidence_level, *ends)}）。"
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


def _importance(found: Any) -> str:
    what, first = outcome_words(found.outcome), found.table.iloc[0]
    if first["mean_effect"] == 0:
        return f"没有特征影响模型预测的{what}几率。"
    return (
        f"{len(found.table)} 个特征中，{first.name} 对模型预测的{what}几率影响最大："
        f"在 {found.customers:,} 位客户中平均使几率升高或降低到原来的 "
        f"{ratio_text(first['odds_factor'])} 倍或其倒数。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "ChurnCoefficients": _coefficients,
    "PropensityCoefficients": _coefficients,
    "ChurnDiagnosis": _diagnosis,
    "PropensityDiagnosis": _diagnosis,
    "ChurnEvaluation": _evaluation,
    "PropensityEvaluation": _evaluation,
    "ExpectedMaximumProfit": _maximum_profit,
    "FeatureDrift": _feature_drift,
    "FeatureImportance": _importance,
    "LeakageCheck": _leakage_check,
    "ModelCard": _model_card,
    "RetentionProfit": _retention_profit,
    "WindowSuggestion": _window_suggestion,
}
