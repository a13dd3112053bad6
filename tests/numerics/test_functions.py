"""Our functions against libm within the error that their docstrings state."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.numerics.compile import kernel
from sim.numerics.functions32 import exp32, log32, logistic32, normal32
from sim.numerics.functions64 import exp64, log64, normal_quantile64, power64


@kernel
def _apply(x):
    e, lg, ls = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    for i in range(x.shape[0]):
        e[i] = exp32(x[i])
        lg[i] = log32(abs(x[i]) + np.float32(1e-6))
        ls[i] = logistic32(x[i])
    return e, lg, ls


@kernel
def _normal(u):
    z = np.empty_like(u)
    for i in range(u.shape[0]):
        z[i] = normal32(u[i])
    return z


def test_float32_functions():
    x = np.linspace(-60, 60, 50_001, dtype=np.float32)
    e, lg, ls = _apply(x)
    exact = x.astype(float)
    assert np.max(np.abs(e / np.exp(exact) - 1)) < 3e-7
    reference = np.log((np.abs(x) + np.float32(1e-6)).astype(float))
    assert np.max(np.abs(lg - reference) / np.maximum(1, np.abs(reference))) < 2e-7
    assert np.max(np.abs(ls - 1 / (1 + np.exp(-exact)))) < 2e-7
    assert e.dtype == lg.dtype == ls.dtype == np.float32


def test_normal32_within_five_deviations():
    u = np.linspace(3e-7, 1 - 3e-7, 100_001, dtype=np.float32)
    assert np.max(np.abs(_normal(u) - norm.ppf(u.astype(float)))) < 3e-5


@given(st.floats(-600, 600))
def test_exp64(x):
    assert exp64(x) == pytest.approx(math.exp(x), rel=1e-15 * 8)


@given(st.floats(1e-300, 1e300))
def test_log64(x):
    assert log64(x) == pytest.approx(math.log(x), rel=1e-15, abs=1e-15)


@given(st.floats(0.5, 2.0), st.floats(-20, 20))
def test_power64(base, exponent):
    assert power64(base, exponent) == pytest.approx(base**exponent, rel=1e-13)


@given(st.floats(1e-9, 1 - 1e-9))
def test_normal_quantile64(p):
    assert normal_quantile64(p) == pytest.approx(norm.ppf(p), rel=2e-9, abs=2e-9)


def test_log_of_what_is_not_positive_is_nan():
    assert math.isnan(log64(0.0))
    assert math.isnan(log64(-1.0))
