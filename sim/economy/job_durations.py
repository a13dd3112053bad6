"""How long somebody has been in a job, or without one, bears on losing it and on finding one.

New jobs end most easily: H. Farber, "Mobility and stability: the dynamics of job change in labor markets", Handbook of Labor
Economics 3B (1999). Employers call back the long unemployed less often: K. Kroft, F. Lange, M. Notowidigdo, "Duration
dependence and labor market conditions", QJE 128 (2013).
"""

from __future__ import annotations

from typing import Any

from numpy import float32 as f

from sim.numerics.compile import rule


@rule
def losing_risk(job_risk: Any, spell: Any, extra: Any, months: Any) -> Any:
    """Separation hazard relative to the average: the job's own, more while it is new; (1 + t / months)**-2 of the extra is left."""
    settled = f(1) / (f(1) + spell / months)
    return job_risk * (f(1) + extra * (settled * settled))


@rule
def relative_finding(spell: Any, least: Any, months: Any) -> Any:
    """Finding hazard relative to the first month of search: it falls towards the least by (1 + t / months)**-2."""
    fresh = f(1) / (f(1) + spell / months)
    return least + (f(1) - least) * (fresh * fresh)
