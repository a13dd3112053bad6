"""The metrics of the core, each declared once, in the order of the columns of `monthly`.

Formulas are functions of the month's record `r`; `r.past` ends with the month itself. Money is in minor units.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.accounts.arrears import RELAPSE_WINDOW
from sim.accounts.columns import CANNOT_PAY, FORGOT, FRAUD, WILL_NOT_PAY
from sim.funding.flows import BUCKETS
from sim.measures.registry import Cell, Metric, ratio
from sim.state import MonthRecord, Past, back


def net_charge_off_rate(past: Past, months: int) -> float | None:
    """Annual rate: 12 / months x the months' net charge-offs over the mean of their average balances; None without months or loans."""
    n = min(months, len(past.charged), len(past.gross) - 1)
    if n <= 0:
        return None
    # the average of a month is half the sum of its opening and closing balance: added up in integers, hence exactly
    balances = sum(past.gross[-k] + past.gross[-k - 1] for k in range(1, n + 1))
    return ratio(12 / n * sum(past.charged[-n:]), balances / 2 / n)


def npl_ratio_lagged(r: MonthRecord) -> float | None:
    """Principal 90 days and more past due over the book of six months ago; None before there is one."""
    return ratio(r.principal_90_plus, r.past.gross[-7]) if len(r.past.gross) >= 7 else None


def collection_rate_30d(r: MonthRecord) -> float | None:
    """Of last month's amounts unpaid at the due day, the share paid within 30 days."""
    unpaid = back(r.past.unpaid_at_due, 1)
    return ratio(unpaid - r.counts.old_unpaid, unpaid)


def payment_rate(r: MonthRecord) -> float | None:
    """Cash received on open accounts over last month's book."""
    received = r.close["principal_collected"] + r.close["interest_collected"] + r.close["fees_collected"]
    return ratio(received, back(r.past.gross, 1))


def recently_cured(r: MonthRecord) -> int:
    """Cures of the window less those that have relapsed since."""
    return sum(r.past.cures[-RELAPSE_WINDOW:]) - sum(r.past.relapsed[-RELAPSE_WINDOW:])


def of_the_close(name: str) -> Callable[[MonthRecord], Cell]:
    """The formula of what the books state themselves."""

    def value(r: MonthRecord) -> Cell:
        cell: Cell = r.close[name]
        return cell

    return value


def of_the_bucket(bucket: int) -> Callable[[MonthRecord], int]:
    """The formula of a bucket's principal."""
    return lambda r: r.flows.bucket_principal[bucket]


def _missed(name: str, meaning: str, cause: int) -> Metric:
    return Metric(name, "count", meaning, lambda r: r.counts.missed[cause], _CAUSES, "sum")


def _bucket(bucket: int, meaning: str) -> Metric:
    return Metric(f"balance_{BUCKETS[bucket]}", "money", meaning, of_the_bucket(bucket), _BOOK, "last")


_TIME, _LENDING, _BOOK, _ARREARS = "Month and economy", "Applications and lending", "The book", "Arrears"
_LOSSES, _CAUSES, _CURES = "Charge-offs and recoveries", "Causes of missed payments", "Cures and relapses"
_ALLOWANCE, _RESULT, _FUNDING = "Allowance", "Result and capital", "Funding and liquidity"
_CONTACT, _STANDING, _CASH = "Collections and contacts", "Trust and the lender's state", "Cash flows and repayment plans"

