"""English: data."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import count_text, money_text, part_of

CHANNELS = {
    "email": "email",
    "sms": "SMS",
    "wechat": "WeChat",
    "app": "app",
    "push": "app push",
    "official_account": "WeChat official account",
    "wecom": "WeCom",
    "mini_program": "WeChat mini program",
    "phone": "phone",
    "web": "website",
}

EVERY_CHANNEL = ("all", "any", "every")


def _order_audit(audit: Any) -> str:
    if audit.table.empty:
        return f"{count_text(audit.rows, 'rows')}, and no problem found."
    most, count = audit.table["rows"].idxmax(), audit.table["rows"].max()
    return (
        f"{part_of(audit.rows - audit.clean_rows, audit.rows, 'rows have')} a problem, most "
        f"of all {most} ({count_text(count, 'rows')})."
    )


def _people_match(found: Any) -> str:
    counts = found.table["count"]
    return (
        f"{counts['matched']:,} of {count_text(found.customers, 'customers')} "
        f"({found.match_rate:.1%}) are in people; {count_text(counts['never_ordered'], 'people')} "
        "never ordered."
    )


def _consent_check(check: Any) -> str:
    return f"Consent holds for {check.consented:,} of {count_text(check.actions, 'actions')}."


def _channel_merge(merged: Any) -> str:
    noun = "customer" if merged.customers == 1 else "customers"
    return (
        f"{count_text(merged.source_customers, 'source customers are')} {merged.customers:,} "
        f"{noun}."
    )


def _table_profile(profile: Any) -> str:
    return (
        f"{count_text(profile.rows, 'rows')}, {count_text(profile.columns, 'columns')}; "
        f"{profile.missing:,} of {count_text(profile.rows * profile.columns, 'values are')} "
        "missing."
    )


def _net_returns(found: Any) -> str:
    return (
        f"{found.matched:,} of {count_text(found.returns, 'returns')} match a purchase "
        f"({money_text(found.matched_amount)}); {found.unmatched:,} match nothing "
        f"({money_text(found.unmatched_amount)})."
    )


def _suppressed_table(found: Any) -> str:
    cells, are, them = ("cell", "is", "it") if found.small == 1 else ("cells", "are", "them")
    others = "cell" if found.further == 1 else "cells"
    return (
        f"{found.small} {cells} below {found.k} {are} suppressed, and {found.further} further "
        f"{others} to protect {them}."
    )


def _simulated_shop(shop: Any) -> str:
    return (
        f"A shop of {count_text(shop.customers, 'customers')} up to {shop.as_of}: "
        f"{count_text(len(shop.orders), 'orders')}, {count_text(len(shop.events), 'events')}, "
        f"{count_text(len(shop.contacts), 'contacts')} and "
        f"{count_text(len(shop.responses), 'answers')}."
    )


def _eligibility(found: Any) -> str:
    if not found.conditional:
        return (
            f"All {count_text(found.offers, 'offers are')} for all "
            f"{count_text(found.customers, 'customers')}."
        )
    name, counts = found.narrowest()
    unknown = f" ({counts['unknown']:,} unknown)" if counts["unknown"] else ""
    return (
        f"{part_of(found.conditional, found.offers, 'offers have')} a condition; the "
        f"narrowest, {name}, may go to {counts['eligible_customers']:,} of "
        f"{count_text(found.customers, 'customers')}{unknown}."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "SimulatedShop": _simulated_shop,
    "ChannelMerge": _channel_merge,
    "PeopleMatch": _people_match,
    "ConsentCheck": _consent_check,
    "Eligibility": _eligibility,
    "NetReturns": _net_returns,
    "OrderAudit": _order_audit,
    "SuppressedTable": _suppressed_table,
    "TableProfile": _table_profile,
}
