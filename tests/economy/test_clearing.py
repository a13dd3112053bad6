"""The labour market clears: after the month's draws the jobless share is the path's, whatever chance would have it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.assembly import empty_population, layout
from sim.economy.clearing import BINS, _threshold, clear, clearing_pipeline
from sim.economy.labour_market import labour_flows
from sim.engine.columns import LIMIT
from sim.engine.engine import Engine
from sim.engine.pipeline import Step
from sim.mechanisms.work import durations, work
from sim.numerics.philox import keys
from tests.rows import GAIN, PROFILE, baseline_numbers

ROWS = 20_000


DURATIONS = baseline_numbers() | durations(PROFILE, GAIN)  # new jobs end more easily, the long unemployed are hired less often
PLAIN = baseline_numbers() | durations(PROFILE, GAIN.model_copy(update={"job_duration": 0.0}))


def engine_for(rows=ROWS, jobless=0.05, threads=1, seed=3):
    population = empty_population(rows, ["one"])
    rng = np.random.default_rng(1)
    h = population.household
    h.employed[:] = rng.random(rows) >= jobless
    h.job_risk[:] = rng.choice([0.3, 0.9, 1.0, 2.2], rows)
    h.permanent[:] = 1000
    h.spell[:] = rng.integers(0, 120, rows)
    return h, Engine(population, layout(), keys(seed), 3, 0, threads)


@pytest.mark.parametrize("target", [0.02, 0.05, 0.0512, 0.09, 0.25])
@pytest.mark.parametrize("jobless", [0.0, 0.05, 0.15])
def test_after_the_months_draws_the_jobless_share_is_the_paths(target, jobless):
    h, engine = engine_for(jobless=jobless)
    separation, finding = labour_flows(target, float((h.employed == 0).mean()), 0.014, 0.05)
    s, f = clear(engine, clearing_pipeline(engine), 4, separation, finding, target, DURATIONS)
    plan = engine.pipeline([Step(work)])
    engine.load(plan, baseline_numbers() | {"work.separation": np.float32(s), "work.finding": np.float32(f)}, 4)
    engine.run(plan)
    assert (h.employed == 0).mean() == pytest.approx(target, abs=5 / ROWS)


def test_separations_are_carried_to_twice_what_is_asked_for_and_no_further():
    _, engine = engine_for()
    s, _ = clear(engine, clearing_pipeline(engine), 4, 0.014, 0.25, 0.25, PLAIN)
    assert s == pytest.approx(0.028)


def test_finding_follows_the_flow_that_is_asked_for():
    h, engine = engine_for(jobless=0.2)
    out = h.employed == 0
    _, f = clear(engine, clearing_pipeline(engine), 4, 0.02, 0.3, 0.2, PLAIN)
    plan = engine.pipeline([Step(work)])
    engine.load(plan, baseline_numbers() | PLAIN | {"work.separation": np.float32(0), "work.finding": np.float32(f)}, 4)
    engine.run(plan)
    assert (h.employed[out] == 1).sum() == pytest.approx(0.3 * out.sum(), abs=2)


def test_a_fall_that_nobodys_staying_allows_is_carried_by_finding():
    _, engine = engine_for(jobless=0.2)
    s, f = clear(engine, clearing_pipeline(engine), 4, 0.0, 0.1, 0.05, PLAIN)
    assert s == 0
    assert f == pytest.approx(0.75, abs=0.03)


def test_threads_do_not_move_the_hazards():
    found = set()
    for threads in (1, 2, 3):
        _, engine = engine_for(3 * LIMIT + 7, threads=threads)
        found.add(clear(engine, clearing_pipeline(engine), 4, 0.02, 0.3, 0.07, DURATIONS))
        engine.close()
    assert len(found) == 1


def test_the_same_month_clears_alike_twice():
    _, engine = engine_for()
    plan = clearing_pipeline(engine)
    assert clear(engine, plan, 4, 0.02, 0.3, 0.07, DURATIONS) == clear(engine, plan, 4, 0.02, 0.3, 0.07, DURATIONS)
    assert clear(engine, plan, 5, 0.02, 0.3, 0.07, DURATIONS) != clear(engine, plan, 4, 0.02, 0.3, 0.07, DURATIONS)


@given(st.lists(st.integers(0, 5), min_size=BINS // 1024, max_size=BINS // 1024), st.integers(-2, 60))
def test_the_threshold_is_the_edge_whose_count_is_nearest(counts, wanted):
    edge = _threshold(np.array(counts), wanted, 1.0)
    assert 0 <= edge <= 1
    below = np.concatenate([[0], np.cumsum(counts)])
    k = round(edge * len(counts))
    assert edge == k / len(counts)
    if 0 < wanted <= below[-1]:
        # an edge at nought leaves nobody: the first edge stands for it, so that a wanted move is never lost
        assert abs(below[k] - wanted) == min(abs(below[1:] - wanted))
    else:
        assert k == (0 if wanted <= 0 else len(counts))
