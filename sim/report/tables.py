"""What all reports in the terminal are printed with: a console of a sensible width, and tables with a title."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def console_of(width: int) -> Console:
    """The terminal as wide as it is; whatever else takes the text, such as a file, gets lines of this width."""
    from rich.console import Console

    return Console(width=None if Console().is_terminal else width)


def titled(title: str, head: Sequence[str], rows: Iterable[Iterable[str]], left: Callable[[int, str], bool]) -> Table:
    """A table of plain texts under a title. left: whether a column, by its place and name, stands to the left: words, not numbers."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for k, name in enumerate(head):
        table.add_column(name, justify="left" if left(k, name) else "right")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
