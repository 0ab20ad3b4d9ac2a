"""The words and labels of a language, and what may not be said in it."""

import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.speech import Speech, in_script, read_labels

LABELS = pd.DataFrame(
    [
        ("apparel", "zh-CN", "服饰"),
        ("shoes", "ZH", "鞋类"),
        (8, "zh", "八号店"),
        ("shoes", "fr", "chaussures"),
    ],
    columns=["value", "language", "label"],
)


def speech(language: str, *texts: str) -> Speech:
    return Speech.of(language, read_labels(LABELS), texts)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("shoes", True, False),
        ("运动服饰", False, True),
        ("T恤", False, True),
        ("iPhone手机", False, True),
        ("iPhone 15", True, False),
        ("8", True, True),
        ("7.5", True, True),
        ("A", True, True),
        ("XL", True, False),
        ("", True, True),
        ("обувь", False, False),
        ("обувь 鞋", False, False),
        ("ｓｈｏｅｓ", True, False),
        ("Schöne Schuhe", True, False),
        ("くつ", False, False),
    ],
)
def test_what_can_stand_in_a_language(text: str, english: bool, chinese: bool) -> None:
    assert in_script(text, {"LATIN"}) is english
    assert in_script(text, {"CJK"}) is chinese


def test_labels_are_read_by_value_and_language() -> None:
    assert speech("zh").labelled(["apparel", "运动鞋", "8"], "the scope") == [
        "服饰",
        "运动鞋",
        "八号店",
    ]
    assert speech("en").label("apparel", "the scope") == "apparel"
    assert speech("fr", "Bonjour").label("shoes", "the scope") == "chaussures"


def test_a_missing_label_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        DataError,
        match=r"the scope 'boots' has no label in 'zh'; add a row to labels: value='boots', "
        r"language='zh', label=",
    ):
        speech("zh").label("boots", "the scope")
    with pytest.raises(DataError, match=r"'shoe' \(did you mean 'shoes'\?\) .*, nor have 1 more"):
        speech("zh").labelled(["shoe", "鞋", "hats"], "the product")
    with pytest.raises(DataError, match="the scope '运动鞋' has no label in 'en'"):
        speech("en").label("运动鞋", "the scope")


def test_a_label_may_say_anything() -> None:
    named = pd.DataFrame({"value": ["iPhone 15"], "language": "zh", "label": ["iPhone 15"]})
    assert Speech.of("zh", read_labels(named), []).label("iPhone 15", "the scope") == "iPhone 15"


def test_a_language_of_the_callers_is_read_off_its_templates() -> None:
    russian = speech("ru", "Привет, {name}! SMS: STOP", "")
    assert russian.label("обувь", "the scope") == "обувь"
    with pytest.raises(DataError, match="no label in 'ru'"):
        russian.label("shoes", "the scope")
    japanese = speech("ja", "セール", "本日まで")
    assert japanese.label("スニーカー", "the scope") == "スニーカー"
    assert speech("fr", "Bonjour {name}").label("boots", "the scope") == "boots"


def test_a_column_is_labelled_as_a_whole() -> None:
    assert speech("zh").labelled_as_a_whole(["Gold", "AB-1"], "tier") == ["Gold", "AB-1"]
    assert speech("zh").labelled_as_a_whole(["shoes", "鞋"], "likes") == ["鞋类", "鞋"]
    with pytest.raises(DataError, match="the likes 'boots' has no label in 'zh'"):
        speech("zh").labelled_as_a_whole(["shoes", "boots"], "likes")


def test_words_that_a_language_lacks() -> None:
    assert speech("en").word("name", "customer", "why") == "customer"
    with pytest.raises(DataError, match="why, but cemkit has no word for 'customer' in 'fr'; add"):
        speech("fr").word("name", "customer", "why")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": [None, "x", "y", "z"]}, "labels has no label in row 0; fill it"),
        ({"value": ["", "x", "y", "z"]}, "labels has no value in row 0"),
        ({"language": ["zh", None, "zh", "fr"]}, "labels has no language in row 1"),
        ({"value": "shoes"}, r"two labels for 'shoes' in 'zh', '服饰' and '鞋类'; keep one"),
        ({"text": "x"}, "labels has an unknown column 'text'"),
        ({"label": 5.5, "value": True}, "value must hold text, not True"),
    ],
)
def test_bad_labels(change: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_labels(LABELS.assign(**change))


def test_a_column_is_missing() -> None:
    with pytest.raises(MissingColumnsError, match="'label'"):
        read_labels(LABELS.drop(columns="label"))
    assert read_labels(None) == {}
