"""float64 functions for macro paths, prices and sampling tables, from + - * / alone.

libm differs between machines and CPU levels; these do not. Error: exp64, log64 below 4 units in the
last place on the ranges that the model uses; power64 below 1e-13 relative for |exponent * log(base)| < 20.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numerics.compile import kernel

_LN2_HI = 6.93147180369123816490e-01  # fdlibm's split of ln 2: the high part has 33 bits
_LN2_LO = 1.90821492927058770002e-10
_INV_LN2 = 1.44269504088896338700


@kernel
def exp64(x: float) -> float:
    """e**x for |x| <= 700 (clamped beyond): range reduction by ln 2, then the Taylor series to the 17th power."""
    if x > 700.0:
        x = 700.0
    if x < -700.0:
        x = -700.0
    k = np.floor(x * _INV_LN2 + 0.5)
    r = (x - k * _LN2_HI) - k * _LN2_LO
    p = 1.0
    for n in range(17, 0, -1):
        p = 1.0 + r * p / n
    scale = 1.0
    n = int(k)
    step = 2.0 if n >= 0 else 0.5
    for _ in range(abs(n)):
        scale *= step
    return p * scale


@kernel
def log64(x: float) -> float:
    """Natural logarithm of a positive normal number; NaN for x <= 0.

    x = m * 2**e with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh((m-1)/(m+1)) as a series in odd powers.
    """
    if not x > 0.0:
        return np.nan
    e = 0
    m = x
    while m >= 1.4142135623730951:
        m *= 0.5
        e += 1
    while m < 0.7071067811865476:
        m *= 2.0
        e -= 1
    t = (m - 1.0) / (m + 1.0)
    t2 = t * t
    s = 0.0
    for n in range(25, 0, -2):
        s = s * t2 + 1.0 / n
    return e * _LN2_HI + (2.0 * t * s + e * _LN2_LO)


@kernel
def power64(base: float, exponent: float) -> float:
    """base**exponent for a positive base, as exp(exponent * log(base))."""
    return exp64(exponent * log64(base))


@kernel
def normal_quantile64(p: float) -> Any:
    """Inverse standard normal distribution function for 0 < p < 1 (Acklam's rational approximation).

    Relative error below 1.2e-9. Source: P. J. Acklam, "An algorithm for computing the inverse normal
    cumulative distribution function" (2003).
    """
    a0, a1, a2 = -3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02
    a3, a4, a5 = 1.383577518672690e02, -3.066479806614716e01, 2.506628277459239e00
    b0, b1, b2 = -5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02
    b3, b4 = 6.680131188771972e01, -1.328068155288572e01
    c0, c1, c2 = -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00
    c3, c4, c5 = -2.549732539343734e00, 4.374664141464968e00, 2.938163982698783e00
    d0, d1, d2, d3 = 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00
    low = 0.02425
    tail = p if p < 0.5 else 1.0 - p
    if tail < low:
        q = np.sqrt(-2.0 * log64(tail))
        z = (((((c0 * q + c1) * q + c2) * q + c3) * q + c4) * q + c5) / ((((d0 * q + d1) * q + d2) * q + d3) * q + 1.0)
        return z if p < 0.5 else -z
    q = p - 0.5
    r = q * q
    numerator = (((((a0 * r + a1) * r + a2) * r + a3) * r + a4) * r + a5) * q
    return numerator / (((((b0 * r + b1) * r + b2) * r + b3) * r + b4) * r + 1.0)


def monthly_rate(annual: float) -> float:
    """Monthly rate that compounds to an annual one."""
    return float(power64(1.0 + annual, 1.0 / 12.0)) - 1.0


def logit64(p: float) -> float:
    """Log-odds of a probability strictly between 0 and 1."""
    return float(log64(p / (1.0 - p)))
