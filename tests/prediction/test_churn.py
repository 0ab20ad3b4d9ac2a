"""Churn labels, features and model against hand calculations, the source article and CDNOW."""

import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score, train_test_split

from cemkit import (
    ChurnModel,
    DataError,
    NotEnoughDataError,
    churn_features,
    label_churn,
    load_cdnow,
)

ORDERS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "ann", "bob", "cat", "dan"],
        "order_date": pd.to_datetime(
            ["2024-01-01", "2024-03-01", "2024-04-30", "2024-01-05", "2024-06-30", "2024-03-31"]
        ),
        "amount": [20.0, 30.0, 10.0, 5.0, 8.0, 1.0],
    }
)
# The source article's customers: purchase frequency, days since the last one, order value.
ARTICLE = pd.DataFrame(
    {
        "purchase_frequency": [1, 3, 2, 5, 1, 4, 2, 6, 1, 3],
        "days_since_last_purchase": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8],
        "avg_order_value": [50, 100, 75, 150, 40, 120, 80, 200, 30, 90],
    }
)
ARTICLE_CHURN = pd.Series([1, 0, 0, 0, 1, 0, 0, 0, 1, 0])


def test_labels_by_hand() -> None:
    labels = label_churn(ORDERS, as_of="2024-03-31", window_days=30)
    assert labels.name == "churned"
    assert labels.to_dict() == {"ann": 0, "bob": 1, "dan": 1}


def test_the_window_begins_after_as_of_and_ends_on_its_last_day() -> None:
    assert label_churn(ORDERS, "2024-03-31", 29)["ann"] == 1
    assert label_churn(ORDERS, "2024-04-30", 30)["ann"] == 1


def test_features_by_hand() -> None:
    features = churn_features(ORDERS, "2024-03-31", windows=[31])
    assert features.loc["ann"].to_dict() == {
        "recency_days": 30,
        "tenure_days": 90,
        "order_count": 2,
        "total_amount": 50.0,
        "mean_amount": 25.0,
        "order_days_31": 1,
        "amount_31": 30.0,
    }
    assert features.loc["bob", ["order_days_31", "amount_31"]].tolist() == [0, 0]


def test_planted_future_orders_move_no_feature() -> None:
    future = ORDERS.assign(order_date=pd.Timestamp("2024-04-01"), amount=1e9)
    pd.testing.assert_frame_equal(
        churn_features(pd.concat([ORDERS, future]), "2024-03-31"),
        churn_features(ORDERS, "2024-03-31"),
    )


def test_cdnow_churn_rate_and_ranking() -> None:
    orders = load_cdnow()
    churned = label_churn(orders, "1997-09-30", 182)
    features = churn_features(orders, "1997-09-30")
    assert len(churned) == 23_570
    assert round(churned.mean(), 4) == 0.7419
    auc = cross_val_score(ChurnModel(), features, churned, scoring="roc_auc", cv=5).mean()
    assert auc >= 0.77


def test_the_articles_customer() -> None:
    train, _, outcome, _ = train_test_split(ARTICLE, ARTICLE_CHURN, test_size=0.3, random_state=42)
    customer = pd.DataFrame([[2, 20, 60]], columns=ARTICLE.columns)
    unscaled = ChurnModel(scale=False).fit(train, outcome)
    assert unscaled.predict_proba(customer)[0, 1] == pytest.approx(0.5940506742540284)
    assert unscaled.predict(customer).tolist() == [1]
    scaled = ChurnModel().fit(train, outcome)
    assert scaled.predict_proba(customer)[0, 1] == pytest.approx(0.342, abs=5e-4)
    assert scaled.predict(customer).tolist() == [0]


def test_the_threshold_is_strict() -> None:
    model = ChurnModel().fit(ARTICLE, ARTICLE_CHURN)
    probability = model.predict_proba(ARTICLE)[0, 1]
    assert model.set_params(threshold=probability).predict(ARTICLE)[0] == 0


def test_outcomes_are_matched_by_id() -> None:
    shuffled = ARTICLE_CHURN.sample(frac=1, random_state=0)
    one, other = (ChurnModel().fit(ARTICLE, y) for y in (ARTICLE_CHURN, shuffled))
    assert (one.coefficients_ == other.coefficients_).all()


def test_other_ids_are_refused() -> None:
    with pytest.raises(DataError, match="X and y must hold the same ids: 1 only in X, 1 only in y"):
        ChurnModel().fit(ARTICLE, ARTICLE_CHURN.rename({9: 99}))


def test_one_class_only() -> None:
    with pytest.raises(NotEnoughDataError, match="all 10 customers have 0"):
        ChurnModel().fit(ARTICLE, ARTICLE_CHURN * 0)


def test_more_than_two_classes() -> None:
    with pytest.raises(ValueError, match=r"Only binary .*values \[0, 1, 2\]"):
        ChurnModel().fit(ARTICLE, pd.Series([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]))


@pytest.mark.parametrize("threshold", [0, 1, 2.0])
def test_a_threshold_outside(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must lie strictly between 0 and 1"):
        ChurnModel(threshold=threshold).fit(ARTICLE, ARTICLE_CHURN)


def test_missing_features() -> None:
    with pytest.raises(ValueError, match="NaN"):
        ChurnModel().fit(ARTICLE.replace(5, float("nan")), ARTICLE_CHURN)


def test_a_window_past_the_end_of_the_data() -> None:
    message = "the window ends on 2024-07-01, after the last order on 2024-06-30; who buys later"
    with pytest.raises(DataError, match=message):
        label_churn(ORDERS, "2024-03-31", 92)


def test_as_of_before_the_first_order() -> None:
    for question in (
        lambda: label_churn(ORDERS, "2023-12-31", 30),
        lambda: churn_features(ORDERS, "2023-12-31"),
    ):
        with pytest.raises(DataError, match="as_of=2023-12-31 lies before the first order"):
            question()
