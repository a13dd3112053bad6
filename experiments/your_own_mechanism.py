# %% [markdown]
# # A mechanism of your own
# A mechanism is everything that one cause or effect brings: columns, random events, parameters, rules, a phase of the
# month, outputs, a switch. The package's own stand in `sim/mechanisms/`, one file each. Yours needs no change to the
# package: write it anywhere and hand it over. Here: **windfalls**. Each month a few borrowers receive one, and a part of
# it goes into savings before the instalments are paid.
#
# Run this file with `python experiments/your_own_mechanism.py`, or cell by cell in an editor.

# %%
from __future__ import annotations

import numpy as np
from numpy import float32 as f
from pydantic import Field

import sim
from sim.config.fields import NonNegative, Section, Share
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, Switch
from sim.engine.metric import Metric, ratio
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32

# %% [markdown]
# **Parameters** are a checked section of the profile: a wrong value is refused with file, line and column. Whoever writes a
# profile file may add `windfall: {chance: 5%}`; `set={"profile.windfall.chance": "5%"}` does the same from Python.


# %%
class Windfall(Section):
    chance: Share = Field(default=0.04, description="monthly chance of a windfall (a teaching example, no source)")
    size: NonNegative = Field(default=0.5, description="months of permanent income")
    saved: Share = Field(default=0.8, description="share that goes into savings")


# %% [markdown]
# **A rule** is a pure function of scalars, float32 throughout. **A phase** is a loop over the rows of a block: `b` holds the
# columns and the draws by name, `p` the numbers, named as in the file. Wrap every constant (`f(1)`), so that the loop stays
# in float32 and becomes vector code. What a rule returns and a phase writes is looked at: no number, or one that its column
# cannot hold, stops the run with the rule or the statement, the borrower, the month and what led to it.


# %%
@rule
def windfall(draw, chance, size, permanent):
    """What comes in: `size` months of permanent income with the given chance."""
    return size * permanent if draw < chance else f(0)


@phase
def receive(b, p):
    """Windfalls arrive; a part is saved."""
    lucky = np.int64(0)
    for i in range(b.n):
        gift = windfall(unit32(b.draw.windfall[i]), p.windfall.chance * p.gain.windfall, p.windfall.size, b.permanent[i])
        b.cash[i] = b.cash[i] + p.windfall.saved * gift
        b.windfalls[i] = b.windfalls[i] + (f(1) if gift > f(0) else f(0))
        lucky += np.int64(1) if gift > f(0) else np.int64(0)
    b.count.lucky[0] += lucky


WINDFALL = Mechanism(
    name="windfall",
    sections={"windfall": Windfall},
    switches=(Switch("windfall", "chance of a windfall"),),
    columns=(Column("windfalls", "f4", "count", "windfalls received so far"),),
    counters=(Counter("lucky", "borrowers with a windfall this month", scope="borrower"),),
    events=("windfall",),
    phases=(receive,),
    after={"receive": "plan_budget"},  # `lendsim list phases` shows the month
    metrics=(
        Metric(
            "windfall_share", "ratio", "share of borrowers with a windfall this month",
            lambda r: ratio(r.counts.lucky, r.population), section="Windfalls", over_months="mean", over_seeds="mean",
        ),
    ),
)

# %% [markdown]
# **Run it.** Everything works as with the package's own: both modes, threads, comparisons, overrides, saving.

# %%
SMALL = {"borrowers.count": 10_000, "months": 18}


def losses(results: sim.Results) -> float:
    """Net charge-offs over the run, thousands."""
    return float((results.monthly["gross_charge_offs"] - results.monthly["recoveries"]).sum()) / 1000


def main() -> None:
    """Without, with, and with more of it."""
    without = sim.run("severe_recession", set=SMALL)
    with_it = sim.run("severe_recession", set=SMALL, mechanisms=[WINDFALL])
    more = sim.run("severe_recession", set=SMALL | {"profile.windfall.chance": "10%"}, mechanisms=[WINDFALL])
    off = sim.run("severe_recession", set=SMALL | {"mechanisms.windfall": 0.0}, mechanisms=[WINDFALL])
    print("                         windfalls a month   net charge-offs")
    print(f"without the mechanism                  –   {losses(without):10,.0f} k")
    for name, results in (("with it", with_it), ("chance of 10 %", more), ("switched off (gain 0)", off)):
        print(f"{name:24s}{100 * results.monthly['windfall_share'].mean():14.1f} %   {losses(results):10,.0f} k")
    same = off.core_hash() == without.results_hash()
    print(f"switched off, every other result is bit for bit that of a run without it: {same}")


if __name__ == "__main__":
    main()

# %% [markdown]
# **Notice.** The other borrowers' luck did not move: the event's address follows from the mechanism's name and its own. So
# the difference between two runs is the mechanism's doing alone, borrower by borrower.
#
# **Try.** Let windfalls be larger for borrowers in arrears (`b.worst[i] > 0`): what a borrower knows of its accounts is there
# once `look` has run, so the phase moves too, `after={"receive": "look"}`. Let the rule pay more to small incomes.
# Or leave the file as it is and replace its rule as you would one of the package's: `sim.run(..., mechanisms=[WINDFALL],
# rules={"windfall": my_windfall})`; `described([WINDFALL])` of `sim.rebinding` lists what can be replaced.
# Compare two policies with it: `sim.compare("severe_recession", ["standard", "lenient"], mechanisms=[WINDFALL])`.
#
# **Questions.** Which cause of missed payments falls, and which does not move at all? Why?
