"""The names of channels, one each, however people write them."""

import pandas as pd

SPELLINGS = {
    "email": ["e-mail", "mail", "邮件", "电子邮件", "邮箱", "郵件", "電子郵件"],
    "sms": ["text message", "短信", "手机短信", "簡訊", "短訊"],
    "wechat": ["weixin", "微信"],
}
_CHANNEL_OF = {word: channel for channel, words in SPELLINGS.items() for word in words}


def channel_name(channel: str) -> str:
    """The one name of a channel: `"email"`, `"sms"`, `"wechat"`, or the trimmed word in lower case.

    Args:
        channel: The channel as people write it, in English or Chinese.

    Examples:
        >>> channel_name("微信"), channel_name(" E-Mail"), channel_name("App")
        ('wechat', 'email', 'app')
    """
    word = channel.strip().casefold()
    return _CHANNEL_OF.get(word, word)


def channel_names(channels: pd.Series) -> pd.Series:
    """The name of every channel of a column; missing and blank ones are missing.

    Args:
        channels: Text.

    Examples:
        >>> channel_names(pd.Series(["短信", " ", "EMAIL"])).tolist()
        ['sms', nan, 'email']
    """
    codes, words = pd.factorize(channels)
    names = pd.Series([channel_name(str(word)) or None for word in words], dtype="str")
    named: pd.Series = names.reindex(codes).set_axis(channels.index)
    return named
