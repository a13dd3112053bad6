"""95 % intervals for what seeds say, each made for its kind of figure.

Means of flows and stocks: Student's t, from thirty seeds on the bootstrap (BCa). Shares of seeds, such as failures: Wilson's
score interval for each side and Newcombe's for their paired difference. Medians, for figures that pile up in two places
such as cash: order statistics, interpolated. Figures made of all seeds together: the jackknife. Where nothing varies there is no
interval, and the method says so. The bootstrap resamples finished results with a generator seeded by their number alone: it
decides nothing that is simulated, and the same seeds give the same interval.

Sources: Wilson 1927; Newcombe, Statistics in Medicine 17 (1998) 2635–2650, method 10; Hettmansperger and Sheather, Statistics
and Probability Letters 4 (1986) 75–79; Efron, JASA 82 (1987) 171–185; Clopper and Pearson, Biometrika 26 (1934) 404–413.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engine.metric import OverSeeds

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
BOOTSTRAP_FROM = 30  # seeds; with fewer the bootstrap's own intervals are too short
RATIO_FROM = 10  # seeds; a ratio of two variances from fewer says next to nothing
_DRAWS = 4_000  # resamples of results that are there; nobody lives by them, and the number of seeds fixes them
ONE_SEED, NO_SEED_DIFFERS, TOO_FEW, ALIKE = "one seed", "no seed differs", "too few seeds", "most seeds alike"
TOO_FEW_CASES = "too few cases"  # in a seed, for its figure to mean anything
NAN = float("nan")


class Interval(NamedTuple):
    """An estimate with its 95 % interval and how that was made; NaN bounds where there is none, and `method` says why."""

    estimate: float
    low: float
    high: float
    method: str


def difference(a: Floats, b: Floats, kind: OverSeeds) -> Interval:
    """b minus a over paired seeds: the mean of differences, of shares (values 0 and 1), or their median."""
    if kind == "share":
        return share_difference(a, b)
    d = b - a
    estimate = float(np.median(d) if kind == "median" else d.mean())
    if d.size < 2:
        return Interval(estimate, NAN, NAN, ONE_SEED)
    if np.ptp(d) <= 1e-12 * max(float(np.abs(a).max()), float(np.abs(b).max())):  # equal but for rounding
        return Interval(estimate, NAN, NAN, NO_SEED_DIFFERS)
    return median(d) if kind == "median" else mean(d)


def level(x: Floats, kind: OverSeeds) -> float:
    """What one side comes to over the seeds."""
    return float(np.median(x) if kind == "median" else x.mean())


def mean(x: Floats) -> Interval:
    """Mean of at least two values that are not all alike."""
    from scipy import stats

    n, centre = x.size, float(x.mean())
    if n >= BOOTSTRAP_FROM:
        found = stats.bootstrap(
            (x,), np.mean, n_resamples=_DRAWS, confidence_level=CONFIDENCE, method="BCa", rng=np.random.default_rng(n)
        ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            return Interval(centre, float(found.low), float(found.high), "bootstrap")
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * x.std(ddof=1) / math.sqrt(n))
    return Interval(centre, centre - half, centre + half, "t")


def jackknife(whole: float, left_out: Floats) -> Interval:
    """A figure made of all seeds together, with Student's t about the figures that leave out one seed each.

    Source: Tukey 1958; Miller, Biometrika 61 (1974) 1–15.
    """
    from scipy import stats

    n = left_out.size
    if math.isnan(whole):
        return Interval(whole, NAN, NAN, TOO_FEW_CASES)
    if n < 2:
        return Interval(whole, NAN, NAN, ONE_SEED)
    if np.isnan(left_out).any():
        return Interval(whole, NAN, NAN, TOO_FEW)
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * math.sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())))
    if half <= 1e-12 * abs(whole):
        return Interval(whole, NAN, NAN, NO_SEED_DIFFERS)
    return Interval(whole, whole - half, whole + half, "jackknife")


def median(x: Floats) -> Interval:
    """Median with the interval between order statistics, interpolated so that its confidence is 95 %; from six values on."""
    from scipy import stats

    ordered, n = np.sort(x), x.size
    centre = float(np.median(x))
    # the k-th smallest and k-th largest value enclose the median with this confidence
    sure = [1.0 - 2.0 * float(stats.binom.cdf(k - 1, n, 0.5)) for k in range(1, n // 2 + 1)]
    if not sure or sure[0] < CONFIDENCE:
        return Interval(centre, NAN, NAN, TOO_FEW)
    k = max(i + 1 for i, gamma in enumerate(sure) if gamma >= CONFIDENCE)
    if k >= len(sure):
        return _between(centre, float(ordered[k - 1]), float(ordered[n - k]))
    inner = (sure[k - 1] - CONFIDENCE) / (sure[k - 1] - sure[k])
    weight = (n - k) * inner / (k + (n - 2 * k) * inner)
    low = (1 - weight) * ordered[k - 1] + weight * ordered[k]
    high = (1 - weight) * ordered[n - k] + weight * ordered[n - k - 1]
    return _between(centre, float(low), float(high))


def _between(centre: float, low: float, high: float) -> Interval:
    """An interval of no width claims no certainty: the middle of the seeds lies in one heap."""
    return Interval(centre, NAN, NAN, ALIKE) if low == high else Interval(centre, low, high, "order statistics")


def share(x: Floats) -> Interval:
    """Share of seeds in which something happened: Wilson's interval; where it never or always did, Clopper and Pearson's one bound."""
    from scipy import stats

    n, k = x.size, round(float(x.sum()))
    if k in (0, n):
        bound = 1.0 - (1.0 - CONFIDENCE) ** (1.0 / n)
        return Interval(k / n, 0.0, bound, "at most") if k == 0 else Interval(1.0, 1.0 - bound, 1.0, "at least")
    found = stats.binomtest(k, n).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(k / n, float(found.low), float(found.high), "Wilson")


def share_difference(a: Floats, b: Floats) -> Interval:
    """Difference of two shares over paired seeds by Newcombe's method 10, which knows how far the pairs agree."""
    from scipy import stats

    n = a.size
    both, first, second = (round(float(x.sum())) for x in (a * b, a * (1 - b), (1 - a) * b))
    neither = n - both - first - second
    sides = []
    for k in (both + first, both + second):
        found = stats.binomtest(k, n).proportion_ci(CONFIDENCE, method="wilson")
        sides.append((k / n, k / n - float(found.low), float(found.high) - k / n))
    (p1, down1, up1), (p2, down2, up2) = sides
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    agreement = float(both * neither - first * second)
    if agreement > 0:
        agreement = max(0.0, agreement - n / 2)
    phi = agreement / math.sqrt(product) if product else 0.0
    estimate: float = p2 - p1
    low: float = estimate - math.sqrt(max(0.0, down2**2 - 2 * phi * down2 * up1 + up1**2))
    high = estimate + math.sqrt(max(0.0, up2**2 - 2 * phi * up2 * down1 + down1**2))
    return Interval(estimate, max(-1.0, low), min(1.0, high), "Newcombe")


def variance_reduction(a: Floats, b: Floats) -> Interval:
    """Variance of an unpaired difference over that of the paired one, with a bootstrap interval over pairs.

    NaN where the pair never differs; without an interval from fewer than ten seeds.
    """
    if a.size < 2:
        return Interval(NAN, NAN, NAN, ONE_SEED)

    def of(x: Floats, y: Floats) -> Floats:
        paired = (y - x).var(axis=-1, ddof=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = x.var(axis=-1, ddof=1) + y.var(axis=-1, ddof=1)
            return np.asarray(np.where(paired > 1e-18 * apart, apart / paired, NAN))  # below: the rounding of equal differences

    found = float(of(a, b))
    if math.isnan(found):
        return Interval(NAN, NAN, NAN, NO_SEED_DIFFERS)
    if a.size < RATIO_FROM:
        return Interval(found, NAN, NAN, TOO_FEW)
    rows = np.random.default_rng(a.size).integers(0, a.size, (_DRAWS, a.size))
    low, high = np.nanquantile(of(a[rows], b[rows]), [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    if high - low <= 1e-9 * abs(found):
        return Interval(found, NAN, NAN, ALIKE)
    return Interval(found, float(low), float(high), "bootstrap")
