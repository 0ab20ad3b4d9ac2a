"""The experiment of an audience: who is in it, one price basis, and one answer everywhere."""

import numpy as np
import pandas as pd
import pytest

from cemkit import build_audience, compare_variants
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.experiments import AudienceExperiment, CampaignAudience, audience_experiment, hold_out
from cemkit.impact import holdout_effect, promotion_profit

DAY, START, END = "2024-03-31", "2024-04-01", "2024-04-30"
OFFERS = pd.DataFrame(
    {
        "offer": ["20%", "bag", "hello"],
        "kind": ["percentage", "gift", "none"],
        "discount": [0.2, None, None],
        "unit_cost": [None, 4.0, None],
        "contact_cost": [0.5, 0.25, 0.1],
    }
)


def campaign(n: int = 3000, seed: int = 0, lift: float = 0.1, share: float = 0.3) -> dict:
    """A campaign with its orders at full price and its redeemed coupons."""
    rng = np.random.default_rng(seed)
    actions = pd.DataFrame(
        {"customer_id": np.arange(n), "offer": rng.choice(OFFERS["offer"], n), "cost": 1.0}
    )
    audience = hold_out(actions, DAY, salt=f"campaign {seed}", share=share)
    contacted = np.zeros(n, dtype=bool)
    contacted[audience.table["customer_id"]] = True
    buys = rng.random(n) < 0.2 + lift * contacted
    days = pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 30, n), unit="D")
    full = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "order_date": days,
            "amount": rng.gamma(2, 20, n).round(2) + 1,
            "order_id": np.arange(n),
        }
    )[buys]
    redeems = buys & contacted & (rng.random(n) < 0.7)
    coupons = audience.table[["customer_id", "offer"]].assign(
        redeemed_date=pd.Series(days, index=range(n))
        .where(redeems)
        .reindex(audience.table["customer_id"])
        .to_numpy()
    )
    coupons = coupons[coupons["offer"] != "hello"]
    cut = full["customer_id"].isin(
        coupons.loc[(coupons["offer"] == "20%") & coupons["redeemed_date"].notna(), "customer_id"]
    )
    paid = full.assign(amount=full["amount"].where(~cut, full["amount"] * 0.8))
    return {"audience": audience, "full": full, "paid": paid, "coupons": coupons}


def outcome(of: dict, prices: str = "paid", **params: object) -> AudienceExperiment:
    given = {"offers": OFFERS, "coupons": of["coupons"], "data_until": END, **params}
    return audience_experiment(of["audience"], of[prices], START, END, prices=prices, **given)


def test_who_would_have_been_contacted_is_in_it_and_nobody_else() -> None:
    of = campaign()
    table = outcome(of).table
    audience: CampaignAudience = of["audience"]
    by = table.set_index("customer_id")["variant"]
    assert set(by.index[by == "contacted"]) == set(audience.table["customer_id"])
    assert set(by.index[by == "control"]) == set(audience.held_out["customer_id"])
    bought = of["paid"].groupby("customer_id")["amount"].sum().reindex(table["customer_id"])
    assert table["amount"].to_numpy() == pytest.approx(bought.fillna(0).to_numpy())


def test_full_and_paid_prices_give_the_same_experiment() -> None:
    of = campaign()
    one, other = outcome(of, "paid"), outcome(of, "full")
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.offers, other.offers)
    assert one.discount_cost == pytest.approx(
        of["full"]["amount"].sum() - of["paid"]["amount"].sum()
    )


def test_costs_and_redemptions_by_offer_sum_to_those_of_customers_and_of_all() -> None:
    of = campaign()
    found = outcome(of)
    table, offers = found.table, found.offers
    for name in ("discount_cost", "gift_cost", "contact_cost"):
        assert table[name].sum() == pytest.approx(getattr(found, name))
        assert offers[name].sum() == pytest.approx(getattr(found, name))
        assert (table.loc[table["variant"] == "control", name] == 0).all()
    redeemed = of["coupons"].dropna()
    assert offers["redeemed"].to_dict() == {
        **redeemed["offer"].value_counts().to_dict(),
        "hello": 0,
    }
    assert found.gift_cost == 4.0 * offers.loc["bag", "redeemed"]
    share = offers.loc["20%", "redeemed"] / (of["coupons"]["offer"] == "20%").sum()
    assert offers.loc["20%", "redemption_share"] == pytest.approx(share)
    assert np.isnan(offers.loc["hello", "redemption_share"])
    contact = of["audience"].table["offer"].map(OFFERS.set_index("offer")["contact_cost"]).sum()
    assert found.contact_cost == pytest.approx(contact)
    assert offers["contacted"].sum() == found.contacted


