"""What the data hold, and what was left out of them."""

import pandas as pd

from cemkit.data import match_people
from cemkit.formats import moment_text
from cemkit.report.drafts import Draft
from cemkit.report.gate import is_small, small_rows
from cemkit.report.shop import Shop
from cemkit.report.texts import value_texts

COLUMNS = [("problem", "text"), ("rows", "count"), ("share", "share"), ("amount", "money")]


def write_holdings(draft: Draft, shop: Shop) -> None:
    """Rows, customers and days, with a ledger of problems."""
    audit, smallest = shop.audit, draft.terms.smallest
    ledger = audit.table.reset_index()
    ledger["problem"] = ledger["problem"].map(draft.say.REPORT_PROBLEMS).fillna(ledger["problem"])
    # Where there are few customers, any row reveals them.
    customers = shop.customers
    count = len(customers)
    rows = small_rows(ledger["rows"], smallest) | is_small([count], smallest)
    draft.table("ledger", ledger, COLUMNS, rows=rows, kept=["problem"])
    # The sum would give away the only problem that is hidden.
    few = [1.0] if rows.any() else []
    draft.number("problem_rows", audit.rows - audit.clean_rows, "count", "ledger", counts=few)
    draft.number("order_rows", audit.rows, "count", "ledger", counts=[count])
    draft.number("customers", count, "count", "ledger", counts=[count])
    amount = float(customers["total_amount"].sum())
    draft.number("net_amount", amount, "money", "ledger", counts=[count])
    if not is_small([count], smallest):
        _tell_span(draft, customers, audit.rows)
    if is_small([count, *few], smallest):
        draft.tell(draft.say.REPORT["hidden_sentence"].format(smallest=smallest))
    else:
        _tell_problems(draft, audit.rows - audit.clean_rows, ledger)
    _tell_people(draft, shop)


def _tell_span(draft: Draft, customers: pd.DataFrame, rows: int) -> None:
    draft.tell(
        draft.say.REPORT["span"].format(
            rows=value_texts("count", rows)[0],
            customers=value_texts("count", len(customers))[0],
            first=moment_text(customers["first_order_date"].min().normalize()),
            last=moment_text(customers["last_order_date"].max().normalize()),
        )
    )


def _tell_problems(draft: Draft, rows: int, ledger: pd.DataFrame) -> None:
    if ledger.empty:
        draft.tell(draft.say.REPORT["no_problems"])
        return
    most = ledger.iloc[int(ledger["rows"].to_numpy().argmax())]
    count, total = value_texts("count", most["rows"], rows)
    text = draft.say.REPORT["problems"]
    draft.tell(text.format(rows=total, problem=most["problem"], count=count))


def _tell_people(draft: Draft, shop: Shop) -> None:
    if shop.tables.people is None:
        return
    found = match_people(shop.orders, shop.tables.people)
    told = found.table.loc[["matched", "not_in_people", "never_ordered"], "count"]
    draft.state(found, found.customers, found.people, *told)
