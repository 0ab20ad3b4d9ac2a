"""ChurnModel: the probability of churn, by the engine of every other outcome."""

from collections.abc import Collection
from typing import Any, Literal

from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.churn.propensity import PropensityModel


class ChurnModel(PropensityModel):
    """Model of the probability of churn, by logistic regression or any scikit-learn classifier.

    It is `PropensityModel` with the outcome churn: `add_to` adds `churn_probability`, and sentences
    speak of churn.

    It takes the customer table as it is. Text columns become indicators, missing numbers count as
    the mean, and features are scaled to standard deviation 1, so that the penalty treats them
    alike. Columns that cannot be used for new customers are left out and listed in
    `ignored_columns_`:

    - dates (turn them into days before `as_of` to use them),
    - identifiers and free text: text of which at least 95 % of the values differ, and distinct
      whole numbers whose name ends in `id`,
    - text with too many levels (group them to use them),
    - columns without a value.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have missing
    predictions.

    Args:
        penalty: Strength of the squared penalty on the coefficients; 0 for none. The objective is
            the negative log-likelihood + penalty / 2 * sum of squared coefficients.
        scale: Whether to scale the features.
        calibrate: How to turn scores into probabilities, fitted on scores of five-fold
            cross-validation: `"sigmoid"`, `"isotonic"`, or None to take them as they are.
        threshold: Threshold of `predict`, which returns 1 where the probability lies strictly above
            it.
        class_weight: Weights of the classes, as in scikit-learn: None, `"balanced"`, or a weight
            per class. Weights distort the probabilities; to weigh the two kinds of error, move the
            threshold instead.
        classifier: A scikit-learn classifier to use instead of the logistic regression, on the same
            encoded and scaled features. `penalty` and `class_weight` are then not used. None for
            logistic regression.
        allow_sensitive: Sensitive columns, such as `age` or `gender`, that may be used as features.
        positive: Label that means churn, such as `"churned"`. By default it is 1 or True. With
            other labels and no `positive` the model classifies as scikit-learn does, but `add_to`,
            `explain`, `coefficients` and `model_card` raise an error.

    Attributes:
        classes_: The two outcomes, in order.
        coefficients_: Log-odds of shape (n_terms,), per standard deviation if scaled, else per
            unit. Not available with a classifier of your own.
        intercept_: Log-odds where every (scaled) feature is 0.
        logistic_: Fitted logistic regression; None with a classifier of your own.
        classifier_: Your own classifier, fitted; None without one.
        encoding_: Encoding of features as terms (numbers and indicators).
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: Number of customers left out of the fit, by reason.
        center_, scale_: Number subtracted from each term, and number it was divided by.
        n_features_in_: Number of features used.
        feature_names_in_: Names of the features, when fitted on a DataFrame.

    Warns:
        CemkitWarning: A combination of features perfectly predicts outcomes (separation), or there
            are fewer than ten customers with the rarer outcome per term, so the data do not support
            the model. Also if columns are left out because they have no value, more than 1,000
            levels, or more levels than both 50 and a tenth of the rows.

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
