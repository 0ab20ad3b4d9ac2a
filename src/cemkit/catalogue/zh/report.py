"""Chinese: the customer report."""

from collections.abc import Callable
from typing import Any

REPORT = {
    "title": "客户报告，{day}",
    "skip": "跳到正文",
    "contents": "目录",
    "number": "指标",
    "value": "数值",
    "interval": "区间",
    "to": "至",
    "and": "、",
    "hidden": "不显示",
    "table_link": "表格",
    "method_link": "方法",
    "method": "方法",
    "notes": "说明",
    "figures": "关键数字",
    "scroll": "{caption}，可滚动的表格",
    "scroll_picture": "{caption}，可滚动的图",
    "more_rows": "其余 {more} 行见 Parquet 与 JSON 文件。",
    "suppressed_rows": "为保护小群体，有 {rows} 行未完整显示。",
    "picture_of": "图：{section}",
    "problem": "本节未能计算：{why}",
    "partly": "本节从此处起未能计算：{why}",
    "interval_level": "{level} 区间",
    "footer": (
        "区间的水平为 {level}，反映抽样误差。少于 {smallest} 位客户的群体不显示{named}。由 cemkit "
        "{version} 生成；本页不加载任何外部内容。"
    ),
    "footer_off": (
        "区间的水平为 {level}，反映抽样误差。小群体照常显示{named}。由 cemkit {version} 生成；"
        "本页不加载任何外部内容。"
    ),
    "footer_unnamed": "，也不列出任何客户",
    "footer_named": "；本页列出了客户，请只在团队内部使用",
    "hidden_sentence": "此处有一句涉及少于 {smallest} 位客户，因此不显示。",
    "span": "{customers} 位客户共有 {rows} 行订单，购买日期从 {first} 到 {last}。",
    "beyond": "超出偶然",
    "within": "偶然范围内",
    "no_problems": "没有发现有问题的行。",
    "problems": "其中 {rows} 行有问题，最多的是“{problem}”（{count} 行）。",
    "left_out": "未计入指标的{table}：{reason}，{count}。",
    "waiting": "最近几个月的结果尚不可知，因此不显示：{names}。",
    "waiting_months": "{indicator}（{count} 个月）",
    "not_measured": "因缺少数据而未计算：{names}。",
    "alt_indicators": "各指标按月的折线，每条线有自己的刻度，并标出区间、最近值与最近变化。",
    "revenue_of": "{period} 销售额",
    "no_picture": "此处没有图，因为图中会出现小群体。",
    "own_segments": "分群来自 people 表。该表只有一天的数据，因此无法显示分群之间的流动。",
    "stayed": (
        "两天都在的 {customers} 位客户中，{rate} 仍在原来的分群；新增 {came} 位，离开 {left} 位。"
    ),
    "no_moves": "未能计算分群之间的流动：{why}",
    "moves_since": "流动从 91 天前的 {day} 算起，两天都按今天的分界评分。",
    "other_segments": "其他 {number} 个分群",
    "largest_segment": "销售额最大的分群是{segment}：占客户的 {customers}，占销售额的 {amount}。",
    "small_cohorts": "人数很少的同期群，以及会使其泄露的同期群，均不显示，也不计入平均。",
    "cohorts_left_out": "首购周期到最后一天尚未结束的客户不属于任何同期群。",
    "window_suggested": (
        "客户 {days} 天没有购买即视为流失，这是数据建议的窗口。模型以截至 {trained} 的数据训练，"
        "以截至 {tested} 的数据在之后的窗口上检验。"
    ),
    "window_default": (
        "客户 {days} 天没有购买即视为流失。这是默认窗口：数据没有给出建议，或历史太短。模型以截至 "
        "{trained} 的数据训练，以截至 {tested} 的数据在之后的窗口上检验。"
    ),
    "churn_sample": (
        "模型在随机抽取的 {sample} 位客户（共 {customers} 位）上训练和检验，并为所有客户评分。"
    ),
    "no_promotion_profit": ("计算促销的利润需要毛利率，以及以小数表示的各次促销折扣。"),
    "promotion_assumptions": (
        "计算利润时以各次促销 size 的均值 {discount} 为所有促销的折扣，并视为没有固定成本。"
    ),
    "difference_of": "{metric}：{variant} 减 {control}",
    "no_question": (
        "responses 中没有名为 nps、csat 或 ces 的问题；请指明，例如 questions={'nps': 'recommend'}"
    ),
    "no_measure": "questions 没有为任何一种评分（{measures}）指明问题",
    "planned": "按分群，{customers} 位客户中有 {planned} 位有标准行动。",
    "few_answers": "回答少于 10 份的月份也显示出来，但不应据此下结论。",
    "no_drivers": "未能计算驱动因素：{why}",
    "no_steps": "绘制漏斗需要按顺序给出各步骤，例如访问、加购、下单。",
    "end": "（结束）",
    "no_profit": "计算预期利润还需要：{names}。",
    "profit_assumptions": (
        "预期利润的假设：给定的增益对每位客户都成立，毛利率为销售额的 {margin}，一次购买的金额等于"
        "该客户至今的平均金额，流失概率为今后 {days} 天的概率。"
        "在依赖此方案之前，请用随机对照组检验。"
    ),
    "no_rows": "没有数据行。",
    "few": "少于 {smallest}",
    "no_table": "没有给出{table}数据",
    "too_few": "{what}太少：现有 {have}，至少需要 {need}",
    "too_few_needed": "{what}太少：至少需要 {need}",
    "none": "没有{what}",
    "too_few_hidden": "{what}太少（少于 {smallest}）",
    "same_problem": "原因与“{section}”一节相同",
}

