"""CommentSentiment: quality on real reviews, row order, odd input, scikit-learn's contract."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from cemkit.data import find_personal_data
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import CommentSentiment, simulate_comments
from cemkit.feedback.comments.sentiment import folds_of

ANSWERS = simulate_comments(1500, random_state=1).table
MODEL = CommentSentiment().fit(ANSWERS["comment"], ANSWERS["score"])
LEAST = {  # accuracy and AUC out of fold
    "hotel_reviews_zh": (0.89, 0.95),
    "takeaway_reviews_zh": (0.885, 0.935),
    "food_reviews_en": (0.79, 0.85),
}


def reviews(folder: Path, name: str) -> pd.DataFrame:
    table = pd.read_parquet(folder / f"{name}.parquet").rename(columns={"review": "comment"})
    if "label" not in table:
        table["label"] = (table["score"] == "great").astype(int)
    return table[["comment", "label"]]


@pytest.mark.parametrize("name", ["takeaway_reviews_zh", "food_reviews_en"])
def test_quality_out_of_fold_on_real_reviews(reference_data: Path, name: str) -> None:
    check_quality(reviews(reference_data, name), *LEAST[name])


@pytest.mark.exhaustive
def test_quality_out_of_fold_on_hotel_reviews(reference_data: Path) -> None:
    check_quality(reviews(reference_data, "hotel_reviews_zh"), *LEAST["hotel_reviews_zh"])


def check_quality(table: pd.DataFrame, accuracy: float, auc: float) -> None:
    model = CommentSentiment(negative=0, positive=1).fit(table["comment"], table["label"])
    assert model.accuracy_ >= accuracy
    assert model.auc_ >= auc
    assert model.true_positive_rate_ > 0.7 > 0.4 > model.false_positive_rate_


def test_the_fit_is_that_of_scikit_learns_pipeline() -> None:
    used = ANSWERS[(ANSWERS["score"] <= 6) | (ANSWERS["score"] >= 9)]
    used = used.assign(y=(used["score"] >= 9).astype(int))
    used = used.drop_duplicates(["comment", "y"]).sort_values(["comment", "y"])
    texts, y = used["comment"].to_numpy(), used["y"].to_numpy()
    pipeline = make_pipeline(
        CountVectorizer(analyzer=MODEL._rules().terms, min_df=2),
        TfidfTransformer(sublinear_tf=True),
        LogisticRegression(C=8.0, solver="liblinear"),
    )
    expected = pipeline.fit(texts, y).predict_proba(texts)
    np.testing.assert_allclose(MODEL.predict_proba(texts), expected, rtol=1e-6)
    folds = folds_of(texts, y)
    held_out = np.empty(len(y))
    for fold in range(5):
        own = folds == fold
        held_out[own] = pipeline.fit(texts[~own], y[~own]).predict_proba(texts[own])[:, 1]
    assert MODEL.auc_ == pytest.approx(roc_auc_score(y, held_out), abs=1e-9)
    assert MODEL.accuracy_ == pytest.approx(np.mean((held_out > 0.5) == y))
    assert MODEL.brier_ == pytest.approx(np.mean((held_out - y) ** 2))
    assert MODEL.true_positive_rate_ == pytest.approx(np.mean(held_out[y == 1] > 0.5))
    assert MODEL.false_positive_rate_ == pytest.approx(np.mean(held_out[y == 0] > 0.5))


def test_folds_are_even_in_each_class_and_depend_on_the_texts_alone() -> None:
    texts = np.array([f"comment {k}" for k in range(500)], dtype=object)
    labels = np.arange(500) % 2
    folds = folds_of(texts, labels)
    for label in (0, 1):
        assert np.bincount(folds[labels == label]).tolist() == [50] * 5
    assert np.array_equal(folds_of(texts[::-1], labels[::-1])[::-1], folds)


def test_row_order_changes_nothing_at_all() -> None:
    shuffled = ANSWERS.sample(frac=1, random_state=2)
    other = CommentSentiment().fit(shuffled["comment"], shuffled["score"])
    assert other.to_json() == MODEL.to_json()
    one = MODEL.add_to(ANSWERS)
    pd.testing.assert_frame_equal(other.add_to(shuffled).loc[ANSWERS.index], one)


def test_scores_are_matched_by_their_index() -> None:
    other = CommentSentiment().fit(ANSWERS["comment"], ANSWERS["score"][::-1])
    assert other.to_json() == MODEL.to_json()
    with pytest.raises(DataError, match="must hold the same ids"):
        CommentSentiment().fit(ANSWERS["comment"], ANSWERS["score"].set_axis(ANSWERS.index + 1))


def test_what_is_left_out_is_counted() -> None:
    odd = pd.DataFrame(
        {
            "comment": [None, "", "fine", "fine", "very happy", "very happy"],
            "score": [9, 1, 8, None, 10, 9],
        }
    )
    table = pd.concat([ANSWERS[["comment", "score"]], odd], ignore_index=True)
    before = MODEL.left_out_
    found = CommentSentiment().fit(table["comment"], table["score"]).left_out_ - before
    assert found.to_dict() == {
        "empty comment": 2,
        "no score": 1,
        "score between": 1,
        "repeated comment": 1,
    }
    assert MODEL.n_comments_ + before.sum() == len(ANSWERS)


def test_the_same_words_with_both_scores_count_for_both() -> None:
    table = pd.concat([ANSWERS, ANSWERS.assign(score=10 - ANSWERS["score"])], ignore_index=True)
    with pytest.warns(CemkitWarning, match="say little about the scores: AUC"):
        model = CommentSentiment(4, 6).fit(table["comment"], table["score"])
    assert model.auc_ < 0.5


def test_personal_data_and_rare_terms_are_not_learnt() -> None:
    more = " 13800138000 ann@x.org 订单20240131123456"
    secret = ANSWERS.assign(comment=ANSWERS["comment"] + more)
    secret.loc[0, "comment"] += " uniquename"
    model = CommentSentiment().fit(secret["comment"], secret["score"])
    terms = pd.DataFrame({"term": model.vocabulary_})
    assert "[phone]" in model.vocabulary_
    assert find_personal_data(terms).empty
    assert not terms["term"].str.contains("uniquename|x.org|2024").any()
    assert "uniquename" not in model.to_json()
    assert "13800138000" not in model.to_json()


def test_html_and_long_comments_are_read_and_counted() -> None:
    table = ANSWERS.copy()
    table["comment"] = "<p>" + table["comment"].str.replace(",", "&#44;") + "</p>"
    table.loc[0, "comment"] += " x" * 50_000
    model = CommentSentiment().fit(table["comment"], table["score"])
    assert model.cut_ == 1
    assert "p" not in model.vocabulary_
    assert model.auc_ == pytest.approx(MODEL.auc_, abs=0.01)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.head(60), NotEnoughDataError, "need at least 30 different comments with"),
        (lambda t: t.assign(score=10), NotEnoughDataError, "score of at most 6, got 0; scores run"),
        (
            lambda t: t.assign(score=t["score"] // 3 + 1),
            NotEnoughDataError,
            "scores run from 1 to 4; set negative= and positive= as they suit your scale",
        ),
        (lambda t: t.assign(score=t["score"] * 10), DataError, "scores are off the scale 0 to 10"),
        (lambda t: t.assign(score=t["score"] * 0.9), DataError, "fractional"),
        (lambda t: t.assign(score="good"), DataError, "must hold numbers"),
        (lambda t: t.assign(comment=5), DataError, "comments must be text, and row 0 holds 5"),
        (lambda t: t.assign(comment=None), NotEnoughDataError, "got 0"),
        (lambda t: t.assign(score=None), NotEnoughDataError, "no scores"),
        (lambda t: t.assign(comment="好"), NotEnoughDataError, "got 1"),
    ],
)
def test_odd_input_is_refused_with_the_remedy(
    change: Callable[[pd.DataFrame], pd.DataFrame], error: type[Exception], message: str
) -> None:
    table = change(ANSWERS)
    with pytest.raises(error, match=message):
        CommentSentiment().fit(table["comment"], table["score"])


def test_too_few_comments_of_both_classes_together() -> None:
    table = pd.DataFrame({"comment": [f"comment {k}" for k in range(80)], "score": [0, 10] * 40})
    with pytest.raises(NotEnoughDataError, match="need at least 100 different comments .* got 80"):
        CommentSentiment().fit(table["comment"], table["score"])


def test_comments_that_share_no_words() -> None:
    words = [chr(0x4E00 + k) for k in range(120)]
    table = pd.DataFrame({"comment": words, "score": [0, 10] * 60})
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 term in 2 comments, got 0; the comments share"
    ):
        CommentSentiment().fit(table["comment"], table["score"])


def test_a_table_in_place_of_comments_is_refused() -> None:
    with pytest.raises(TypeError, match=r"X must be the comments alone, as in table\['comment'\]"):
        CommentSentiment().fit(ANSWERS, ANSWERS["score"])


def test_few_comments_are_warned_of() -> None:
    table = ANSWERS.drop_duplicates("comment").head(300)
    with pytest.warns(CemkitWarning, match="trained on .* comments, and 500 or more"):
        CommentSentiment().fit(table["comment"], table["score"])


def test_another_language_is_warned_of_and_has_no_sentiment() -> None:
    russian = pd.DataFrame({"comment": ["Очень вкусно", "Ужасная доставка", None]})
    with pytest.warns(CemkitWarning, match="knows 0% of the n-grams of these 2 .* none of 2"):
        found = MODEL.add_to(russian)
    assert found["sentiment"].isna().all()
    assert found["sentiment_known"].tolist()[:2] == [0, 0]
    with pytest.warns(CemkitWarning, match="another language"):
        assert np.isnan(MODEL.predict(russian["comment"])).all()


def test_comments_of_the_same_kind_are_not_warned_of() -> None:
    later = simulate_comments(200, random_state=7).table
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = MODEL.add_to(later)
        MODEL.add_to(later.head(0).reindex([0]).assign(comment=None))
    assert found["sentiment_known"].mean() > 0.9
    sentiment, score = found["sentiment"], later["score"]
    assert sentiment[score >= 9].mean() > 0.8 > 0.2 > sentiment[score <= 6].mean()


def test_probabilities_sum_to_one_and_predictions_follow_them() -> None:
    comments = ANSWERS["comment"].head(50).tolist()
    probability = MODEL.predict_proba(comments)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert MODEL.predict(comments).tolist() == (probability[:, 1] > 0.5).tolist()
    assert MODEL.classes_.tolist() == [0, 1]


def test_the_score_counts_comments_of_either_class() -> None:
    later = simulate_comments(400, random_state=8).table
    used = later[(later["score"] <= 6) | (later["score"] >= 9)]
    right = MODEL.predict(used["comment"]) == (used["score"] >= 9)
    assert MODEL.score(later["comment"], later["score"]) == right.mean()
    with pytest.raises(NotEnoughDataError, match="a score of either class"):
        MODEL.score(["a"], [8])


def test_a_segmenter_of_your_own() -> None:
    model = CommentSentiment(analyzer=str.split).fit(ANSWERS["comment"], ANSWERS["score"])
    assert "delivery was" in model.vocabulary_
    assert "送" not in model.vocabulary_
    with pytest.raises(TypeError, match="analyzer of your own is not saved to JSON"):
        model.to_json()


def test_sentiment_is_a_column_of_responses() -> None:
    some = ANSWERS.set_index("customer_id").head(5)
    found = MODEL.add_to(some)
    assert found.columns.tolist() == [*some.columns, "sentiment", "sentiment_known"]
    pd.testing.assert_frame_equal(found[some.columns], some)
    assert found["sentiment"].between(0, 1).all()
    with pytest.raises(MissingColumnsError, match="missing column 'comment'"):
        MODEL.add_to(some[["score"]])
    with pytest.raises(ValueError, match="as_of needs the comments of the customers"):
        MODEL.add_to(some, as_of="2024-01-01")
    with pytest.raises(ValueError, match="responses needs as_of, the last day seen"):
        MODEL.add_to(some, ANSWERS)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"negative": 9, "positive": 6}, ValueError),
        ({"C": 0}, ValueError),
        ({"min_comments": 1}, ValueError),
        ({"ngram_range": (2, 1)}, ValueError),
        ({"scale": (10, 0)}, ValueError),
        ({"scale": (1, 5)}, ValueError),
        ({"analyzer": "jieba"}, TypeError),
        ({"negative": "low"}, TypeError),
    ],
)
def test_bad_parameters(parameters: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        CommentSentiment(**parameters).fit(ANSWERS["comment"], ANSWERS["score"])


# Those of scikit-learn's checks that feed no matrix of numbers.
CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_mixin_order",
    "check_valid_tag_types",
]


@pytest.mark.parametrize("name", CHECKS)
def test_scikit_learns_contract(name: str) -> None:
    getattr(estimator_checks, name)("CommentSentiment", CommentSentiment())


def test_clones_and_unfitted_models() -> None:
    model = clone(CommentSentiment(3, 5, scale=(1, 5), C=2.0))
    assert model.get_params() == CommentSentiment(3, 5, scale=(1, 5), C=2.0).get_params()
    for call in (
        lambda: model.predict(["a"]),
        lambda: model.add_to(ANSWERS),
        model.to_json,
        lambda: model.score(["a"], [1]),
    ):
        with pytest.raises(NotFittedError, match="CommentSentiment"):
            call()
