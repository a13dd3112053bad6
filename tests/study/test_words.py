from sim.study.words import counted


def test_one_is_singular_and_thousands_are_grouped():
    assert [counted(n, "month") for n in (0, 1, 2, 1200)] == ["0 months", "1 month", "2 months", "1,200 months"]
