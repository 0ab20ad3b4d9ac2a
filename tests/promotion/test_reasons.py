"""Return reasons under one spelling."""

import pytest

from cemkit.promotion.reasons import PAIRS, plain_reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("尺寸不合適", "尺寸不合适"),
        (" 質量問題！ ", "质量问题"),
        ("尺碼不對", "尺码不对"),
        ("ＷＲＯＮＧ　ＳＩＺＥ", "wrong size"),
        ("Wrong   size.", "wrong size"),
        ("质量\n问题", "质量 问题"),
    ],
)
def test_two_spellings_of_one_reason(one: str, other: str) -> None:
    assert plain_reason(one) == plain_reason(other)


def test_different_reasons_stay_different() -> None:
    assert plain_reason("no quality problem") != plain_reason("quality problem")
    assert plain_reason("尺寸合适") != plain_reason("尺寸不合适")


def test_each_pair_is_one_traditional_and_one_simplified_character() -> None:
    pairs = PAIRS.split()
    assert all(len(pair) == 2 and pair[0] != pair[1] for pair in pairs)
    # Big5 of Taiwan knows the traditional form, GB 2312 of China the simplified one and not the
    # other (but 後, which is also a name).
    for traditional, simplified in pairs:
        simplified.encode("gb2312")
        if traditional not in "爲裏":  # of two traditional forms the rarer
            traditional.encode("big5")
        if traditional != "後":
            with pytest.raises(UnicodeEncodeError):
                traditional.encode("gb2312")
    assert len({pair[0] for pair in pairs}) == len(pairs)
