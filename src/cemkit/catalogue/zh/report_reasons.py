"""Chinese: why a section of the customer report could not be computed."""

# Keys are those of `cemkit.report.reasons`.

REPORT_COUNTED = {  # what there is too little of
    "rows": "数据行（{table} 表）",
    "ordered": "下过订单的客户（{table} 表）",
    "both_days": "两天都在的客户",
    "in_orders": "客户（orders 表）",
    "outcomes": "结果（{name}）",
    "classes": "结果的种类（流失与否）",
    "gaps": "同一客户两个购买日之间的间隔",
    "weeks": "用于预测新客户的订单周数",
    "repeaters": "有复购的客户",
    "repeat_amounts": "有复购且平均金额为正的客户",
    "repeat_counts": "不同的复购次数",
    "order_days": "有订单的天数",
    "order_days_up_to": "截至 {day} 的订单天数",
    "purchases_seen": "截至最后一天的购买",
    "orders_seen": "截至最后一天的订单",
    "purchases_by_period": "截至期末的购买",
    "purchases_before": "{period} 及以前的购买",
    "orders_in_either": "两期内的订单",
    "dated_orders": "有日期的订单",
    "orders": "订单",
    "purchases": "购买",
    "customers": "客户",
    "rarer": "出现较少见结果的客户",
    "offered": "可获得优惠的客户",
    "per_arm": "每组的客户",
    "comparisons": "客户数足够的比较",
    "variants": "组别",
    "in_variant": "一组中的客户",
    "scored_answers": "有评分的回答",
    "ratings": "触点评分",
    "touchpoints": "可比较的触点",
    "rated_all": "为所有触点评过分的客户",
    "rated_both": "同时为 {first} 与 {second} 评过分的客户",
    "scored_customers": "有 {question} 评分的客户",
    "ratings_of": "有 {question} 评分的客户对 {touchpoint} 的评分",
    "periods_answered": "有回答的周期",
    "answers": "回答",
    "complaints": "截至 {day} 已满 {hours} 小时时限的投诉",
    "sales": "销售额的周期",
    "known_sales": "销售额已知的周期",
    "sales_index": "销售额的周期",
    "sales_before": "促销 {name} 之前的销售周期",
    "acquisition_costs": "截至最后一天的获客成本",
}

