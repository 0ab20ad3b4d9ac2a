"""The names of channels."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.channel_spellings import channel_name, channel_names, channels_of


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
    ],
)
def test_each_spelling_has_one_name(written: str, name: str) -> None:
    assert channel_name(written) == name


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
