"""Places in the month's tally: an int64 vector that every block of accounts adds to."""

from __future__ import annotations

ACCRUED = 0
COLLECTED_INTEREST = 1  # on accruing accounts
CASH_BASIS = 2  # interest received on non-accrual accounts
COLLECTED_PRINCIPAL = 3
COLLECTED_FEES = 4
FEE_EARNED = 5
FEES_CHARGED = 6
FEES_REVERSED = 7
INTEREST_REVERSED = 8
GROSS = 9
DIRECT = 10
RECOVERED = 11
HOUSEHOLD_DEBIT = 12  # what households paid on open accounts, summed on the borrowers' side
DUE = 13  # instalments of accounts not in arrears
UNPAID_AT_DUE = 14
OLD_UNPAID = 15
FIRST_UNPAID = 16
PRINCIPAL = 17
ACTIVE = 18
CLOSED_CURRENT = 19
MISSED = 20  # + cause 0..4
BAND_PRINCIPAL = 26  # + bucket 1..5 (0 is the rest)
BAND_COUNT = 32
UNEMPLOYED = 40
TRUST_SUM = 41
TRUST_COUNT = 42
LEFT_MARKET = 43  # borrowers who have left for good, so far
DUE_KEPT = 44  # of DUE, paid by the month's end
CLAIMS = 45  # charged-off claims still open before this month's recoveries
APPLICANTS = 46
SCRATCH = 47  # keeps loads alive whose only purpose is to fetch memory
CURES = 48  # accounts in arrears a month ago that are current now
RELAPSES = 48  # + 1..6 months since the cure: current a month ago, in arrears again
SIZE = 55

RELAPSE_WINDOW = 6  # months after a cure within which new arrears are a relapse

V_ORIGINATED, V_ACCOUNTS, V_EVER_30, V_EVER_90, V_CHARGED_OFF, V_RECOVERED = range(6)
VINTAGE_MEASURES = 6
STATES = 10  # transition states: buckets 0..7, charged off, repaid
