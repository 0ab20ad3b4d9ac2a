"""simulate_comments: responses with comments in Chinese and English, whose topics are known."""

import datetime as dt
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_days, check_fraction, check_integer
from cemkit.data.simulation import Simulation

Language = Literal["both", "zh", "en"]
LANGUAGES = ("both", "zh", "en")
TOUCHPOINTS = ("delivery", "product", "service", "price")

# What promoters and detractors write about each touchpoint.
PHRASES: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "zh": {
        "delivery": (
            ("配送很快", "送货准时", "快递小哥很有礼貌", "提前送到了", "包装完好"),
            ("等了一个小时", "送货太慢了", "快递迟到", "包装破损", "送到都凉了"),
        ),
        "product": (
            ("质量很好", "味道不错", "分量很足", "和图片一样", "非常新鲜"),
            ("质量太差", "味道一般偏咸", "分量太少", "和图片不符", "不新鲜了"),
        ),
        "service": (
            ("客服很耐心", "态度非常好", "有问必答", "退货很方便", "售后很负责"),
            ("客服不回复", "态度恶劣", "电话打不通", "不给退货", "售后推卸责任"),
        ),
        "price": (
            ("性价比高", "价格实惠", "优惠很多", "活动力度大", "物超所值"),
            ("价格太贵", "不值这个价", "优惠券用不了", "多收了运费", "涨价了"),
        ),
    },
    "en": {
        "delivery": (
            ("delivery was fast", "arrived on time", "courier was polite", "came early"),
            ("waited an hour", "delivery was late", "box was damaged", "food arrived cold"),
        ),
        "product": (
            ("great quality", "tastes wonderful", "generous portion", "very fresh"),
            ("poor quality", "tasted salty", "portion was tiny", "not fresh at all"),
        ),
        "service": (
            ("support was patient", "friendly staff", "easy to return", "quick answer"),
            ("support never answered", "rude staff", "refused my refund", "phone was busy"),
        ),
        "price": (
            ("good value", "fair price", "generous discount", "worth every penny"),
            ("too expensive", "coupon did not work", "charged twice", "not worth the price"),
        ),
    },
}
ENDINGS = {
    "zh": (
        ("下次还会来", "非常满意", "强烈推荐", "谢谢店家"),
        ("不会再买了", "非常失望", "差评", "希望改进"),
        ("在公司楼下点的", "第一次购买", "给家人买的", "周末下单"),
    ),
    "en": (
        ("will order again", "very happy", "highly recommend", "thank you"),
        ("never again", "very disappointed", "please improve", "would not recommend"),
        ("ordered at work", "my first order", "bought for my family", "ordered on Sunday"),
    ),
}
STOPS = {"zh": "，", "en": ", "}


def simulate_comments(
    n_comments: int,
    *,
    language: Language = "both",
    positive: float = 0.6,
    noise: float = 0.1,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    n_days: int = 180,
    random_state: int = 0,
) -> Simulation:
    """Simulate answers to "would you recommend us?" with a comment on a known touchpoint.

    Each comment has phrases on its touchpoint, and often a neutral remark or a verdict. Promoters
    (9 and 10) write positive and detractors (0 to 6) negative phrases, except for a share `noise`;
    passives (7 and 8) write both. In the second half of the time twice as many detractors write
    about delivery, so that there is a trend to find.

    Args:
        n_comments: Number of responses, one per customer.
        language: Language of the comments: `"zh"`, `"en"`, or `"both"` for a mixture of comments.
        positive: Share of promoters among promoters and detractors; a tenth more are passives.
        noise: Share of phrases that contradict the score.
        start_date: First day of the data.
        n_days: Number of days over which the responses come.
        random_state: Seed of the random numbers.

    Returns:
        `table`: `customer_id, response_date, question, score, touchpoint, comment`; `truth` has
        the share of promoters drawn, `positive`, and `noise`.

    Examples:
        >>> simulate_comments(3, language="en", random_state=1).table["comment"].tolist()[0]
        'great quality, very fresh, very happy'
    """
    check_integer(n_comments, "n_comments", minimum=1)
    languages = ["zh", "en"]
    if check_choice(language, "language", LANGUAGES) != "both":
        languages = [language]
    shares = check_fraction(positive, "positive"), check_fraction(noise, "noise")
    start = check_as_of(start_date, "start_date").to_datetime64().astype("datetime64[us]")
    check_days(n_days, "n_days")
    check_integer(random_state, "random_state", minimum=0)
    rng = np.random.default_rng(random_state)
    group = rng.choice(3, n_comments, p=[0.9 * (1 - shares[0]), 0.1, 0.9 * shares[0]])
    day = rng.integers(n_days, size=n_comments)
    touchpoint = _touchpoints(rng, (group == 0) & (day >= n_days / 2))
    comments = [
        _comment(rng, languages[int(rng.integers(len(languages)))], TOUCHPOINTS[about], kind, noise)
        for about, kind in zip(touchpoint.tolist(), group.tolist(), strict=True)
    ]
    lowest, scores = np.array([0, 7, 9])[group], np.array([7, 2, 2])[group]
    table = pd.DataFrame(
        {
            "customer_id": np.arange(1, n_comments + 1),
            "response_date": start + day.astype("timedelta64[D]"),
            "question": "nps",
            "score": lowest + (rng.random(n_comments) * scores).astype(np.int64),
            "touchpoint": np.array(TOUCHPOINTS)[touchpoint],
            "comment": comments,
        }
    )
    truth = {"promoters": float((group == 2).mean()), "positive": positive, "noise": noise}
    return Simulation(rows=n_comments, truth=truth, table=table)


def _touchpoints(
    rng: np.random.Generator, more_deliveries: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """What each comment is about: delivery twice as often where it has become worse."""
    drawn = rng.integers(len(TOUCHPOINTS), size=len(more_deliveries))
    return np.where(more_deliveries & (rng.random(len(drawn)) < 0.3), 0, drawn)


def _comment(rng: np.random.Generator, language: str, about: str, kind: int, noise: float) -> str:
    """One comment of a detractor (kind 0), a passive (1) or a promoter (2)."""
    phrases, endings = PHRASES[language][about], ENDINGS[language]

    def one(pleased: tuple[str, ...], not_pleased: tuple[str, ...]) -> str:
        good = rng.random() < {0: noise, 1: 0.5, 2: 1 - noise}[kind]
        words = pleased if good else not_pleased
        return words[int(rng.integers(len(words)))]

    parts = [one(*phrases) for _ in range(int(rng.integers(2, 4)))]
    if rng.random() < 0.3:
        parts.append(endings[2][int(rng.integers(len(endings[2])))])
    if rng.random() < 0.6:
        parts.append(one(*endings[:2]))
    return STOPS[language].join(dict.fromkeys(parts))
