"""Forms that people write and files do not take, each with what to write instead: `200bp`, `$1.2m`, `Jan 2026`, `yes`.

A slip is named in the answer, never mended in silence: `5,500` is five and a half in one country and a thousand times
that in another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LONGEST = 40  # characters of a text in which a slip is looked for

OF_WHOLE_NUMBERS = ("thousands", "quotes", "magnitude", "currency")  # kinds of slip whose repair can be a whole number

_DIGITS = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_NUMERAL = re.compile(rf"[+-]?{_DIGITS}([eE][+-]?[0-9]{{1,3}})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}((,[0-9]{3})+(\.[0-9]+)?|([ '’\u00a0\u202f][0-9]{3})+(\.[0-9]+)?|(\.[0-9]{3}){2,})")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+( ?(%|pp))?")
_BASIS_POINTS = re.compile(rf"([+-]?){_DIGITS} ?(?:bps?|basis points?)", re.IGNORECASE)
_PER_CENT = re.compile(rf"([+-]?{_DIGITS}) ?(?:percent|per cent|pct|prozent|% ?(?:p\.? ?a\.?|a year|per year|/ ?y(?:ea)?r))", re.IGNORECASE)
_POINTS = re.compile(rf"([+-]?{_DIGITS}) ?(?:ppts?|pps|percentage points?|%-?points?)", re.IGNORECASE)
_MAGNITUDE = re.compile(rf"([+-]?{_DIGITS}) ?(k|thousand|tsd|m|mn|mio|mm|million|bn|billion)", re.IGNORECASE)
_POWERS = {"k": 3, "t": 3, "m": 6, "b": 9}  # of ten, by the first letter of the word
_CURRENCY = re.compile(r"(?:[A-Z]{0,2}[$€£¥₹]|[A-Z]{3}) ?(.+)|(.+?) ?(?:[$€£¥₹]|[A-Z]{3})")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR, _MONTH = r"(?P<year>[0-9]{4})", r"(?P<month>0?[1-9]|1[0-2])"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_MONTH_FORMS = tuple(re.compile(form) for form in (
    rf"{_YEAR}[-/.]{_MONTH}(?:[-/.](?:0?[1-9]|[12][0-9]|3[01]))?(?:[T ][0-9:.]+Z?)?",  # 2026-1, 2026/01, 2026-01-15
    rf"{_MONTH}[-/.]{_YEAR}",  # 01/2026
    rf"{_YEAR}{_MONTH}(?<=[0-9]{{6}})",  # 202601
    rf"{_NAME}[ -]?{_YEAR}",  # Jan 2026
    rf"{_YEAR}[ -]?{_NAME}",  # 2026 Jan
))
_QUARTER_FORMS = tuple(re.compile(form, re.IGNORECASE) for form in (
    rf"{_YEAR}[ :/-]*(?:Q|qtr ?|quarter ?)(?P<quarter>[1-4])",  # 2021 Q1, 2021Q1, 2021-Q1
    rf"(?:Q|qtr ?|quarter ?)(?P<quarter>[1-4])[ :/-]*{_YEAR}",  # Q1 2021
    rf"(?P<quarter>[1-4])Q[ :/-]*{_YEAR}",  # 1Q 2021
    rf"{_YEAR}:(?P<quarter>[1-4])",  # 2021:1
))
_SWITCHES = {"yes": "true", "y": "true", "on": "true", "1": "true", "no": "false", "n": "false", "off": "false", "0": "false"}


@dataclass(frozen=True)
class Slip:
    """A form that is known: its kind, and the words that say what to write."""

    kind: str
    words: str


def of_number(text: str) -> Slip | None:
    """The slip in a text that stands where a number should; None for a form that is not known."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if _THOUSANDS.fullmatch(text):
        sign, digits = re.match(r"[+-]?", text)[0], re.sub(r"[,'’ \u00a0\u202f]", "", text)  # type: ignore[index]
        digits = digits.replace(".", "") if digits.count(".") > 1 else digits
        whole, point, rest = digits.lstrip("+-").partition(".")
        return Slip("thousands", f"; write {digits} or {sign}{int(whole):_}{point}{rest}")
    if _DECIMAL_COMMA.match(text):
        pointed = text.replace(",", ".", 1)
        if _DECIMAL_COMMA.fullmatch(text):
            return Slip("decimal comma", f"; write {pointed} with a decimal point")
        inner = of_number(pointed)
        return Slip("decimal comma", inner.words) if inner is not None else None
    if _NUMERAL.fullmatch(text):
        return Slip("quotes", ", without quotes")
    if text.lower().lstrip("+-") in (".inf", ".nan", "inf", "nan", "infinity"):
        return Slip("infinite", ", finite")
    if match := _BASIS_POINTS.fullmatch(text):
        unit = "pp" if match[1] else "%"  # with a sign it is a change
        return Slip("basis points", f"; write {match[1]}{_plain(Decimal(match[2]) / 100)}{unit}")
    if match := _PER_CENT.fullmatch(text):
        return Slip("per cent", f"; write {match[1]}%")
    if match := _POINTS.fullmatch(text):
        return Slip("points", f"; write {match[1]}pp")
    return _of_amount(text)


def _of_amount(text: str) -> Slip | None:
    """A sum of money or a large number in short: `$500`, `10k`, `1.2m`."""
    if match := _MAGNITUDE.fullmatch(text):
        return Slip("magnitude", f"; write {'+' if text[0] == '+' else ''}{_plain(Decimal(match[1]).scaleb(_POWERS[match[3][0].lower()]))}")
    match = _CURRENCY.fullmatch(text)
    if match is None:
        return None
    amount = (match[1] or match[2]).strip()
    if _NUMERAL.fullmatch(amount):
        return Slip("currency", f"; write {amount}, in the profile's currency")
    inner = of_number(amount)
    if inner is None or inner.kind not in ("magnitude", "thousands"):
        return None
    return Slip("currency", f"{inner.words}, in the profile's currency")


def _plain(number: Decimal) -> str:
    """A decimal without exponent and without zeros at its end; a whole one with its thousands apart."""
    if number == number.to_integral_value():
        return f"{int(number):_}"
    return f"{number:f}".rstrip("0")


def of_month(given: Any) -> str:
    """The month that a value means in another form, as YYYY-MM; of a quarter the first one. Nothing where it means none."""
    text = str(given).strip()
    if isinstance(given, bool) or not isinstance(given, str | int | float) or len(text) > LONGEST:
        return ""
    for form in _MONTH_FORMS:
        if match := form.fullmatch(text):
            parts = match.groupdict()
            if "month" in parts:
                return f"{parts['year']}-{int(parts['month']):02d}"
            name = parts["name"].lower()
            if name[:3] in _MONTHS:
                return f"{parts['year']}-{_MONTHS.index(name[:3]) + 1:02d}"
    if quarter := of_quarter(text):
        return f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02d}"
    return ""


def of_quarter(text: str) -> str:
    """The quarter that a text means, as `2021 Q1`; nothing where it means none."""
    for form in _QUARTER_FORMS if len(text) <= LONGEST else ():
        if match := form.fullmatch(text):
            return f"{match['year']} Q{match['quarter']}"
    return ""


def of_switch(given: Any) -> str:
    """`true` or `false` for a word or number that means one of them in another language; nothing for any other."""
    return _SWITCHES.get(str(given).lower(), "") if isinstance(given, str | int) else ""
