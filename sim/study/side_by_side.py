"""One simulated series beside a published one and beside what simple models would have said, all fitted on the same quarters.

constant: mean of the quarters fitted on. last_value: the value published a quarter earlier (a random walk; it knows what no forecast
from the economy alone knows). held: the last value fitted on, for all later quarters. regression: what banks use, least squares on
the level of unemployment, its change over four quarters, and the same change two quarters earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim.study import statistics
from sim.study.statistics import NAN, Floats, bridged, matched, r_squared, regress, turning_points
from sim.study.windows import BEFORE, CHANGE, LAG

Scale = Literal["fitted", "none"]
Mask = npt.NDArray[np.bool_]
MODELS = {
    "simulated": "simulated", "constant": "constant", "last_value": "last quarter's value", "held": "last fitted value, held",
    "regression": "regression on unemployment",
}
NEAR = 4  # quarters within which a simulated turning point answers a published one


@dataclass(frozen=True)
class Economy:
    """Unemployment by quarter (a fraction), and its changes, over the quarters of a back-test."""

    level: Floats
    change: Floats
    lagged_change: Floats

    @classmethod
    def of(cls, unemployment: Floats) -> Economy:
        """unemployment: of `BEFORE` quarters before the first one and of all that follow."""
        change = unemployment[CHANGE:] - unemployment[:-CHANGE]
        return cls(unemployment[BEFORE:], change[LAG:], change[:-LAG])

    def at(self, mask: Mask) -> list[Floats]:
        """The banks' regressors in some of the quarters."""
        return [self.level[mask], self.change[mask], self.lagged_change[mask]]


