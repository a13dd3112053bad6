"""The tables and sentences of an attribution, for the terminal and the page: what is shown adds up to the last digit shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sim.report.meanings import plain
from sim.report.tables import console_of
from sim.study.shapley import apportioned, round_half_up
from sim.study.words import counted
from sim.study.worlds import FAILED

if TYPE_CHECKING:
    from sim.study.attribute import Attribution

BASES = {"shocks": "without the shocks", "causes": "without the three causes"}
TITLES = {"shocks": "What each shock contributes", "causes": "What each cause of arrears contributes"}
NO_INTERVAL = "–"
MOST_OF_IT = 2.0  # times the change: players that make more of it than that pull against each other


@dataclass(frozen=True)
class Scale:
    """How a metric's figures are written: what one step of the last digit is, how many make the unit, and the unit."""

    step: Fraction
    unit: Fraction
    digits: int
    words: str
    change: str  # unit of a difference

    @classmethod
    def of(cls, unit: str, largest: float, currency: str) -> Scale:
        """For figures up to so large: money in millions from one on, or in thousands; fractions as per cent and percentage points."""
        if unit == "money" and largest >= 1e6:
            digits = 2 if largest < 1e8 else 1
            return cls(Fraction(10 ** (6 - digits)), Fraction(10**6), digits, f"million {currency}", f"million {currency}")
        if unit == "money" and largest >= 1e4:
            return cls(Fraction(100), Fraction(1000), 1, f"thousand {currency}", f"thousand {currency}")
        if unit == "money":
            return cls(Fraction(1), Fraction(1), 0, currency, currency)
        if unit in ("ratio", "flag"):
            return cls(Fraction(1, 10_000), Fraction(1, 100), 2, "%", "pp")
        return cls(Fraction(1, 10), Fraction(1), 1, "", "")

    def steps(self, value: float) -> int:
        """The value in steps of the last digit shown."""
        return round_half_up(Fraction(value) / self.step)

    def text(self, steps: int | Fraction, signed: bool = False) -> str:
        """So many steps as a number, without its unit."""
        value = float(steps * self.step / self.unit)
        return f"{value:{'+' if signed and value else ''},.{self.digits}f}".replace("-", "−")


@dataclass(frozen=True)
class Line:
    """A player's figures of a metric as they are written; sure: the interval leaves out zero."""

    player: str
    title: str
    share: str
    interval: str
    of_total: str
    sentence: str
    alone: str
    last: str
    sure: bool
    low: float
    high: float


@dataclass(frozen=True)
class Shared:
    """A metric's difference as it is written: base, a line a player, full; `steps` of base and lines add up to the last digit."""

    metric: str
    unit: str
    change: str
    base: str
    full: str
    total: str
    total_interval: str
    lines: list[Line]
    steps: list[int]
    scale: Scale
    seeds: int


def metrics_of(attribution: Attribution, part: str) -> list[str]:
    """Metrics of a part in order; failures of the lender where they were asked for, or among loops where there are any."""
    loops = part == "loops"
    mine = attribution.loops if loops else attribution.table[attribution.table["part"] == part]
    runs = attribution.runs
    shown = FAILED in attribution.manifest["asked"] or (loops and bool((runs.loc[runs["metric"] == FAILED, "value"] > 0).any()))
    return [str(name) for name in mine["metric"].unique() if name != FAILED or shown]


def shared(attribution: Attribution, part: str, metric: str) -> Shared:
    """A metric's difference as it is written."""
    rows = attribution.table[(attribution.table["part"] == part) & (attribution.table["metric"] == metric)]
    first = rows.iloc[0]
    largest = float(rows[["base", "full", "total", "share"]].abs().to_numpy().max())
    scale = Scale.of(str(first["unit"]), largest, str(attribution.manifest["currency"]))
    full, total = scale.steps(first["full"]), round_half_up(sum((Fraction(x) for x in rows["share"]), Fraction(0)) / scale.step)
    steps = [int(x) for x in apportioned([Fraction(x) / scale.step for x in rows["share"]])]
    sure = bool(first["total_low"] > 0 or first["total_high"] < 0)
    # where the change is not sure, or small beside what makes it, a share of it says nothing
    of_it = (sure or first["interval"] == "one seed") and rows["of_total"].abs().max() <= MOST_OF_IT
    total_text = f"{scale.text(total, signed=True)} {scale.change}".strip()
    lines = [_line(row, step, scale, total_text, bool(of_it)) for row, step in zip(rows.to_dict("records"), steps, strict=True)]
    return Shared(
        metric, scale.words, scale.change, scale.text(full - total), scale.text(full), total_text,
        _span(first["total_low"], first["total_high"], scale), lines, [full - total, *steps, full], scale, int(first["seeds"]),
    )


