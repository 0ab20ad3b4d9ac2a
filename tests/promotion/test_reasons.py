"""Return reasons under one spelling."""

import pytest

from cemkit.catalogue import languages, words
from cemkit.promotion.reasons import PAIRS, PhraseBook, plain_reason

RULES = ("quality", "size", "neither")
BOOK = PhraseBook(
    {
        number: [p for each in languages() for p in words(each).RETURN_REASONS[rule].split("|")]
        for number, rule in enumerate(RULES)
    }
)


def rules_of(reason: str) -> set[str]:
    """Return the rules that a reason meets, without the look-alikes."""
    return {RULES[number] for number in BOOK.lists_in(reason)} - {"neither"}


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


QUALITY = [
    "质量有问题",
    "质量太差了",
    "破了",
    "衣服破了个洞",
    "没穿几天就坏了",
    "质量真的不太好",
    "质量不是很好",
    "品質問題",
    "穿了一次就开线了",
    "收到就是坏的",
    "没想到质量这么差",
    "还没用就坏了",
    "不是尺寸问题，是质量问题",
    "做工很粗糙",
    "有瑕疵",
    "不能用了",
    "用了两天用不了",
    "到手破损",
    "没有包装，破了",
    "是不是坏了",
    "不但质量差",
    "The quality is really bad",
    "it broke after one day",
    "arrived damaged",
    "there are holes in it",
    "It doesn't work",
    "doesn’t work",
    "doesnt work",
    "stopped working",
    "Seams are torn",
    "Problem with the quality",
    "not only ugly but broken",
    "No it is broken",
]
SIZE = [
    "太小了",
    "太大",
    "尺码偏小",
    "买大了",
    "有点小",
    "尺寸不太合适",
    "大小不合适",
    "穿不上",
    "尺碼不對",
    "不是太大就是太小",
    "衣服太长",
    "小了一码",
    "不合身",
    "尺寸 不对",
    "穿着不合适",
    "too small",
    "It's way too tight",
    "does not fit",
    "didn't fit",
    "doesn't really fit me",
    "the size is too small",
    "runs small",
    "WRONG SIZE",
    "Shoes are too big for me",
    "not a good fit",
]
NEITHER = [
    "没有质量问题",
    "质量没问题",
    "质量没有问题",
    "质量很好",
    "不是质量问题",
    "没坏",
    "没有破",
    "没有破损、瑕疵",
    "没有任何质量问题",
    "没发现质量问题",
    "不太大",
    "没有很大的破损",
    "并没有坏",
    "没有质量方面的问题",
    "质量差不多",
    "质量还不错",
    "大小合适",
    "质量没有太大问题",
    "不坏",
    "非质量问题",
    "无破损",
    "没什么质量问题",
    "质量不差",
    "色差太大",
    "味道太大",
    "噪音大了点",
    "不喜欢",
    "颜色不好看",
    "发错货了",
    "no quality problem",
    "not broken",
    "isn't broken",
    "no defects",
    "not broken or damaged",
    "neither broken nor damaged",
    "never broken",
    "without any damage",
    "I did not find any defects",
    "not too small",
    "isn't too tight",
    "the quality is not bad",
    "no problem with the quality",
    "nothing is broken",
    "delivery took too long",
    "It took way too long",
    "doesn't work for me",
    "changed my mind",
    "it fits",
    "the whole thing",
    "unbroken",
    "",
    "。！",
]


@pytest.mark.parametrize("reason", QUALITY)
def test_what_people_write_of_quality(reason: str) -> None:
    assert rules_of(reason) == {"quality"}


@pytest.mark.parametrize("reason", SIZE)
def test_what_people_write_of_size(reason: str) -> None:
    assert rules_of(reason) == {"size"}


@pytest.mark.parametrize("reason", NEITHER)
def test_what_is_denied_or_only_looks_alike(reason: str) -> None:
    assert rules_of(reason) == set()


def test_two_reasons_in_one_text() -> None:
    assert rules_of("太小了，而且开线") == {"quality", "size"}
    assert rules_of("too small. Also, a hole") == {"quality", "size"}


def test_a_denial_ends_with_its_clause() -> None:
    assert [mention.denied for mention in BOOK.mentions("没有破损，太小")] == [True, False]
    assert [mention.denied for mention in BOOK.mentions("not torn, broken")] == [True, False]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("rule", RULES)
def test_every_phrase_of_the_dictionary_is_found_in_itself(language: str, rule: str) -> None:
    for phrase in words(language).RETURN_REASONS[rule].split("|"):
        assert RULES.index(rule) in BOOK.lists_in(phrase.replace("…", " ")), phrase


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("language", "denial"), [("en", "no "), ("zh", "没有")])
def test_every_phrase_can_be_denied(language: str, denial: str, rule: str) -> None:
    for phrase in words(language).RETURN_REASONS[rule].split("|"):
        said = denial + phrase.replace("…", " " if language == "en" else "")
        assert next(iter(BOOK.mentions(said))).denied, said


def test_a_book_without_phrases_finds_nothing() -> None:
    assert PhraseBook({0: []}).lists_in("质量问题") == {}