CORE: tuple[Metric, ...] = (
    Metric("month", "label", "calendar month, YYYY-MM", lambda r: r.label, _TIME),
    Metric("month_index", "count", "1 for the first simulated month", lambda r: r.month, _TIME),
    Metric("seed", "count", "seed of the run", lambda r: r.seed, _TIME),
    Metric(
        "unemployment_rate", "ratio", "unemployment that the scenario prescribes", lambda r: r.conditions["unemployment_rate"], _TIME,
        "mean",
    ),
    Metric("applications", "count", "applications received, all products", lambda r: r.received, _LENDING, "sum"),
    Metric(
        "approvals", "count", "applications approved: policy and budget passed, the offer taken or not",
        lambda r: r.granted + r.declined, _LENDING, "sum",
    ),
    Metric("cut_off", "count", "lowest score approved this month, points", lambda r: r.cut_off, _LENDING, "mean"),
    Metric("approval_rate", "ratio", "approvals / applications", lambda r: ratio(r.granted + r.declined, r.received), _LENDING, "mean"),
    Metric("rejected_policy", "count", "refused by risk policy", lambda r: r.received - r.passed, _LENDING, "sum"),
    Metric(
        "rejected_budget", "count", "passed by policy, refused for lack of funding", lambda r: r.passed - r.declined - r.granted,
        _LENDING, "sum",
    ),
    Metric("declined_offers", "count", "approved, and the offer not taken", lambda r: r.declined, _LENDING, "sum"),
    Metric("take_up_rate", "ratio", "offers taken / approvals", lambda r: ratio(r.granted, r.granted + r.declined), _LENDING, "mean"),
    Metric(
        "originations", "money", "face principal of loans disbursed, before a netted fee", of_the_close("originations"), _LENDING, "sum",
        "median",
    ),
    Metric("disbursed", "money", "cash paid out = originations - upfront fees netted", of_the_close("disbursed"), _LENDING, "sum"),
    Metric("active_accounts", "count", "open accounts at month-end", lambda r: r.flows.active_accounts, _BOOK, "last"),
    Metric("gross_loans", "money", "principal of open accounts", lambda r: r.gross_loans, _BOOK, "last", "median"),
    _bucket(0, "principal of accounts with 0 days past due"),
    _bucket(1, "principal, 1 to 29 days past due"),
    _bucket(2, "principal, 30 to 59 days past due"),
    _bucket(3, "principal, 60 to 89 days past due"),
    _bucket(4, "principal, 90 to 119 days past due"),
    _bucket(5, "principal, 120 days and more past due, not charged off"),
    Metric(
        "delinquency_30_plus", "ratio", "(30-59 + 60-89 + 90-119 + 120+) / gross_loans",
        lambda r: ratio(r.principal_30_plus, r.gross_loans), _ARREARS, "last", "mean",
    ),
    Metric(
        "day1_delinquency", "ratio", "of accounts not in arrears: amount unpaid at the end of the due day / amount due (入催率)",
        lambda r: ratio(r.counts.unpaid_at_due, r.counts.due), _ARREARS, "mean",
    ),
    Metric(
        "collection_rate_30d", "ratio", "of last month's amounts unpaid at the due day, share paid within 30 days (30天回款率)",
        collection_rate_30d, _ARREARS, "mean",
    ),
    Metric(
        "payment_rate", "ratio", "cash received on open accounts / last month's gross_loans", payment_rate, _ARREARS, "mean",
    ),
    Metric(
        "first_payment_default", "ratio",
        "loans whose first instalment fell due last month and is still unpaid / all such loans (首逾)",
        lambda r: ratio(r.counts.first_unpaid, back(r.past.originated_accounts, 2)), _ARREARS, "mean",
    ),
    Metric(
        "npl_ratio", "ratio", "(90-119 + 120+) / gross_loans; compare only lenders with the same charge-off age",
        lambda r: ratio(r.principal_90_plus, r.gross_loans), _ARREARS, "last",
    ),
    Metric("npl_ratio_lagged", "ratio", "(90-119 + 120+) / gross_loans six months ago", npl_ratio_lagged, _ARREARS, "last"),
    Metric("gross_charge_offs", "money", "principal charged off", lambda r: r.flows.gross_charge_offs, _LOSSES, "sum", "mean"),
    Metric(
        "direct_charge_offs", "money", "of which before the age limit (bankruptcy, death)", lambda r: r.flows.direct_charge_offs, _LOSSES,
        "sum",
    ),
    Metric(
        "recoveries", "money", "cash received on charged-off accounts, before collection cost", lambda r: r.flows.recoveries, _LOSSES,
        "sum", "mean",
    ),
    Metric(
        "net_charge_off_rate", "ratio",
        "12 x (gross_charge_offs - recoveries) / mean of opening and closing gross_loans; one month, noisy",
        lambda r: net_charge_off_rate(r.past, 1), _LOSSES, "mean",
    ),
    Metric(
        "net_charge_off_rate_3m", "ratio", "4 x three months' net charge-offs / mean of the three average balances; the headline",
        lambda r: net_charge_off_rate(r.past, 3), _LOSSES, "last",
    ),
    Metric(
        "missed_total", "count", "accounts with an instalment due that is unpaid at month-end",
        lambda r: sum(r.counts.missed[cause] for cause in (FRAUD, CANNOT_PAY, WILL_NOT_PAY, FORGOT)), _CAUSES, "sum",
    ),
    _missed("missed_fraud", "of which never meant to pay", FRAUD),
    _missed("missed_cannot_pay", "of which money at hand below the amount due", CANNOT_PAY),
    _missed("missed_will_not_pay", "of which able but unwilling", WILL_NOT_PAY),
    _missed("missed_forgot", "of which able and willing but unaware on due day and at catch-up", FORGOT),
    Metric("cures", "count", "accounts in arrears a month ago that are current now", lambda r: r.counts.cures, _CURES, "sum"),
    Metric(
        "relapses", "count",
        "accounts current a month ago and in arrears now that had returned to current within the six months before",
        lambda r: sum(r.counts.relapses), _CURES, "sum",
    ),
    Metric(
        "recently_cured", "count",
        "accounts that returned to current within the last six months and have not been in arrears again",
        recently_cured, _CURES, "last",
    ),
    Metric(
        "relapse_rate_6m", "ratio",
        "of accounts that returned to current six months ago, share that has been in arrears again since",
        lambda r: ratio(back(r.past.relapsed, RELAPSE_WINDOW), back(r.past.cures, RELAPSE_WINDOW)), _CURES, "mean",
    ),
    Metric("allowance", "money", "allowance for losses after the month's provision", of_the_close("allowance"), _ALLOWANCE, "last"),
    Metric(
        "allowance_ratio", "ratio", "allowance / gross_loans", lambda r: ratio(r.close["allowance"], r.gross_loans), _ALLOWANCE, "last",
    ),
    Metric(
        "coverage_ratio", "ratio", "allowance / (90-119 + 120+)", lambda r: ratio(r.close["allowance"], r.principal_90_plus), _ALLOWANCE,
        "last",
    ),
    Metric(
        "interest_income", "money", "interest and flat fees accrued, less reversals, plus cash on non-accrual accounts",
        of_the_close("interest_income"), _RESULT, "sum",
    ),
    Metric(
        "fee_income", "money", "upfront fees earned + late fees charged - late fees reversed", of_the_close("fee_income"), _RESULT, "sum",
    ),
    Metric("funding_cost", "money", "interest on opening debt + undrawn fee", of_the_close("funding_cost"), _RESULT, "sum"),
    Metric(
        "operating_cost", "money", "fixed + per account + per application + reminders + collections", of_the_close("operating_cost"),
        _RESULT, "sum", "median",
    ),
    Metric(
        "provisions", "money", "change of allowance + gross_charge_offs - recoveries", of_the_close("provisions"), _RESULT, "sum",
    ),
    Metric("tax", "money", "0 in this version", of_the_close("tax"), _RESULT, "sum"),
    Metric(
        "net_income", "money", "interest_income + fee_income - funding_cost - operating_cost - provisions - tax",
        of_the_close("net_income"), _RESULT, "sum", "mean",
    ),
    Metric("equity", "money", "assets - liabilities", of_the_close("equity"), _RESULT, "last", "mean"),
    Metric(
        "total_assets", "money", "cash + loans + interest and fees receivable - allowance - unearned fees", of_the_close("total_assets"),
        _RESULT, "last",
    ),
    Metric("capital_ratio", "ratio", "equity / total_assets", of_the_close("capital_ratio"), _RESULT, "last", "median"),
    Metric("cash", "money", "unrestricted cash, never negative", of_the_close("cash"), _FUNDING, "last", "median"),
    Metric("debt", "money", "drawn debt, principal", of_the_close("debt"), _FUNDING, "last"),
    Metric(
        "undrawn_committed", "money", "commitment - drawn while the line revolves; not liquidity", of_the_close("undrawn_committed"),
        _FUNDING, "last",
    ),
    Metric(
        "borrowing_base", "money", "floor((advance rate - haircut) x eligible principal)", of_the_close("borrowing_base"), _FUNDING, "last",
    ),
    Metric(
        "available_funding", "money", "min(commitment, borrowing_base) - drawn while drawable; liquidity",
        of_the_close("available_funding"), _FUNDING, "last",
    ),
    Metric("liquidity", "money", "cash - minimum cash + available_funding", of_the_close("liquidity"), _FUNDING, "last", "median"),
    Metric(
        "trigger_reading", "ratio",
        "mean of three months' 30+ share of the pool before the month's new loans: what the delinquency trigger reads",
        of_the_close("trigger_reading"), _FUNDING, "last",
    ),
    Metric(
        "survival_months", "count", "months that cash and committed funding last, at most 24, lending on", lambda r: r.survival[0],
        _FUNDING, "lowest",
    ),
    Metric("survival_censored", "flag", "true where the horizon of 24 months was reached", lambda r: r.survival[1], _FUNDING, "any"),
    Metric("survival_months_runoff", "count", "the same without new loans", lambda r: r.survival_runoff[0], _FUNDING, "lowest"),
    Metric("rating", "label", "notch in force during the month", lambda r: r.rating, _FUNDING),
    Metric("funding_spread", "ratio", "annual spread over the policy rate on drawn debt", lambda r: r.spread, _FUNDING, "mean"),
    Metric(
        "collections_utilisation", "ratio", "contact attempts planned / capacity", lambda r: ratio(r.contacts.used, r.contacts.available),
        _CONTACT, "mean",
    ),
    Metric(
        "collections_backlog", "count", "accounts selected that capacity did not reach", lambda r: r.contacts.backlog, _CONTACT, "sum",
    ),
    Metric("reminders", "count", "reminders sent before the due day", lambda r: r.reminders, _CONTACT, "sum"),
    Metric("contacts", "count", "contact attempts to accounts in arrears", lambda r: r.contacts.attempts, _CONTACT, "sum"),
    Metric("contacts_reached", "count", "borrowers reached", lambda r: r.contacts.reached, _CONTACT, "sum"),
    Metric("complaints", "count", "complaints about harsh contacts", lambda r: r.contacts.complaints, _CONTACT, "sum", "mean"),
    Metric(
        "lender_state", "label", "going_concern, illiquid, insolvent or illiquid_and_insolvent", of_the_close("lender_state"), _STANDING,
    ),
    Metric("principal_collected", "money", "principal received", of_the_close("principal_collected"), _CASH, "sum"),
    Metric("interest_collected", "money", "interest received", of_the_close("interest_collected"), _CASH, "sum"),
    Metric("fees_collected", "money", "late fees received", of_the_close("fees_collected"), _CASH, "sum"),
    Metric("debt_drawn", "money", "drawn from the facility", of_the_close("debt_drawn"), _CASH, "sum"),
    Metric("debt_repaid", "money", "repaid to the facility", of_the_close("debt_repaid"), _CASH, "sum"),
    Metric(
        "capital_paid_in", "money", "paid in by shareholders, less dividends", of_the_close("capital_paid_in"), _CASH, "sum",
    ),
    Metric("dividends", "money", "paid out to shareholders", of_the_close("dividends"), _CASH, "sum", "mean"),
    Metric(
        "unpaid_obligations", "money", "cost and interest that could not be paid, carried as a liability",
        of_the_close("unpaid_obligations"), _CASH, "last",
    ),
    Metric(
        "forborne_loans", "money", "principal of accounts under a hardship plan or payment holiday at month-end",
        lambda r: r.relief.principal, _CASH, "last",
    ),
)