def _span(low: float, high: float, scale: Scale) -> str:
    if low != low:
        return NO_INTERVAL
    return f"{scale.text(scale.steps(low), signed=True)} to {scale.text(scale.steps(high), signed=True)}"


def _percent(value: float) -> str:
    return f"{round(100 * value) + 0:d}".replace("-", "−")


def _line(row: dict[Any, Any], steps: int, scale: Scale, total: str, of_it: bool) -> Line:
    span, bounded = _span(row["ci_low"], row["ci_high"], scale), row["ci_low"] == row["ci_low"]
    sure = bool(bounded and (row["ci_low"] > 0 or row["ci_high"] < 0))
    of_total = NO_INTERVAL
    if of_it and row["of_total"] == row["of_total"]:
        of_total = f"{_percent(row['of_total'])} %"
        if row["of_total_low"] == row["of_total_low"]:
            of_total += f", {_percent(row['of_total_low'])} to {_percent(row['of_total_high'])}"
    share = f"{scale.text(steps, signed=True)} {scale.change}".strip()
    alone, last = (scale.text(scale.steps(row[name]), signed=True) for name in ("alone", "last"))
    return Line(
        str(row["player"]), str(row["title"]), scale.text(steps, signed=True), span if bounded else str(row["interval"]), of_total,
        _sentence(row, share if steps else "", span if bounded else "", of_total, total, sure),
        alone, last, sure, row["ci_low"], row["ci_high"],
    )


def _sentence(row: dict[Any, Any], share: str, span: str, of_total: str, total: str, sure: bool) -> str:
    """One sentence of a player: what it makes of the change, and how much of it that is or its interval; share: empty below a digit."""
    title, metric = str(row["title"]), plain(str(row["metric"]))
    if row["share"] == 0 and row["interval"] in ("no seed differs", "one seed"):
        return f"{title[:1].upper()}{title[1:]} changes nothing in {metric}."
    if not share:
        return f"{title[:1].upper()}{title[1:]} makes next to nothing of the change of {total} in {metric}."
    doubt = f"; not surely, for its 95 % interval, {span}, holds zero" if span and not sure else ""
    against = row["share"] * row["total"] < 0
    inner = f" (95 % interval {span})" if span and not doubt else ""
    if of_total != NO_INTERVAL and not against:
        inner = f" ({of_total})"
    return f"{'Against' if against else 'Of'} the change of {total} in {metric}, {title} makes {share}{inner}{doubt}."


def largest(found: Shared) -> Line | None:
    """The line that makes most of the change; None where nothing changes."""
    moved = [(abs(step), line) for step, line in zip(found.steps[1:-1], found.lines, strict=True) if step]
    return max(moved, key=lambda pair: pair[0])[1] if moved else None


def how(attribution: Attribution) -> list[str]:
    """The sentences that say how it was made and how it is read."""
    m = attribution.manifest
    said = [
        f"{m['borrowers']:,} borrowers under {m['policy']}, {counted(len(m['seeds']), 'seed')}, {counted(m['horizon'], 'month')}; "
        f"{m['said'][:1].lower()}{m['said'][1:]}.",
        m["past"],
    ]
    if {"causes", "loops"} & {*m["parts"]}:
        said.append(
            "Without a cause or a loop the book of month 1 was built without it as well: the differences hold those of two pasts."
            if m["own_past"] else
            "All worlds begin from that one book: a cause or a loop is off from month 1 on, and what is told is what it adds from then on, "
            "not what it did to the book before."
        )
    if len(m["seeds"]) == 1:
        said.append("One seed is one course of luck: there is no interval.")
    failed = m["failed_seeds"]
    told = [f"{failed['scenario']} in the scenario", *(f"{failed[part]} {BASES[part]}" for part in BASES if part in failed)]
    if any(failed.values()):
        seeds = counted(len(m["seeds"]), "seed")
        said.append(f"The lender failed in so many of the {seeds}: {', '.join(told)}; from then on it lends nothing.")
    if "shocks" in m["parts"] and not any(player["part"] == "shocks" for player in m["players"]):
        said.append("Nothing moves the scenario's economy, so there is no shock to share anything among.")
    if courses := [name for player in m["players"] for name in player["courses"]]:
        names = ", ".join(map(plain, courses))
        said.append(f"What a table or a list moves counts as a shock ({names}): without it, it stays as it was at the opening.")
    return [*said, *m["not_used"]]


