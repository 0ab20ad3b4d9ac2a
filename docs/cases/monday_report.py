# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # A Monday report with voice and journey
#
# It is Monday. What changed last week, and is it more than chance? Why are
# customers unhappy, and which touchpoint should we work on first?

# %% [markdown]
# ## The data
#
# No public data set has orders, survey answers and visits of the same
# customers. So this report takes each question to the best data there are, and
# says each time which:
#
# | question | data | real? |
# |---|---|---|
# | what changed | Online Retail, two years of orders | real |
# | what do comments say | takeaway reviews (Chinese), food reviews (English) | real, of other shops |
# | where does a process lose people | traffic fines from their creation to payment | real, of a police force |
# | scores, drivers, journey, the report | `simulate_shop` | simulated, so the truth is known |
#
# [The data](index.md#the-data) has the sources, the licences, and how to get the
# files. Put them into one folder and name it in `CEMKIT_REFERENCE_DATA`.

# %%
import os
from pathlib import Path

import pandas as pd

import cemkit as ck
from cemkit import feedback, journey

DATA = Path(os.environ.get("CEMKIT_REFERENCE_DATA", "data"))
year_1 = pd.read_parquet(DATA / "online_retail_2010.parquet")
year_2 = pd.read_parquet(DATA / "online_retail.parquet")
takeaway = pd.read_parquet(DATA / "takeaway_reviews_zh.parquet")
food = pd.read_parquet(DATA / "food_reviews_en.parquet")
fines = pd.read_parquet(DATA / "traffic_fines.parquet")

# %% [markdown]
# The orders are cleaned as in [the first case](online_retail.md). Cancelled
# lines are left out here, because the earlier year was published without them:
# net of returns the two years could not be compared.

# %%
year_2["InvoiceDate"] = pd.to_datetime(year_2["InvoiceDate"])
raw = pd.concat([year_1, year_2], ignore_index=True)
orders = ck.prepare_orders(
    raw[raw["StockCode"].str.match(r"\d{5}")],
    customer_id="CustomerID",
    order_date="InvoiceDate",
    unit_price="UnitPrice",
    quantity="Quantity",
    order_id="InvoiceNo",
    product="StockCode",
    cancelled="C",
    drop=("missing_customer", "duplicate", "cancelled"),
)
SUNDAY = "2011-12-04"  # the report is read on 5 December

# %% [markdown]
# ## What changed?
#
# The scorecard has each indicator of last week, its interval, and the change
# from the same week a year before. Counts of everybody have no sampling error,
# and so no interval.

# %%
card = ck.scorecard(orders, SUNDAY, "week", window_days=91, compare="year")
watched = [
    "buying_customers",
    "new_customers",
    "total_amount",
    "retention_rate",
    "average_order_value",
]
columns = ["value", "lower", "upper", "change", "change_lower", "change_upper"]
last_week = card.latest().set_index("indicator")
last_week.loc[watched, columns].round(3)

# %%
print(card.sentence())

# %% [markdown]
# ## Is it more than chance?
#
# Retention rose by 1.9 points, and the interval leaves out 0. That interval
# counts which customers happened to buy. It does not count that weather,
# holidays and stock move all customers at once. `monitor` compares the week
# with how far such weeks have differed from the year before.

# %%
for last in (1, 4):
    found = ck.monitor(card, indicators=watched, last=last, holidays=[])
    print(found.sentence())
found.plot()

# %% [markdown]
# What we see: nothing changed beyond what weeks of this shop usually differ by,
# neither last week nor over four weeks. With two years of data only large
# changes would be found; the sentence says how large.
#
# What we decide: "+1.9 points" needs no explanation on Monday.
#
# ## Where did the revenue come from?
#
# The last whole month against the same month a year before:

# %%
from cemkit.indicators import revenue_tree

tree = revenue_tree(orders, SUNDAY, compare="year")
print(tree.sentence())
tree.plot(currency="£")

# %% [markdown]
# New customers are those whose first purchase in the data came after November
# 2010; lost ones bought in that November and not in this one. The two are of
# similar size: within a year a large part of the customers was replaced. Orders
# per customer, units per order and price did not change beyond chance.
#
# ## How do customers score us?
#
# From here on the shop is simulated: 4,000 customers, asked after some orders.

# %%
shop = ck.data.simulate_shop(4_000, start_date="2010-12-05")
answers = shop.responses
score = ck.nps(answers, question="nps")
print(score.sentence())
by_month = ck.nps(answers, question="nps", period="month")
by_month.plot()

# %%
print(feedback.score_trend(answers, question="nps").sentence())
latest = by_month.table.set_index("period").tail(3)
latest[["n", "value", "lower", "upper"]].round(2)

# %% [markdown]
# The last months look different from each other. Their intervals are more than
# 30 points wide, and no trend is detected. A red arrow beside this month's score
# would report noise.
#
# Those who answer are not all customers. Weighted to the customers of each
# segment:

# %%
sizes = shop.people.groupby("segment").size().rename("customers").reset_index()
weighted = ck.nps(answers, question="nps", people=shop.people, population=sizes)
print(weighted.sentence())
print(f"true score of the simulation: {shop.truth['net_promoter_score']:+.1%}")

