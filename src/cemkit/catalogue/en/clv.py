"""English: clv."""

from collections.abc import Callable, Sequence
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, count_text, figures, level_text, p_text, share_text


def _model_comparison(found: Any) -> str:
    error, past = found.table["rmse"][found.best], found.table["rmse"][found.baseline]
    return (
        f"{found.best} predicted the next {count_text(found.horizon_days, 'days')} of "
        f"{count_text(found.n_customers, 'customers')} best: {found.predicted_purchases:,.0f} "
        f"purchases predicted, {found.actual_purchases:,} observed (RMSE {error:.3f} per customer; "
        f"{past:.3f} when assuming that past behaviour continues)."
    )


def _likelihood_ratio_test(test: Any) -> str:
    return (
        f"Likelihood-ratio test: chi-squared({test.degrees_of_freedom}) = "
        f"{test.statistic:.2f}, {p_text(test.p_value)}."
    )


def _lifetime_value(value: Any) -> str:
    once = int(value.left_out_["no repeat purchase"])
    free = int(value.left_out_["mean repeat amount of 0 or less"])
    return (
        f"The spend model left out {count_text(once, 'customers')} without a repeat purchase, who "
        f"are valued at the mean of all, and {free:,} with a mean repeat amount of 0 or less, who "
        "are valued as if their repeat purchases had been free; every customer who ordered has a "
        "value."
    ) + not_identified(value._not_identified())


def _alive_history(found: Any) -> str:
    days = f"{found.purchase_days:,} day{'s' if found.purchase_days > 1 else ''}"
    told = (
        f"Customer {found.customer} bought on {days} from {found.first_purchase_date} to "
        f"{found.last_purchase_date}, and is still a customer on {found.as_of} with a probability "
        f"of {found.alive_probability:.0%}; it was lowest on {found.lowest_date}, at "
        f"{found.lowest_probability:.0%}."
    )
    return told + not_identified(found.not_identified)


def _repeat_frequency(found: Any) -> str:
    once = found.table["observed"].iloc[0]
    share = share_text(once / found.customers)
    told = f"{once:,} of {count_text(found.customers, 'customers')} ({share}) have not bought again"
    if found.model is None:
        return f"{told}."
    return f"{told}; {found.model} expects {found.table['expected'].iloc[0]:,.0f}."


def not_identified(names: Sequence[str]) -> str:
    """What to know of predictions where parameters are not identified."""
    if not names:
        return ""
    return (
        f" The data did not identify {', '.join(names)}: predictions stand at the estimates, "
        "without intervals of the parameters."
    )


def _seasonal_clock(clock: Any) -> str:
    peaks, years = clock.peaks_seen_, clock.years_seen_
    parts = [f"The clock has no yearly season ({years:.1f} years of orders)"]
    if peaks is not None:
        high, most, low, least = clock.yearly_peak()
        seen = "one yearly peak" if peaks == 1 else f"{peaks} yearly peaks"
        parts = [
            f"Purchases per customer are highest around {high:%m-%d} ({most:.2f} times the mean of "
            f"the year) and lowest around {low:%m-%d} ({least:.2f} times); {seen} seen in "
            f"{years:.1f} years of orders"
        ]
    parts += [f"{name!r} multiplies them by {ratio:.2f}" for name, ratio in clock.largest_events()]
    return "; ".join(parts) + "."


def _clock_choice(choice: Any) -> str:
    if not choice.n_holdouts and choice.history_days < choice.needed_days:
        return (
            "Calendar days, without a seasonal clock: "
            f"{count_text(choice.history_days, 'days of orders are')} too few to try one on "
            f"hold-outs, which takes {choice.needed_days:,}."
        )
    if not choice.n_holdouts:
        return (
            "Calendar days, without a seasonal clock: nothing was bought that a hold-out could "
            "predict."
        )
    errors = (
        f"over {choice.n_holdouts} totals predicted inside the past, its median error was "
        f"{choice.clock_median_error:.1%} and its worst {choice.clock_worst_error:.1%}, against "
        f"{choice.plain_median_error:.1%} and {choice.plain_worst_error:.1%} in calendar days"
    )
    if choice.clock is None:
        return (
            "Calendar days, without a seasonal clock: it did not predict better by enough; "
            f"{errors}."
        )
    return f"Seasonal clock: {errors}."