@pytest.mark.parametrize("seed", range(3))
def test_the_same_question_has_the_same_answer_everywhere(seed: int) -> None:
    """The effect on amounts and the profit, by the read-out, the hold-out and by hand."""
    of = campaign(seed=seed)
    found = outcome(of)
    readout = compare_variants(found.table, {"amount": "mean"})
    row = readout.table.iloc[0]
    effect = holdout_effect(found.table)
    for bound in ("", "_lower", "_upper"):
        assert getattr(effect, f"lift_amount{bound}") == pytest.approx(
            row[f"total_difference{bound}"], rel=1e-4
        )
        assert getattr(effect, f"lift{bound}") == pytest.approx(row[f"lift{bound}"], rel=1e-9)
    margin = 0.4
    profit = promotion_profit(effect, margin=margin)
    costs = found.discount_cost + found.gift_cost + found.contact_cost
    for bound in ("", "_lower", "_upper"):
        # Sales at full price are those paid and the discounts; the hold-out has no discounts.
        earned = margin * (row[f"total_difference{bound}"] + found.discount_cost) - costs
        assert getattr(profit, f"net_profit{bound}") == pytest.approx(earned, rel=1e-4, abs=0.01)
    each = found.table.assign(
        profit=margin * (found.table["amount"] + found.table["discount_cost"])
        - found.table[["discount_cost", "gift_cost", "contact_cost"]].sum(axis=1)
    )
    by_customer = compare_variants(each, {"profit": "mean"}).table.iloc[0]
    assert profit.net_profit == pytest.approx(by_customer["total_difference"])
    assert profit.discount_cost == pytest.approx(found.discount_cost)


def test_an_audience_of_build_audience_has_an_experiment_too() -> None:
    people = pd.DataFrame({"customer_id": range(40), "preferred_channel": "email"})
    consent = people.rename(columns={"preferred_channel": "channel"}).assign(
        purpose="marketing", granted=True, since=pd.Timestamp("2024-01-01")
    )
    assignment = people[["customer_id"]].assign(variant=["control", "offer"] * 20)
    actions = pd.DataFrame(
        {"customer_id": [*range(40), 3], "action": [*["a"] * 40, "b"], "purpose": "marketing"}
    )
    audience = build_audience(actions, DAY, people=people, consent=consent, assignment=assignment)
    of = campaign(40)
    found = audience_experiment(audience, of["paid"], START, END, prices="paid", data_until=END)
    assert (found.contacted, found.held_out) == (20, 20)
    assert found.table.set_index("customer_id").loc[3, "offer"] == "a + b"
    assert found.redeemed is None
    assert "costs were not counted" in found.sentence()
    assert "未计成本" in found.sentence("zh")
    kept = build_audience(actions, DAY, people=people, consent=consent)
    with pytest.raises(NotEnoughDataError, match="customer held out"):
        audience_experiment(kept, of["paid"], START, END, prices="paid", data_until=END)


def test_pre_amounts_and_columns_to_split_by_come_along() -> None:
    of = campaign(200)
    customers = pd.DataFrame({"customer_id": range(200), "tier": ["a", "b"] * 100})
    found = outcome(of, customers=customers, pre_days=30)
    assert {"tier", "pre_amount"} <= set(found.table.columns)
    assert len(found.table) == 200


def test_a_coupon_of_the_holdout_is_said_and_of_other_campaigns_counted_apart() -> None:
    of = campaign(300)
    held = of["audience"].held_out.iloc[[0]]
    stray = held[["customer_id", "offer"]].assign(redeemed_date=pd.Timestamp(START))
    with pytest.warns(CemkitWarning, match="1 coupon was redeemed by customers who were held"):
        outcome(of, coupons=pd.concat([of["coupons"], stray]))
    of_another = stray.assign(offer=lambda t: np.where(t["offer"] == "20%", "bag", "20%"))
    said = r"1 coupon was redeemed by customers who were held .* \(1 of another offer than"
    with pytest.warns(CemkitWarning, match=said):
        outcome(of, coupons=pd.concat([of["coupons"], of_another]))
    first = of["audience"].table.iloc[[0]]
    other = first[["customer_id"]].assign(
        offer="bag" if first["offer"].item() != "bag" else "20%", redeemed_date=pd.Timestamp(START)
    )
    found, plain = outcome(of, coupons=pd.concat([of["coupons"], other, other])), outcome(of)
    assert (found.redeemed, found.discount_cost) == (plain.redeemed, plain.discount_cost)
    assert (found.of_other_offers, plain.of_other_offers) == (2, 0)
    assert "2 redeemed coupons of other offers are not counted." in found.sentence()
    assert "另核销 2 张其他优惠的券，未计入。" in found.sentence("zh")
    assert "other offers" not in plain.sentence()
    assert "其他优惠" not in plain.sentence("zh")


