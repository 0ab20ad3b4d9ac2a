"""The names of channels."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import channel_spellings
from cemkit.data.channel_spellings import (
    CHANNELS,
    Channel,
    channel_name,
    channel_names,
    channels_of,
)
from cemkit.promotion.wording import standard_templates


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("微信", "wechat"),
        ("WeChat", "wechat"),
        ("邮件", "email"),
        ("郵件", "email"),
        (" E-mail ", "email"),
        ("短信", "sms"),
        ("SMS", "sms"),
        ("Line", "line"),
        ("电话", "phone"),
        ("企业微信", "wecom"),
        ("微信公众号", "official_account"),
        ("公众号", "official_account"),
        ("小程序订阅消息", "mini_program"),
        ("App push", "push"),
        ("应用推送", "push"),
        ("App", "app"),
        ("site", "web"),
        ("网站", "web"),
    ],
)
def test_each_spelling_has_one_name(written: str, name: str) -> None:
    assert channel_name(written) == name


def test_each_spelling_is_of_one_channel() -> None:
    spellings = [word for channel in CHANNELS.values() for word in channel.spellings]
    assert len(spellings) == len({*spellings, *CHANNELS}) - len(CHANNELS)


def test_a_channel_is_one_row_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    channel_spellings._channel_of.cache_clear()
    monkeypatch.setitem(CHANNELS, "rcs", Channel(("rich message", "富媒体消息"), "short"))
    assert channel_name("富媒体消息") == channel_name(" Rich  Message") == "rcs"
    table = standard_templates().set_index(["channel", "language", "kind"])["body"]
    for kind in (None, "none"):
        assert table[("rcs", "en", kind)] == table[("sms", "en", kind)]
    channel_spellings._channel_of.cache_clear()


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_a_column_keeps_its_index_and_what_is_missing(dtype: str) -> None:
    column = pd.Series(["短信", None, "  ", "sms"], index=[3, 1, 1, 0]).astype(dtype)
    names = channel_names(column)
    assert names.index.tolist() == [3, 1, 1, 0]
    assert names.isna().tolist() == [False, True, True, False]
    assert names.dropna().tolist() == ["sms", "sms"]


def test_the_own_channel_comes_before_the_preferred_one() -> None:
    actions = pd.DataFrame({"channel": ["sms", None, None, None]}, index=list("abcd"))
    people = pd.DataFrame({"preferred_channel": ["微信", None]}, index=[7, 8])
    channels = channels_of(actions, people, np.array([0, 0, 1, -1]))
    assert channels.index.tolist() == list("abcd")
    assert channels[:2].tolist() == ["sms", "wechat"]
    assert channels[2:].isna().all()
