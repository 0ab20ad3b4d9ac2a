"""The customer's voice of a simulated shop: scores, weights, comparisons and drivers, in Chinese.

Run it with `python examples/feedback.py`; it takes a few seconds.
"""

from cemkit.data import simulate_shop
from cemkit.feedback import compare_scores, drivers, nps, response_rates, score_trend

TOUCHPOINTS = ["配送", "商品质量", "客服", "退换货"]


def main() -> None:
    shop = simulate_shop(6_000, touchpoints=TOUCHPOINTS, random_state=1)
    answers = shop.responses

    print("1. The score, as answered and weighted to all customers")
    print(nps(answers, question="nps").sentence("zh"))
    population = shop.people.groupby("segment").size().rename("customers").reset_index()
    weighted = nps(answers, question="nps", people=shop.people, population=population)
    print(weighted.sentence("zh"))
    print(f"真实值为 {100 * shop.truth['net_promoter_score']:+.1f} 分")

    print("\n2. Who answers")
    contacts = shop.contacts.merge(shop.people[["customer_id", "segment"]], on="customer_id")
    print(response_rates(answers, contacts, question="nps", by="segment").round(3))

    print("\n3. Which touchpoints please more, among the same customers")
    found = compare_scores(
        answers,
        "touchpoint",
        question="csat",
        measure="csat",
        paired=True,
        before="配送",
        after="退换货",
    )
    print(found.sentence("zh"))

    print("\n4. Which touchpoints go with the score")
    analysis = drivers(answers, "nps", question="csat", random_state=1)
    print(analysis.table[["touchpoint", "importance", "own_effect", "quadrant"]].round(2))
    print(analysis.sentence("zh"))

    print("\n5. Does the score rise or fall?")
    print(score_trend(answers, question="nps", period="quarter").sentence("zh"))


if __name__ == "__main__":
    main()