READING = {
    "shocks": "Shapley values: each shock's contribution when it joins those already there, averaged over every order in which they can "
    "come. They add up to the whole difference between the scenario and the same months without the shocks.",
    "causes": "The same shares among the three causes, in the scenario with all its shocks: they add up to the difference between the "
    "scenario and the same months without the three.",
    "loops": "What a loop adds to the scenario: the run with it less the same run with its gain at 0, each alone. They do not add up, for "
    "loops work through each other.",
}


def loop_rows(attribution: Attribution) -> tuple[list[str], list[list[tuple[str, str, bool]]]]:
    """Heads with units, and a row a loop: its name, then what it adds with its interval and whether that is sure, a metric each."""
    loops, metrics = attribution.loops, metrics_of(attribution, "loops")
    scales = {
        metric: Scale.of(str(mine["unit"].iloc[0]), float(mine[["adds", "with_it"]].abs().to_numpy().max()),
                         str(attribution.manifest["currency"]))
        for metric, mine in ((metric, loops[loops["metric"] == metric]) for metric in metrics)
    }
    heads = [f"{plain(metric)}, {scales[metric].change}".rstrip(", ") for metric in metrics]
    rows = []
    for loop, mine in loops.groupby("loop", sort=False):
        cells = [(plain(str(loop)), "", False)]
        by_metric = {str(row["metric"]): row for row in mine.to_dict("records")}
        cells += [_loop_cell(by_metric[metric], scales[metric]) if metric in by_metric else (NO_INTERVAL, "", False) for metric in metrics]
        rows.append(cells)
    return heads, rows


def _loop_cell(row: dict[Any, Any], scale: Scale) -> tuple[str, str, bool]:
    if row["adds"] == 0 and row["interval"] in ("no seed differs", "one seed"):
        return "nothing", "", False
    bounded = row["ci_low"] == row["ci_low"]
    span = _span(row["ci_low"], row["ci_high"], scale) if bounded else ""
    return scale.text(scale.steps(row["adds"]), signed=True), span, bool(bounded and (row["ci_low"] > 0 or row["ci_high"] < 0))


def print_attribution(attribution: Attribution) -> None:
    """The tables, and a sentence for what makes most of each difference."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    console = console_of(160)
    console.print(f"[bold]Attribution: {escape(attribution.manifest['title'])}[/bold]", highlight=False)
    for sentence in how(attribution):
        console.print(escape(sentence), highlight=False)
    for part in TITLES:
        found = [shared(attribution, part, metric) for metric in metrics_of(attribution, part)]
        if not found:
            continue
        table = Table(title=TITLES[part], box=box.SIMPLE_HEAD, title_justify="left")
        table.add_column("", no_wrap=True)
        for one in found:
            table.add_column(f"{plain(one.metric)}, {one.unit}".rstrip(", "), justify="right")
            table.add_column("% of change", justify="right")
        for cells in _table(found, part):
            table.add_row(*map(escape, cells))
        console.print(table)
        for sentence in _headlines(found):
            console.print(escape(sentence), highlight=False)
    if len(attribution.loops):
        heads, rows = loop_rows(attribution)
        table = Table(title="What every other loop adds, one at a time", box=box.SIMPLE_HEAD, title_justify="left")
        for head in ("loop", *heads):
            table.add_column(head, justify="left" if head == "loop" else "right")
        for row in rows:
            table.add_row(*(f"[bold]{escape(text)}[/bold]" if sure else escape(text) for text, _, sure in row))
        console.print(table)
        console.print("Bold: the 95 % interval leaves out zero.", highlight=False)
    console.print(
        "Means over the seeds; shares are Shapley values and add up. Flows are summed over the months, liquidity is the lowest month's.",
        highlight=False,
    )


def _table(found: list[Shared], part: str) -> Iterator[list[str]]:
    yield [BASES[part], *(cell for one in found for cell in (one.base, ""))]
    for k, line in enumerate(found[0].lines):
        yield [f"  {line.title}", *(cell for one in found for cell in (one.lines[k].share, one.lines[k].of_total.partition(" %")[0]))]
    yield ["the scenario", *(cell for one in found for cell in (one.full, ""))]


def _headlines(found: list[Shared]) -> Iterator[str]:
    for one in found:
        line = largest(one)
        if line is not None:
            yield line.sentence
