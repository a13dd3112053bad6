"""What the moments say of the fitted numbers at the optimum: slopes, errors, and which numbers they do not determine.

With A the slopes of the moments in tolerances (rows) for the whole way of each number through its bounds (columns), W = 1/tolerance²
the weights and Ω the covariance of target less simulated moment, the estimates have the covariance of simulated moments,
(A'A)⁻¹ A'ΩA (A'A)⁻¹ in these units (Gouriéroux, Monfort and Renault, Journal of Applied Econometrics 8 (1993) S85–S118; McFadden,
Econometrica 57 (1989) 995–1026). Ω is the tolerances' own variance plus the seeds' covariance over their number S: where the targets
come from as much data as a seed has, that is the factor 1 + 1/S of the textbooks.

A direction (singular vector of A) is determined where its error is less than that of a guess from the bounds alone, 1/√12 of their
width, and one moment at least moves with it surely: Student's t over the seeds, 5 % shared by the moments (Bonferroni). For the others
the bounds' own spread stands in the place of an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.study.intervals import CONFIDENCE, Floats

GUESS = 1.0 / math.sqrt(12.0)  # standard deviation of a number of which only the bounds are known, in widths of these
CHANCE = 0.05  # of calling a direction seen, in one moment or another, that moves none
CERTAIN = 10.0  # standard errors from which it is called seen however few the seeds: two would ask for fifty
NOTHING = 0.01  # tolerances: a number that moves every moment by less through its bounds moves none
MAINLY = 0.9  # share of a direction that is one number's
IN_PART = 0.2  # loading from which a number has a part in a direction
LOST = 0.5  # share of a number that lies in directions which are not determined: from there on it is not identified
ALIKE = 0.9  # correlation of two estimates that is told
EDGE = 0.01  # of the bounds: nearer to one, a number lies at it


@dataclass(frozen=True)
class Direction:
    """A combination of the numbers. slope: tolerances that it moves the moments by, through the bounds; error: in widths of these.

    moment: place of the one that it is seen best in, with the slope of that moment and its standard error over the seeds (NaN for one);
    seen: whether that is no chance.
    """

    slope: float
    error: float
    loadings: Floats
    moment: int
    moment_slope: float
    moment_error: float
    seen: bool

    @property
    def determined(self) -> bool:
        """Whether the moments say more of it than the bounds do."""
        return self.error < GUESS and self.seen


@dataclass(frozen=True)
class Identification:
    """slopes, slope_errors: moment by number, the errors NaN with one seed. errors: of the numbers, in widths of their bounds;
    errors_of_targets: what they were with endless seeds. identified: whether the moments determine them. directions: from the best
    determined to the least. omega: covariance of target less simulated moment, in tolerances.
    """

    slopes: Floats
    slope_errors: Floats
    directions: tuple[Direction, ...]
    errors: Floats
    errors_of_targets: Floats
    correlations: Floats
    identified: tuple[bool, ...]
    omega: Floats

    def left_over(self, misses: Floats) -> tuple[float, int]:
        """Misses that no parameter can mend, squared over their covariance, and how many there are: chi-squared for a true model.

        The form of Hansen's test that holds for any weights (Newey, Journal of Econometrics 29 (1985) 229–256).
        """
        sure = np.array([d.loadings for d in self.directions if d.determined]).reshape(-1, self.slopes.shape[1])
        moved = self.slopes @ sure.T
        rest = np.linalg.svd(moved, full_matrices=True)[0][:, moved.shape[1] :]
        part = rest.T @ misses
        return float(part @ np.linalg.solve(rest.T @ self.omega @ rest, part)), part.size

    def within(self, number: int, seeds: int) -> float:
        """Standard errors of a number to either side that hold 95 %: Student's t where the seeds have a part in the error.

        Degrees of freedom after Welch and Satterthwaite (Biometrics Bulletin 2 (1946) 110–114): the targets' part is taken as known.
        """
        from scipy import stats

        whole, ours = float(self.errors[number]) ** 2, float(self.errors[number]) ** 2 - float(self.errors_of_targets[number]) ** 2
        if seeds < 2 or ours <= 1e-12 * whole:
            return float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
        return float(stats.t.ppf(0.5 + CONFIDENCE / 2, (seeds - 1) * (whole / ours) ** 2))

    @property
    def condition(self) -> float:
        """Largest slope of a direction over the smallest; infinite where one moves nothing."""
        first, last = self.directions[0].slope, self.directions[-1].slope
        return first / last if last > 0 else math.inf


def identification(slopes: Floats, seeds_moments: Floats, tolerances: Floats) -> Identification:
    """Of slopes by seed (seed, moment, number) and the moments by seed at the optimum (seed, moment; in their own units)."""
    seeds = slopes.shape[0]
    mean = slopes.mean(axis=0)
    noise = slopes.std(axis=0, ddof=1) / math.sqrt(seeds) if seeds > 1 else np.full_like(mean, math.nan)
    u, sizes, vt = np.linalg.svd(mean, full_matrices=False)
    signs = np.array([1.0 if v[np.argmax(np.abs(v))] >= 0 else -1.0 for v in vt])
    u, vt = u * signs, vt * signs[:, None]  # a direction and its opposite are one: the largest part of it is a plus
    simulated = np.nan_to_num(seeds_moments / tolerances)
    spread = np.atleast_2d(np.cov(simulated, rowvar=False)) / seeds if seeds > 1 else np.zeros((len(tolerances),) * 2)
    both = np.eye(len(tolerances)) + spread
    in_u = u.T @ both @ u
    directions = tuple(
        Direction(float(s), math.sqrt(float(in_u[k, k])) / s if s > 0 else math.inf, v, *_seen(slopes @ v))
        for k, (s, v) in enumerate(zip(sizes, vt, strict=True))
    )
    weak = np.array([not d.determined for d in directions])
    covariance = _covariance(sizes, in_u, vt, weak)
    errors = np.sqrt(np.diag(covariance))
    lost = (vt[weak] ** 2).sum(axis=0)
    return Identification(
        mean, noise, directions, errors, np.sqrt(np.diag(_covariance(sizes, u.T @ u, vt, weak))),
        covariance / np.outer(errors, errors), tuple(bool(share <= LOST) for share in lost), both,
    )


def _seen(moved: Floats) -> tuple[int, float, float, bool]:
    """Of what a direction does to the moments by seed: the moment that it is seen best in, the mean, its error, whether surely so."""
    from scipy import stats

    seeds, moments = moved.shape
    mean = moved.mean(axis=0)
    if seeds == 1:
        best = int(np.argmax(np.abs(mean)))
        return best, float(mean[best]), math.nan, bool(mean[best])
    error = moved.std(axis=0, ddof=1) / math.sqrt(seeds)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num(np.abs(mean) / error, nan=0.0, posinf=math.inf)
    best = int(np.argmax(t))
    least = min(CERTAIN, float(stats.t.ppf(1.0 - CHANCE / 2 / moments, seeds - 1)))
    return best, float(mean[best]), float(error[best]), bool(t[best] > least)


def _covariance(sizes: Floats, middle: Floats, vt: Floats, weak: Floats) -> Floats:
    """Of the numbers, from that of the directions: the bounds' own spread for those that are not determined."""
    safe = np.where(weak, 1.0, sizes)
    inner = middle / np.outer(safe, safe)
    inner[weak, :] = inner[:, weak] = 0.0
    inner[weak, weak] = GUESS**2
    return np.asarray(vt.T @ inner @ vt)


