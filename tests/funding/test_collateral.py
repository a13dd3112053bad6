"""Every loan is pledged once, in order, and nothing that supports a debt is left unused. Minor units."""

from hypothesis import given
from hypothesis import strategies as st

from sim.funding.collateral import Claim, pledge, pool_of

BUCKETS = [600, 100, 80, 40, 20, 10]


def pledged(*claims: Claim) -> list[int]:
    return pledge(pool_of(BUCKETS, [c.depth for c in claims]), list(claims))


def test_a_pool_is_the_principal_down_to_a_depth():
    assert pool_of(BUCKETS, [2, 3, 6, 0]) == {2: 700, 3: 780, 6: 850, 0: 0}


def test_one_contract_holds_all_that_it_accepts_whatever_it_needs():
    assert pledged(Claim(2, 10, 20)) == pledged(Claim(2, 10_000, 20_000)) == [700]


def test_what_is_drawn_comes_before_what_could_be():
    # the first could draw on all 700, yet the second's debt is served first; the rest of the pool goes in order
    assert pledged(Claim(2, 100, 900), Claim(2, 250, 400)) == [450, 250]
    assert pledged(Claim(2, 100, 300), Claim(2, 250, 400)) == [300, 400]
    assert pledged(Claim(2, 100, 200), Claim(2, 250, 300)) == [400, 300]  # nobody needs 200: they stay with the first


def test_where_debts_exceed_the_pool_the_last_goes_without():
    assert pledged(Claim(2, 500, 500), Claim(2, 500, 500)) == [500, 200]


def test_who_accepts_older_arrears_is_given_them_first():
    # 780 to the second's depth, 80 of them only there
    assert pledged(Claim(2, 0, 650), Claim(3, 0, 130)) == [650, 130]
    assert pledged(Claim(3, 0, 200), Claim(2, 0, 600)) == [200, 580]


def test_a_contract_without_collateral_takes_none():
    assert pledged(Claim(0, 500, 500), Claim(2, 100, 100)) == [0, 700]
    assert pledged(Claim(0, 500, 500)) == [0]
    assert pledge({}, []) == []


CLAIMS = st.lists(
    st.builds(lambda depth, debt, more: Claim(depth, debt, debt + more), st.integers(1, 6), st.integers(0, 900), st.integers(0, 900)),
    min_size=1, max_size=4,
)


@given(st.lists(st.integers(0, 500), min_size=6, max_size=6), CLAIMS)
def test_no_loan_is_pledged_twice_and_debts_come_first(bands, claims):
    parts = pledge(pool_of(bands, [c.depth for c in claims]), claims)
    assert min(parts) >= 0
    for depth in range(1, 7):  # the contracts that accept no worse than this share what is no worse
        assert sum(p for p, c in zip(parts, claims, strict=True) if c.depth <= depth) <= sum(bands[:depth])
    for k, (part, claim) in enumerate(zip(parts, claims, strict=True)):
        if k:
            assert part <= claim.for_commitment
    if all(sum(c.for_debt for c in claims if c.depth <= depth) <= sum(bands[:depth]) for depth in range(1, 7)):
        assert all(p >= c.for_debt for p, c in zip(parts, claims, strict=True))


@given(st.lists(st.integers(0, 500), min_size=6, max_size=6), CLAIMS)
def test_the_forecast_pledges_as_the_books_do(bands, claims):
    pool = pool_of(bands, [c.depth for c in claims])
    floats = pledge({d: float(a) for d, a in pool.items()}, [Claim(c.depth, float(c.for_debt), float(c.for_commitment)) for c in claims])
    assert floats == pledge(pool, claims)
