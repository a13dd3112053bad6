"""Printing one borrower's story, or two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.report.tables import console_of

if TYPE_CHECKING:
    from sim.study.trace import Story


def _cell(account: dict[str, object]) -> str:
    due, paid = float(account["due"]), float(account["paid"])  # type: ignore[arg-type]
    words = []
    if due or paid:
        fee = float(account["late_fee"])  # type: ignore[arg-type]
        words.append(f"due {due:,.2f}, pays {paid:,.2f}" + (f" (late fee {fee:,.2f} of it)" if fee else ""))
    if account["cause"]:
        words.append(f"[{account['cause']}]")
    if account["days_past_due"]:
        words.append(f"{account['days_past_due']} DPD")
    if account["contact"]:
        words.append(f"contact: {account['contact']}")
    if account["news"]:
        words.append(f"* {account['news']}")
    return " ".join(words)


def print_stories(stories: Sequence[Story]) -> None:
    """A table a newcomer can read: one line a month, the causes of missed payments in brackets."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    console = console_of(170)
    first = stories[0]
    p = first.person
    who = f"Borrower {first.borrower_id}, whose payments are given by the script"
    if not first.scripted:
        who = (
            f"Borrower {first.borrower_id}: {p['segment']}, {p['sector']} job; literacy {p['literacy']:.2f}, attentiveness "
            f"{p['attentiveness']:.2f}, impulsiveness {p['impulsiveness']:.2f}; aims for {p['buffer_months']:.1f} months of "
            f"savings; payday {p['payday']}, due day {p['due_day']}"
        )
    console.print(f"{who}. Scenario: {escape(first.title)}. Money in {first.currency}.", highlight=False)
    alone = len(stories) == 1
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("month")
    for story in stories:
        side = f" · {story.policy}" if len(stories) > 1 else ""
        if not first.scripted:
            table.add_column(escape(f"job{side}"))
            for name in ("income", "spent", "other debt", "savings") if alone else ("income", "savings"):
                table.add_column(name, justify="right")
        table.add_column("account", overflow="fold")
    for k, month in enumerate(first.months):
        cells = [str(month["month"])]
        for story in stories:
            m = story.months[k]
            text = "; ".join(
                f"{name}: {_cell(a)}" for name, a in m["accounts"].items() if _cell(a)
            )
            if not first.scripted:
                cells.append("yes" if m["employed"] else "NO")
                cells += [f"{m[name]:,.0f}" for name in (("income", "spent", "other_debt", "cash") if alone else ("income", "cash"))]
            cells.append(escape(text))
        table.add_row(*cells)
    console.print(table)
    if alone and not first.scripted:
        console.print(
            "Savings = last month's + income + what is borrowed here - what is paid here - spent. Spent: living, the unforeseen, and other "
            "lenders' instalments, less what they lent anew (other debt is what is owed to them).", highlight=False,
        )
    for story in stories:
        for news in story.lender_news:
            console.print(escape(f"{story.policy}, {news}."), highlight=False)
