"""Chinese: what customers read.

A template has named places. A line that holds nothing but a place is left out where the place is
empty: `{history}, {recommended}, {extras}, {code}, {signature}` and columns.
"""

from decimal import Decimal

import pandas as pd

from cemkit.formats import decimal_text

SCRIPT = "CJK"  # the script of the language, by the names of Unicode

TEMPLATES = {  # subject and body, by kind of channel
    "letter": (
        "{headline}，{valid_until}截止",
        "尊敬的{name}：\n\n{history}\n{valid_from}至{valid_until}，{benefit}。\n{recommended}\n"
        "{extras}\n{code}\n\n{terms}\n\n{signature}",
    ),
    "short": (
        "{headline}",
        "{signature}{name}您好，{benefit}，{when}。\n{code}\n{terms}",
    ),
    "chat": (
        "{headline}，{valid_until}截止",
        "{signature}{name}，您好！\n{history}\n{benefit}，{when}。\n{recommended}\n{extras}\n{code}\n"
        "{terms}",
    ),
    "push": (
        "{headline}",
        "{signature}{name}您好，{benefit}，{when}。\n{code}\n{terms}",
    ),
    "card": (
        "{headline}",
        "活动内容：{benefit}\n开始时间：{valid_from}\n结束时间：{valid_until}\n{extras}\n{code}\n"
        "{terms}\n{signature}",
    ),
    "script": (
        "{headline}，{valid_until}截止",
        "{name}，您好！\n{signature}\n{history}\n现在有一项优惠：{benefit}，{when}。\n{recommended}\n"
        "{extras}\n{code}\n{terms}",
    ),
    "banner": (
        "{headline}",
        "{name}，您好！{benefit}，{when}。\n{recommended}\n{extras}\n{code}\n{terms}",
    ),
}
GREETINGS = {  # the same for a message without an offer, whose label is what it says
    "letter": (
        "{headline}",
        "尊敬的{name}：\n\n{headline}\n{history}\n{recommended}\n{extras}\n{code}\n\n{terms}\n\n"
        "{signature}",
    ),
    "short": ("{headline}", "{signature}{name}您好，{headline}\n{terms}"),
    "chat": (
        "{headline}",
        "{signature}{name}，您好！\n{headline}\n{history}\n{recommended}\n{extras}\n{terms}",
    ),
    "push": ("{headline}", "{signature}{name}您好，{headline}\n{terms}"),
    "card": ("{headline}", "{name}您好，{headline}\n{extras}\n{terms}\n{signature}"),
    "script": (
        "{headline}",
        "{name}，您好！\n{signature}\n{history}\n{headline}\n{extras}\n{terms}",
    ),
    "banner": ("{headline}", "{name}，您好！\n{headline}\n{recommended}\n{extras}\n{terms}"),
}
SIGNATURES = {  # where the sender stands in each kind of message; no word: nowhere
    "letter": "{signature}",
    "short": "【{signature}】",
    "chat": "【{signature}】",
    "push": "【{signature}】",
    "card": "商家：{signature}",
    "script": "我是{signature}的客服。",
    "banner": "",
}
SIGNED_FIRST = (
    "short",
)  # the kinds of message that must begin with the signature, if there is one

# What each kind of offer gives: on everything, and on a scope.
BENEFITS = {
    "percentage": ("{scope}{discount}", "{scope}{discount}"),
    "percentage_from": ("{scope}满{min_spend}享{discount}", "{scope}满{min_spend}享{discount}"),
    "amount_off": ("{scope}立减{amount_off}元", "{scope}立减{amount_off}元"),
    "amount_off_from": ("{scope}满{min_spend}减{amount_off}", "{scope}满{min_spend}减{amount_off}"),
    "gift": ("购物{from}送{offer}", "购买{scope}{from}送{offer}"),
    "points": ("每单{from}送{points}", "购买{scope}每单{from}送{points}"),
    "points_rate": ("购物{from}每消费{unit}元送{rate}", "购买{scope}{from}每消费{unit}元送{rate}"),
    "points_both": (
        "每单{from}送{points}，另每消费{unit}元送{rate}",
        "购买{scope}每单{from}送{points}，另每消费{unit}元送{rate}",
    ),
    "service": ("购物{from}享{offer}", "购买{scope}{from}享{offer}"),
    "early_access": ("{scope}{from}可抢先购买", "{scope}{from}可抢先购买"),
}
OPT_OUTS = {  # how to get no more of it, by kind of channel
    "letter": "如不愿再收到{what}，请回复TD退订。",
    "short": "如不愿再收到{what}，请回复TD退订。",
    "chat": "如不愿再收到{what}，请回复TD退订。",
    "push": "如不愿再收到{what}，可在通知设置中关闭。",
    "card": "如不愿再收到{what}，可在小程序中取消订阅。",
    "script": "如不愿再接到{what}的来电，请告诉我。",
    "banner": "如不愿再看到{what}，可在账户设置中关闭。",
}
PHRASES = {
    "name": "客户",
    "scope": "全场商品",
    "history": "感谢您购买{products}。",
    "recommended": "为您推荐{products}。",
    "between": "、",
    "and": "、",
    "extras": "另有{extras}。",
    "code": "您的优惠码：{code}",
    "from": "满{min_spend}",
    "time": "{day}{time}",
    "until": "{valid_until}截止",
    "period": "{valid_from}至{valid_until}",
    "terms": "活动条款：{benefit}，有效期{valid_from}至{valid_until}。{together}{opt_out}",
    "terms_with_extras": (
        "活动条款：{benefit}，另有{extras}，有效期{valid_from}至{valid_until}。{together}{opt_out}"
    ),
    "terms_of_greeting": "{opt_out}",
    "terms_of_greeting_until": "时间：{when}。{opt_out}",
    "together": "可与其他优惠同享。",
    "alone": "不与其他优惠同享。",
    "offers": "优惠信息",
    "messages": "此类信息",
    "level_from": "{by}达到{start}：{benefit}",
    "level_named": "{level}：{benefit}",
    "between_levels": "；",
}
LEVELS = {"order_count": "订单数", "total_amount": "累计消费"}  # what levels go by


def discount_words(fraction: Decimal) -> str:
    """A discount as shops write it: 20 % off leaves eight tenths, 8折."""
    tenths = f"{decimal_text(10 - fraction * 10)}折" if fraction < 1 else "免费"
    return f"{tenths}（优惠{decimal_text(fraction * 100)}%）"


def scope_words(scope: str) -> str:
    """What a discount holds for, as it stands beside it: its digits must not join those."""
    return f"“{scope}”" if scope[-1:].isdigit() else scope


def money_words(amount: Decimal) -> str:
    """An amount as it stands in an offer, in the shop's own currency."""
    return decimal_text(amount)


def points_words(points: Decimal) -> str:
    """A number of points."""
    return f"{decimal_text(points)}积分"


def day_words(day: pd.Timestamp) -> str:
    """A day as shops write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def headline_words(benefit: str) -> str:
    """What is given, as the beginning of a line."""
    return benefit
