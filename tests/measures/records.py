"""One month of a small lender, made by hand: every figure differs from every other, so that a mixed-up field shows."""

from dataclasses import replace

from sim.funding.flows import Flows
from sim.lender.relief import Relief
from sim.state import Contacts, Counts, MonthRecord, Past

COUNTS = Counts(
    due=200, unpaid_at_due=30, old_unpaid=10, first_unpaid=3, missed=(99, 1, 20, 6, 13), trust_sum=3 * 65_536, trust_count=5,
    cures=7, relapses=(1, 0, 2, 0, 0, 1), closed_current=12, interest_waived=8, plans_completed=14, plans_broken=16, plans_redefaulted=21,
    reaged=22, own={"taught": 41},
)
PAST = Past(
    gross=(7_000, 8_000, 8_200, 8_400, 8_600, 8_800, 9_000, 10_000),  # the last is the month's own
    charged=(10, 20, 30, 40, 50, 60, 110),
    unpaid_at_due=(1, 2, 40, 30),
    originated_accounts=(50, 60, 40, 12, 35),
    cures=(1_000, 10, 9, 8, 7, 6, 5, 7),
    relapsed=(900, 4, 3, 2, 1, 1, 0, 0),
)
CLOSE = {
    "originations": 1_500, "disbursed": 1_455, "allowance": 1_200, "interest_income": 301, "fee_income": 41, "funding_cost": 52,
    "operating_cost": 63, "provisions": 74, "tax": 5, "net_income": 148, "equity": 2_500, "total_assets": 12_500, "capital_ratio": 0.2,
    "cash": 2_100, "debt": 9_000, "undrawn_committed": 3_000, "borrowing_base": 9_100, "available_funding": 100, "liquidity": 1_700,
    "trigger_reading": 0.125, "lender_state": "going_concern", "principal_collected": 700, "interest_collected": 180,
    "fees_collected": 20, "debt_drawn": 33, "debt_repaid": 44, "capital_paid_in": -55, "dividends": 57, "unpaid_obligations": 66,
}
NOTHING = ((0,) * 10,) * 10


def flows(*bands, **more):
    """Flows with the principal of the buckets."""
    return Flows(bucket_principal=list(bands), **more)


RECORD = MonthRecord(
    label="2026-08", month=8, seed=42, conditions={"unemployment_rate": 0.05, "inflation": 0.02}, population=1_600, unemployment=0.0625,
    counts=COUNTS,
    moves=NOTHING, moved=NOTHING, accounts_before=(0,) * 6,
    flows=flows(
        6_000, 2_000, 800, 700, 400, 100, gross_charge_offs=140, direct_charge_offs=15, recoveries=30, active_accounts=77,
        interest_capitalised=45,
    ),
    close=CLOSE, received=80, passed=50, declined=5, granted=15, contacts=Contacts(30, 120, 4, 31, 17, 2), reminders=11, churned=9,
    survival=(24, True), survival_runoff=(18, False), cut_off=560, rating="BB", spread=0.045, past=PAST,
    relief=Relief(plans=23, holidays=24, accounts=27, principal=1_900, principal_below_30=1_700),
)

# the first month of a lender that has no loan, no application, no capacity and no past
EMPTY = replace(
    RECORD, counts=Counts(own={"taught": 0}), flows=Flows(),
    received=0, passed=0, declined=0, granted=0, contacts=Contacts(), past=Past(gross=(0, 0), charged=(0,)),
    relief=Relief(),
    close={**CLOSE, "allowance": 0, "capital_ratio": None, "trigger_reading": None},
)