# %% [markdown]
# Loyal customers are happier and answer more often, so the plain score was too
# high. We report the weighted one; its interval holds the true score.
#
# ## Why are they unhappy? The ratings
#
# Which touchpoint goes with the score?

# %%
why = ck.drivers(answers, "nps", question="csat")
print(why.sentence())
why.plot()

# %% [markdown]
# Delivery is rated lowest and has the largest share of what ratings explain. It
# is an association: a customer in a bad mood rates everything lower.
#
# ## Why are they unhappy? The words
#
# The comments are real again. Takeaway reviews are labelled positive or
# negative, and food reviews have five stars or fewer. We put them on one scale
# (10 or 0) and ask which words separate the two groups, language by language.

# %%
chinese = pd.DataFrame(
    {"comment": takeaway["review"], "score": takeaway["label"] * 10}
)
english = pd.DataFrame(
    {
        "comment": food["review"].str.replace("<br />", " "),
        "score": (food["score"] == "great") * 10,
    }
)
words = feedback.distinctive_terms(chinese, max_terms=16)
print(words.sentence("zh"))
words.plot()

# %%
words = feedback.distinctive_terms(english, max_terms=16)
print(words.sentence())
words.plot()

# %% [markdown]
# The Chinese complaints are about waiting (小时, 才送到, 电话) and about taste
# (难吃, 不好吃). In English, promoters praise taste; detractors name
# disappointment rather than a cause, so words alone do not help there. Topics
# may:

# %%
topics = feedback.comment_topics(chinese, n_topics=8)
print(topics.sentence("zh"))
columns = ["topic", "comments", "share", "lower", "upper", "mean_score"]
topics.table[columns].round(2)

# %%
topics = feedback.comment_topics(english, n_topics=8)
print(topics.sentence())
topics.plot()

# %% [markdown]
# In both languages the lowest scores go with ordering and delivery. That is what
# comments of these shops say. The largest English topic is what is left of the
# others, and we do not read it as a subject.
#
# ## Where does a journey lose people?
#
# A real log of a process with touchpoints: 10,000 traffic fines, from the day
# each was created. How many are paid, after how long, and on which path?

# %%
events = fines.set_axis(["customer_id", "event", "event_time"], axis=1)
end = events["event_time"].max()
steps = ["Create Fine", "Payment"]
paid = journey.step_times(events, steps, as_of=end)
print(paid.sentence())
paid.plot()

# %%
paths = journey.common_paths(events, as_of=end, top=4)
paths["path"] = paths["path"].map(" > ".join)
pd.set_option("display.max_colwidth", None)
paths[["path", "customers", "share", "lower", "upper"]].round(3)

# %% [markdown]
# A third pays before anything is sent, and for another third the path ends with
# a credit collection. Fewer than half had paid when the log ended, which a mean
# over those who paid would hide. Would a reminder before the penalty bring more
# payments? The log cannot say; a reminder for cases drawn at random would.
#
# ## Which touchpoint first?
#
# Back to the simulated shop. The map puts reach, conversion and score of each
# touchpoint side by side, and `fix_list` collects what map, funnel and drivers
# say of each.

# %%
visits, order = shop.events, ["visit", "view", "cart", "order"]
asked = answers[answers["question"] == "csat"]
laid_out = journey.journey_map(
    visits,
    asked,
    as_of=shop.as_of,
    target="order",
    window_days=7,
    measure="csat",
)
print(laid_out.sentence())
laid_out.plot()

# %%
steps = ck.funnel(visits, order, as_of=shop.as_of, window_days=7)
fixes = journey.fix_list(journey_map=laid_out, funnel=steps, drivers=why)
print(fixes.sentence())
fixes.plot()

# %% [markdown]
# ## The report in one call
#
# All of this, for readers without Python, in one file that opens from disk. The
# call is the same in Chinese.

# %%
from cemkit.report import customer_report

tables = {"responses": answers, "events": visits, "steps": order}
report = customer_report(shop.orders, shop.as_of, **tables)
print(report.sentence())
page = report.to_html("monday.html")
print(page.name, f"{page.stat().st_size / 1000:.0f} kB")

# %%
chinese_report = customer_report(
    shop.orders, shop.as_of, language="zh", **tables
)
print(chinese_report.sentence("zh"))

# %%
numbers = report.table.query("section == 'feedback'")
numbers[["name", "value", "lower", "upper"]].head(4).round(2)

# %% [markdown]
# ## What goes into the mail
#
# 1. Last week: no indicator changed beyond what weeks usually differ by.
# 2. November: revenue rose against the year before. New customers brought about
#    as much as lost ones took.
# 3. The score is +23 points, weighted to all customers. The answers show no
#    trend.
# 4. Delivery is rated lowest and goes with the score most. Comments name waiting
#    first.
# 5. Proposal: improve delivery for customers drawn at random, and compare their
#    scores and orders with those of the others. [The guide to
#    experiments](../guide/experiments.md) has the plan.
#
# What this report does not say: why November rose, and whether a better delivery
# would raise the score. The first is a question for those who know the
# customers, the second for the experiment.