def sentences(found: Identification, paths: Sequence[str], moments: Sequence[str], shares: Sequence[float]) -> list[str]:
    """What a reader should know of the estimates, a sentence each; shares: where they lie within their bounds."""
    said = [*_not_determined(found, paths, moments), *_alike(found, paths)]
    moving = [bool(np.abs(found.slopes[:, p]).max() >= NOTHING) for p in range(len(paths))]
    for path, share, moves in zip(paths, shares, moving, strict=True):
        if moves and min(share, 1 - share) < EDGE:
            side, way = ("lowest", "less") if share < 0.5 else ("highest", "more")
            said.append(
                f"{path} lies at the {side} value of its bounds: the moments ask for {way} than these allow, and its error does not "
                "hold there."
            )
    if all(direction.determined for direction in found.directions):
        least = found.directions[-1]
        all_of = "The parameter is" if len(paths) == 1 else f"All {len(paths)} parameters are"
        said.insert(0, (
            f"{all_of} identified: the direction that the moments see least, {combination(least, paths)}, moves them by "
            f"{least.slope:.3g} tolerances through the bounds; condition number {found.condition:.3g}."
        ))
    return said


def _not_determined(found: Identification, paths: Sequence[str], moments: Sequence[str]) -> Iterator[str]:
    """A sentence for each direction that the moments do not determine."""
    dead = [p for p in range(len(paths)) if np.abs(found.slopes[:, p]).max() < NOTHING]
    for p in dead:
        yield f"{paths[p]} is not identified: it moves none of the moments, and stays where it was."
    for direction in found.directions:
        alone = int(np.argmax(np.abs(direction.loadings)))
        if direction.determined or (alone in dead and direction.loadings[alone] ** 2 > MAINLY):
            continue
        told = f"through its bounds it moves the moments by {direction.slope:.2g} tolerances"
        if not direction.seen:
            told += (
                f", which may be the luck of the seeds (seen best in {moments[direction.moment]}: {direction.moment_slope:+.2g} ± "
                f"{direction.moment_error:.2g}); more seeds or borrowers would tell"
            )
        if direction.loadings[alone] ** 2 > MAINLY:
            yield f"{paths[alone]} is not identified: {told}."
        else:
            yield (
                f"Not identified together: {combination(direction, paths)}; {told}. Another moment that tells them apart, or a value set "
                "for one of them, is needed."
            )


