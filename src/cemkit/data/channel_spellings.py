"""The names of channels, one each, however people write them."""

import warnings
from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import languages, words
from cemkit.checks import folded, meant
from cemkit.checks.options import shown
from cemkit.data.columns import distinct_values, plain_words
from cemkit.errors import CemkitWarning
from cemkit.formats import count_text

NEAR = 0.75  # likeness of two words, of which one may be a misspelling of the other


class Channel(NamedTuple):
    """What there is to know of a channel; its names in each language are read as spellings too."""

    spellings: tuple[str, ...] = ()
    template: str | None = None  # the kind of its messages in the catalogue; None has none


CHANNELS = {
    "email": Channel(("e-mail", "mail", "电子邮件", "邮箱", "郵件", "電子郵件"), "letter"),
    "sms": Channel(("text message", "手机短信", "簡訊", "短訊"), "short"),
    "wechat": Channel(("weixin",), "chat"),
    "app": Channel(("in-app", "应用内"), "push"),
    "call": Channel((), "script"),
    "letter": Channel(("信件",)),
    "line": Channel(),
    "mini_program": Channel(
        ("mini program", "subscription message", "微信小程序", "小程序订阅消息", "订阅消息"), "card"
    ),
    "official_account": Channel(("official account", "公众号", "服务号", "订阅号"), "chat"),
    "phone": Channel(("telephone", "phone script", "電話", "电话外呼", "外呼"), "script"),
    "post": Channel(),
    "push": Channel(("push notification", "推送", "app推送", "app 推送", "推播"), "push"),
    "telegram": Channel(),
    "web": Channel(("site", "web site", "官网", "網站"), "banner"),
    "wecom": Channel(("企微", "enterprise wechat", "work wechat"), "chat"),
    "whatsapp": Channel(),
}


def channel_name(channel: str) -> str:
    """The one name of a channel: `"email"`, `"sms"`, `"wechat"`."""
    word = folded(channel)
    return _channel_of(languages()).get(word, word)


@cache
def _channel_of(spoken: tuple[str, ...]) -> dict[str, str]:
    """The channel of each of its spellings, and of its names in these languages."""
    names = {word: name for name, channel in CHANNELS.items() for word in channel.spellings}
    for language in spoken:
        names |= {folded(word): name for name, word in words(language).CHANNELS.items()}
    return names


def every_channel() -> set[str]:
    """The words for all channels at once, in any language; they are no channel."""
    return {"*"}.union(*(words(language).EVERY_CHANNEL for language in languages()))


def channel_names(channels: pd.Series) -> pd.Series:
    """The name of every channel of a column; missing and blank ones, and "nan", are missing."""
    codes, names = named_codes(channels)
    named: pd.Series = pd.Series(names, dtype="str").reindex(codes).set_axis(channels.index)
    return named


def named_codes(channels: pd.Series) -> tuple[npt.NDArray[np.intp], list[str | None]]:
    """For each row the place of its channel's name among these, -1 where missing."""
    codes, spellings = distinct_values(channels, "channel")
    plain = plain_words(pd.Series(spellings, dtype=object), "channel")
    return codes, [None if word is None else channel_name(word) for word in plain]


def warn_of_channels(
    channels: pd.Series, used: pd.Series, name: str, *, every: bool, stacklevel: int
) -> None:
    """Warn of the channels of a guard that no action has and that are no known word."""
    there = set(_rows_of_each(used))
    known = sorted({*there, *CHANNELS, *_channel_of(languages())})
    for word, count in sorted(_rows_of_each(channels).items()):
        if word in {*there, *CHANNELS, *every_channel()}:
            continue
        hint = meant(word, known, 0.6 if every else NEAR)
        if every or hint:
            warnings.warn(
                f"{name} has the channel {shown(word)} in {count_text(count, 'rows')}, which no "
                f"action has{hint}; these rows guard nothing",
                CemkitWarning,
                stacklevel=stacklevel + 1,
            )


def _rows_of_each(channels: pd.Series) -> Counter[str]:
    """How many rows have each channel, by its name."""
    codes, names = named_codes(channels)
    counts: Counter[str] = Counter()
    for name, count in zip(names, np.bincount(codes[codes >= 0]).tolist(), strict=True):
        if name is not None:
            counts[name] += count
    return counts


def channels_of(
    actions: pd.DataFrame, people: pd.DataFrame, rows: npt.NDArray[np.intp]
) -> pd.Series:
    """The channel of each action: its own, else the one that its customer prefers."""
    own = pd.Series(np.nan, index=actions.index, dtype="str")
    if "channel" in actions.columns:
        own = channel_names(actions["channel"])
    if "preferred_channel" not in people.columns or own.notna().all():
        return own
    preferred = channel_names(people["preferred_channel"]).reset_index(drop=True).reindex(rows)
    return own.where(own.notna(), preferred.set_axis(actions.index))
