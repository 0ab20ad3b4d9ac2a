"""Chinese."""

from decimal import Decimal
from pathlib import Path

import pytest

from cemkit.catalogue import zh
from cemkit.catalogue.zh.churn import separation_words
from cemkit.catalogue.zh.messages import discount_words, scope_words
from cemkit.catalogue.zh.parts import no_share


def test_which_terms_separate() -> None:
    assert (
        separation_words("complete", ["a"], 40, 40) == "完全分离：'a' 完美预测全部 40 位客户的结果"
    )
    many = separation_words("quasi", list("abcdefgh"), 7, 4000)
    assert many.endswith("'f' 及另外 2 项 共同完美预测 4,000 位中 7 位客户的结果")


def test_why_there_is_no_share() -> None:
    assert no_share("提升幅度", "基线") == "基线并不明显大于 0，故不计算提升幅度"


@pytest.mark.parametrize("scope", ["7", "iPhone 15", "编号3"])
def test_digits_of_a_scope_do_not_join_those_of_the_discount(scope: str) -> None:
    assert scope_words(scope) + discount_words(Decimal("0.2")) == f"“{scope}”8折（优惠20%）"


def test_a_scope_of_words_stays_as_it_is() -> None:
    assert [scope_words(scope) for scope in ("运动服饰", "")] == ["运动服饰", ""]


def test_customers_have_one_word() -> None:
    for path in Path(str(zh.__file__)).parent.glob("*.py"):
        assert "顾客" not in path.read_text("utf-8"), path
