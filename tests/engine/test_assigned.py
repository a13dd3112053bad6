"""What a phase asks before it has given it, statement by statement."""

from sim.engine.assigned import assigned


def first_read_then_written(b, p):
    for i in range(b.n):
        b.cash[i] = b.cash[i] + b.gift[i]
        b.gift[i] = p.windfall.size


def first_written_then_read(b, p):
    for i in range(b.n):
        b.gift[i] = p.windfall.size
        b.cash[i] = b.gift[i]


def written_in_some_rows(b, p):
    for i in range(b.n):
        if b.employed[i]:
            b.gift[i] = p.windfall.size
    for i in range(b.n):
        b.cash[i] = b.gift[i]


def written_in_either_case(b, p):
    for i in range(b.n):
        if b.employed[i]:
            b.gift[i] = p.windfall.size
        else:
            b.gift[i] = p.windfall.other
        b.cash[i] += b.gift[i]


def written_after_rows_were_left_out(b, p):
    for i in range(b.n):
        if b.employed[i]:
            continue
        b.gift[i] = p.windfall.size


def by_a_local_name(b, p):
    due = b.account.due
    for i in range(b.n):
        due[i] = b.account.principal[i]


def over_some_rows_only(b, p):
    for k in range(b.count.listed[0]):
        b.gift[b.listed[k]] = p.windfall.size


def test_a_read_before_the_write_is_asked():
    assert assigned(first_read_then_written).asked == {"cash", "gift"}
    assert assigned(first_written_then_read).asked == set()


def test_a_write_in_some_rows_gives_nothing():
    for phase in (written_in_some_rows, written_after_rows_were_left_out, over_some_rows_only):
        found = assigned(phase)
        assert "gift" in found.touched
        assert "gift" not in found.given
    assert "gift" in assigned(written_in_some_rows).asked


def test_a_write_in_either_case_gives():
    found = assigned(written_in_either_case)
    assert "gift" in found.given
    assert found.asked == {"employed", "cash"}


def test_columns_of_an_account_are_known_by_a_local_name():
    found = assigned(by_a_local_name)
    assert (found.given, found.asked) == ({"account.due"}, {"account.principal"})


def test_what_has_no_source_is_not_judged():
    namespace = {}
    exec("def hidden(b, p):\n    for i in range(b.n):\n        b.cash[i] = b.gift[i]\n", namespace)
    assert assigned(namespace["hidden"]) is None
