"""Broken files, each with the line, the column and a word of its fault, and its repaired twin.

A case is (name, broken text, line, column, word, repaired text). Scenario cases extend the shipped baseline.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    broken: str
    line: int
    column: int
    word: str
    repaired: str


HEAD = "title: Test\nextends: baseline\n"


def scenario(name: str, broken: str, line: int, column: int, word: str, repaired: str) -> Case:
    """A scenario with one faulty part below the two head lines."""
    return Case(name, HEAD + broken + "\n", line, column, word, HEAD + repaired + "\n")


def policy(name: str, broken: str, line: int, column: int, word: str, repaired: str) -> Case:
    head = "title: Test\nextends: standard\n"
    return Case(name, head + broken + "\n", line, column, word, head + repaired + "\n")


def profile(name: str, broken: str, line: int, column: int, word: str, repaired: str) -> Case:
    head = "title: Test\nextends: us_instalment\n"
    return Case(name, head + broken + "\n", line, column, word, head + repaired + "\n")


SHOCK = "shocks:\n  - {{variable: unemployment_rate, start: 2026-07, {}}}"


def shock(name: str, broken: str, line: int, column: int, word: str, repaired: str = "shape: step, by: +5pp") -> Case:
    return scenario(name, SHOCK.format(broken), line, column, word, SHOCK.format(repaired))


CASES: list[Case] = [
    # what YAML 1.1 makes of scalars
    scenario("a Norwegian bool is text", "borrowers: {registered: no}", 3, 25, "true or false", "borrowers: {registered: false}"),
    scenario("yes is text", "borrowers: {registered: yes}", 3, 25, "true or false", "borrowers: {registered: true}"),
    scenario("off is text", "borrowers: {registered: off}", 3, 25, "true or false", "borrowers: {registered: false}"),
    scenario("the key on is text", "on: 3", 3, 1, "unknown key 'on'", "months: 3"),
    scenario("a sexagesimal is text", "months: 12:30", 3, 9, "whole number", "months: 12"),
    scenario("a date is no month", "start: 2026-01-01", 3, 8, "YYYY-MM", "start: 2026-01"),
    scenario("a bare year is no month", "start: 2026", 3, 8, "YYYY-MM", "start: 2026-02"),
    scenario("month thirteen", "start: 2026-13", 3, 8, "YYYY-MM", "start: 2026-12"),
    scenario("a float is no count", "months: 1e1", 3, 9, "whole number", "months: 10"),
    scenario("a fraction is no count", "months: 12.5", 3, 9, "whole number", "months: 12"),
    scenario("thousands with a comma", "borrowers: {count: '5,000'}", 3, 20, "whole number", "borrowers: {count: 5_000}"),
    scenario("infinity", "economy: {inflation: .inf}", 3, 22, "number", "economy: {inflation: 2%}"),
    scenario("not a number", "economy: {inflation: .nan}", 3, 22, "number", "economy: {inflation: 2%}"),
    scenario("too large for a number", "economy: {inflation: 1e999}", 3, 22, "too large", "economy: {inflation: 1e-3}"),
    scenario("a bare 5 for a rate", "economy: {inflation: 5}", 3, 22, "two readings", "economy: {inflation: 5%}"),
    scenario("per cent of what", "economy: {inflation: 5 percent}", 3, 22, "5 percent", "economy: {inflation: 5 %}"),
    scenario("a rate that is a bool", "economy: {inflation: true}", 3, 22, "not a number", "economy: {inflation: 1%}"),
    scenario("a quoted number", "months: '12'", 3, 9, "whole number", "months: 12"),
    scenario("a number as title", "description: 12", 3, 14, "not text", "description: '12'"),
    scenario("null where a number must be", "months: null", 3, 9, "whole number", "months: 12"),
    # structure
    scenario("a key twice", "months: 3\nmonths: 4", 4, 1, "first in line 3", "months: 4"),
    scenario("a nested key twice", "borrowers: {count: 5, count: 6}", 3, 23, "given twice", "borrowers: {count: 6}"),
    scenario("a tab", "borrowers:\n\tcount: 5", 4, 1, "tab", "borrowers:\n  count: 5"),
    scenario("two documents", "months: 3\n---\nmonths: 4", 4, 1, "document", "months: 3"),
    scenario("an open bracket", "shocks: [", 4, 1, "not valid YAML", "shocks: []"),
    scenario("a missing space", "months:3", 3, 1, "space after the colon", "months: 3"),
    scenario("a Python tag", "months: !!python/object/apply:os.getcwd []", 3, 9, "Python tags", "months: 3"),
    scenario("a foreign tag", "months: !secret 3", 3, 9, "tag", "months: 3"),
    scenario("a merge key", "borrowers:\n  <<: {count: 3}", 4, 3, "merge keys", "borrowers:\n  count: 3"),
    scenario("a list as key", "? [a]\n: 3", 3, 3, "plain word", "months: 3"),
    scenario("a mapping for a number", "months: {a: 1}", 3, 9, "a mapping", "months: 1"),
    scenario("a list for a mapping", "borrowers: [1]", 3, 12, "a list", "borrowers: {count: 1}"),
    scenario("a word for a mapping", "borrowers: many", 3, 12, "not a mapping", "borrowers: {count: 1}"),
    scenario("a mapping for a list", "shocks: {a: 1}", 3, 9, "not a list", "shocks: []"),
    Case("empty", "", 1, 1, "empty", HEAD),
    Case("only a comment", "# nothing\n", 1, 1, "empty", HEAD),
    Case("only a list", "- a\n- b\n", 1, 1, "a list", HEAD),
    Case("only a word", "rate:5\n", 1, 1, "single value", HEAD),
    Case("a NUL", "title: a\x00b\n", 1, 9, "not allow", HEAD),
    Case("nested too deeply", "title: " + "[" * 100 + "]" * 100 + "\n", 1, 68, "nested deeper", HEAD),
    Case("thousands of brackets", "title: " + "[" * 5000 + "\n", 1, 68, "nested deeper", HEAD),
    Case(
        "a billion laughs",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{c}: &{c} [{', '.join(['*' + p] * 10)}]\n" for p, c in zip("abcdef", "bcdefg", strict=True)),
        1, 35, "expands to more than", HEAD,
    ),
    Case("a list that holds itself", "title: &a [*a]\n", 1, 8, "nested deeper", HEAD),
    # names
    scenario("an unknown key", "borowers: {count: 5}", 3, 1, "did you mean 'borrowers'", "borrowers: {count: 5}"),
    scenario("an unknown inner key", "borrowers: {cuont: 5}", 3, 13, "did you mean 'count'", "borrowers: {count: 5}"),
    scenario("an unknown macro variable", "economy: {unemployment: 5%}", 3, 11, "did you mean 'unemployment_rate'", "economy: {unemployment_rate: 5%}"),
    scenario("an unknown mechanism", "mechanisms: {trusst: 1}", 3, 14, "did you mean 'trust'", "mechanisms: {trust: 1}"),
    scenario("an unknown policy", "policy: lenien", 3, 9, "did you mean 'lenient'", "policy: lenient"),
    scenario("an unknown profile", "borrowers: {profile: us_instalmnt}", 3, 22, "did you mean 'us_instalment'", "borrowers: {profile: us_instalment}"),
    scenario("a policy outside the folder", "policy: ../../../../etc/hosts.yaml", 3, 9, "outside", "policy: strict"),
    Case("an unknown parent", "title: Test\nextends: baselin\n", 2, 10, "did you mean 'baseline'", HEAD),
    Case("a number as parent", "title: Test\nextends: 5\n", 2, 10, "not a name", HEAD),
    # ranges
    scenario("no months", "months: 0", 3, 9, "at least 1", "months: 1"),
    scenario("too many months", "months: 601", 3, 9, "at most 600", "months: 600"),
    scenario("no borrowers", "borrowers: {count: 0}", 3, 20, "at least 1", "borrowers: {count: 1}"),
    scenario("a negative seed", "seed: -1", 3, 7, "at least 0", "seed: 1"),
    scenario("more unemployed than people", "economy: {unemployment_rate: 100%}", 3, 30, "at most 90%: the labour flows need odds", "economy: {unemployment_rate: 10%}"),
    scenario("an empty path", "economy: {inflation: []}", 3, 22, "empty", "economy: {inflation: [2%]}"),
    scenario("one bad value of a path", "economy: {inflation: [2%, 7]}", 3, 27, "two readings", "economy: {inflation: [2%, 7%]}"),
    scenario("a gain too large", "mechanisms: {trust: 11}", 3, 21, "at most 10", "mechanisms: {trust: 2}"),
    scenario("a missing table", "economy: {table: macro/fed_2021_severly_adverse.csv}", 3, 18, "did you mean", "economy: {inflation: 1%}"),
    # shocks
    shock("no size", "shape: step", 4, 5, "exactly one of by, to"),
    shock("two sizes", "shape: step, by: +1pp, to: 5%", 4, 5, "exactly one of by, to"),
    shock("an unknown shape", "shape: stepp, by: +5pp", 4, 58, "did you mean 'step'"),
    shock("a bare 5 for a change", "shape: step, by: 5", 4, 68, "two readings"),
    shock("a ramp without length", "shape: ramp, by: +5pp", 4, 5, "over: months", "shape: ramp, by: +5pp, over: 6"),
    shock("a step with a length", "shape: step, by: +5pp, over: 6", 4, 80, "no `over`"),
    shock("a pulse without hold", "shape: pulse, by: +5pp", 4, 5, "hold", "shape: pulse, by: +5pp, hold: 3"),
    shock("a path without values", "shape: path, by: +5pp", 4, 5, "values", "shape: path, values: [+1pp, +2pp]"),
    shock(
        "a recovery of both kinds", "shape: step, by: +5pp, hold: 3, recovery: {half_life: 3, by: 2028-01}", 4, 93, "exactly one of",
        "shape: step, by: +5pp, hold: 3, recovery: {half_life: 3}",
    ),
    shock(
        "a recovery before the start", "shape: step, by: +5pp, hold: 3, recovery: {by: 2026-05}", 4, 98, "not after the start",
        "shape: step, by: +5pp, hold: 3, recovery: {by: 2027-05}",
    ),
    shock(
        "a recovery during the hold", "shape: step, by: +5pp, hold: 9, recovery: {by: 2026-09}", 4, 98, "still at full size",
        "shape: step, by: +5pp, hold: 9, recovery: {by: 2027-09}",
    ),
    policy("a term-out of no months", "funding: {warehouse: {term_out_months: 0}}", 3, 40, "at least 1", "funding: {warehouse: {term_out_months: 1}}"),
    scenario(
        "a shock before the run", "shocks:\n  - {variable: inflation, start: 2025-07, shape: step, by: +1pp}", 4, 34, "outside the run",
        "shocks:\n  - {variable: inflation, start: 2026-07, shape: step, by: +1pp}",
    ),
    scenario(
        "an unknown variable", "shocks:\n  - {variable: unemployment, start: 2026-07, shape: step, by: +1pp}", 4, 16,
        "did you mean 'unemployment_rate'", "shocks:\n  - {variable: unemployment_rate, start: 2026-07, shape: step, by: +1pp}",
    ),
    # policies and profiles
    policy("a share above one", "underwriting: {gini: 150%}", 3, 22, "0% to 100%", "underwriting: {gini: 50%}"),
    policy("a charge-off age that nobody uses", "servicing: {charge_off_dpd: 150}", 3, 29, "not allowed", "servicing: {charge_off_dpd: 180}"),
    policy(
        "bands in the wrong order",
        "underwriting:\n  bands:\n    - {min_score: 500, premium: 1%, expected_loss: 1%, size_cap: 1, tenor: 12}\n    - {min_score: 600, premium: 1%, expected_loss: 1%, size_cap: 1, tenor: 12}",
        6, 19, "does not fall",
        "underwriting:\n  bands:\n    - {min_score: 600, premium: 1%, expected_loss: 1%, size_cap: 1, tenor: 12}\n    - {min_score: 500, premium: 1%, expected_loss: 1%, size_cap: 1, tenor: 12}",
    ),
    policy("a minimum above the maximum", "products: {cash_loan: {minimum: 90000}}", 3, 33, "exceeds the maximum", "products: {cash_loan: {minimum: 900}}"),
    policy("a product without a method", "products:\n  travel_loan: {need: cash, offered: true, minimum: 100, maximum: 900}", 4, 16, "method: this key is missing", "products:\n  travel_loan: {method: annuity, upfront_fee: 1%, need: cash, offered: true, minimum: 100, maximum: 900}"),
    policy("a slip in a product's name", "products: {cash_lone: {offered: false}}", 3, 23, "did you mean 'cash_loan'", "products: {cash_loan: {offered: false}}"),
    policy("an unknown method", "products: {cash_loan: {method: annuitee}}", 3, 32, "did you mean 'annuity'", "products: {cash_loan: {method: annuity}}"),
    policy("a method that is a number", "products: {cash_loan: {method: 5}}", 3, 32, "one of 'annuity', 'flat_fee'", "products: {cash_loan: {method: annuity}}"),
    policy("a tenor of an annuity", "products: {cash_loan: {tenor: 12}}", 3, 24, "unknown key 'tenor' under method: annuity", "products: {cash_loan: {minimum: 12}}"),
    policy("a slip in a term", "products: {instalment_plan: {tenour: 12}}", 3, 30, "did you mean 'tenor'", "products: {instalment_plan: {tenor: 12}}"),
    policy("an upfront fee of a flat fee", "products: {instalment_plan: {upfront_fee: 1%}}", 3, 30, "under method: flat_fee", "products: {instalment_plan: {monthly_fee: 1%}}"),
    policy("a flat fee without its fee", "products:\n  travel: {method: flat_fee, tenor: 9, need: cash, offered: true, minimum: 100, maximum: 900}", 4, 11, "products.travel.monthly_fee: this key is missing", "products:\n  travel: {method: flat_fee, tenor: 9, monthly_fee: 1%, need: cash, offered: true, minimum: 100, maximum: 900}"),
    policy("a flat fee out of range", "products: {instalment_plan: {monthly_fee: 120%}}", 3, 43, "0% to 100%", "products: {instalment_plan: {monthly_fee: 1%}}"),
    policy("a product that is a number", "products: {instalment_plan: 5}", 3, 29, "not a mapping", "products: {instalment_plan: {tenor: 5}}"),
    policy("a list of products", "products: [cash_loan]", 3, 11, "not a mapping", "products: {cash_loan: {offered: true}}"),
    policy("a product's name with a capital", "products: {Cash: {method: annuity, upfront_fee: 1%, need: cash, offered: true, minimum: 1, maximum: 9}}", 3, 12, "'Cash' is no name", "products: {cash: {method: annuity, upfront_fee: 1%, need: cash, offered: true, minimum: 1, maximum: 9}}"),
    policy(
        "five products", "products:\n" + "".join(f"  {x}: {{method: annuity, upfront_fee: 1%, need: cash, offered: true, minimum: 1, maximum: 9}}\n" for x in "abc"),
        3, 1, "5 entries; expected at most 4", "products:\n" + "".join(f"  {x}: {{method: annuity, upfront_fee: 1%, need: cash, offered: true, minimum: 1, maximum: 9}}\n" for x in "ab"),
    ),
    policy("an unknown ranking", "collections: {ranking: balanse}", 3, 24, "did you mean 'balance'", "collections: {ranking: balance}"),
    policy("a negative fee", "servicing: {late_fee: -5}", 3, 23, "at least 0", "servicing: {late_fee: 5}"),
    policy("a missing key of a band", "underwriting: {bands: [{min_score: 500}]}", 3, 24, "missing", "underwriting: {cut_off: 500}"),
    profile("segments that do not add up", "segments:\n  - {name: youth, share: 50%, income_factor: 1, buffer_factor: 1, job_loss_factor: 1, attention_shift: 0}\n  - {name: middle, share: 50%, income_factor: 1, buffer_factor: 1, job_loss_factor: 1, attention_shift: 0}\n  - {name: other, share: 50%, income_factor: 1, buffer_factor: 1, job_loss_factor: 1, attention_shift: 0}", 4, 3, "add up to 150%", "income: {median: 4000}"),
    profile("a need without a size", "demand: {needs: {travel: {monthly: 1%}}}\nopening: {holders: {travel: 1%}}", 3, 26, "demand.needs.travel.size: this key is missing", "demand: {needs: {travel: {monthly: 1%, size: 1, price_effect: 0.1}}}\nopening: {holders: {travel: 1%}}"),
    profile("a need without holders", "demand: {needs: {travel: {monthly: 1%, size: 1, price_effect: 0.1}}}\nopening: {holders: {cash: 30%}}", 4, 20, "the need 'travel' has no share of holders", "demand: {needs: {travel: {monthly: 1%, size: 1, price_effect: 0.1}}}\nopening: {holders: {travel: 0%}}"),
    profile("holders of an unknown need", "opening: {holders: {travel: 1%}}", 3, 29, "'travel' is no need of this profile", "opening: {holders: {cash: 1%}}"),
    profile("a share of holders above one", "opening: {holders: {cash: 140%}}", 3, 27, "0% to 100%", "opening: {holders: {cash: 14%}}"),
    profile("a median income of nothing", "income: {median: 0}", 3, 18, "more than 0", "income: {median: 1}"),
    profile("an unknown trait", "traits: {attentivness: 0.5}", 3, 10, "did you mean 'attentiveness'", "traits: {attentiveness: 0.5}"),
]