def test_coupons_of_other_offers_are_counted_in_the_window_and_of_the_contacted_alone() -> None:
    of = campaign(300)
    first = of["audience"].table.iloc[0]
    other = "bag" if first["offer"] != "bag" else "20%"
    coupons = pd.DataFrame(
        {
            "customer_id": [first["customer_id"], first["customer_id"], 10_000],
            "offer": [other, other, "bag"],
            "redeemed_date": pd.to_datetime([START, "2024-05-01", START]),
        }
    )
    found = outcome(of, coupons=pd.concat([of["coupons"], coupons]))
    assert found.of_other_offers == 1
    assert "1 redeemed coupon of other offers is not counted." in found.sentence()
    assert outcome(of, offers=None, coupons=None).of_other_offers is None


def test_the_sentences_have_the_numbers() -> None:
    found = outcome(campaign())
    for language in ("en", "zh"):
        text = found.sentence(language)
        for number in (found.contacted, found.held_out, found.redeemed):
            assert f"{number:,}" in text
        for cost in (found.discount_cost, found.gift_cost, found.contact_cost):
            assert f"{cost:,.2f}" in text


def test_bad_input_is_refused() -> None:
    of = campaign(300)
    for params, message in (
        ({"coupons": None}, "offer '.*' costs money when it is used; give the issued coupons"),
        ({"offers": None}, "need the offers table"),
        ({"prices": "net"}, "prices must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            audience_experiment(
                of["audience"], of["paid"], START, END,
                **{"prices": "paid", "offers": OFFERS, "coupons": of["coupons"], "data_until": END}
                | params,
            )  # fmt: skip
    with pytest.raises(TypeError, match="audience must come from hold_out or build_audience"):
        audience_experiment(of["coupons"], of["paid"], START, END, prices="paid")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="not in the offers table"):
        outcome(of, offers=OFFERS.head(1))
    with pytest.raises(DataError, match="ends on 2024-04-30, after the last order"):
        audience_experiment(
            of["audience"], of["paid"][of["paid"]["order_date"] < "2024-04-20"], START, END,
            prices="paid",
        )  # fmt: skip


def test_a_discount_is_counted_once() -> None:
    effect = holdout_effect(outcome(campaign(400)).table)
    with pytest.raises(ValueError, match="the experiment already contains a discount cost"):
        promotion_profit(effect, margin=0.4, discount=0.1)


@pytest.mark.exhaustive
def test_the_interval_of_the_holdout_covers_the_planted_effect() -> None:
    """Over 100 campaigns a coverage of 95 % has a standard error of 2.2 %."""
    covered, planted = [], 0.1 * 41  # the rise of the rate, and the mean of the amounts
    for seed in range(100):
        of = campaign(600, seed)
        effect = holdout_effect(outcome(of, "full").table.eval("amount = amount + discount_cost"))
        truth = planted * len(of["audience"].table)
        covered.append(effect.lift_amount_lower <= truth <= effect.lift_amount_upper)
    assert abs(np.mean(covered) - 0.95) < 3 * 0.022


@pytest.mark.exhaustive
def test_contacted_and_held_out_are_alike_before_the_campaign() -> None:
    """What customers spent before differs by chance alone: z has mean 0 and variance 1."""
    z = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        before = rng.gamma(1, 20, 400)
        actions = pd.DataFrame({"customer_id": range(400), "offer": np.tile(["a", "b"], 200)})
        audience = hold_out(actions, DAY, salt=str(seed), share=0.3)
        groups = [before[t["customer_id"]] for t in (audience.table, audience.held_out)]
        error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups))
        z.append((groups[0].mean() - groups[1].mean()) / error)
    assert abs(np.mean(z)) < 4 / np.sqrt(200)
    assert np.var(z) == pytest.approx(1, abs=0.4)


def test_levels_say_what_their_coupons_cost() -> None:
    of = campaign()
    levels = pd.DataFrame(
        {"offer": "20%", "by": "tier", "level": ["gold", "silver"], "discount": [0.2, 0.2]}
    )
    offers = OFFERS.assign(discount=None)
    coupons = of["coupons"].assign(tier="gold")
    levelled = outcome(of, offers=offers, coupons=coupons, levels=levels)
    pd.testing.assert_frame_equal(levelled.table, outcome(of).table)
    half = outcome(of, "full", offers=offers, coupons=coupons, levels=levels.assign(discount=0.1))
    assert half.discount_cost == pytest.approx(outcome(of, "full").discount_cost / 2)
