"""Paying: what is asked, two payment opportunities, and the cause of what stays unpaid.

The first gate that failed is the cause: never meant to pay, cannot, will not, forgot.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.accounts.columns import CANNOT_PAY, FORGOT, FRAUD, FRAUDULENT, NONE, OPEN, WILL_NOT_PAY
from sim.accounts.methods import falls_due
from sim.config.fields import Section, Share
from sim.config.ranges import Plausible
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32

U0, U1 = np.uint8(0), np.uint8(1)
_OPEN, _FRAUDULENT = np.uint8(OPEN), np.uint8(FRAUDULENT)
_NONE, _FRAUD, _CANNOT = np.uint8(NONE), np.uint8(FRAUD), np.uint8(CANNOT_PAY)
_WILL_NOT, _FORGOT = np.uint8(WILL_NOT_PAY), np.uint8(FORGOT)


class Paying(Section):
    payday_before_due: Share = Field(description="share of borrowers whose pay arrives before their due day")
    partial_payment: Annotated[Share, Plausible(0, 0.6)] = Field(
        description="share of the money left that a borrower who cannot pay in full still pays"
    )
    whole_instalments: Share = Field(
        description="share of the occasions on which a borrower who cannot pay all pays as many whole instalments as the money makes; "
        "0% where a debit takes what there is or fails"
    )


@rule
def part_payment(money: Any, instalment: Any, share: Any, whole: Any) -> Any:
    """What a borrower pays, in minor units, who has less than is asked: whole instalments, or a share of the money if that is more.

    money: at hand, less than is asked; instalment: the contract's; share: of the money, paid where it makes no instalment;
    whole: whether as many instalments are paid as the money makes.
    """
    some = int32(f(money) * share)
    one = int32(max(instalment, int32(1)))
    n = int32(f(money) / f(one))
    n = int32(n - (int32(1) if int32(n * one) > money else int32(0)))  # float32 may round a quotient up
    full = int32(n * one) if whole else int32(0)
    return int32(max(some, full))


@phase
def sample_days(b: Block, p: Numbers) -> None:
    """Due day, and the payday before or after it."""
    for i in range(b.n):
        due = int32(int32(1) + int32(unit32(b.draw.sample_due_day[i]) * f(28)))
        b.due_day[i] = uint8(due)
        u = unit32(b.draw.sample_payday[i])
        share = p.paying.before_due
        before = int32(int32(1) + int32(u / share * f(due)))
        after = int32(int32(due + int32(1)) + int32((u - share) / (f(1) - share) * f(int32(int32(30) - due))))
        day = before if u < share else after
        b.payday[i] = uint8(min(int32(day), int32(30)))


@phase
def begin(b: Block, _p: Numbers) -> None:
    """Nothing is asked, paid or known yet of any account."""
    for i in range(b.n):
        b.asked[i] = int32(0)
        b.paid[i] = f(0)
        b.refinanced[i] = f(0)
        b.worst[i] = int32(0)
        b.contacts[i] = U0
        b.open_slots[i] = U0
        b.leaving[i] = U0
        b.missed_due_day[i] = U0


@phase
def bill(b: Block, _p: Numbers) -> None:
    """The instalment of the month and, with what is overdue, the amount asked; the borrower's worst account."""
    for i in range(b.n):
        interest, part = falls_due(
            b.account.state[i], b.account.method[i], b.account.remaining[i], b.account.principal[i], b.account.scheduled[i],
            b.account.instalment[i], b.account.original[i], b.account.rate[i],
        )
        n = int32(interest + part)
        is_open = b.account.state[i] == _OPEN
        asked = int32(n + b.account.overdue[i]) if is_open else int32(0)
        b.account.due[i] = n
        b.account.interest[i] = interest
        b.account.asked[i] = asked
        b.asked[i] = int32(b.asked[i] + asked)


@phase
def look(b: Block, _p: Numbers) -> None:
    """What the borrower knows of its accounts: the worst bucket, contacts received."""
    for i in range(b.n):
        b.worst[i] = int32(max(b.worst[i], int32(b.account.missed[i])))
        b.contacts[i] = b.contacts[i] | b.account.contacted[i]


