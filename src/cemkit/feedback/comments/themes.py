"""comment_topics: what comments are about, how much, and how it changes; the same topics later."""

import dataclasses
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_choice,
    check_columns,
    check_fraction,
    check_integer,
    local_dates,
    meant,
    unknown_labels,
)
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback.comments.classes import (
    NPS_SCALE,
    Scale,
    check_one_question,
    check_scale,
    read_scores,
)
from cemkit.feedback.comments.factors import factor_weights
from cemkit.feedback.comments.groups import period_codes
from cemkit.feedback.comments.saved_topics import topics_from_json, topics_to_json
from cemkit.feedback.comments.terms import (
    Analyzer,
    check_analyzer,
    known_counts,
)
from cemkit.feedback.comments.texts import Comments, check_responses
from cemkit.feedback.comments.topic_model import (
    TopicModel,
    fit_topics,
    strongest_topics,
)
from cemkit.feedback.comments.topic_tables import topic_shares, topic_table
from cemkit.feedback.comments.weights import weighted
from cemkit.feedback.measures import NPS_SCALES, check_on_scale, checked_measure
from cemkit.formats import part_of
from cemkit.results import Result
from cemkit.segmentation.cohorts import PERIODS

FEWEST = 100  # different comments
MOST_TOPICS = 50
BROAD = 0.3  # of the comments: a topic that has more is what is left of the others
UNKNOWN = 0.4  # of the comments without a topic, above which they are about something else


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CommentTopics(Result):
    """Topics of comments, from `comment_topics`, or the topics of later comments under its topics.

    Attributes:
        topics: Number of topics.
        comments: Comments with text.
        unassigned: Comments without a term of any topic.
        empty: Responses without a comment.
        repeated: Comments with the same text as another; the topics come from one of them,
            and every one counts in the table.
        cut: Comments longer than 5,000 characters, of which the beginning was read.
        undated: Comments without a date, which `trend` leaves out; None without dates.
        confidence_level: Confidence level of the intervals, as a fraction.
        scale: Lowest and highest score.
        table: One row per topic: `topic` (its name), `terms`, `comments` whose strongest topic it
            is, their `share` of all comments with `lower, upper` (Wilson); where there are scores
            `mean_score` and, on 0 to 10 or 1 to 10, `detractors` (share of scores up to 6);
            `example_1` to `example_3`, the comments nearest to it, masked.
        weights: One row per comment on the index of the responses, one column per topic.
        assigned: On the same index, the `topic` of each comment (missing without one), and its
            `response_date` where responses have one.
        model: The topics themselves, as `transform` applies them.

    Examples:
        >>> from cemkit.feedback import simulate_comments
        >>> answers = simulate_comments(1500, language="en").table
        >>> topics = comment_topics(answers, 4)
        >>> later = topics.transform(simulate_comments(300, language="en", random_state=9).table)
        >>> later.names == topics.names
        True
    """

    _pictures = ("comments.topics", "comments.topic_trends")

    topics: int
    comments: int
    unassigned: int
    empty: int
    repeated: int
    cut: int
    undated: int | None
    confidence_level: float
    scale: Scale
    table: pd.DataFrame
    weights: pd.DataFrame
    assigned: pd.DataFrame
    model: TopicModel

    def _scalars(self) -> dict[str, Any]:
        values = super(CommentTopics, self)._scalars()
        return {name: value for name, value in values.items() if name != "model"}

    @property
    def names(self) -> list[str]:
        """The names of the topics, in the order of the table."""
        return list(self.model.names)

    def largest(self) -> pd.Series:
        """Return the row of the topic with most comments."""
        return self.table.iloc[int(self.table["comments"].to_numpy().argmax())]

    def is_broad(self) -> bool:
        """Return whether the largest topic has more than 30 % of the comments."""
        return bool(self.largest()["share"] > BROAD)

    def lowest_score(self) -> pd.Series | None:
        """Return the row of the topic with the lowest mean score; None without scores."""
        if "mean_score" not in self.table or self.table["mean_score"].isna().all():
            return None
        return self.table.iloc[int(np.nanargmin(self.table["mean_score"].to_numpy()))]

    def rename(self, names: Mapping[str, str]) -> "CommentTopics":
        """Return the same topics under names of your own.

        Args:
            names: New names by old ones, as in `{"隔音 / 隔壁 / 声音": "隔音"}`.

        Raises:
            DataError: A topic does not exist, or two topics would have the same name.
        """
        if not isinstance(names, Mapping):
            raise TypeError(f"names must be new names by old ones, not {shown(names)}")
        for old in unknown_labels(names, self.names):
            raise DataError(
                f"no topic is named {shown(old)}{meant(old, self.names)}; there are "
                f"{', '.join(map(shown, self.names))}"
            )
        for new in names.values():
            if not isinstance(new, str) or not new.strip():
                raise TypeError(f"the name of a topic must be text, not {shown(new)}")
        changed = [names.get(name, name) for name in self.names]
        twice = [name for k, name in enumerate(changed) if name in changed[:k]]
        if twice:
            raise DataError(
                f"two topics would have the name {shown(twice[0])}; give each its own name"
            )
        return dataclasses.replace(
            self,
            model=dataclasses.replace(self.model, names=changed),
            table=self.table.assign(topic=changed),
            weights=self.weights.set_axis(changed, axis="columns"),
            assigned=self.assigned.assign(
                topic=[names.get(name, name) for name in self.assigned["topic"]]
            ),
        )

    def transform(self, responses: pd.DataFrame) -> "CommentTopics":
        """Assign other comments to the same topics.

        Args:
            responses: Table with `comment`, and where known `score` and `response_date`.

        Raises:
            NotEnoughDataError: No response has a comment.

        Warns:
            CemkitWarning: More than 40 % of the comments have no term of any topic, so they are in
                another language or about something else.
        """
        described = _described(self.model, check_responses(responses, ["comment"]))
        if described.unassigned > UNKNOWN * described.comments:
            warnings.warn(
                f"{part_of(described.unassigned, described.comments, 'comments have')} no "
                "term of any topic; they are in another language or about something else, so learn "
                "topics from comments of this kind",
                CemkitWarning,
                stacklevel=2,
            )
        return described

    def trend(self, period: str = "month") -> pd.DataFrame:
        """Return the share of each topic in each period.

        Args:
            period: `"week"`, `"month"`, `"quarter"` or `"year"`.

        Returns:
            One row per topic and period in which there are comments: `topic, period` (a pandas
            Period), `comments` on the topic, `all_comments` of the period, `share` with
            `lower, upper` (Wilson).

        Raises:
            MissingColumnsError: The responses had no `response_date`.
        """
        check_choice(period, "period", list(PERIODS))
        check_columns(self.assigned.columns, ["response_date"], "topics have trends by date")
        codes, periods = period_codes(self.assigned["response_date"], period)
        dated = codes >= 0
        topic = _places(self.assigned["topic"], self.names)
        size = len(periods)
        everything = np.bincount(codes[dated], minlength=size)
        on_topic = dated & (topic >= 0)
        cells = np.bincount(
            topic[on_topic] * size + codes[on_topic], minlength=self.topics * size
        ).reshape(self.topics, size)
        table = pd.DataFrame(
            {
                "topic": np.repeat(np.array(self.names, dtype=object), size),
                "period": pd.Series(periods * self.topics, dtype=f"period[{PERIODS[period]}]"),
                "comments": cells.ravel(),
                "all_comments": np.tile(everything, self.topics),
            }
        )
        return table.assign(**topic_shares(table["comments"], table["all_comments"], self.model))

    def to_json(self) -> str:
        """Return the topics as JSON text, without any comment, for `transform` in later months.

        Raises:
            TypeError: The topics have an analyser of your own, which JSON cannot hold.
        """
        return topics_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "CommentTopics":
        """Return the topics from the text of `to_json`, without any comments.

        Args:
            text: The JSON text.

        Raises:
            DataError: The text is damaged, or is not saved topics.
        """
        model = TopicModel(**topics_from_json(cls, text))
        return _described(model, pd.DataFrame({"comment": pd.Series([], dtype=object)}))


