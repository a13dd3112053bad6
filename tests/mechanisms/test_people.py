"""Who borrowers are: segments by share, traits as bytes around a shared prudence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.mechanisms.people import by_segment, logit, opening, trait_byte
from tests.rows import PROFILE, call, changed


def test_a_segment_has_its_own_value():
    assert [call(by_segment, np.uint8(k), 1.0, 2.0, 3.0) for k in range(3)] == [1, 2, 3]


def test_a_trait_at_its_centre_is_the_logistic_of_it_in_255_steps():
    assert call(trait_byte, 0.0, 0.0, 0.9) == 128  # 127.5 half up
    assert call(trait_byte, 1.0, np.float32(np.log(3)), 0.0) == round(255 * 0.75)
    assert call(trait_byte, -50.0, 0.0, 1.0) == 0
    assert call(trait_byte, 50.0, 0.0, 1.0) == 255


@given(st.floats(-6, 6, width=32), st.floats(0, 3, width=32))
def test_a_trait_rises_with_its_draw(z, more):
    assert call(trait_byte, z + more, 0.2, 0.9) >= call(trait_byte, z, 0.2, 0.9)


def test_log_odds_of_nought_and_one_are_finite_and_opposite():
    assert logit(0.5) == 0
    assert logit(0.75) == pytest.approx(np.log(3))
    assert logit(0.0) == pytest.approx(-logit(1.0))
    assert abs(logit(0.0)) < 10


def test_edges_are_sums_of_shares_and_job_loss_averages_to_one():
    values = opening(PROFILE)
    shares = [s.share for s in PROFILE.segments]
    assert values["segments.edge_0"] == np.float32(shares[0])
    assert values["segments.edge_1"] == np.float32(shares[0] + shares[1])
    assert sum(s * values[f"segments.job_loss_factor_{k}"] for k, s in enumerate(shares)) == pytest.approx(1, rel=1e-6)
    assert values["traits.own"] == pytest.approx(np.sqrt(1 - PROFILE.traits.prudence**2))
    assert opening(changed(PROFILE, traits={"prudence": 1.0}))["traits.own"] == 0


def test_segments_are_sampled_by_share(people):
    for k, segment in enumerate(PROFILE.segments):
        assert (people.segment == k).mean() == pytest.approx(segment.share, abs=0.01)


def log_odds(byte):
    x = (byte.astype(float) + 0.0) / 255
    x = np.clip(x, 1 / 510, 1 - 1 / 510)
    return np.log(x / (1 - x))


@pytest.mark.parametrize(("column", "mean"), [("literacy", PROFILE.traits.literacy), ("impulsive", PROFILE.traits.impulsiveness)])
def test_a_trait_has_the_profiles_median_and_spread(people, column, mean):
    z = log_odds(people[column])
    assert np.median(people[column]) / 255 == pytest.approx(mean, abs=0.01)
    assert z.std() == pytest.approx(PROFILE.traits.spread, rel=0.03)


def test_attention_is_shifted_by_segment(people):
    for k, segment in enumerate(PROFILE.segments):
        expected = PROFILE.traits.spread * segment.attention_shift + logit(PROFILE.traits.attentiveness)
        assert np.median(log_odds(people.attentive[people.segment == k])) == pytest.approx(expected, abs=0.05)


SHARED = [("literacy", "willingness", 1), ("literacy", "impulsive", -1), ("attentive", "impulsive", -1)]


@pytest.mark.parametrize(("one", "other", "sign"), SHARED)
def test_traits_share_prudence(people, one, other, sign):
    def z(name):
        column = people[name]
        return log_odds(column) if column.dtype == np.uint8 else column

    middle = people.segment == 1  # attention is shifted between segments
    r = np.corrcoef(z(one)[middle], z(other)[middle])[0, 1]
    assert r == pytest.approx(sign * PROFILE.traits.prudence**2, abs=0.03)


def test_a_trait_is_near_normal_in_its_log_odds(people):
    z = (log_odds(people.literacy) - logit(PROFILE.traits.literacy)) / PROFILE.traits.spread
    for q in (0.1, 0.25, 0.75, 0.9):
        assert np.quantile(z, q) == pytest.approx(norm.ppf(q), abs=0.04)


def test_a_borrower_is_the_same_person_in_a_smaller_population(people):
    from sim.assembly import empty_population, layout, numbers_of_files
    from sim.engine.engine import Engine
    from sim.numerics.philox import keys
    from sim.opening import sample_borrowers, sampling_numbers
    from tests.rows import GAIN, POLICY, UNEMPLOYMENT

    few = empty_population(100, ["one"])
    values = numbers_of_files(PROFILE, POLICY, GAIN) | sampling_numbers(PROFILE, UNEMPLOYMENT, POLICY.underwriting.exclusion_months, 0.01)
    sample_borrowers(Engine(few, layout(), keys(7), 2, 0, 1), PROFILE, values)
    for name, array in few.household.items():
        np.testing.assert_array_equal(array, people[name][:100], err_msg=name)