@phase
def pay_account(b: Block, p: Numbers) -> None:
    """Two payment opportunities; what is left moves on to the next account. Fees are paid last."""
    for i in range(b.n):
        a = b.account.asked[i]
        owes = a > int32(0)
        honest = (b.account.marks[i] & _FRAUDULENT) == U0
        w = b.willing[i]
        k = b.aware[i]
        cents_due = int32(min(b.at_due[i] * p.money.minor, f(2.0e9)))
        called, at_catch = b.when_called[i], b.at_catch[i]
        # due day: in full or not at all
        full1 = owes and honest and ((w & U1) != U0) and ((k & U1) != U0) and (cents_due >= a)
        with_fees1 = int32(min(cents_due, int32(a + b.account.fees_due[i])))
        first = with_fees1 if full1 else int32(0)
        # catch-up date: in full if possible, else a part
        # a harsh call may leave less
        cents_catch = int32(min(max(f(0), at_catch + (f(0) if full1 else called)) * p.money.minor, f(2.0e9)))
        able2 = cents_catch >= a
        ready2 = owes and honest and ((w & uint8(2)) != U0) and ((k & uint8(2)) != U0) and not full1
        # who is short does not repay early: the two uses of the draw exclude each other
        whole = unit32(b.account.draw.prepay[i]) < p.paying.whole
        part = part_payment(cents_catch, b.account.instalment[i], p.paying.partial_payment, whole)
        part = int32(min(part, a))
        with_fees2 = int32(min(cents_catch, int32(a + b.account.fees_due[i])))
        second = (with_fees2 if able2 else part) if ready2 else int32(0)
        b.account.paid_due[i] = first
        b.account.paid_catch_up[i] = second
        missing = owes and (int32(first + second) < a)
        reason = _CANNOT if not able2 else (_WILL_NOT if (w & uint8(2)) == U0 else _FORGOT)
        reason = reason if honest else _FRAUD
        b.account.cause[i] = reason if missing else _NONE
        # thirty days after last month's due day: what is still unpaid of what was unpaid then
        b.account.still_unpaid[i] = int32(min(b.account.unpaid_at_due[i], max(int32(0), int32(b.account.overdue[i] - first))))
        # newly overdue amounts only: an account in arrears is not collected from its due day on
        fresh = b.account.overdue[i] == int32(0)
        b.account.unpaid_at_due[i] = int32(max(int32(0), int32(b.account.due[i] - first))) if fresh else int32(0)
        spent = f(int32(first + second)) * p.money.major
        b.at_due[i] = max(f(0), b.at_due[i] - spent)
        left = max(f(0), at_catch - spent)
        b.when_called[i] = min(called, max(f(0), at_catch + called - spent) - left)
        b.at_catch[i] = left
        b.missed_due_day[i] = b.missed_due_day[i] | (U1 if (owes and not full1) else U0)


@phase
def add_up(b: Block, _p: Numbers) -> None:
    """What was paid on this account, early repayment included."""
    for i in range(b.n):
        b.paid[i] = (b.paid[i] + f(b.account.paid_due[i])) + f(b.account.paid_catch_up[i])


def opening(profile: Any) -> Values:
    """The share paid before the due day, kept off 0 and 1."""
    share = profile.paying.payday_before_due
    return {"paying.before_due": np.float32(min(max(share, 1e-6), 1 - 1e-6))}


def numbers(m: MonthInputs) -> Values:
    """Whole instalments at the switch's gain."""
    return {"paying.whole": np.float32(min(1.0, m.profile.paying.whole_instalments * m.gain.whole_instalments))}


MECHANISM = Mechanism(
    name="paying",
    sections={"paying": Paying},
    switches=(Switch("whole_instalments", "who is short pays as many whole instalments as the money makes"),),
    columns=(
        Column("payday", "u1", "day", "day of the month on which income arrives", lowest=1, highest=30),
        Column("due_day", "u1", "day", "day of the month on which instalments fall due, 1 to 28", lowest=1, highest=28),
    ),
    scratch=(
        Column("asked", "i4", "minor units", "asked on all accounts"),
        Column("missed_due_day", "u1", "flag", "something asked was not paid on the due day"),
        Column("paid", "f4", "minor units", "paid on all accounts"),
        Column("worst", "i4", "count", "missed instalments of the worst account"),
        Column("contacts", "u1", "bits", "contacts received on any account: attempted (1), reached (2)"),
        Column("open_slots", "u1", "flag", "has an open account"),
    ),
    events=("prepay", "sample_due_day", "sample_payday"),
    sample=(sample_days,),
    opening=opening,
    phases=(begin, bill, look, pay_account, add_up),
    numbers=numbers,
)
