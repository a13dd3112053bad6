"""The month over the whole population: blocks of rows, optionally on several threads.

`live_rows` is the borrowers' part of a month; `service_rows` the servicing of their accounts; `run_rows`
does both while a block is still in cache. A single borrower's `step()` calls `live_rows` on its row, so
both ways of running give the same bits. Sums across rows are integers: neither the block size nor the
number of threads can change a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numba import int64

from sim.borrowers import phases
from sim.borrowers.columns import LEFT, OPEN, Population
from sim.borrowers.parameters import Month, Servicing
from sim.lender import arrears, servicing, underwriting
from sim.lender.tally import APPLICANTS, LEFT_MARKET, SIZE, STATES, TRUST_COUNT, TRUST_SUM, UNEMPLOYED, VINTAGE_MEASURES
from sim.lender.underwriting import Criteria, Judged, empty_judged
from sim.numerics.compile import kernel, phase

BLOCK = 4096  # rows: their columns fit the second-level cache, and each block costs 9 microseconds of calls
T = TypeVar("T")
Desk = tuple[Judged, Judged, npt.NDArray[np.int64]]  # one thread's applications of the month; listed and judged of each
THREADED_FROM = 50_000  # rows below which one thread is faster

_OPEN, _LEFT = np.uint8(OPEN), np.uint8(LEFT)


@phase
def _live(H: Any, A: Any, B: Any, p: Any, s: int, e: int, month: int, k0: int, k1: int, t: Any, u: Any, v: Any) -> None:
    """The borrowers' month for rows s to e. t: words; u: float32 scratch; v: int32 scratch; see `_scratch`."""
    n = e - s
    # one row of a C array keeps its layout; a slice of the whole would lose it, and vector code with it
    d = (
        t[0, :n], t[1, :n], t[2, :n], t[3, :n], t[4, :n], t[5, :n],
        t[6, :n], t[7, :n], t[8, :n], t[9, :n], t[10, :n], t[11, :n],
    )
    phases.draw(s, month, 0, k0, k1, d[0], d[1], d[2], d[3])
    phases.draw(s, month, 1, k0, k1, d[4], d[5], d[6], d[7])
    phases.draw(s, month, 2, k0, k1, d[8], d[9], d[10], d[11])
    wanted, expense, other_due, freed = u[0, :n], u[1, :n], u[2, :n], u[3, :n]
    at_due, at_catch, borrowed, refinanced = u[4, :n], u[5, :n], u[6, :n], u[7, :n]
    due_a, interest_a, asked_a = v[0, :n], v[1, :n], v[2, :n]
    due_b, interest_b, asked_b = v[3, :n], v[4, :n], v[5, :n]
    willing = np.empty(n, np.uint8)
    aware = np.empty(n, np.uint8)
    leaving = np.zeros(n, np.uint8)
    refinanced[:] = np.float32(0)
    phases.work(H.employed[s:e], H.spell[s:e], H.hours_cut[s:e], H.job_risk[s:e], H.permanent[s:e], d[0], d[2], p)
    phases.earn(
        H.permanent[s:e], H.income[s:e], H.essential[s:e], H.essential_share[s:e], H.employed[s:e], H.spell[s:e],
        H.hours_cut[s:e], d[11], d[1], p,
    )
    phases.plan_budget(
        H.permanent[s:e], H.income[s:e], H.impulsive[s:e], H.literacy[s:e], H.other_balance[s:e], d[3], p,
        wanted, expense, other_due,
    )
    phases.bill(
        A.state[s:e], A.remaining[s:e], A.principal[s:e], A.scheduled[s:e], A.instalment[s:e], A.original[s:e],
        A.rate[s:e], A.overdue[s:e], False, due_a, interest_a, asked_a,
    )
    phases.bill(
        B.state[s:e], B.remaining[s:e], B.principal[s:e], B.scheduled[s:e], B.instalment[s:e], B.original[s:e],
        B.rate[s:e], B.overdue[s:e], True, due_b, interest_b, asked_b,
    )
    phases.resolve(
        H.trust[s:e], H.willingness[s:e], H.attentive[s:e], H.saturation[s:e], A.missed[s:e], B.missed[s:e],
        A.contacted[s:e], B.contacted[s:e], d[4], d[5], d[6], d[7], p, willing, aware, freed,
    )
    phases.find_money(
        H.cash[s:e], H.income[s:e], H.essential[s:e], wanted, expense, other_due, H.other_balance[s:e],
        H.other_target[s:e], H.permanent[s:e], H.other_first[s:e], H.payday[s:e], H.due_day[s:e], freed, asked_a, asked_b,
        p, at_due, at_catch, borrowed,
    )
    phases.pay_account(
        A.state[s:e], asked_a, due_a, A.fees_due[s:e], A.overdue[s:e], A.marks[s:e], willing, aware, at_due, at_catch, p,
        A.paid_due[s:e], A.paid_catch_up[s:e], A.cause[s:e], A.unpaid_at_due[s:e], A.still_unpaid[s:e],
    )
    phases.pay_account(
        B.state[s:e], asked_b, due_b, B.fees_due[s:e], B.overdue[s:e], B.marks[s:e], willing, aware, at_due, at_catch, p,
        B.paid_due[s:e], B.paid_catch_up[s:e], B.cause[s:e], B.unpaid_at_due[s:e], B.still_unpaid[s:e],
    )
    phases.repay_early(
        A.state[s:e], A.principal[s:e], due_a, asked_a, A.fees_due[s:e], A.missed[s:e], A.overdue[s:e], interest_a,
        A.paid_due[s:e], A.paid_catch_up[s:e], H.essential[s:e], H.trust[s:e], H.market[s:e], d[9], d[10], False, p,
        at_catch, refinanced, leaving,
    )
    phases.repay_early(
        B.state[s:e], B.principal[s:e], due_b, asked_b, B.fees_due[s:e], B.missed[s:e], B.overdue[s:e], interest_b,
        B.paid_due[s:e], B.paid_catch_up[s:e], H.essential[s:e], H.trust[s:e], H.market[s:e], d[9], d[10], True, p,
        at_catch, refinanced, leaving,
    )
    phases.settle(
        H.cash[s:e], H.income[s:e], H.essential[s:e], H.buffer[s:e], wanted, expense, other_due, H.other_balance[s:e],
        H.other_target[s:e], H.permanent[s:e], borrowed, refinanced, A.paid_due[s:e], A.paid_catch_up[s:e],
        B.paid_due[s:e], B.paid_catch_up[s:e], freed, p,
    )
    phases.feel(
        H.trust[s:e], H.saturation[s:e], A.missed[s:e], B.missed[s:e], A.contacted[s:e], B.contacted[s:e], H.market[s:e],
        leaving, p,
    )
    phases.ask_for_credit(
        H.cash[s:e], H.essential[s:e], H.impulsive[s:e], H.trust[s:e], H.market[s:e], H.excluded[s:e], A.state[s:e],
        B.state[s:e], A.missed[s:e], B.missed[s:e], d[8], p, H.applies[s:e],
    )