REPORT_INPUTS = {  # what was not given
    "promotions": "促销",
    "experiment": "实验",
    "responses": "问卷回答",
    "events": "事件",
    "offers": "优惠表",
    "margin": "毛利率",
    "uplift": "优惠的增益",
}

REPORT_LEFT_OUT = {  # rows that are in no indicator, by the reason
    "after as_of": "晚于最后一天",
    "orders of an unfinished period": "所在月份尚未结束",
    "unfinished period": "所在月份尚未结束",
    "before the first order": "早于第一笔订单",
    "no customer or no date": "没有客户或日期",
    "customers with nothing but returns: in amounts, in no count": "只有退货的客户（只计金额）",
    "of no customer of the group": "属于从未购买的人",
    "of customers not active then": "属于当时不活跃的客户",
}

REPORT_ROWS = {  # tables that rows are left out of
    "orders": "订单",
    "people": "客户资料",
    "costs": "成本",
    "responses": "回答",
    "contacts": "联系",
    "events": "事件",
    "complaints": "投诉",
    "referrals": "转介绍",
}

REPORT_WARNINGS = {  # warnings that readers of the page see, by how they begin
    r"^left out .*cover only a part": ("订单只覆盖部分日期的周未计入。"),
    r"^(quasi |complete )?separation": (
        "有些列能完全预测部分客户是否流失，因此模型压低了它们的影响。"
    ),
    r"^too few events": (
        "对这样规模的模型而言，较少见的结果涉及的客户太少：流失概率只能作粗略参考。"
    ),
    r"have fewer than 300 ratings": ("有些触点的评分不足 300 份，其重要性的区间可能偏窄。"),
    r"^the uplift of .* outside the probabilities": (
        "部分客户的增益会使概率低于 0 或高于 1，已截至该界限。"
    ),
}

REPORT_ACTIONS = {  # of the standard plan
    "reward": "奖励",
    "win_back": "挽回",
    "remind": "提醒",
    "develop": "培养",
    "welcome": "欢迎",
    "greet": "问候",
}

REPORT_OFFERS = {  # of the standard plan
    "early access": "抢先购买",
    "double points": "双倍积分",
    "comeback 20": "回归八折",
    "comeback 15": "回归八五折",
    "next order 10": "下一单九折",
    "free delivery": "免运费",
    "greeting": "问候",
}

REPORT_METRICS = {"converted": "转化率", "amount": "人均金额"}

REPORT_SECTIONS = {
    "holdings": "数据内容",
    "indicators": "指标",
    "revenue": "销售额为何变化",
    "segments": "客户分群",
    "cohorts": "同期群",
    "value": "终身价值与预测",
    "churn": "流失风险",
    "promotions": "促销",
    "experiments": "实验",
    "feedback": "反馈",
    "journey": "旅程",
    "actions": "对谁采取行动",
}

REPORT_TABLES = {
    "ledger": "订单中的问题",
    "indicators": "最近一期的指标",
    "indicator_history": "各期指标",
    "revenue": "销售额变化的构成",
    "segments": "客户分群",
    "moves": "分群之间的流动",
    "cohort_average": "首购后各期的平均留存率",
    "cohorts": "各同期群、首购后各期的留存率",
    "values": "各分群的终身价值",
    "base_forecast": "每周预期购买次数与销售额",
    "risks": "各分群的流失风险",
    "calibration": "预测与实际流失",
    "promotions": "促销及其基线",
    "experiment": "各组之间的差异",
    "scores": "评分",
    "score_course": "每月评分",
    "drivers": "与评分相关的因素",
    "funnel": "旅程的步骤",
    "event_moves": "事件之间的转移",
    "plan": "各分群的标准行动",
    "offers": "方案中的优惠",
    "targets": "预期利润最高的客户",
}