REPORT_REASONS = {
    "missing_or_infinite": (
        "{all} 行中有 {rows} 行的 {column} 缺失或无穷；请用 prepare_orders 整理订单表"
    ),
    "missing": "{all} 行中有 {rows} 行的 {column} 缺失；请补上，或去掉这些行",
    "missing_outcome": "{column} 缺失（{rows} 行）；请补上，或把这些客户从所有组别中去掉",
    "lacking_columns": "表中缺少列 {columns}；现有列：{there}",
    "no_frame": "{name} 必须是 pandas DataFrame，不能是 {kind}",
    "not_a_table": "{name} 必须是表，不能是 {kind}",
    "no_numbers": "{column} 必须是数字，不能是 {value}",
    "no_date": "{column} 含有 {value}，不是像 2024-03-31 这样的日期",
    "other_kind": (
        "{column} 的类型在两表中不同（{table}：{kind}；{others}：{other}），无法找到任何客户"
    ),
    "repeated_customers": "{table} 表中有客户出现多次（{rows} 位，例如 {id}）；每位客户应只有一行",
    "before_orders": "{day} 早于第一笔订单（{first}）",
    "no_purchases": "截至 {day} 没有购买",
    "no_events_yet": "截至 {day} 没有事件",
    "no_period_over": "截至 {day}，还没有结束的周期（{period}）",
    "silent_end": (
        "截至 {day} 的最后一笔订单在 {last}，相差 {days} 天。预测会把其后的日子"
        "当作无人购买；请以数据的最后一天作为截止日"
    ),
    "nobody_bought": (
        "{day} 之后无人购买（窗口天数：{days}），所有客户都会视为流失；请检查表"
        "中是否有这段时间的订单"
    ),
    "constant_columns": "所有客户的数值都相同：{columns}",
    "not_identified": (
        "数据没有显示客户在某些方面有何不同。购买模型与客单价模型的预测有效，但部分参数没有区间。"
    ),
    "rarer_outcome": (
        "{customers} 位客户中只有 {events} 位出现较少见的结果（流失与否）；由此"
        "得出的度量意义不大，其区间过窄"
    ),
    "correlated_spend": (
        "购买频次与客单价相关（相关系数 {correlation}），而客单价模型假设二者独"
        "立：单个客户的价值只能作粗略参考"
    ),
    "outside_sales": "促销 {name}（{day}）不在销售数据的范围（{first} 至 {last}）之内",
    "shared_period": "促销 {one} 与 {other} 在同一周期（{period}），无法分别识别各自的效果",
    "same_name": "名为 {name} 的促销有 {rows} 行；请用不同的名称区分，例如加上年份",
    "ends_early": "结束日早于开始日的促销有 {rows} 行；请更正",
    "undated_promotion": "没有名称或日期的促销有 {rows} 行；请补上",
    "unknown_sales": "促销 {name} 期间的销售额全部缺失",
    "not_separate": "{column} 在每周都相同，或可由其他列得出，无法识别其效果",
    "constant_sales": "每个周期的销售额都是 {amount}，不变的序列无法建模",
    "exact_sales": "销售额完全沿直线或固定模式变化，无法估计方差",
    "irregular_sales": (
        "没有促销时的销售额波动太大，无法作为基准：提升的标准误为基线的 {error}（最多 {most}）"
    ),
    "no_whole_week": "订单（{first} 至 {last}）不足一整周",
    "wrong_size": "促销 {name} 的 size 为 {size}，不是以小数表示的折扣",
    "no_control": "没有对照组 {control}；现有组别：{variants}",
    "not_binary": "{column} 只能是 0 或 1，但取值从 {low} 到 {high}",
    "no_metric": "实验表中既没有 converted 也没有 amount",
    "several_variants": "有 {customers} 位客户属于多个组别；请查明原因，并把他们从所有组别中去掉",
    "no_variant": "有 {rows} 行没有组别；请补上",
    "few_compared": "因某组客户太少而未作的比较：{left} 个",
    "unknown_question": "responses 中没有问题 {question}；现有问题：{questions}",
    "off_scale": (
        "不在量表 {low} 至 {high} 之内的评分：{scores} 个，例如 {value}；请更正，或另选问题"
    ),
    "fractional_scores": "不是整数的评分：{scores} 个，例如 {value}",
    "low_scores": "{scores} 个评分都不高于 {most}，而量表到 {high} 为止：请检查所用的量表",
    "no_zero": "{scores} 个评分中没有 0：请检查是否按 1 至 10 提问，那样的净推荐值不可比",
    "few_answers_in": "回答少于 {few} 份的组：{groups}；不应据此下结论",
    "repeated_answers": "重复的回答：{rows} 行；每份只计一次",
    "same_score": "{touchpoint} 的全部回答（{answers} 份）评分都是 {score}，无法分析与它的相关",
    "no_correlation": "没有触点与评分相关，因此没有份额",
    "dependent_drivers": "{names} 可由彼此得出，无法识别各自的重要性",
    "no_events": "events 表没有数据行",
    "unknown_event": "没有事件 {event}；现有事件：{events}",
    "nobody_did": "截至 {day}，没有客户做过 {event}",
    "no_window_over": "截至 {day}，没有客户的 {event} 已满观察窗口",
    "too_few_steps": "steps 须按顺序列出至少两个事件，而不是 {steps}",
    "late_starters": "{customers} 位客户中有 {open} 位开始过晚，观察窗口未满，因此未计入",
    "same_time": "{events} 个事件中有 {ties} 个与同一客户的另一事件同时发生，其先后只是约定",
    "unknown_offer_column": "offers 有未知的列 {column}；可用的列：{columns}",
    "missing_term": "优惠 {offer} 缺少 {term}",
    "wrong_uplift": "优惠 {offer} 的增益必须是概率的变化，不能是 {value}",
    "answered_early": "{table} 表中有 {rows} 行的答复早于提出；请更正日期",
    "unknown_value": "{table} 表的 {column} 含有 {value}；可用的值：{values}",
    "unknown_channel": (
        "渠道 {channel} 没有客户，却有成本（{rows} 行，{amount}）；请更正渠道名称，或去掉这些成本"
    ),
}