@phase
def _service(H: Any, A: Any, s: int, e: int, month: int, k0: int, k1: int, flat: bool, due: Any, interest: Any, sv: Any, out: Any) -> None:
    """Servicing of one account slot for rows s to e."""
    tally, moves, moved, vintages, vintage_zero, ladder = out
    rest = np.empty(e - s, np.uint8)
    servicing.count_due_day(A.unpaid_at_due[s:e], A.still_unpaid[s:e], A.overdue[s:e], due, tally)
    servicing.post_current(
        A.state[s:e], A.principal[s:e], A.scheduled[s:e], A.remaining[s:e], A.unearned_fee[s:e], A.fees_due[s:e],
        A.overdue[s:e], A.missed[s:e], due, interest, A.paid_due[s:e], A.paid_catch_up[s:e], rest, tally,
    )
    arrears.post_arrears(
        A, H, s, due, interest, rest, month, k0, k1, flat, sv, tally, moves, moved, vintages, vintage_zero
    )
    servicing.count_stock(A.state[s:e], A.principal[s:e], A.remaining[s:e], A.instalment[s:e], A.missed[s:e], tally, ladder)


@phase
def _count_people(H: Any, A: Any, B: Any, s: int, e: int, tally: Any) -> None:
    """Unemployed borrowers, applicants, who has left, and trust of customers with an open account in 1/65536."""
    one, none = np.int32(1), np.int32(0)
    jobless = trust = customers = left = applicants = none  # sums over a block fit int32
    employed, level, applies = H.employed[s:e], H.trust[s:e], H.applies[s:e]
    a, b, market = A.state[s:e], B.state[s:e], H.market[s:e]
    for i in range(e - s):
        left = np.int32(left + (one if market[i] == _LEFT else none))
        jobless = np.int32(jobless + (none if employed[i] != np.uint8(0) else one))
        applicants = np.int32(applicants + (one if applies[i] != np.uint8(0) else none))
        here = (a[i] == _OPEN) or (b[i] == _OPEN)
        trust = np.int32(trust + (np.int32(level[i] * np.float32(65536)) if here else none))
        customers = np.int32(customers + (one if here else none))
    tally[UNEMPLOYED] += int64(jobless)
    tally[TRUST_SUM] += int64(trust)
    tally[TRUST_COUNT] += int64(customers)
    tally[LEFT_MARKET] += int64(left)
    tally[APPLICANTS] += int64(applicants)


