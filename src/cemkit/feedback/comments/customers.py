"""The sentiment of customers: that of the last day on which each left a comment."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_frame, check_same_ids, customer_ids, local_days
from cemkit.feedback.comments.texts import check_responses

Rate = Callable[[pd.Series], pd.DataFrame]
ADDED = ["sentiment", "sentiment_known", "sentiment_date"]


def last_sentiment(
    customers: pd.DataFrame,
    responses: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    rate: Rate,
) -> pd.DataFrame:
    """Return the customers with the sentiment of their last comments up to a day."""
    last_day = np.datetime64(check_as_of(as_of), "D")
    ids = customer_ids(check_frame(customers, "customers"), "customers")
    table = check_responses(responses, ["response_date", "comment"])
    authors = customer_ids(table, "responses")
    check_same_ids(ids, authors, "customers", "responses")
    days = local_days(table["response_date"], "response_date")
    seen = days <= last_day  # a missing day is not
    rated = rate(table.loc[seen, "comment"]).set_axis(range(int(seen.sum())))
    rated = rated.assign(customer_id=authors[seen], sentiment_date=days[seen].astype("M8[us]"))
    rated = rated[rated["sentiment_known"].notna() & np.isin(rated["customer_id"], ids)]
    last = rated.groupby("customer_id")["sentiment_date"].transform("max")
    daily = rated[rated["sentiment_date"] == last].sort_values(ADDED)
    means = daily.groupby("customer_id")[ADDED].mean().reindex(ids)
    return customers.assign(**{name: means[name].array for name in ADDED})
