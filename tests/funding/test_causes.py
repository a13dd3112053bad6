"""The chain of causes names what happened and nothing else."""

from sim.funding.causes import BorrowingBase, MonthResult, why_illiquid, why_insolvent


def words(amount: int) -> str:
    return str(amount)


def test_a_haircut_and_a_smaller_pool_each_have_their_link():
    before = BorrowingBase(1_000, 0.0, 800)
    both = why_illiquid([], 100, 0, 120, 20, before, BorrowingBase(900, 0.05, 675), words)
    assert both == (
        "eligible loans fall from 1000 to 900 -> the funders' haircut rises from 0 % to 5 % -> the borrowing base falls from 800 to 675"
        " -> a borrowing-base deficiency of 100 falls due -> obligations of 120 exceed cash and available funding by 20"
    )
    assert "haircut" not in why_illiquid([], 100, 0, 120, 20, before, BorrowingBase(900, 0.0, 720), words)
    assert "eligible" not in why_illiquid([], 100, 0, 120, 20, before, BorrowingBase(1_000, 0.05, 750), words)


def test_a_term_out_begins_with_the_trigger():
    chain = why_illiquid(["warehouse"], 0, 100, 120, 20, BorrowingBase(1_000, 0.0, 800), BorrowingBase(900, 0.0, 720), words)
    assert chain.split(" -> ") == [
        "arrears over the trigger", "the warehouse stops revolving", "a term-out instalment of 100 falls due",
        "obligations of 120 exceed cash and available funding by 20",
    ]


def test_insolvency_names_provisions_margin_and_distributions():
    months = [MonthResult(50, 200, 0), MonthResult(30, 100, 40)]
    assert why_insolvent(months, 7, words) == (
        "provisions of 300 in the last 2 months against a margin of 80 -> 40 went to shareholders meanwhile -> losses exceed equity by 7"
    )
    assert why_insolvent([MonthResult(-9, 0, 0)], 2, words) == "costs exceed income by 9 -> losses exceed equity by 2"
    on_top = why_insolvent([MonthResult(-9, 5, 0)], 2, words)
    assert on_top.startswith("provisions of 5 in the month on top of costs that exceed income by 9")


def test_a_deficiency_of_one_contract_and_an_instalment_of_another_each_have_their_link():
    chain = why_illiquid(
        ["first line", "second line"], 70, 30, 120, 20, BorrowingBase(1_000, 0.0, 800), BorrowingBase(900, 0.0, 720), words
    )
    assert chain.split(" -> ") == [
        "arrears over the trigger", "the first line stops revolving", "the second line stops revolving",
        "eligible loans fall from 1000 to 900", "the borrowing base falls from 800 to 720", "a borrowing-base deficiency of 70 falls due",
        "a term-out instalment of 30 falls due", "obligations of 120 exceed cash and available funding by 20",
    ]
