"""float32 functions for the rules: polynomials instead of libm, so that loops become vector code.

Stated error, tested: exp32 relative 3e-7 on [-80, 80]; log32 absolute 2e-7 relative to max(1, |log x|);
logistic32 absolute 2e-7; normal32 absolute 2e-5 within |z| < 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import float32, int32, uint32

from sim.numerics.compile import rule

f = float32
ZERO, ONE = np.float32(0), np.float32(1)


@rule
def exp32(x: Any) -> Any:
    """e**x, x clamped to [-80, 80]: 2**k times a polynomial of degree 6 on [-ln2/2, ln2/2]."""
    x = min(max(x, f(-80.0)), f(80.0))
    k = np.floor(x * f(1.44269504) + f(0.5))
    r = (x - k * f(0.693359375)) - k * f(-2.12194440e-4)
    p = f(1.9875691500e-4)
    p = p * r + f(1.3981999507e-3)
    p = p * r + f(8.3334519073e-3)
    p = p * r + f(4.1665795894e-2)
    p = p * r + f(1.6666665459e-1)
    p = p * r + f(5.0000001201e-1)
    p = p * r * r + r + f(1.0)
    return p * np.int32(int32(int32(k) + int32(127)) << int32(23)).view(np.float32)


@rule
def log32(x: Any) -> Any:
    """Natural logarithm of a positive normal float32 (Cephes polynomial on [sqrt(1/2), sqrt(2)))."""
    bits = np.float32(x).view(np.int32)
    e = int32(int32(bits - int32(0x3F3504F3)) >> int32(23))
    m = np.int32(bits - int32(e << int32(23))).view(np.float32) - f(1.0)
    p = f(7.0376836292e-2)
    p = p * m + f(-1.1514610310e-1)
    p = p * m + f(1.1676998740e-1)
    p = p * m + f(-1.2420140846e-1)
    p = p * m + f(1.4249322787e-1)
    p = p * m + f(-1.6668057665e-1)
    p = p * m + f(2.0000714765e-1)
    p = p * m + f(-2.4999993993e-1)
    p = p * m + f(3.3333331174e-1)
    return m + m * m * (m * p - f(0.5)) + f(e) * f(0.69314718)


@rule
def logistic32(x: Any) -> Any:
    """1 / (1 + e**-x)."""
    return f(1.0) / (f(1.0) + exp32(-x))


@rule
def unit32(word: Any) -> Any:
    """A uniform in (0, 1) with 23 bits from a 32-bit word: ((word >> 9) + 0.5) * 2**-23; 0 and 1 never occur."""
    return f(int32(word >> uint32(9))) * f(1.1920928955078125e-07) + f(5.9604644775390625e-08)


@rule
def normal32(u: Any) -> Any:
    """Standard normal quantile of u in (0, 1). Source: M. Giles, "Approximating the erfinv function" (2010)."""
    x = f(2.0) * u - f(1.0)
    w = -log32(f(4.0) * u * (f(1.0) - u))  # 1 - x*x without its cancellation in the tails
    a = w - f(2.5)
    p = f(2.81022636e-08)
    p = f(3.43273939e-07) + p * a
    p = f(-3.5233877e-06) + p * a
    p = f(-4.39150654e-06) + p * a
    p = f(0.00021858087) + p * a
    p = f(-0.00125372503) + p * a
    p = f(-0.00417768164) + p * a
    p = f(0.246640727) + p * a
    p = f(1.50140941) + p * a
    b = math.sqrt(max(w, f(0.0))) - f(3.0)
    q = f(-0.000200214257)
    q = f(0.000100950558) + q * b
    q = f(0.00134934322) + q * b
    q = f(-0.00367342844) + q * b
    q = f(0.00573950773) + q * b
    q = f(-0.0076224613) + q * b
    q = f(0.00943887047) + q * b
    q = f(1.00167406) + q * b
    q = f(2.83297682) + q * b
    return f(1.41421356) * x * (p if w < f(5.0) else q)


@rule
def clamp32(x: Any, low: Any, high: Any) -> Any:
    """x limited to [low, high]."""
    return min(max(x, low), high)


@rule
def share_of(byte: Any) -> Any:
    """A trait kept as a byte, back in [0, 1]."""
    return f(byte) * f(0.00392156862745098)


@rule
def bell32(word: Any) -> Any:
    """A near-normal draw (mean 0, variance 1) from the four bytes of a word: their sum, standardised.

    Kurtosis 2.7 and |z| < 3.46: for small monthly fluctuations, where a tenth of normal32's cost matters.
    """
    total = int32(word & uint32(255)) + int32((word >> uint32(8)) & uint32(255))
    total = int32(total) + int32((word >> uint32(16)) & uint32(255)) + int32(word >> uint32(24))
    return (f(int32(total)) - f(510.0)) * f(0.006765841960906982)
