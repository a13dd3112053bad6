"""One sampled population for all tests of mechanisms: it is only looked at."""

import pytest

from sim.assembly import empty_population, layout, numbers_of_files
from sim.engine.engine import Engine
from sim.numerics.philox import keys
from sim.opening import sample_borrowers, sampling_numbers
from tests.rows import GAIN, POLICY, PROFILE, UNEMPLOYMENT

BORROWERS = 40_000


@pytest.fixture(scope="session")
def people():
    """The borrowers' columns at the opening, as the baseline's profile samples them."""
    population = empty_population(BORROWERS, ["one"])
    engine = Engine(population, layout(), keys(7), 2, 0, 1)
    values = numbers_of_files(PROFILE, POLICY, GAIN) | sampling_numbers(PROFILE, UNEMPLOYMENT, POLICY.underwriting.exclusion_months, 0.01)
    sample_borrowers(engine, PROFILE, values)
    for _, array in population.household.items():
        array.setflags(write=False)
    return population.household