REPORT_METHODS = {
    "ledger": (
        "audit_orders：逐行检查每种问题，一行可有多种问题。计数没有区间。净额为购买减去退货。"
    ),
    "indicators": (
        "scorecard：分子除以分母，以客户为单位。比率用 Wilson 区间，均值用 Student 区间，"
        "全量计数没有区间。变化的区间不含 0 即为超出偶然。区间只反映恰好是哪些客户购买，"
        "不含使所有客户同时变动的因素。"
    ),
    "indicator_history": "scorecard：每个已结束周期的同样指标，以及各自与上一期相比的变化。",
    "revenue": (
        "revenue_tree：按客户类型拆分变化；留存客户部分按 Shapley 规则拆为人均订单数与单均金额。"
        "区间以客户为单位。"
    ),
    "segments": (
        "RFMSegmenter：按最近一次消费、消费频率与消费金额的五分位评分得出分群；"
        "people 表中有分群时采用其分群。全量计数，没有区间。"
    ),
    "moves": "segment_migration：占原分群客户的比例，附 Wilson 区间。",
    "cohort_average": "cohort_table：各同期群按人数加权，附 Wilson 区间。只计已结束的周期。",
    "cohorts": "cohort_table：同期群在某一周期购买的比例，附 Wilson 区间。只计已结束的周期。",
    "values": (
        "CustomerLifetimeValue：由数据选定的购买模型与 Gamma-Gamma 客单价模型，按每年 10% 折现，"
        "为期 365 天。数值为期望，没有区间；已知毛利率时为利润，否则为销售额。"
    ),
    "base_forecast": (
        "forecast_customer_base：同样的模型用于现有客户与新客户，预测区间来自模拟的未来，"
        "包含参数、偶然、新客户与共同冲击。"
    ),
    "risks": ("ChurnModel：以购买活动为特征的逻辑回归。分群流失概率的均值与总和为期望，没有区间。"),
    "calibration": (
        "evaluate_churn：按预测概率分为十组，检验日晚于训练日；实际比率附 Wilson 区间，"
        "各项指标附自助法区间。"
    ),
    "promotions": (
        "promotion_effect：每周销售额对促销及其后各周的 ARIMA 回归。区间来自联合抽样。"
        "每年同一时间的促销无法与季节区分。"
    ),
    "experiment": (
        "compare_variants：比例用合并 z 检验与 Miettinen-Nurminen 区间，均值用 Welch t 检验。"
        "p 值与区间已对所有比较一并校正（Holm）。"
    ),
    "scores": (
        "nps、csat 与 ces：取每位客户最近一次回答。得分区间（Tango、Wilson），费力度为其量表上的"
        "区间。回答者可能与未回答者不同。"
    ),
    "score_course": "按月的 nps、csat 与 ces，每位客户每月计一次。",
    "drivers": ("drivers：按 Shapley 规则分配所解释方差的份额，附自助法区间。这是相关，不是效果。"),
    "funnel": "funnel：按顺序经过各步骤的客户，附 Wilson 区间。",
    "event_moves": "transitions：客户从每个事件到下一个事件，区间以客户为单位。",
    "plan": ("actions_for：每个分群的标准行动与优惠，是可修改的方案。未考虑同意与联系频次上限。"),
    "offers": (
        "offer_profit 与 allocate_offers：毛利率乘以预期金额乘以增益，减去优惠与联系成本，"
        "在预算内分配。"
    ),
    "targets": "allocate_offers：方案中的客户，按预期利润排列。",
}

REPORT_COLUMNS = {
    "action": "行动",
    "actual_amount": "销售额",
    "after": "之后",
    "age": "首购后的期数",
    "amount": "金额",
    "amount_share": "占销售额",
    "answers": "回答数",
    "baseline_amount": "基线",
    "before": "之前",
    "beyond_chance": "是否超出偶然",
    "bin": "风险分组",
    "change": "变化",
    "churn_probability": "预测",
    "churn_rate": "实际",
    "cohort": "同期群",
    "cohorts": "同期群数",
    "component": "构成",
    "control": "对照",
    "control_customers": "对照组客户数",
    "control_value": "对照组数值",
    "cost": "成本",
    "count": "购买人数",
    "customer_id": "客户",
    "customer_share": "占客户",
    "customers": "客户数",
    "difference": "差异",
    "event": "事件",
    "expected_churners": "预期流失人数",
    "expected_cost": "预期成本",
    "expected_profit": "预期利润",
    "importance": "重要性",
    "indicator": "指标",
    "lift_amount": "提升",
    "mean_churn_probability": "平均风险",
    "mean_clv": "平均价值",
    "mean_expected_purchases": "预期购买次数",
    "mean_order_count": "平均订单数",
    "mean_recency_days": "距上次购买的平均天数",
    "measure": "评分",
    "metric": "指标",
    "n": "回答数",
    "next_event": "下一事件",
    "offer": "优惠",
    "overall": "占全部",
    "p_value_adjusted": "p",
    "performance": "表现",
    "period": "周期",
    "problem": "问题",
    "profit": "预期利润",
    "promotion": "促销",
    "purchases": "购买次数",
    "rate": "比例",
    "revenue": "销售额",
    "rows": "行数",
    "segment": "分群",
    "share": "占比",
    "step": "步骤",
    "total_amount": "销售额",
    "total_clv": "总价值",
    "touchpoint": "触点",
    "transitions": "转移次数",
    "value": "数值",
    "variant": "组别",
    "winner": "胜出",
}