@kernel
def live_rows(H: Any, A: Any, B: Any, p: Any, lo: int, hi: int, month: int, k0: int, k1: int) -> None:
    """The borrowers' part of the month for rows lo to hi."""
    size = min(BLOCK, hi - lo)
    t = np.empty((12, size), np.uint32)
    u = np.empty((8, size), np.float32)
    v = np.empty((6, size), np.int32)
    for s in range(lo, hi, BLOCK):
        e = min(hi, s + BLOCK)
        _live(H, A, B, p, s, e, month, k0, k1, t, u, v)


@kernel
def service_rows(H: Any, A: Any, B: Any, sv: Any, c: Any, lo: int, hi: int, month: int, k0: int, k1: int, out_a: Any, out_b: Any, desk: Any) -> None:  # noqa: E501
    """Servicing of both account slots and judgement of applications for rows lo to hi."""
    size = min(BLOCK, hi - lo)
    v = np.empty((3, size), np.int32)
    for s in range(lo, hi, BLOCK):
        e = min(hi, s + BLOCK)
        n = e - s
        phases.bill(
            A.state[s:e], A.remaining[s:e], A.principal[s:e], A.scheduled[s:e], A.instalment[s:e], A.original[s:e],
            A.rate[s:e], A.overdue[s:e], False, v[0, :n], v[1, :n], v[2, :n],
        )
        _service(H, A, s, e, month, k0, k1, False, v[0, :n], v[1, :n], sv, out_a)
        phases.bill(
            B.state[s:e], B.remaining[s:e], B.principal[s:e], B.scheduled[s:e], B.instalment[s:e], B.original[s:e],
            B.rate[s:e], B.overdue[s:e], True, v[0, :n], v[1, :n], v[2, :n],
        )
        _service(H, B, s, e, month, k0, k1, True, v[0, :n], v[1, :n], sv, out_b)
        _count_people(H, A, B, s, e, out_a[0])
        underwriting.judge_block(H, A, B, s, e, e == hi, month, k0, k1, c, desk[0], desk[1], desk[2])


@kernel
def run_rows(H: Any, A: Any, B: Any, p: Any, sv: Any, c: Any, lo: int, hi: int, month: int, k0: int, k1: int, out_a: Any, out_b: Any, desk: Any) -> None:  # noqa: E501
    """Both parts of the month, block by block."""
    size = min(BLOCK, hi - lo)
    t = np.empty((12, size), np.uint32)
    u = np.empty((8, size), np.float32)
    v = np.empty((6, size), np.int32)
    for s in range(lo, hi, BLOCK):
        e = min(hi, s + BLOCK)
        n = e - s
        _live(H, A, B, p, s, e, month, k0, k1, t, u, v)
        _service(H, A, s, e, month, k0, k1, False, v[0, :n], v[1, :n], sv, out_a)
        _service(H, B, s, e, month, k0, k1, True, v[3, :n], v[4, :n], sv, out_b)
        _count_people(H, A, B, s, e, out_a[0])
        underwriting.judge_block(H, A, B, s, e, e == hi, month, k0, k1, c, desk[0], desk[1], desk[2])