def _with_bounds(found: Any, name: str) -> list[str]:
    return figures(*(getattr(found, f"{name}{end}") for end in ("", "_lower", "_upper")))


def _base_forecast(found: Any) -> str:
    purchases = _with_bounds(found, "purchases")
    revenue = _with_bounds(found, "revenue")
    new = _with_bounds(found, "new_customers")
    season = "with a yearly season" if found.seasonal_acquisition else "without a season"
    source = "planned" if found.planned else f"forecast from the last 26 weeks {season}"
    told = (
        f"In the {count_text(found.horizon_days, 'days')} after {found.as_of}, "
        f"{count_text(found.known_customers, 'known customers')} and {new[0]} new ones ({new[1]} "
        f"to {new[2]}, {source}) are expected to make {purchases[0]} purchases "
        f"({level_text(found.confidence_level)} prediction interval {purchases[1]} to "
        f"{purchases[2]}) and to spend {revenue[0]} ({revenue[1]} to {revenue[2]}). "
    )
    return told + _shocks(found) + _kept_in_draws(found.not_identified)


def _shocks(found: Any) -> str:
    weeks = found.measured_weeks
    time = "a seasonal clock" if found.seasonal else "calendar days, without a seasonal clock"
    if not weeks:
        season = "" if found.seasonal else " and no season"
        return (
            "Past weeks have too few purchases to say how far they vary beyond chance, so the "
            f"intervals hold no shocks{season}."
        )
    season = ", so the season is in the interval"
    if weeks < found.weeks_of_a_year:
        season = ", so the season is in the interval as far as these weeks show it"
    return (
        f"Purchases of the past {weeks} weeks varied by {share_text(found.weekly_deviation)} "
        f"beyond chance around the model on {time}{'' if found.seasonal else season}."
    )


def _kept_in_draws(names: Sequence[str]) -> str:
    if not names:
        return ""
    return (
        f" The data did not identify {', '.join(names)}: the forecast stands at the estimates, and "
        "its intervals leave out what is not known of them."
    )


def _value_comparison(found: Any) -> str:
    error = found.table["mae"]
    best, other = figures(error[found.best], error[found.runner_up])
    bounds = _with_bounds(found, "mae_difference")
    difference = (
        f"{bounds[0]} more per customer, {interval_text(found.confidence_level, *bounds[1:])}"
    )
    names = {found.baseline: f'"{found.baseline}"'}
    first, second, *rivals = (
        names.get(name, name) for name in (found.best, found.runner_up, *found.rivals)
    )
    use = f"Use {first} for this shop: " if found.decided else ""
    listed = f"{', '.join(rivals[:-1])} and {rivals[-1]}" if len(rivals) > 1 else "".join(rivals)
    doubt = "" if found.decided else f", but {listed} may be as good"
    total = apart(found.table["total_error"][found.best], spec="+.1%")[0]
    why = {
        "": "",
        "short past": " No regression was compared, as too few customers had bought by one horizon "
        "before.",
        "equal spend": " No regression was compared, as all customers spent the same in the "
        "horizon before.",
    }[found.without_regression]
    return (
        f"{use}{first} has the lowest mean absolute error over the next {found.horizon_days:,} "
        f"days of {count_text(found.n_customers, 'customers')}, {best} per customer{doubt}. The "
        f"second lowest is {other}, of {second} ({difference}). The total that {first} predicts is "
        f"off by {total}.{why}"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AliveHistory": _alive_history,
    "ClockChoice": _clock_choice,
    "CustomerBaseForecast": _base_forecast,
    "CustomerLifetimeValue": _lifetime_value,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "PurchaseModelComparison": _model_comparison,
    "RepeatFrequency": _repeat_frequency,
    "SeasonalClock": _seasonal_clock,
    "ValueModelComparison": _value_comparison,
}
