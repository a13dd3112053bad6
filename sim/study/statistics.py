"""Statistics of one time series beside another: errors, scale, regressions, turning points, bands over seeds.

All functions take arrays of equal length without gaps unless they say otherwise. Sources: Newey and West, Econometrica 55 (1987)
703–708; Harding and Pagan, Journal of Monetary Economics 49 (2002) 365–381.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NAN = float("nan")

BAND = 0.90  # share of further seeds that a band is to hold
LAGS = 4  # quarters over which the errors of a regression may hang together
REACH, SHORTEST_PHASE, SHORTEST_CYCLE = 2, 2, 5  # quarters, as Harding and Pagan have them
LEAST_MOVE = 0.5  # standard deviations of the series that a phase must move it by to count


def rmse(predicted: Floats, actual: Floats) -> float:
    """Root of the mean squared error, in the unit of the series."""
    return math.sqrt(float(np.mean((predicted - actual) ** 2))) if actual.size else NAN


def bias(predicted: Floats, actual: Floats) -> float:
    """Mean of predicted less actual."""
    return float(np.mean(predicted - actual)) if actual.size else NAN


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's correlation; NaN where either does not vary."""
    if a.size < 2 or not _varies(a) or not _varies(b):
        return NAN
    return float(np.corrcoef(a, b)[0, 1])


def scale_factor(simulated: Floats, actual: Floats) -> float:
    """The factor k that makes the squared error of k·simulated against actual smallest; NaN where nothing was simulated."""
    square = float(np.dot(simulated, simulated))
    return float(np.dot(simulated, actual)) / square if square > 0 else NAN


@dataclass(frozen=True)
class Regression:
    """A least-squares fit with an intercept.

    coefficients: the intercept, then one a regressor. errors: their standard errors (Newey and West, `LAGS` lags, n / (n - k) for
    small samples). r_squared: share of variance explained, NaN where y does not vary.
    """

    coefficients: Floats
    errors: Floats
    r_squared: float

    def predict(self, regressors: Sequence[Floats]) -> Floats:
        """Fitted values for regressors in the order of the fit; NaN where one of them is."""
        return np.asarray(self.coefficients[0] + sum(b * x for b, x in zip(self.coefficients[1:], regressors, strict=True)))


def regress(y: Floats, regressors: Sequence[Floats], lags: int = LAGS) -> Regression:
    """Ordinary least squares of y on an intercept and the regressors. ValueError with no more observations than coefficients."""
    x = np.column_stack([np.ones_like(y), *regressors])
    n, k = x.shape
    if n <= k:
        raise ValueError(f"{n} observations do not determine {k} coefficients")
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    residuals = y - x @ coefficients
    scores = x * residuals[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(lags, n - 1) + 1):
        shifted = scores[lag:].T @ scores[:-lag]
        middle += (1.0 - lag / (lags + 1.0)) * (shifted + shifted.T)
    inverse = np.linalg.pinv(x.T @ x)
    covariance = inverse @ middle @ inverse * n / (n - k)
    total = float(np.sum((y - y.mean()) ** 2))
    explained = 1.0 - float(np.sum(residuals**2)) / total if _varies(y) else NAN
    return Regression(np.asarray(coefficients), np.sqrt(np.maximum(np.diag(covariance), 0.0)), explained)


def r_squared(y: Floats, *regressors: Floats) -> float:
    """Share of y's variance that the regressors explain together."""
    return regress(y, regressors).r_squared


def band(values: Floats, share: float = BAND) -> tuple[Floats, Floats]:
    """Lower and upper bound, column by column, within which a further row would lie with probability `share`.

    values: one row a seed, NaN where it has none. Student's t prediction interval, mean ± t·s·√(1 + 1/n): unlike quantiles it holds
    what it says with few seeds too. NaN where fewer than two have a value.
    """
    from scipy import stats

    low, high = np.full(values.shape[1], NAN), np.full(values.shape[1], NAN)
    for k, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if known.size > 1:
            spread = math.sqrt(1.0 + 1.0 / known.size) * known.std(ddof=1)
            half = float(stats.t.ppf(0.5 + share / 2, known.size - 1)) * spread
            low[k], high[k] = known.mean() - half, known.mean() + half
    return low, high


def bridged(values: Floats) -> Floats:
    """The same with gaps inside filled by straight lines; gaps at the ends take the nearest value. All NaN stays so."""
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(values.size), known, values[known]) if known.size else values


@dataclass(frozen=True)
class Turn:
    """A turning point: where in the series, and whether it is a peak."""

    at: int
    peak: bool


def turning_points(values: Floats) -> list[Turn]:
    """Peaks and troughs in turn, after Harding and Pagan: above, or below, the two quarters on either side.

    A phase (peak to trough or back) lasts two quarters at least, a cycle five, and a phase moves the series by half a
    standard deviation at least, which their rule leaves out and a series with the noise of a finite population needs.
    """
    turns: list[Turn] = []
    for t in range(REACH, values.size - REACH):
        others = np.concatenate([values[t - REACH : t], values[t + 1 : t + 1 + REACH]])
        if values[t] > others.max() or values[t] < others.min():
            turns.append(Turn(t, bool(values[t] > others.max())))
    turns = _alternating(turns, values)
    least = LEAST_MOVE * float(values.std()) if values.size else 0.0

    def move(k: int) -> float:
        return abs(float(values[turns[k].at] - values[turns[k + 1].at]))

    while len(turns) > 1:
        wrong = {k for k in range(len(turns) - 1) if move(k) < least or turns[k + 1].at - turns[k].at < SHORTEST_PHASE}
        for k in range(len(turns) - 2):
            if turns[k + 2].at - turns[k].at < SHORTEST_CYCLE:
                wrong.add(min((k, k + 1), key=move))
        if not wrong:
            break
        k = min(wrong, key=move)  # smallest first: what stands around it is then more extreme of either kind
        gone = {k} if k == 0 else {k + 1} if k == len(turns) - 2 else {k, k + 1}
        turns = _alternating([turn for j, turn in enumerate(turns) if j not in gone], values)
    return turns


def _alternating(turns: Sequence[Turn], values: Floats) -> list[Turn]:
    """Of turning points of one kind in a row, the most extreme."""
    kept: list[Turn] = []
    for turn in turns:
        if kept and kept[-1].peak == turn.peak:
            before = values[kept[-1].at]
            if values[turn.at] > before if turn.peak else values[turn.at] < before:
                kept[-1] = turn
        else:
            kept.append(turn)
    return kept


def matched(actual: Sequence[Turn], simulated: Sequence[Turn], within: int) -> list[tuple[Turn | None, Turn | None]]:
    """Pairs of turning points of one kind, the nearest first, at most `within` quarters apart; then those of either side left alone."""
    pairs = sorted(
        ((abs(a.at - s.at), i, j) for i, a in enumerate(actual) for j, s in enumerate(simulated)
         if a.peak == s.peak and abs(a.at - s.at) <= within),
    )
    partner: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in partner and j not in partner.values():
            partner[i] = j
    found: list[tuple[Turn | None, Turn | None]] = [
        (a, simulated[partner[i]] if i in partner else None) for i, a in enumerate(actual)
    ]
    found += [(None, s) for j, s in enumerate(simulated) if j not in partner.values()]
    return sorted(found, key=lambda pair: (pair[0] or pair[1]).at)  # type: ignore[union-attr]


def _varies(values: Floats) -> bool:
    return values.size > 1 and float(np.ptp(values)) > 1e-12 * float(np.abs(values).max())
