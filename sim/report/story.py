"""Printing one borrower's story, or two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.trace import Story


def _cell(account: dict[str, object]) -> str:
    due, paid = float(account["due"]), float(account["paid"])  # type: ignore[arg-type]
    words = []
    if due or paid:
        words.append(f"due {due:,.2f}, pays {paid:,.2f}")
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
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 170)
    first = stories[0]
    p = first.person
    console.print(
        f"Borrower {first.borrower_id}: {p['segment']}, {p['sector']} job; literacy {p['literacy']:.2f}, attentiveness "
        f"{p['attentiveness']:.2f}, impulsiveness {p['impulsiveness']:.2f}; aims for {p['buffer_months']:.1f} months of "
        f"savings; payday {p['payday']}, due day {p['due_day']}. Scenario: {escape(first.title)}. Money in {first.currency}.",
        highlight=False,
    )
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("month")
    for story in stories:
        side = f" · {story.policy}" if len(stories) > 1 else ""
        table.add_column(escape(f"job{side}"))
        table.add_column("income", justify="right")
        table.add_column("savings", justify="right")
        table.add_column("account", overflow="fold")
    for k, month in enumerate(first.months):
        cells = [str(month["month"])]
        for story in stories:
            m = story.months[k]
            text = "; ".join(
                f"{name}: {_cell(a)}" for name, a in m["accounts"].items() if _cell(a)
            )
            cells += ["yes" if m["employed"] else "NO", f"{m['income']:,.0f}", f"{m['cash']:,.0f}", escape(text)]
        table.add_row(*cells)
    console.print(table)
