"""From a path of unemployment to the month's flows between work and unemployment."""

from __future__ import annotations

from sim.numerics.functions64 import exp64, log64


def separation_on_path(u_target: float, u_opening: float, separation_rate: float, elasticity: float) -> float:
    """Monthly separation hazard when unemployment is at u_target.

    logit(s) = logit(separation_rate) + elasticity * (logit(u_target) - logit(u_opening)).
    Source of the form and of the elasticity (about one quarter of the swings of unemployment come through
    separations): R. Shimer, "Reassessing the Ins and Outs of Unemployment", RED 15 (2012).
    """
    if separation_rate <= 0.0 or separation_rate >= 1.0:  # no odds to move: nobody, or everybody, loses the job
        return separation_rate
    log_odds_ratio = log64(u_target / (1.0 - u_target)) - log64(u_opening / (1.0 - u_opening))
    odds = separation_rate / (1.0 - separation_rate) * exp64(elasticity * log_odds_ratio)
    return float(odds / (1.0 + odds))


def labour_flows(
    u_target: float,
    u_simulated_last: float,
    u_opening: float,
    separation_rate: float,
    elasticity: float,
    finding_floor: float,
) -> tuple[float, float]:
    """Monthly hazards (s, f) of losing and of finding a job that lead to u_target.

    u_target, u_opening: the path's unemployment of this month and of the opening, strictly between 0 and 1;
    u_simulated_last: last month's rate among the simulated borrowers, so that chance does not pile up;
    separation_rate, elasticity: see separation_on_path; finding_floor: lowest job-finding hazard.

    The stocks obey u' = u + s (1 - u) - f u. Separations follow the path and finding is what is left,
    f = (u + s (1 - u) - u') / u. Below its floor finding stops falling and separations take the rest,
    s = (u' - u + f u) / (1 - u); above 1 it stops rising, likewise. The identity then holds to rounding unless the
    target lies above 1 - finding_floor * u, where every employed borrower has already lost the job (s = 1).
    """
    u, target = u_simulated_last, u_target
    s = separation_on_path(target, u_opening, separation_rate, elasticity)
    # with nobody unemployed there is nobody to find a job: separations carry the whole rise
    f = (u + s * (1.0 - u) - target) / u if u > 0.0 else finding_floor
    if u <= 0.0 or f < finding_floor or f > 1.0:
        f = min(max(f, finding_floor), 1.0)
        if u < 1.0:
            s = (target - u + f * u) / (1.0 - u)
    return min(max(s, 0.0), 1.0), min(max(f, 0.0), 1.0)