class Output:
    """Integer sums of one account slot for one month, and its vintages for the whole run."""

    def __init__(self, vintages: int, vintage_zero: int) -> None:
        self.tally = np.zeros(SIZE, np.int64)
        self.moves = np.zeros((STATES, STATES), np.int64)
        self.moved = np.zeros((STATES, STATES), np.int64)
        self.vintages = np.zeros((VINTAGE_MEASURES, vintages, vintages), np.int64)
        self.vintage_zero = vintage_zero
        self.ladder = np.zeros((256, 4), np.int64)

    def arguments(self) -> tuple[Any, ...]:
        """The arrays that compiled code adds to."""
        return self.tally, self.moves, self.moved, self.vintages, self.vintage_zero, self.ladder

    def clear_month(self) -> None:
        """Zero what belongs to one month."""
        for a in (self.tally, self.moves, self.moved, self.ladder):
            a[:] = 0

    def add(self, other: Output) -> None:
        """Take over another thread's sums."""
        for name in ("tally", "moves", "moved", "vintages", "ladder"):
            mine: npt.NDArray[np.int64] = getattr(self, name)
            mine += getattr(other, name)


def threads_for(rows: int, asked: int | None) -> int:
    """Worker threads: what was asked, else one for small populations and the cores for others."""
    if asked is not None:
        return max(1, asked)
    return 1 if rows < THREADED_FROM else (os.cpu_count() or 1)


class Engine:
    """Runs compiled months over a population and collects the sums."""

    def __init__(self, population: Population, seed_keys: tuple[int, int], vintages: int, vintage_zero: int, threads: int | None) -> None:
        self.population = population
        self.k0, self.k1 = seed_keys
        self.threads = threads_for(population.rows, threads)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None
        self._outputs = [
            (Output(vintages, vintage_zero), Output(vintages, vintage_zero)) for _ in range(self.threads)
        ]
        self.desks: list[Desk] = [
            (empty_judged(hi - lo + 1), empty_judged(hi - lo + 1), np.zeros(4, np.int64)) for lo, hi in self.spans()
        ]

    @property
    def loan(self) -> Output:
        return self._outputs[0][0]

    @property
    def plan(self) -> Output:
        return self._outputs[0][1]

    def spans(self) -> list[tuple[int, int]]:
        """The rows of each thread."""
        rows = self.population.rows
        share = -(-rows // self.threads)
        share += -share % BLOCK
        return [(lo, min(rows, lo + share)) for lo in range(0, rows, share)]

    def _each(self, task: Callable[[int, int, tuple[Any, ...], tuple[Any, ...], Desk], None]) -> None:
        for a, b in self._outputs:
            a.clear_month()
            b.clear_month()
        for desk in self.desks:
            desk[2][:] = 0
        jobs = [
            (lo, hi, a.arguments(), b.arguments(), desk)
            for (lo, hi), (a, b), desk in zip(self.spans(), self._outputs, self.desks, strict=False)
        ]
        self.side_by_side(*(lambda job=job: task(*job) for job in jobs))
        first_a, first_b = self._outputs[0]
        for a, b in self._outputs[1:]:
            first_a.add(a)
            first_b.add(b)
            for o in (a, b):
                o.vintages[:] = 0

    def run_month(self, p: Month, sv: Servicing, c: Criteria, month: int) -> None:
        """Borrowers live, accounts are serviced, applications are judged."""
        H, A, B = self.population
        self._each(lambda lo, hi, a, b, desk: run_rows(H, A, B, p, sv, c, lo, hi, month, self.k0, self.k1, a, b, desk))

    def live_row(self, p: Month, row: int, month: int) -> None:
        """The borrowers' part for one row."""
        H, A, B = self.population
        live_rows(H, A, B, p, row, row + 1, month, self.k0, self.k1)

    def service(self, sv: Servicing, c: Criteria, month: int) -> None:
        """Servicing and applications alone, after every borrower has stepped."""
        H, A, B = self.population
        self._each(lambda lo, hi, a, b, desk: service_rows(H, A, B, sv, c, lo, hi, month, self.k0, self.k1, a, b, desk))

    def judged(self, slot: int) -> Judged:
        """The month's applications of one product (0 cash loan, 1 plan), in row order; copies."""
        parts = [[column[: int(desk[2][slot])] for column in desk[slot]] for desk in self.desks]
        return Judged(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def side_by_side(self, *tasks: Callable[[], T]) -> list[T]:
        """Results of independent tasks, run on the worker threads if there are any."""
        if self._pool is None:
            return [task() for task in tasks]
        return [job.result() for job in [self._pool.submit(task) for task in tasks]]

    def close(self) -> None:
        """Let the worker threads go."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


__all__ = ["BLOCK", "Engine", "Output", "live_rows", "run_rows", "service_rows", "threads_for"]
