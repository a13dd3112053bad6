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
late = model.borrowers.select(np.asarray(model.borrowers.loan_missed) > 0)
print(f"{len(late)} borrowers are behind with their cash loan; their median savings are {late.agg('cash', np.median):,.0f},")
print(f"against {model.borrowers.agg('cash', np.median):,.0f} among all. Jobless among them: {1 - late.agg('employed', np.mean):.0%}.")
someone = next(iter(late))
print(someone, "employed" if someone.employed else "without a job", f"- {someone.loan_missed} instalments behind")

# %% [markdown]
# ## Questions
# 1. Which cause grows when unemployment rises, and which does not? *(cannot pay; forgetting stays)*
# 2. Who is in arrears: people with low income or people with low savings? *(compare medians of `income` and `cash`)*
# 3. What would a reminder have changed for the borrower above?
#    *(`lendsim trace` with and without `policy.collections.reminder_coverage=0%`)*
