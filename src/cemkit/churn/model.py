"""ChurnModel: the probability of churn, by the engine of every other outcome."""

from collections.abc import Collection
from typing import Any, Literal

from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.churn.propensity import PropensityModel


class ChurnModel(PropensityModel):
    """The probability of churn, by logistic regression or any scikit-learn classifier.

    It is the engine of `PropensityModel` in churn's words: `add_to` gives `churn_probability`, and
    every sentence speaks of churn.

    It takes the customer table as it is. Columns of text become indicators, missing numbers count
    as the mean, and features are scaled to standard deviation 1 so that the penalty weighs them
    alike. Columns that cannot be used for other customers are left out and listed in
    `ignored_columns_`: dates, identifiers and free text (text of which at least 95 % of the values
    differ; whole numbers, all different, whose name ends in `id`), text with too many levels, and
    columns without a value. Turn dates into days before `as_of`, and group levels, to use them.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have missing
    predictions.

    Args:
        penalty: Strength of the squared penalty on the coefficients; 0 for none. The objective is
            the negative log-likelihood + penalty / 2 * sum of squared coefficients.
        scale: Whether to scale the features.
        calibrate: How to turn scores into probabilities, fitted on scores of five-fold
            cross-validation: `"sigmoid"`, `"isotonic"`, or None to take them as they are.
        threshold: `predict` answers 1 where the probability lies strictly above it.
        class_weight: As in scikit-learn: None, `"balanced"`, or a weight per class. It moves the
            probabilities; to weigh two kinds of error, move the threshold instead.
        classifier: A scikit-learn classifier to take the place of the logistic regression, on the
            same encoded and scaled features. `penalty` and `class_weight` are then not used.
        allow_sensitive: Columns such as `age` or `gender` that may be used on purpose.
        positive: The label that means churn, such as `"churned"`. Without it 1 and True do, and of
            two other labels nothing says so: the model then classifies as scikit-learn does, and
            `add_to`, `explain`, `coefficients` and `model_card` raise.

    Attributes:
        classes_: The two outcomes, in order.
        coefficients_: Shape (n_terms,), log-odds per standard deviation where scaled, else per
            unit; without a classifier of your own.
        intercept_: The log-odds where every (scaled) feature is 0.
        logistic_: The fit behind them; None around a classifier of your own.
        classifier_: Your own classifier, fitted; None without one.
        encoding_: How features became terms.
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: How many customers the fit left out, by reason.
        center_, scale_: What was subtracted from each term, and what it was divided by.
        n_features_in_: Number of features, without those left out.
        feature_names_in_: Their names, where the fit saw a DataFrame.

    Warns:
        CemkitWarning: A combination of features perfectly predicts outcomes (separation), or there
            are fewer than ten customers of the rarer outcome for each term: the data cannot
            carry the model. Columns with more levels than 50 and a tenth of the rows, or than
            1,000, and columns without a value are left out.

    Examples:
        >>> import numpy as np
        >>> import pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> features = pd.DataFrame({"recency_days": rng.integers(0, 200, 500)})
        >>> churned = pd.Series(rng.random(500) < features["recency_days"] / 200, dtype=int)
        >>> model = ChurnModel().fit(features, churned)
        >>> model.predict(pd.DataFrame({"recency_days": [20, 180]})).tolist()
        [0, 1]
    """

    def __init__(
        self,
        *,
        penalty: float = 1.0,
        scale: bool = True,
        calibrate: Literal["sigmoid", "isotonic"] | None = None,
        threshold: float = 0.5,
        class_weight: str | dict[Any, float] | None = None,
        classifier: Any = None,
        allow_sensitive: Collection[str] = (),
        positive: Any = None,
    ) -> None:
        self.penalty = penalty
        self.scale = scale
        self.calibrate = calibrate
        self.threshold = threshold
        self.class_weight = class_weight
        self.classifier = classifier
        self.allow_sensitive = allow_sensitive
        self.positive = positive

    def _named_outcome(self, outcome: Any) -> Outcome:
        return CHURN
