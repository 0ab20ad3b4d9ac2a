"""The names of channels, one each, however people write them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import folded
from cemkit.data.columns import distinct_values, plain_words

SPELLINGS = {
    "email": ["e-mail", "mail", "邮件", "电子邮件", "邮箱", "郵件", "電子郵件"],
    "sms": ["text message", "短信", "手机短信", "簡訊", "短訊"],
    "wechat": ["weixin", "微信"],
}
EVERY_CHANNEL = {"all", "any", "every", "*", "全部", "所有"}  # Words that match no channel.
_CHANNEL_OF = {word: channel for channel, words in SPELLINGS.items() for word in words}


def channel_name(channel: str) -> str:
    """The one name of a channel: `"email"`, `"sms"`, `"wechat"`, or the trimmed word in lower case.

    Args:
        channel: The channel as people write it, in English or Chinese.

    Examples:
        >>> channel_name("微信"), channel_name(" E-Mail"), channel_name("App")
        ('wechat', 'email', 'app')
    """
    word = folded(channel)
    return _CHANNEL_OF.get(word, word)


def channel_names(channels: pd.Series) -> pd.Series:
    """The name of every channel of a column; missing and blank ones, and "nan", are missing.

    Args:
        channels: Text.

    Raises:
        DataError: A channel is not text.

    Examples:
        >>> channel_names(pd.Series(["短信", " ", "EMAIL"])).tolist()
        ['sms', nan, 'email']
    """
    codes, spellings = distinct_values(channels, "channel")
    words = plain_words(pd.Series(spellings, dtype=object), "channel")
    names = pd.Series([None if word is None else channel_name(word) for word in words], dtype="str")
    named: pd.Series = names.reindex(codes).set_axis(channels.index)
    return named


def channels_of(
    actions: pd.DataFrame, people: pd.DataFrame, rows: npt.NDArray[np.intp]
) -> pd.Series:
    """The channel of each action: its own, else the one that its customer prefers.

    Args:
        actions: `channel`, where there.
        people: `preferred_channel`, where there.
        rows: For each action the row of its customer in people, or -1.

    Returns:
        Names of channels on the index of the actions; missing where there is neither.

    Examples:
        >>> actions = pd.DataFrame({"channel": ["sms", None]})
        >>> people = pd.DataFrame({"preferred_channel": ["微信"]})
        >>> channels_of(actions, people, np.array([0, 0])).tolist()
        ['sms', 'wechat']
    """
    own = pd.Series(np.nan, index=actions.index, dtype="str")
    if "channel" in actions.columns:
        own = channel_names(actions["channel"])
    if "preferred_channel" not in people.columns or own.notna().all():
        return own
    preferred = channel_names(people["preferred_channel"]).reset_index(drop=True).reindex(rows)
    return own.where(own.notna(), preferred.set_axis(actions.index))
