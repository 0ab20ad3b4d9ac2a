"""Signatures: read in any form, and put where the channel has them."""

import pytest

from cemkit.promotion.signatures import plain_signature, signed
from cemkit.promotion.speech import Speech

EN, ZH = (Speech.of(language, {("zh", "Brand"): "品牌"}, []) for language in ("en", "zh"))


@pytest.mark.parametrize("given", ["Brand", "【Brand】", " Brand\n", "【 Brand 】"])
def test_every_form_is_one_name(given: str) -> None:
    assert plain_signature(given) == "Brand"


def test_no_signature() -> None:
    assert plain_signature(None) == ""
    assert signed("{terms}", "", ZH, "short") == ("", "{terms}")


@pytest.mark.parametrize("given", ["", " ", "【】", "a】b", "nan"])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="signature must be one name"):
        plain_signature(given)


def test_a_chinese_sms_has_it_in_front_whatever_its_template() -> None:
    assert signed("{terms}", "Brand", ZH, "short") == ("【品牌】", "{signature}{terms}")
    assert signed("{terms}{signature}", "Brand", ZH, "short")[1] == "{terms}{signature}"
    assert signed("【品牌】{terms}", "Brand", ZH, "short")[1] == "【品牌】{terms}"
    assert signed("{terms}", "Brand", ZH, "letter") == ("品牌", "{terms}")
    assert signed("{terms}", "Brand", EN, "short") == ("Brand: ", "{terms}")


def test_a_brace_in_a_signature_is_text() -> None:
    assert signed("{terms}", "{x}", EN, "letter") == ("{x}", "{terms}")