REPORT_NUMBERS = {
    "order_rows": "订单行数",
    "problem_rows": "有问题的行数",
    "customers": "客户数",
    "net_amount": "净销售额",
    "change_amount": "销售额变化",
    "stayed_rate": "留在原分群",
    "second_period_retention": "下一期留存率",
    "total_clv": "全部客户未来一年的价值",
    "mean_clv": "每位客户未来一年的价值",
    "expected_purchases": "下一季度预期购买次数",
    "expected_revenue": "下一季度预期销售额",
    "expected_new_customers": "下一季度预期新客户数",
    "expected_churners": "预期流失客户数",
    "roc_auc": "AUC",
    "brier": "Brier 分数",
    "calibration_slope": "校准斜率（最佳为 1）",
    "calibration_intercept": "校准截距（最佳为 0）",
    "promotion_lift_amount": "促销期间的提升",
    "promotion_dip_amount": "促销之后的回落",
    "promotion_net_amount": "对销售额的净效果",
    "promotion_net_profit": "促销的净利润",
    "funnel_overall": "到达最后一步的比例",
    "expected_profit": "预期利润",
    "expected_cost": "预期成本",
    "advantage_profit": "优于最佳简单规则的部分",
}

REPORT_PROBLEMS = {
    "missing_customer": "没有客户",
    "missing_date": "没有日期",
    "unreadable_date": "日期无法识别",
    "missing_amount": "没有金额",
    "infinite_amount": "金额为无穷",
    "missing_cost": "没有成本",
    "infinite_cost": "成本为无穷",
    "invalid_discount": "折扣不是比例",
    "missing_order": "没有订单号",
    "duplicate": "重复行",
    "zero_amount": "金额为 0",
    "negative_amount": "负金额（退货）",
    "cancelled": "已取消",
    "after_as_of": "晚于最后一天",
    "outlier_amount": "金额异常大",
    "other_currency": "其他货币",
    "other_utc_offset": "其他 UTC 时差",
    "only_returns": "只有退货的客户",
    "reversed_purchase": "已冲销的购买",
}

REPORT_AXES = {  # what pictures are labelled with, by the English
    "interval": "区间",
    "revenue": "销售额",
    "before": "之前",
    "after": "之后",
    "share of the segment": "占该分群的比例",
    "retention": "留存率",
    "month of the first purchase": "首购月份",
    "months after the first purchase": "首购后的月数",
    "quarter of the first purchase": "首购季度",
    "quarters after the first purchase": "首购后的季度数",
    "year of the first purchase": "首购年份",
    "years after the first purchase": "首购后的年数",
    "known customers": "现有客户",
    "new customers": "新客户",
    "model": "模型",
    "perfect": "完全吻合",
    "predicted probability of churn": "预测的流失概率",
    "share that churned": "实际流失比例",
    "sales against the baseline": "相对基线的销售额",
    "lift": "提升",
    "dip": "回落",
    "net": "净额",
    "importance: share of R²": "重要性：R² 的份额",
    "performance: mean score": "表现：平均分",
    "concentrate here": "重点改进",
    "possible overkill": "可能过度投入",
    "keep up the good work": "继续保持",
    "low priority": "次要",
    "undecided": "未定",
    "share of those who started": "占开始的客户的比例",
    "pp": "个百分点",
}


def _customer_report(report: Any) -> str:
    whom = "客户数少于可显示的最小人数"
    if report.customers is not None:
        whom = f"共 {report.customers:,} 位客户"
    computed, lacking = len(report.computed), len(report.problems)
    text = f"截至 {report.as_of}，{whom}：{computed + lacking} 节中完成了 {computed} 节。"
    if not lacking:
        return text
    names = "、".join(REPORT_SECTIONS[key] for key in report.problems)
    return f"{text}未能计算的各节内写明了原因：{names}。"


SENTENCES: dict[str, Callable[[Any], str]] = {"CustomerReport": _customer_report}