def combination(direction: Direction, paths: Sequence[str]) -> str:
    """A direction in words: the numbers that have a part in it, with their loadings, the largest first."""
    order = [int(p) for p in np.argsort(-np.abs(direction.loadings), kind="stable") if abs(direction.loadings[p]) >= IN_PART]
    if len(order) == 1:
        return paths[order[0]]
    return " and ".join(f"{float(direction.loadings[p]):+.2f} {paths[p]}" for p in order)


def _alike(found: Identification, paths: Sequence[str]) -> Iterator[str]:
    """A sentence for each pair of numbers that are determined and whose estimates go closely together."""
    for a in range(len(paths)):
        for b in range(a):
            correlation = float(found.correlations[a, b])
            if found.identified[a] and found.identified[b] and abs(correlation) >= ALIKE:
                together = "rise together" if correlation > 0 else "rise as the other falls"
                yield f"{paths[b]} and {paths[a]} are told apart only weakly: their estimates {together}, correlation {correlation:+.2f}."


def chance(found: Identification, misses: Floats) -> float:
    """How often misses that no parameter can mend come out as large by chance; NaN where no moment is left over."""
    from scipy import stats

    statistic, free = found.left_over(misses)
    return float(stats.chi2.sf(statistic, free)) if free else math.nan


def in_all(found: Identification, misses: Floats) -> str:
    """The sentence of the misses in all, with the test of the moments that are left over."""
    statistic, free = found.left_over(misses)
    loss = f"The squared misses come to {float((misses**2).sum()):.3g}"
    if not free:
        return f"{loss}; as many parameters as moments, so that no moment is left over to test the model with."
    return (
        f"{loss}. What of them no parameter can mend, over the errors of targets and seeds, is {statistic:.3g} with {free} degrees of "
        f"freedom: were the model true and the tolerances standard errors, as much or more would come by chance in "
        f"{100 * chance(found, misses):.2g} % of cases."
    )