@dataclass(frozen=True)
class Pair:
    """A series as published and as simulated, quarter by quarter, and everything that is said of the two.

    published: NaN where nothing was; before: the last value published before the first quarter (NaN for none). simulated: one row a
    seed, unscaled, NaN where a seed's lender had failed. in_fit: quarters of the window fitted on; shown: those that are no
    trap. factor: what the simulated series is multiplied by.
    """

    name: str
    metric: str
    published: Floats
    before: float
    simulated: Floats
    economy: Economy
    shown: Mask
    in_fit: Mask
    scale: Scale

    @property
    def counted(self) -> Mask:
        """Quarters with a published and a simulated value that are not left out."""
        return self.shown & ~np.isnan(self.published) & ~np.isnan(self.mean)

    @property
    def fitted(self) -> Mask:
        return self.counted & self.in_fit

    @property
    def judged(self) -> Mask:
        """Quarters after those fitted on; all that were fitted on where none come after."""
        return self.counted & ~self.in_fit if (~self.in_fit).any() else self.fitted

    @property
    def mean(self) -> Floats:
        """Mean over the seeds whose lender lives, unscaled."""
        known = ~np.isnan(self.simulated)
        total = np.where(known, self.simulated, 0.0).sum(axis=0)
        return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), NAN))

    @property
    def factor(self) -> float:
        return 1.0 if self.scale == "none" else statistics.scale_factor(self.mean[self.fitted], self.published[self.fitted])

    def bounds(self) -> tuple[Floats, Floats]:
        """The band that a further seed would lie in nine times in ten, scaled, from the seeds whose lender lives; NaN from one."""
        return statistics.band(self.factor * self.simulated)

    def predictions(self) -> dict[str, Floats]:
        """What each model says, quarter by quarter."""
        fitted, y = self.fitted, self.published
        say = {"simulated": self.factor * self.mean, "constant": np.full(y.size, y[fitted].mean()), "last_value": self._last_values()}
        if (~self.in_fit).any():
            say["held"] = np.where(self.in_fit, NAN, y[fitted][-1])
        model = regress(y[fitted], self.economy.at(fitted))
        say["regression"] = model.predict(self.economy.at(np.ones(y.size, dtype=bool)))
        return say

    def _last_values(self) -> Floats:
        """The value of the latest earlier quarter that was published and is no trap."""
        found, last = np.empty(self.published.size), self.before
        for k, value in enumerate(self.published):
            found[k] = last
            if self.shown[k] and value == value:
                last = value
        return found

    # ------------------------------------------------------------------------------------ tables

    def scores(self) -> Iterator[dict[str, Any]]:
        """One row per window and model."""
        say = self.predictions()
        windows = {"fitted": self.fitted, "judged": self.judged} if (~self.in_fit).any() else {"fitted": self.fitted}
        for window, mask in windows.items():
            benchmark = statistics.rmse(say["regression"][mask], self.published[mask])
            for model, values in say.items():
                known = mask & ~np.isnan(values)
                if not known.any():
                    continue  # a value held has no place in the quarters that it was taken from
                error = statistics.rmse(values[known], self.published[known])
                yield {
                    "series": self.name, "window": window, "model": model, "quarters": int(known.sum()), "rmse": error,
                    "bias": statistics.bias(values[known], self.published[known]),
                    "correlation": statistics.correlation(values[known], self.published[known]),
                    "rmse_over_regression": error / benchmark if benchmark > 0 else NAN,
                }

    def cycle(self, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
        """How the published and the scaled simulated series follow unemployment, over all quarters that count."""
        mask = self.counted
        u, change, lagged = self.economy.at(mask)
        for source, values in (("published", self.published), ("simulated", self.factor * self.mean)):
            y = values[mask]
            both = regress(y, [u, lagged])
            peak = int(np.flatnonzero(mask)[int(y.argmax())])
            yield {
                "series": self.name, "source": source, "quarters": int(mask.sum()), "mean": float(y.mean()), "sd": float(y.std()),
                "per_point_of_level": float(both.coefficients[1]), "level_error": float(both.errors[1]),
                "per_point_of_lagged_change": float(both.coefficients[2]), "lagged_change_error": float(both.errors[2]),
                "r2_level": r_squared(y, u), "r2_change": r_squared(y, change), "r2_lagged_change": r_squared(y, lagged),
                "r2_both": both.r_squared, "peak": float(y.max()), "peak_quarter": labels[peak],
            }

    def turns(self, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Turning points of the published series with the simulated ones that answer them, gaps and traps bridged."""
        known = np.flatnonzero(self.counted)
        span = slice(int(known[0]), int(known[-1]) + 1)
        actual, simulated = (
            turning_points(bridged(np.where(self.counted, values, NAN)[span])) for values in (self.published, self.mean)
        )
        for a, s in matched(actual, simulated, NEAR):
            turn = a or s
            assert turn is not None
            yield {
                "series": self.name, "kind": "peak" if turn.peak else "trough",
                "published": labels[span.start + a.at] if a else None, "simulated": labels[span.start + s.at] if s else None,
                "quarters_late": float(s.at - a.at) if a and s else NAN,
            }

    def overview(self) -> dict[str, Any]:
        """What stands once a series: the factor and the share of published values inside the band."""
        low, high = self.bounds()

        def inside(mask: Mask) -> float:
            known = mask & ~np.isnan(low)
            y = self.published[known]
            return float(np.mean((low[known] <= y) & (y <= high[known]))) if known.any() else NAN

        return {
            "series": self.name, "metric": self.metric, "factor": self.factor, "quarters_fitted": int(self.fitted.sum()),
            "quarters_judged": int(self.judged.sum()), "coverage_fitted": inside(self.fitted), "coverage_judged": inside(self.judged),
        }

    def rows(self, labels: Sequence[str], left_out: Mapping[int, str]) -> Iterator[dict[str, Any]]:
        """One row a quarter: the published value, what each model says, and the band."""
        say, (low, high) = self.predictions(), self.bounds()
        fitted, judged = self.fitted, self.judged
        for k, label in enumerate(labels):
            yield {
                "series": self.name, "quarter": label, "unemployment_rate": self.economy.level[k], "published": self.published[k],
                **{model: float(say[model][k]) if model in say else NAN for model in MODELS}, "low": low[k], "high": high[k],
                "fitted": bool(fitted[k]), "judged": bool(judged[k]), "left_out": left_out.get(k, ""),
            }
