"""Applications of all products, from every thread: counted, listed in row order, granted by mark."""

import numpy as np
import pytest

from sim.assembly import empty_population, layout
from sim.engine.columns import LIMIT
from sim.engine.engine import Engine
from sim.lender.desk import Applications
from sim.lender.underwriting import LISTED

# (product, thread) -> (row, approved, face, tie)
FILED = {
    (0, 0): [(5, 1, 100, 9), (8, 0, 0, 1), (9, 1, 300, 3)],
    (0, 1): [(LIMIT + 2, 1, 50, 4)],
    (1, 0): [(8, 1, 70, 2)],
    (1, 1): [(LIMIT + 1, 0, 0, 8), (LIMIT + 2, 0, 0, 6)],
}


@pytest.fixture
def engine():
    made = Engine(empty_population(2 * LIMIT, ["one", "two"]), layout(), (1, 0), 3, 0, 2)
    for (product, thread), filed in FILED.items():
        memory = made.memory[thread]
        memory.done[product][LISTED] = len(filed)
        desk = memory.desks[product]
        for k, (row, approved, face, tie) in enumerate(filed):
            desk["rows"][k], desk.approved[k], desk.granted[k], desk.face[k], desk.tie[k] = row, approved, approved, face, tie
        desk.approved[len(filed)] = 1  # left over from a longer month behind the end of the list
        desk.face[len(filed)] = 10**9
    yield made
    made.close()


def test_applications_are_counted_over_products_and_threads(engine):
    applications = Applications(engine)
    assert (applications.received, applications.passed, applications.approved_face) == (7, 4, 520)


def test_the_approved_are_listed_product_by_product_in_row_order(engine):
    approved = Applications(engine).approved()
    assert approved.product.tolist() == [0, 0, 0, 1]
    assert approved.rows.tolist() == [5, 9, LIMIT + 2, 8]
    assert approved.face.tolist() == [100, 300, 50, 70]
    assert approved.tie.tolist() == [9, 3, 4, 2]


def test_marks_in_that_order_grant_and_refuse(engine):
    Applications(engine).grant_only(np.array([0, 1, 1, 0], np.uint8))
    granted = {key: engine.memory[key[1]].desks[key[0]].granted[: len(filed)].tolist() for key, filed in FILED.items()}
    assert granted == {(0, 0): [0, 0, 1], (0, 1): [1], (1, 0): [0], (1, 1): [0, 0]}


def test_a_month_without_applications_has_none(engine):
    engine.clear_month()
    applications = Applications(engine)
    assert (applications.received, applications.passed, applications.approved_face) == (0, 0, 0)
    assert applications.approved().rows.size == 0
