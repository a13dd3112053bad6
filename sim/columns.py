"""The columns of `monthly`: name, unit and meaning, in order. The one source for files, formats and docs."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column: unit is label, count, money (minor units inside, major in files), ratio or flag."""

    name: str
    unit: str
    meaning: str


def _columns(unit: str, **meanings: str) -> list[Column]:
    return [Column(name, unit, meaning) for name, meaning in meanings.items()]


MONTHLY: tuple[Column, ...] = (
        *_columns("label", month="calendar month, YYYY-MM"),
        *_columns("count", month_index="1 for the first simulated month", seed="seed of the run"),
        *_columns(
            "ratio",
            unemployment_rate="unemployment that the scenario prescribes",
            unemployment_rate_simulated="unemployed over all borrowers of the population, after the month's job changes",
        ),
        *_columns("count", applications="applications received, all products", approvals="applications granted: policy and budget passed"),
        *_columns("ratio", approval_rate="approvals / applications"),
        *_columns("count", rejected_policy="refused by risk policy", rejected_budget="passed by policy, refused for lack of funding"),
        *_columns("money", originations="face principal of loans disbursed, before a netted fee", disbursed="cash paid out = originations - upfront fees netted"),
        *_columns("count", active_accounts="open accounts at month-end"),
        *_columns(
            "money",
            gross_loans="principal of open accounts",
            balance_current="principal of accounts with 0 days past due",
            balance_1_29="principal, 1 to 29 days past due",
            balance_30_59="principal, 30 to 59 days past due",
            balance_60_89="principal, 60 to 89 days past due",
            balance_90_119="principal, 90 to 119 days past due",
            balance_120_plus="principal, 120 days and more past due, not charged off",
        ),
        *_columns(
            "ratio",
            delinquency_30_plus="(30-59 + 60-89 + 90-119 + 120+) / gross_loans",
            day1_delinquency="of accounts not in arrears: amount unpaid at the end of the due day / amount due (入催率)",
            collection_rate_30d="of last month's amounts unpaid at the due day, share paid within 30 days (30天回款率)",
            payment_rate="cash received on open accounts / last month's gross_loans",
            first_payment_default="loans whose first instalment fell due last month and is still unpaid / all such loans (首逾)",
            npl_ratio="(90-119 + 120+) / gross_loans; compare only lenders with the same charge-off age",
            npl_ratio_lagged="(90-119 + 120+) / gross_loans six months ago",
        ),
        *_columns(
            "money",
            gross_charge_offs="principal charged off",
            direct_charge_offs="of which before the age limit (bankruptcy, death)",
            recoveries="cash received on charged-off accounts, before collection cost",
        ),
        *_columns(
            "ratio",
            net_charge_off_rate="12 x (gross_charge_offs - recoveries) / mean of opening and closing gross_loans; one month, noisy",
            net_charge_off_rate_3m="4 x three months' net charge-offs / mean of the three average balances; the headline",
        ),
        *_columns(
            "count",
            missed_total="accounts with an instalment due that is unpaid at month-end",
            missed_fraud="of which never meant to pay",
            missed_cannot_pay="of which money at hand below the amount due",
            missed_will_not_pay="of which able but unwilling",
            missed_forgot="of which able and willing but unaware on due day and at catch-up",
        ),
        *_columns(
            "count",
            cures="accounts in arrears a month ago that are current now",
            relapses="accounts current a month ago and in arrears now that had returned to current within the six months before",
            recently_cured="accounts that returned to current within the last six months and have not been in arrears again",
        ),
        *_columns(
            "ratio", relapse_rate_6m="of accounts that returned to current six months ago, share that has been in arrears again since",
        ),
        *_columns("money", allowance="allowance for losses after the month's provision"),
        *_columns("ratio", allowance_ratio="allowance / gross_loans", coverage_ratio="allowance / (90-119 + 120+)"),
        *_columns(
            "money",
            interest_income="interest and plan fees accrued, less reversals, plus cash on non-accrual accounts",
            fee_income="upfront fees earned + late fees charged - late fees reversed",
            funding_cost="interest on opening debt + undrawn fee",
            operating_cost="fixed + per account + per application + reminders + collections",
            provisions="change of allowance + gross_charge_offs - recoveries",
            tax="0 in this version",
            net_income="interest_income + fee_income - funding_cost - operating_cost - provisions - tax",
            equity="assets - liabilities",
            total_assets="cash + loans + interest and fees receivable - allowance - unearned fees",
        ),
        *_columns("ratio", capital_ratio="equity / total_assets"),
        *_columns(
            "money",
            cash="unrestricted cash, never negative",
            debt="drawn debt, principal",
            undrawn_committed="commitment - drawn while the line revolves; not liquidity",
            borrowing_base="floor((advance rate - haircut) x eligible principal)",
            available_funding="min(commitment, borrowing_base) - drawn while drawable; liquidity",
            liquidity="cash - minimum cash + available_funding",
        ),
        *_columns(
            "ratio",
            trigger_reading="mean of three months' 30+ share of the pool before the month's new loans: what the delinquency trigger reads",
        ),
        *_columns("count", survival_months="months that cash and committed funding last, at most 24, lending on"),
        *_columns("flag", survival_censored="true where the horizon of 24 months was reached"),
        *_columns("count", survival_months_runoff="the same without new loans"),
        *_columns("label", rating="notch in force during the month"),
        *_columns("ratio", funding_spread="annual spread over the policy rate on drawn debt"),
        *_columns("ratio", collections_utilisation="contact attempts planned / capacity"),
        *_columns(
            "count",
            collections_backlog="accounts selected that capacity did not reach",
            reminders="reminders sent before the due day",
            contacts="contact attempts to accounts in arrears",
            contacts_reached="borrowers reached",
            complaints="complaints about harsh contacts",
        ),
        *_columns("ratio", mean_trust="mean trust of customers with an open account, 0 to 1"),
        *_columns("count", churned="customers in good standing who left for good"),
        *_columns("label", lender_state="going_concern, illiquid, insolvent or illiquid_and_insolvent"),
        *_columns(
            "money",
            principal_collected="principal received",
            interest_collected="interest received",
            fees_collected="late fees received",
            debt_drawn="drawn from the facility",
            debt_repaid="repaid to the facility",
            capital_paid_in="paid in by shareholders, less distributions to them",
            unpaid_obligations="cost and interest that could not be paid, carried as a liability",
            forborne_loans="principal under a plan; 0 until plans exist",
        ),
)

NAMES: tuple[str, ...] = tuple(c.name for c in MONTHLY)
MONEY: frozenset[str] = frozenset(c.name for c in MONTHLY if c.unit == "money")
COUNTS: frozenset[str] = frozenset(c.name for c in MONTHLY if c.unit == "count")


def markdown_table() -> str:
    """The column table of docs/outputs.md."""
    rows = ["| column | unit | meaning |", "|---|---|---|"]
    rows += [f"| {c.name} | {c.unit} | {c.meaning} |" for c in MONTHLY]
    return "\n".join(rows) + "\n"
