# %% [markdown]
# # Why do people miss a payment?
# One model, two ideas: money and attention. Run the cells in order, or the whole file with `python follow_one_borrower.py`.
#
# **Notice** that most missed payments in calm times come from people without money at hand, and a good part from people who
# forgot; the second kind comes back the month after. **Try** another borrower, another policy, a higher reminder coverage.

# %%
import sys

import numpy as np

import sim
from sim.study.trace import trace_borrower

SIZE = 2_000 if "--fast" in sys.argv else 20_000
model = sim.LendingModel("severe_recession", set=[f"borrowers.count={SIZE}", "months=24"])

# %% [markdown]
# ## The class average: causes of missed payments, month by month

# %%
while model.month < model.months:
    model.step()
    row = model.rows[-1]
    causes = {cause: row[f"missed_{cause}"] for cause in ("cannot_pay", "will_not_pay", "forgot", "fraud")}
    print(row["month"], f"unemployment {row['unemployment_rate']:.1%}", causes)

# %% [markdown]
# ## One borrower in arrears
# A view on a row: `model.borrowers[17].cash` is the very number that the compiled loops work on.

# %%
late = model.borrowers.select(np.asarray(model.borrowers.cash_loan_missed) > 0)
print(f"{len(late)} borrowers are behind with their cash loan; their median savings are {late.agg('cash', np.median):,.0f},")
print(f"against {model.borrowers.agg('cash', np.median):,.0f} among all. Jobless among them: {1 - late.agg('employed', np.mean):.0%}.")
able = late.select(np.asarray(late.employed) == 1)
someone = next(iter(able if len(able) else late))
row = someone.borrower_id
print(f"Borrower {row}: {'employed' if someone.employed else 'without a job'}, {someone.cash_loan_missed} instalment(s) behind.")

# %% [markdown]
# ## The same borrower, month by month
# The whole model runs again: the draws are addressed by borrower and month, so it is the same life to the last cent.

# %%
SETTINGS = [f"borrowers.count={SIZE}", "months=24"]
for title, more in (("As it was", []), ("Without any reminder", ["policy.collections.reminder_coverage=0%"])):
    story = trace_borrower("severe_recession", None, row, [*SETTINGS, *more])
    print(title)
    for month in story.months[-9:]:
        loan = month["accounts"].get("cash loan", {})
        missed = f", missed: {loan['cause']}" if loan.get("cause") else ""
        print(f"  {month['month']}: income {month['income']:,.0f}, savings {month['cash']:,.0f}{missed} {loan.get('news', '')}".rstrip())

# %% [markdown]
# ## Questions
# 1. Which cause grows when unemployment rises, and which does not? *(cannot pay; not forgetting)*
# 2. Who is in arrears: people with low income or people with low savings? *(compare medians of `income` and `cash`)*
# 3. Did a reminder matter for this borrower? For whom would it? *(change `row`; look for months missed because he forgot)*
#
# The full table of any borrower: `lendsim trace severe_recession --borrower NUMBER --set months=24`.