def comment_topics(
    responses: pd.DataFrame,
    n_topics: int = 8,
    *,
    min_comments: int = 10,
    n_terms: int = 8,
    random_state: int = 0,
    scale: tuple[int, int] = NPS_SCALE,
    confidence_level: float = 0.95,
    analyzer: Analyzer | None = None,
) -> CommentTopics:
    """Find topics of comments, with readable terms, examples and shares.

    Topics are factors of a non-negative matrix factorisation of TF-IDF weights. Terms are 2 to 4
    Chinese characters, or one or two words. If a longer term has 60 % of the comments of a term
    inside it, only the longer one is kept. Function words and terms in more than a fifth of the
    comments are left out. A comment belongs to its strongest topic. One topic often has a third or
    more of the comments: it collects the rest rather than one subject. Topics are a way to sort
    comments, not facts, and another number of topics gives other topics. Read the examples, and
    `rename` them.

    `transform` applies the same topics to later comments, so that months can be compared.

    Args:
        responses: Table with `comment`, and where known `score` and `response_date`.
        n_topics: Number of topics, from 2 to 50.
        min_comments: Smallest number of comments with a term for it to be used; at least 2.
        n_terms: Number of terms that describe a topic.
        random_state: Seed of the start of the factorisation.
        scale: Lowest and highest score. On `(0, 10)` and `(1, 10)` detractors are counted.
        confidence_level: Confidence level of the intervals, as a fraction.
        analyzer: Function from a text to its list of words, such as `jieba.lcut`, to be used
            instead; terms are then one or two of these words.

    Raises:
        MissingColumnsError: There is no column `comment`.
        DataError: A comment is not text, or a score is fractional or outside the scale.
        NotEnoughDataError: There are fewer than 100 different comments, or fewer terms than topics.

    References:
        Lee, Seung (1999), Learning the parts of objects by non-negative matrix factorization,
        Nature 401.

    Examples:
        >>> from cemkit.feedback import simulate_comments
        >>> topics = comment_topics(simulate_comments(1500, language="en").table, 4)
        >>> topics.table["comments"].sum() + topics.unassigned == topics.comments
        np.True_
    """
    check_integer(n_topics, "n_topics", minimum=2, maximum=MOST_TOPICS)
    check_integer(min_comments, "min_comments", minimum=2)
    check_integer(n_terms, "n_terms", minimum=1, maximum=100)
    seed = check_integer(random_state, "random_state", minimum=0)
    given = TopicModel(
        names=[],
        terms=[],
        vocabulary=[],
        idf=np.empty(0),
        factors=np.empty((0, 0)),
        scale=check_scale(scale),
        confidence_level=check_fraction(confidence_level, "confidence_level"),
        analyzer=check_analyzer(analyzer),
    )
    table = check_responses(responses, ["comment"])
    texts = sorted(set(Comments.of(table["comment"]).texts.dropna()))
    if len(texts) < FEWEST:
        raise NotEnoughDataError("different comments", len(texts), FEWEST, "collect more")
    model = fit_topics(
        given,
        texts,
        n_topics=n_topics,
        min_comments=min_comments,
        n_terms=n_terms,
        random_state=seed,
    )
    return _described(model, table)


