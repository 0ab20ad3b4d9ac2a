"""The names of channels, one each, however people write them."""

import warnings
from collections import Counter
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import folded
from cemkit.checks.options import shown
from cemkit.data.columns import distinct_values, plain_words
from cemkit.errors import CemkitWarning

SPELLINGS = {
    "email": ["e-mail", "mail", "邮件", "电子邮件", "邮箱", "郵件", "電子郵件"],
    "sms": ["text message", "短信", "手机短信", "簡訊", "短訊"],
    "wechat": ["weixin", "微信"],
}
EVERY_CHANNEL = {"all", "any", "every", "*", "全部", "所有"}  # Words that match no channel.
KNOWN_CHANNELS = {
    *SPELLINGS,
    *("app", "call", "letter", "line", "phone", "post", "push", "telegram", "web", "wecom"),
    *("whatsapp", "电话", "推送", "企业微信", "小程序", "信件"),
}
NEAR = 0.75  # likeness of two words, of which one may be a misspelling of the other
_CHANNEL_OF = {word: channel for channel, words in SPELLINGS.items() for word in words}


def channel_name(channel: str) -> str:
    """The one name of a channel: `"email"`, `"sms"`, `"wechat"`."""
    word = folded(channel)
    return _CHANNEL_OF.get(word, word)


def channel_names(channels: pd.Series) -> pd.Series:
    """The name of every channel of a column; missing and blank ones, and "nan", are missing."""
    codes, names = named_codes(channels)
    named: pd.Series = pd.Series(names, dtype="str").reindex(codes).set_axis(channels.index)
    return named


def named_codes(channels: pd.Series) -> tuple[npt.NDArray[np.intp], list[str | None]]:
    """For each row the place of its channel's name among these, -1 where missing."""
    codes, spellings = distinct_values(channels, "channel")
    words = plain_words(pd.Series(spellings, dtype=object), "channel")
    return codes, [None if word is None else channel_name(word) for word in words]


def warn_of_channels(
    channels: pd.Series, used: pd.Series, name: str, *, every: bool, stacklevel: int
) -> None:
    """Warn of the channels of a guard that no action has and that are no known word."""
    there = set(_rows_of_each(used))
    words = sorted(there | KNOWN_CHANNELS | set(_CHANNEL_OF))
    for word, count in sorted(_rows_of_each(channels).items()):
        if word in there | KNOWN_CHANNELS | EVERY_CHANNEL:
            continue
        near = get_close_matches(word, words, n=1, cutoff=0.6 if every else NEAR)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        if every or near:
            warnings.warn(
                f"{name} has the channel {shown(word)} in {count:,} rows, which no action has"
                f"{hint}; these rows guard nothing",
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
