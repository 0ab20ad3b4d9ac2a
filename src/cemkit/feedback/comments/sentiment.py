"""CommentSentiment: whether a comment sounds like a promoter, trained on customers' scores."""

import datetime as dt
import hashlib
import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import check_integer, check_positive
from cemkit.checks.matching import as_series, side_by_side
from cemkit.data.score_columns import ScoreColumns
from cemkit.described import Described, left_out_text
from cemkit.errors import CemkitWarning, NotEnoughDataError
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
from cemkit.formats import count_text

FOLDS = 5
FEWEST, FEWEST_OF_A_CLASS, FEW = 100, 30, 500  # comments
LEAST_KNOWN = 0.6  # of the n-grams of a batch, or this part of what was known out of fold:
OF_USUAL = 0.8


class CommentSentiment(ClassifierMixin, Described):
    """Sentiment model of comments, trained on your customers' own scores.

    Comments in Chinese, English and mixtures are split into terms without a segmenter: n-grams of
    Chinese characters, and words with their neighbours. Terms are weighted by TF-IDF, and a
    logistic regression predicts high scores from them.

    A model is valid for the kind of comments in its fit. A model trained on hotels ranks comments
    on takeaways well, but its probabilities and shares are wrong there. It does not understand
    irony, and a score of 7 or 8 is not a "neutral comment".

    Personal data are masked before the fit, and terms with fewer than `min_comments` comments are
    dropped, so that the model and its JSON contain no words of a single customer. Empty comments,
    and all but one of identical comments of a class, are left out and counted.

    Args:
        negative: Highest score that counts as negative; 6 as for detractors.
        positive: Lowest score that counts as positive; 9 as for promoters. Comments with scores
            between are left out of the fit and counted.
        ngram_range: Shortest and longest n-grams, of Chinese characters and of words.
        min_comments: Smallest number of comments with a term for it to be used; at least 2.
        C: Inverse strength of the penalty, as in scikit-learn's LogisticRegression.
        scale: Lowest and highest score that customers could give. Scores outside it raise an error.
        analyzer: Function from a text to its list of words, such as `jieba.lcut`, to be used
            instead; n-grams are then made of these words.

    Attributes:
        classes_: `[0, 1]`: negative and positive.
        vocabulary_: Terms in the order of the text.
        coefficients_: Shape (n_terms,), log-odds per unit of TF-IDF; `intercept_` beside it.
        idf_: Shape (n_terms,), rarity of each term.
        accuracy_, auc_, brier_: Out-of-fold accuracy, area under the ROC curve and Brier score,
            from five folds.
        true_positive_rate_, false_positive_rate_: Out-of-fold shares of positive and of negative
            comments that are classified as positive.
        known_share_: Out-of-fold share of the distinct n-grams of a comment that the model knows.
        n_comments_: Comments of the fit; `class_counts_` has them by class.
        left_out_: Number of comments left out of the fit, by reason.
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
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_comments: int = 2,
        C: float = 8.0,
        scale: tuple[int, int] = NPS_SCALE,
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
        """Fit the model, and measure its quality out of fold.

        Args:
            X: Comments. HTML entities are resolved, tags and control characters dropped.
            y: Scores of the comments: whole numbers on `scale`. If X and y both have an index, y is
                aligned with X.

        Returns:
            The fitted model itself.

        Raises:
            DataError: A comment is not text, or a score is fractional or outside the scale.
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
        self.classes_ = np.array([0, 1])
        self.class_counts_ = np.bincount(labels, minlength=2)
        self.n_comments_ = len(labels)
        self._measure(found, labels, folds_of(texts, labels))
        self.vocabulary_ = found.terms
        _, self.idf_, self.coefficients_, self.intercept_ = self._learnt(found.counts, labels)

    def _facts(self) -> dict[str, Any]:
        negative, positive = self.class_counts_.tolist()
        return {
            "comments": self.n_comments_,
            "positive": positive,
            "negative": negative,
            "left_out": left_out_text(self.left_out_),
            "terms": len(self.vocabulary_),
            "auc": self.auc_,
            "accuracy": self.accuracy_,
            "brier": self.brier_,
        }

    def _check_parameters(self) -> TermRules:
        check_limits(self.negative, self.positive, check_scale(self.scale))
        check_positive(self.C, "C")
        check_integer(self.min_comments, "min_comments", minimum=2)
        return self._rules()

    def _rules(self) -> TermRules:
        lengths = check_ngram_range(self.ngram_range)
        return TermRules(lengths, lengths, check_analyzer(self.analyzer))

    def _read(self, X: Any, y: Any) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
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

    def _learnt(
        self, counts: Any, labels: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.intp], Floats, Floats, float]:
        """The terms of enough comments, their rarity and coefficients, and the intercept."""
        common = np.flatnonzero(comments_with(counts) >= self.min_comments)
        if not len(common):
            hint = "the comments share no words; collect more"
            raise NotEnoughDataError(
                f"terms in {count_text(self.min_comments, 'comments')}", 0, 1, hint
            )
        counts = counts[:, common]
        idf = rarity(counts)
        model = LogisticRegression(C=self.C, solver="liblinear", max_iter=1000)
        model.fit(weighted(counts, idf), labels)
        return common, idf, model.coef_[0], float(model.intercept_[0])

    def _measure(
        self, found: TermCounts, labels: npt.NDArray[np.int64], folds: npt.NDArray[np.intp]
    ) -> None:
        """Predict each fold by the others, which alone choose and weigh their terms."""
        probability = np.empty(len(labels))
        known, terms = 0, int(found.distinct.sum())
        for fold in range(FOLDS):
            own, other = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            common, idf, slope, intercept = self._learnt(found.counts[other], labels[other])
            held_out = found.counts[own][:, common]
            known += held_out.nnz
            probability[own] = expit(weighted(held_out, idf) @ slope + intercept)
        self.known_share_ = known / max(terms, 1)
        positive = probability > 0.5
        self.accuracy_ = float((positive == labels).mean())
        self.auc_ = float(roc_auc_score(labels, probability))
        self.brier_ = float(((probability - labels) ** 2).mean())
        self.true_positive_rate_ = float(positive[labels == 1].mean())
        self.false_positive_rate_ = float(positive[labels == 0].mean())

    def _problems(self) -> list[str]:
        """What a reader of the fitted model should know."""
        found = []
        if self.n_comments_ < FEW:
            found.append(
                f"the model was trained on {count_text(self.n_comments_, 'comments')}, and {FEW} "
                f"or more make it reliable; its AUC of {self.auc_:.2f} is itself uncertain"
            )
        if self.auc_ < 0.5 + 2 * _auc_error(self.auc_, self.class_counts_):
            found.append(
                f"the comments say little about the scores: AUC {self.auc_:.2f} out of fold, where "
                "0.5 is guessing; look whether comments and scores belong together"
            )
        return found

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of the two classes, of shape (n, 2); rows sum to 1.

        Empty comments, and comments without an n-gram that the model knows, have missing
        probabilities.

        Args:
            X: Comments, as in `fit`.

        Warns:
            CemkitWarning: The model knows fewer than 60 % of the n-grams of these comments, and
                clearly fewer than out of fold. The comments are in another language or about
                something else.
        """
        probability = self._rated(comments_of(X))["sentiment"].to_numpy()
        return np.column_stack([1 - probability, probability])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return 1 for a positive and 0 for a negative comment; missing as in `predict_proba`.

        Args:
            X: Comments, as in `fit`.
        """
        probability = self.predict_proba(X)[:, 1]
        return np.where(np.isnan(probability), np.nan, (probability > 0.5).astype(np.float64))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on the comments with a negative or positive score.

        Args:
            X: Comments, as in `fit`.
            y: Scores of the comments, as in `fit`. A missing prediction counts as wrong.
            sample_weight: Weights of the comments.
        """
        columns = side_by_side({"X": comments_of(X), "y": y})
        scores = read_scores(columns["y"], check_scale(self.scale))
        labels = score_classes(scores, self.negative, self.positive)
        used = labels >= 0
        if not used.any():
            raise NotEnoughDataError("comments with a score of either class", 0, 1)
        right = self.predict(columns["X"])[used] == labels[used]
        weights = None if sample_weight is None else np.asarray(sample_weight)[used]
        return float(np.average(right, weights=weights))

    def add_to(
        self,
        table: pd.DataFrame,
        responses: pd.DataFrame | None = None,
        as_of: str | dt.date | pd.Timestamp | None = None,
    ) -> pd.DataFrame:
        """Return the same table with `sentiment` and `sentiment_known` added.

        `sentiment` is the probability that the comment is positive, from 0 to 1. `sentiment_known`
        is the share of its distinct n-grams that the model knows. Both are missing without a
        comment; `sentiment` is also missing if no n-gram is known.

        Args:
            table: Responses with a column `comment`; or customers, one row each, with `responses`.
            responses: Comments of the customers: `customer_id, response_date, comment`. A customer
                has the sentiment of the last day with a comment (the mean of that day's comments),
                and `sentiment_date` says which day that was.
            as_of: Last day seen; needed with `responses`. Later comments are ignored.

        Returns:
            A new table with the same rows and index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: Ids of the two tables are of different kinds.
            ValueError: `as_of` is missing, or given without responses.

        Warns:
            CemkitWarning: The model knows few of the n-grams, as in `predict_proba`.
        """
        check_is_fitted(self)
        if responses is None:
            if as_of is not None:
                raise ValueError(
                    "as_of needs the comments of the customers; give them as responses="
                )
            check_responses(table, ["comment"])
            return table.assign(**self._rated(table["comment"]))
        if as_of is None:
            raise ValueError("responses needs as_of, the last day seen, as in as_of='2024-03-31'")
        return last_sentiment(table, responses, as_of, self._rated)

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        return ScoreColumns(
            {"comment": "text"}, dict.fromkeys(["sentiment", "sentiment_known"], "number")
        )

    def _rated(self, comments: pd.Series) -> pd.DataFrame:
        """Sentiment and known share of each row, on its index."""
        check_is_fitted(self)
        texts = Comments.of(comments).texts
        present = texts.notna().to_numpy()
        counts, distinct, known = known_counts(texts[present], self._rules(), self.vocabulary_)
        self._warn_of_unknown(distinct, known)
        score = weighted(counts, self.idf_) @ self.coefficients_ + self.intercept_
        share = np.divide(known, distinct, out=np.zeros(len(known)), where=distinct > 0)
        rated = pd.DataFrame(
            {"sentiment": np.nan, "sentiment_known": np.nan}, index=range(len(texts))
        )
        rated.loc[present, "sentiment"] = np.where(known > 0, expit(score), np.nan)
        rated.loc[present, "sentiment_known"] = share
        return rated.set_axis(texts.index)

    def _warn_of_unknown(
        self, distinct: npt.NDArray[np.int64], known: npt.NDArray[np.int64]
    ) -> None:
        if not len(known):
            return
        share = float(known.sum() / max(distinct.sum(), 1))
        if share < min(LEAST_KNOWN, OF_USUAL * self.known_share_):
            warnings.warn(
                f"the model knows {share:.0%} of the n-grams of these "
                f"{count_text(len(known), 'comments')} ({self.known_share_:.0%} of its own out of "
                f"fold), and none of {count_text(int((known == 0).sum()), 'comments')}, whose "
                "sentiment is missing; they are in another language or about something else: train "
                "on comments of this kind",
                CemkitWarning,
                stacklevel=4,
            )

    def to_json(self) -> str:
        """Return the fitted model as JSON text, without any comment.

        Raises:
            TypeError: The model has an analyser of your own, which JSON cannot hold.
        """
        check_is_fitted(self)
        return sentiment_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fitted model of a text that `to_json` returned.

        Args:
            text: The JSON text.

        Raises:
            DataError: The text is damaged, or is not a saved model of this class.
        """
        model: Self = sentiment_from_json(cls, text)
        return model


def comments_of(X: Any) -> pd.Series:
    """Return comments as a Series; of a table, say which column it takes."""
    if isinstance(X, pd.DataFrame):
        raise TypeError("X must be the comments alone, as in table['comment'], not a table")
    return as_series(X, "X")


def folds_of(texts: npt.NDArray[np.object_], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return the fold of each comment: as good as random, even in each class, in any row order."""
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    order = sorted(range(len(texts)), key=lambda place: (labels[place], digests[place]))
    folds = np.empty(len(texts), dtype=np.intp)
    folds[order] = np.arange(len(texts)) % FOLDS
    return folds


def _auc_error(auc: float, counts: npt.NDArray[np.int64]) -> float:
    """The standard error of an AUC (Hanley, McNeil 1982)."""
    negatives, positives = (int(count) for count in counts)
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (first - auc**2)
    spread += (negatives - 1) * (second - auc**2)
    return float(np.sqrt(max(spread, 0.0) / (positives * negatives)))