def _described(model: TopicModel, table: pd.DataFrame) -> CommentTopics:
    """What comments are about under given topics."""
    comments = Comments.of(table["comment"])
    present = comments.present
    if len(table) and not present.any():
        raise NotEnoughDataError("responses with a comment", 0, 1, "look at the column 'comment'")
    texts = comments.texts[present]
    counts, _, _ = known_counts(texts, model.rules, model.vocabulary)
    rows = weighted(counts, model.idf)
    weights = factor_weights(rows, model.factors)
    topic = strongest_topics(weights)
    names = np.array([*model.names, None], dtype=object)
    assigned = pd.DataFrame({"topic": names[topic]}, index=texts.index)
    undated = None
    if "response_date" in table.columns:
        dates = local_dates(table["response_date"], "response_date")[present]
        assigned["response_date"] = dates
        undated = int(np.isnat(dates).sum())
    return CommentTopics(
        topics=len(model.names),
        comments=len(texts),
        unassigned=int((topic < 0).sum()),
        empty=comments.empty,
        repeated=int(texts.duplicated().sum()),
        cut=comments.cut,
        undated=undated,
        confidence_level=model.confidence_level,
        scale=model.scale,
        table=topic_table(model, texts.to_numpy(), rows, topic, _scores(table, model, present)),
        weights=pd.DataFrame(weights, index=texts.index, columns=model.names),
        assigned=assigned,
        model=model,
    )


def _scores(
    table: pd.DataFrame, model: TopicModel, present: npt.NDArray[np.bool_]
) -> Floats | None:
    """The scores of the comments, where responses have any."""
    if "score" not in table.columns:
        return None
    check_one_question(table)
    scores = read_scores(table["score"], model.scale)[present]
    if model.scale in NPS_SCALES:
        check_on_scale(scores[~np.isnan(scores)], checked_measure("nps", model.scale))
    return None if np.isnan(scores).all() else scores


def _places(values: pd.Series, names: list[str]) -> npt.NDArray[np.int64]:
    return pd.Index(names).get_indexer(pd.Index(values)).astype(np.int64)
