"""From a path of unemployment to the month's flows between work and unemployment."""

from __future__ import annotations

from sim.numerics.functions64 import exp64, log64


def separation_on_path(
    u_target: float, u_opening: float, u_year_ago: float, separation_rate: float, level: float, change: float
) -> float:
    """Monthly separation hazard when unemployment is at u_target and was at u_year_ago twelve months before.

    logit(s) = logit(separation_rate) + level * (logit(u_target) - logit(u_opening)) + change * (ln u_target - ln u_year_ago).
    Jobs go while unemployment rises and not because it is high: in the United States 1985-2006 the log hazard has the slope
    -.01 on the log rate and +.31 on its twelve-month change (own least squares on CPS flows made after R. Shimer, "Reassessing
    the Ins and Outs of Unemployment", RED 15, 2012, who attributes about a quarter of unemployment's swings to separations).
    """
    if separation_rate <= 0.0 or separation_rate >= 1.0:  # no odds to move: nobody, or everybody, loses the job
        return separation_rate
    moved = level * (log64(u_target / (1.0 - u_target)) - log64(u_opening / (1.0 - u_opening)))
    if change != 0.0:
        moved += change * log64(u_target / u_year_ago)
    odds = separation_rate / (1.0 - separation_rate) * exp64(moved)
    return float(odds / (1.0 + odds))


def labour_flows(u_target: float, u_simulated_last: float, separation: float, finding_floor: float) -> tuple[float, float]:
    """Monthly hazards (s, f) of losing and of finding a job that lead to u_target.

    u_target: the path's unemployment of this month, strictly between 0 and 1; u_simulated_last: last month's rate among
    the simulated borrowers, so that chance does not pile up; separation: the hazard that the path asks for
    (separation_on_path); finding_floor: lowest job-finding hazard.

    The stocks obey u' = u + s (1 - u) - f u. Separations follow the path and finding is what is left,
    f = (u + s (1 - u) - u') / u. Below its floor finding stops falling and separations take the rest,
    s = (u' - u + f u) / (1 - u); above 1 it stops rising, likewise. The identity then holds to rounding unless the
    target lies above 1 - finding_floor * u, where every employed borrower has already lost the job (s = 1).
    """
    u, target, s = u_simulated_last, u_target, separation
    # with nobody unemployed there is nobody to find a job: separations carry the whole rise
    f = (u + s * (1.0 - u) - target) / u if u > 0.0 else finding_floor
    if u <= 0.0 or f < finding_floor or f > 1.0:
        f = min(max(f, finding_floor), 1.0)
        if u < 1.0:
            s = (target - u + f * u) / (1.0 - u)
    return min(max(s, 0.0), 1.0), min(max(f, 0.0), 1.0)
