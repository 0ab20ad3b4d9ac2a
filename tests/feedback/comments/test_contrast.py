"""distinctive_terms: planted terms are found, random groups have none, groups are as named."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data import find_personal_data
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import distinctive_terms, simulate_comments

ANSWERS = simulate_comments(1500, random_state=1).table
FOUND = distinctive_terms(ANSWERS)


def test_terms_of_each_group_are_found_and_described() -> None:
    table = FOUND.table
    by_group = table.groupby("group")["term"].agg(list)
    assert {"detractor", "promoter"} == {*by_group.index}
    assert {"disappointed", "非常失望"} & set(" ".join(by_group["detractor"]).split()) or any(
        "失望" in term for term in by_group["detractor"]
    )
    assert (table["lower"] > 0).all()
    assert (table["p_value_adjusted"] < 0.05).all()
    assert (table["share"] > table["other_share"]).all()
    assert FOUND.found >= len(table)
    assert FOUND.tested > FOUND.found
    for row in table.itertuples():
        assert row.term in row.example.casefold()


def test_no_term_is_inside_another_of_its_group() -> None:
    for _, rows in FOUND.table.groupby("group"):
        terms = rows["term"].tolist()
        assert not any(
            f" {a} " in f" {b} " or (a in b and not a.isascii())
            for a in terms
            for b in terms
            if a != b
        )


def test_counts_add_up() -> None:
    assert FOUND.empty == 0
    n = FOUND.first_comments + FOUND.second_comments + FOUND.other + FOUND.repeated
    assert n == len(ANSWERS)
    assert FOUND.other == int(ANSWERS["score"].isin([7, 8]).sum())


def test_row_order_changes_nothing() -> None:
    shuffled = distinctive_terms(ANSWERS.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(shuffled.table, FOUND.table)


def test_turning_the_groups_turns_the_answer() -> None:
    turned = distinctive_terms(ANSWERS, first="promoter", second="detractor").table
    columns = ["group", "term", "difference", "lower", "upper", "p_value"]
    one, other = (
        t[columns].sort_values(["group", "term"], ignore_index=True) for t in (turned, FOUND.table)
    )
    pd.testing.assert_frame_equal(one, other)


def null_runs(table: pd.DataFrame, runs: int) -> int:
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(runs):
        chosen = table.sample(2000, random_state=int(rng.integers(2**31)))
        chosen["group"] = np.where(rng.random(2000) < 0.2, "a", "b")
        answer = distinctive_terms(chosen, group="group", first="a", second="b")
        assert (answer.found == 0) == answer.table.empty
        found += answer.found > 0
    return found


@pytest.mark.exhaustive
def test_few_random_groups_have_a_distinctive_term(reference_data: Path) -> None:
    table = pd.read_parquet(reference_data / "takeaway_reviews_zh.parquet")
    assert null_runs(table.rename(columns={"review": "comment"})[["comment"]], 100) <= 10


def test_some_random_groups_of_simulated_comments() -> None:
    table = simulate_comments(4000, random_state=5).table
    assert null_runs(table[["comment"]], 8) <= 2


def test_spam_in_one_group_counts_once() -> None:
    spam = pd.DataFrame({"comment": ["visit our casino today"] * 500, "score": 1})
    table = pd.concat([ANSWERS, spam], ignore_index=True)
    found = distinctive_terms(table)
    assert not found.table["term"].str.contains("casino").any()
    assert found.repeated == FOUND.repeated + 499


def test_everything_shown_is_masked() -> None:
    secret = ANSWERS.assign(comment=ANSWERS["comment"] + " 打13800138000")
    found = distinctive_terms(secret)
    assert find_personal_data(found.table).empty
    assert find_personal_data(pd.DataFrame({"text": [str(found), found.sentence()]})).empty


def test_groups_by_any_column_and_within_others() -> None:
    sides = {"group": "touchpoint", "first": "delivery", "second": "price"}
    found = distinctive_terms(ANSWERS, **sides, by="question")
    assert found.table.columns[0] == "question"
    assert {*found.table["group"]} == {"delivery", "price"}
    both = distinctive_terms(ANSWERS, by="touchpoint")
    single = [distinctive_terms(rows) for _, rows in ANSWERS.groupby("touchpoint")]
    assert both.tested == sum(one.tested for one in single)
    assert both.first_comments == sum(one.first_comments for one in single)
    assert {*both.table["touchpoint"]} <= {"delivery", "price", "product", "service"}
    row = both.table.loc[both.table["log_odds"].where(both.table["group"] == "promoter").idxmax()]
    assert f"in promoters of touchpoint {row['touchpoint']} is '{row['term']}'" in both.sentence()
    zh = f"“推荐者”（touchpoint {row['touchpoint']}）最突出的词是“{row['term']}”"
    assert zh in both.sentence("zh")


def test_labels_of_numbers_and_passives() -> None:
    table = ANSWERS.assign(label=(ANSWERS["score"] >= 9).astype(int))
    assert distinctive_terms(table, group="label", first=0, second=1).first == "0"
    with pytest.raises(NotEnoughDataError, match="'passive'"):
        distinctive_terms(ANSWERS.head(150), first="passive", second="promoter")


def test_a_stricter_correction_finds_less() -> None:
    strict = distinctive_terms(ANSWERS, correction="bonferroni")
    assert 0 < strict.found <= FOUND.found
    assert strict.interval_level > FOUND.interval_level
    assert (strict.table["lower"] > 0).all()


def test_a_segmenter_of_your_own_gives_the_terms() -> None:
    found = distinctive_terms(ANSWERS, analyzer=lambda text: text.replace("，", ",").split(","))
    assert any("非常失望" in term for term in found.table["term"])


def test_few_comments_in_a_part_are_warned_of_or_refused() -> None:
    table = ANSWERS.assign(shop=np.where(ANSWERS.index < 60, "new", "old"))
    with pytest.warns(CemkitWarning, match="1 of 2 groups has fewer than 30 different comments"):
        assert {*distinctive_terms(table, by="shop").table["shop"]} == {"old"}
    with pytest.raises(NotEnoughDataError, match="need at least 30 different comments"):
        distinctive_terms(ANSWERS.head(40))


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"first": "detractors"}, ValueError, "first must be one of 'detractor'"),
        ({}, {"second": "detractor"}, ValueError, "two groups, not both 'detractor'"),
        ({}, {"group": "shop"}, MissingColumnsError, "missing column 'shop'"),
        (
            {},
            {"group": "touchpoint", "first": "prices", "second": "service"},
            DataError,
            "no response has touchpoint 'prices'.*'price'",
        ),
        ({}, {"first": 1}, TypeError, "of the same type"),
        ({"score": 4.5}, {}, DataError, "fractional"),
        ({"score": 50}, {}, DataError, "scores are off the scale 0 to 10"),
        ({"comment": 3}, {}, DataError, "comments must be text"),
        ({"score": 3}, {}, NotEnoughDataError, "need at least 30 different comments of 'promoter'"),
        ({}, {"min_comments": 1}, ValueError, "min_comments"),
        ({}, {"correction": "fdr"}, ValueError, "correction must be one of"),
        ({}, {"confidence_level": 95}, ValueError, "confidence_level"),
    ],
)
def test_bad_input(
    change: dict[str, Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        distinctive_terms(ANSWERS.assign(**change), **options)


def test_scores_of_several_questions_are_refused() -> None:
    table = ANSWERS.assign(question=np.where(ANSWERS.index % 2, "nps", "csat"))
    with pytest.raises(DataError, match="answer 2 questions"):
        distinctive_terms(table)
