"""The numbers a month runs with, as one flat record of float32 values that compiled loops take as an argument."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.config.profile_schema import Profile
from sim.config.schema import Mechanisms, Policy
from sim.numerics.functions64 import log64, normal_quantile64, power64


class Month(NamedTuple):
    """Run-time arguments of the borrower phases for one month; all float32, shares as fractions."""

    separation: np.float32
    finding: np.float32
    hours_entry: np.float32
    hours_exit: np.float32
    hours_depth: np.float32
    sigma_transitory: np.float32
    sigma_permanent: np.float32
    growth: np.float32  # factor of permanent income
    inflation: np.float32  # monthly
    adjustment: np.float32
    replacement_rate: np.float32
    replacement_months: np.float32
    exhausted_rate: np.float32
    income_support: np.float32
    reemployment_loss: np.float32
    discretionary_share: np.float32
    impulsive_extra: np.float32
    compression: np.float32
    shock_probability: np.float32
    shock_size: np.float32
    rebuild_speed: np.float32
    spend_down: np.float32
    other_interest: np.float32  # monthly
    other_payment: np.float32
    other_ease: np.float32
    forgetting: np.float32
    forgetting_catch_up: np.float32
    mean_inattention: np.float32
    reminder_relief: np.float32
    forgetting_in_arrears: np.float32
    willing_gain: np.float32
    trust_mean: np.float32
    trust_effect: np.float32
    access_push: np.float32
    arrears_effect: np.float32
    willingness_noise: np.float32
    reached_attention: np.float32
    pressure: np.float32
    harsh_pressure: np.float32
    plan_effect: np.float32
    contact_decay: np.float32
    contact_satiation: np.float32
    contact_gain: np.float32
    early_reach: np.float32
    harsh_early: np.float32
    harsh_middle: np.float32
    harsh_late: np.float32
    partial_payment: np.float32
    prepayment: np.float32
    prepayment_buffer: np.float32
    churn: np.float32
    churn_trust_effect: np.float32
    trust_reversion: np.float32
    trust_harsh: np.float32
    trust_public_blow: np.float32
    demand_loan: np.float32
    demand_plan: np.float32
    demand_need: np.float32
    demand_impulse: np.float32
    demand_trust: np.float32
    activation: np.float32
    grace_days: np.float32
    major: np.float32  # major units per minor unit
    minor: np.float32  # minor units per major unit


class Servicing(NamedTuple):
    """Run-time arguments of the lender's servicing of accounts; integers in minor units."""

    tolerance: float  # share of an instalment that may stay unpaid without ageing
    late_fee: int
    late_fee_cap: float  # annual
    charge_off_bucket: int
    direct_charge_off: float
    exclusion: int  # months, 32767 for ever
    claim_worked: float  # chance that a claim is worked and reached this month
    recovery_lag: int
    recovery_months: int
    recovery_monthly: float
    recovery_share: float
    minor: float  # minor units per major unit


def monthly(annual: float) -> float:
    """Monthly rate that compounds to an annual one."""
    return float(power64(1.0 + annual, 1.0 / 12.0)) - 1.0


def lasting_willingness_mean(profile: Profile) -> float:
    """Mean of the lasting willingness such that the stated share of borrowers would not pay at neutral trust."""
    r = profile.repayment
    spread = math.sqrt(r.willingness_spread**2 + r.willingness_noise**2)
    return -float(normal_quantile64(min(max(r.unwilling, 1e-9), 1 - 1e-9))) * spread


