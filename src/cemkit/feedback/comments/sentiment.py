"""CommentSentiment: how much a comment sounds like a promoter, learnt from customers' own scores."""

import datetime as dt
import hashlib
import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.utils.validation import check_is_fitted
from scipy.special import expit

from cemkit.arrays import Floats
from cemkit.checks import check_integer, check_positive
from cemkit.checks.matching import as_series, side_by_side
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback.comments.classes import (
    NPS_SCALE,
    check_limits,
    check_scale,
    read_scores,
    score_classes,
)
from cemkit.feedback.comments.customers import last_sentiment
from cemkit.feedback.comments.saved_sentiment import sentiment_from_json, sentiment_to_json
from cemkit.feedback.comments.terms import (
    Analyzer,
    TermCounts,
    TermRules,
    check_analyzer,
    check_ngram_range,
    comments_with,
    known_counts,
)
from cemkit.feedback.comments.texts import Comments, check_responses, once_each
from cemkit.feedback.comments.weights import rarity, weighted

FOLDS = 5
FEWEST, FEWEST_OF_A_CLASS, FEW = 100, 30, 500  # comments
LEAST_KNOWN = 0.6  # of the n-grams of a batch, or this part of what was known out of fold:
OF_USUAL = 0.8


class CommentSentiment(ClassifierMixin, BaseEstimator):
    """How much a comment sounds like a promoter, learnt from your customers' own scores.

    Comments in Chinese, English and mixtures become terms without a segmenter: runs of Chinese
    characters give their n-grams, words give themselves and their neighbours. Terms are weighted by
    TF-IDF, and a logistic regression learns which of them come with high scores.

    A model is for the comments it learnt from: one trained on hotels ranks comments on takeaways
    well, but its probabilities and shares are wrong there. It does not read irony, and a score of 7
    or 8 is not a "neutral comment".

    Personal data are masked before anything is learnt, and terms of fewer than `min_comments`
    comments are forgotten, so that the model and its JSON hold no customer's words alone. Comments
    that are empty, and all but one of identical comments of a class, are left out and counted.

    Args:
        negative: Highest score that counts as negative; 6 as for detractors.
        positive: Lowest score that counts as positive; 9 as for promoters. Comments with scores
            between are left out of the fit and counted.
        ngram_range: Shortest and longest n-grams, of Chinese characters and of words.
        min_comments: Least number of comments that a term must occur in; at least 2.
        C: Inverse strength of the penalty, as in scikit-learn's LogisticRegression.
        scale: Lowest and highest score that customers could give. Scores off it are refused.
        analyzer: Function from a text to its list of words, such as `jieba.lcut`, to be used
            instead; n-grams are then made of these words.

    Attributes:
        classes_: `[0, 1]`: negative and positive.
        vocabulary_: Terms in the order of the text.
        coefficients_: Shape (n_terms,), log-odds per unit of TF-IDF; `intercept_` beside it.
        idf_: Shape (n_terms,), rarity of each term.
        accuracy_, auc_, brier_: Out-of-fold quality from five folds: share classified right, area
            under the ROC curve, mean squared error of the probability.
        true_positive_rate_, false_positive_rate_: Out-of-fold shares of positive and of negative
            comments that are classified as positive.
        known_share_: Out-of-fold share of the distinct n-grams of a comment that the model knows.
        n_comments_: Comments learnt from; `class_counts_` has them by class.
        left_out_: How many comments the fit left out, by reason.
        cut_: Comments of more than 5,000 characters, of which the beginning is read.

    Warns:
        CemkitWarning: There are fewer than 500 comments, the AUC is not clearly above 0.5, or (in
            predictions) the model knows few of the n-grams.

    Examples:
        >>> from cemkit.feedback import simulate_comments
        >>> answers = simulate_comments(1500, random_state=1).table
        >>> model = CommentSentiment().fit(answers["comment"], answers["score"])
        >>> model.predict(["配送很快，非常满意", "Waited an hour and the food was cold"]).tolist()
        [1.0, 0.0]
    """

    def __init__(
        self,
        negative: float = 6,
        positive: float = 9,
        ngram_range: tuple[int, int] = (1, 2),
        min_comments: int = 2,
        C: float = 8.0,
        scale: tuple[float, float] = NPS_SCALE,
        analyzer: Analyzer | None = None,
    ) -> None:
        self.negative = negative
        self.positive = positive
        self.ngram_range = ngram_range
        self.min_comments = min_comments
        self.C = C
        self.scale = scale
        self.analyzer = analyzer

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Learn which terms come with high scores, and measure the quality out of fold.

        Args:
            X: Comments. HTML entities are resolved, tags and control characters dropped.
            y: Their scores: whole numbers on `scale`. Where X and y both carry an index, y is
                brought into the order of X.

        Raises:
            DataError: A comment is no text, or a score is fractional or off the scale.
            NotEnoughDataError: There are fewer than 100 comments with a score of either class, or
                fewer than 30 of a class.

        A fit that raises or is interrupted leaves an earlier one as it was.
        """
        draft = type(self)(**self.get_params(deep=False))
        draft._estimate(X, y)
        for problem in draft._problems():
            warnings.warn(problem, CemkitWarning, stacklevel=2)
        kept = {name: value for name, value in vars(self).items() if not name.endswith("_")}
        self.__dict__ = kept | vars(draft)  # in one step, so that no half of a fit is ever there
        return self

    def _estimate(self, X: Any, y: Any) -> None:
        rules = self._check_parameters()
        texts, labels = self._read(X, y)
        found = TermCounts.of(texts, rules, self.min_comments)
        if not found.terms:
            raise NotEnoughDataError(
                f"terms in {self.min_comments} comments", 0, 1, "the comments share no words"
            )
        self.classes_ = np.array([0, 1])
        self.class_counts_ = np.bincount(labels, minlength=2)
        self.n_comments_ = len(labels)
        self._measure(found, labels, folds_of(texts, labels))
        self.vocabulary_, self.idf_ = found.terms, rarity(found.counts)
        self.coefficients_, self.intercept_ = self._weights_of(
            weighted(found.counts, self.idf_), labels
        )

    def _check_parameters(self) -> TermRules:
        check_limits(self.negative, self.positive, check_scale(self.scale))
        check_positive(self.C, "C")
        check_integer(self.min_comments, "min_comments", minimum=2)
        return self._rules()

    def _rules(self) -> TermRules:
        lengths = check_ngram_range(self.ngram_range)
        return TermRules(lengths, lengths, check_analyzer(self.analyzer))

    def _read(
        self, X: Any, y: Any
    ) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
        """Comments and classes to learn from, sorted by text, and a count of the others."""
        columns = side_by_side({"X": comments_of(X), "y": y})
        scores = read_scores(columns["y"], check_scale(self.scale))
        comments = Comments.of(columns["X"])
        labels = score_classes(scores, self.negative, self.positive)
        used = np.flatnonzero(comments.present & (labels >= 0))
        texts, classes = comments.texts.to_numpy()[used], labels[used]
        kept = once_each(texts, classes)
        self.cut_ = comments.cut
        missing = np.isnan(scores) & comments.present
        self.left_out_ = pd.Series(
            {
                "empty comment": comments.empty,
                "no score": int(missing.sum()),
                "score between": int((comments.present & (labels < 0) & ~missing).sum()),
                "repeated comment": len(used) - len(kept),
            },
            name="comments",
        ).rename_axis("reason")
        self._check_enough(classes[kept], scores)
        return texts[kept], classes[kept]

    def _check_enough(self, labels: npt.NDArray[np.int64], scores: Floats) -> None:
        known = scores[~np.isnan(scores)]
        span = f"scores run from {known.min():g} to {known.max():g}" if len(known) else "no scores"
        hint = f"{span}; set negative= and positive= as they suit your scale, or collect more"
        sides = (f"of at most {self.negative:g}", f"of at least {self.positive:g}")
        for label, side in enumerate(sides):
            have = int((labels == label).sum())
            if have < FEWEST_OF_A_CLASS:
                what = f"different comments with a score {side}"
                raise NotEnoughDataError(what, have, FEWEST_OF_A_CLASS, hint)
        if len(labels) < FEWEST:
            what = "different comments with a positive or negative score"
            raise NotEnoughDataError(what, len(labels), FEWEST, "collect more")

    def _weights_of(
        self, rows: Any, labels: npt.NDArray[np.int64]
    ) -> tuple[Floats, float]:
        model = LogisticRegression(C=self.C, solver="liblinear", max_iter=1000).fit(rows, labels)
        return model.coef_[0], float(model.intercept_[0])

    def _measure(
        self, found: TermCounts, labels: npt.NDArray[np.int64], folds: npt.NDArray[np.intp]
    ) -> None:
        """Predict each fold by the others, which alone choose and weigh their terms."""
        probability = np.empty(len(labels))
        known = 0
        for fold in range(FOLDS):
            other = np.flatnonzero(folds != fold)
            own = np.flatnonzero(folds == fold)
            counts = found.counts[other]
            common = np.flatnonzero(comments_with(counts) >= self.min_comments)
            counts = counts[:, common]
            idf = rarity(counts)
            slope, intercept = self._weights_of(weighted(counts, idf), labels[other])
            held_out = found.counts[own][:, common]
            known += held_out.nnz
            probability[own] = expit(weighted(held_out, idf) @ slope + intercept)
        self.known_share_ = known / max(self._all_terms, 1)
        positive = probability > 0.5
        self.accuracy_ = float((positive == labels).mean())
        self.auc_ = float(roc_auc_score(labels, probability))
        self.brier_ = float(((probability - labels) ** 2).mean())
        self.true_positive_rate_ = float(positive[labels == 1].mean())
        self.false_positive_rate_ = float(positive[labels == 0].mean())