def build_month(
    profile: Profile,
    policy: Policy,
    mechanisms: Mechanisms,
    *,
    separation: float,
    finding: float,
    unemployment: float,
    unemployment_opening: float,
    real_income_growth: float,
    inflation: float,
    income_support: float,
    outside_credit: float,
    lender_rumour: float,
    early_reach: float,
    access: float,
    published_arrears: float,
) -> Month:
    """Parameters of one month from the files, the month's conditions and last month's public state.

    access: prospect of new credit, 1 while the lender lends; published_arrears: 90+ ratio above its opening level.
    """
    i, lab, sp, sv = profile.income, profile.labour, profile.spending, profile.savings
    o, r, c, t, d = profile.other_debts, profile.repayment, profile.contact, profile.trust, profile.demand
    col, m = policy.collections, mechanisms
    stress = max(0.0, unemployment / unemployment_opening - 1.0) if unemployment_opening > 0 else 0.0
    compensation = lab.separation_rate * lab.reemployment_loss
    public_blow = t.rumour * lender_rumour + t.published_arrears * max(0.0, published_arrears)
    scale = 10**profile.currency.minor_units
    values = {
        "separation": separation,
        "finding": finding,
        "hours_entry": min(1.0, i.hours_cut_entry * (1.0 + i.hours_cut_cyclicality * stress)),
        "hours_exit": i.hours_cut_exit,
        "hours_depth": i.hours_cut_depth,
        "sigma_transitory": i.transitory,
        "sigma_permanent": i.permanent,
        # re-employment losses cost the average borrower this much a month; careers regain it in calm times
        "growth": (1.0 + monthly(real_income_growth)) * (1.0 + monthly(inflation)) * (1.0 + compensation),
        "inflation": monthly(inflation),
        "adjustment": sp.adjustment,
        "replacement_rate": lab.replacement_rate,
        "replacement_months": lab.replacement_months,
        "exhausted_rate": lab.exhausted_rate,
        "income_support": income_support,
        "reemployment_loss": lab.reemployment_loss,
        "discretionary_share": sp.discretionary_share,
        "impulsive_extra": sp.impulsive_extra,
        "compression": sp.compression,
        "shock_probability": sp.shock_probability,
        "shock_size": sp.shock_size,
        "rebuild_speed": sv.rebuild_speed,
        "spend_down": sv.spend_down,
        "other_interest": o.interest / 12.0,
        "other_payment": o.payment_share,
        "other_ease": o.rollover * outside_credit * m.outside_credit,
        "forgetting": r.forgetting * m.inattention,
        "forgetting_catch_up": r.forgetting_catch_up,
        "mean_inattention": max(1e-3, 1.0 - profile.traits.attentiveness),
        "reminder_relief": col.reminder_coverage * c.reminder_effect * min(1.0, m.collections),
        "forgetting_in_arrears": r.forgetting_in_arrears,
        "willing_gain": m.willingness,
        "trust_mean": t.mean,
        "trust_effect": r.trust_effect,
        "access_push": r.access_effect * (access - 1.0) * m.access,
        "arrears_effect": r.arrears_effect,
        "willingness_noise": r.willingness_noise,
        "reached_attention": c.reached_attention,
        "pressure": c.pressure,
        "harsh_pressure": c.harsh_pressure,
        "plan_effect": c.plan_effect,
        "contact_decay": c.arrears_decay,
        "contact_satiation": c.saturation,
        "contact_gain": m.collections,
        "early_reach": early_reach,
        "harsh_early": col.early.harshness,
        "harsh_middle": col.middle.harshness,
        "harsh_late": col.late.harshness,
        "partial_payment": r.partial_payment,
        "prepayment": r.prepayment,
        "prepayment_buffer": r.prepayment_buffer,
        "churn": d.churn * m.churn,
        "churn_trust_effect": d.churn_trust_effect,
        "trust_reversion": t.reversion,
        "trust_harsh": t.harsh_contact * m.trust,
        "trust_public_blow": public_blow * m.trust,
        "demand_loan": d.cash_loan if policy.products.cash_loan.offered else 0.0,
        "demand_plan": d.instalment_plan if policy.products.instalment_plan.offered else 0.0,
        "demand_need": d.need_effect,
        "demand_impulse": d.impulse_effect,
        "demand_trust": d.trust_effect,
        "activation": d.activation,
        "grace_days": policy.servicing.grace_days,
        "major": 1.0 / scale,
        "minor": float(scale),
    }
    return Month(**{name: np.float32(value) for name, value in values.items()})


def logit64(p: float) -> float:
    """Log-odds of a probability strictly between 0 and 1."""
    return float(log64(p / (1.0 - p)))
