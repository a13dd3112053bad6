"""What a guarded phase does at a rule's value and at a write, in machine code that stays vector code: nothing branches.

Every wrong value sets a bit in its row's word; the phase looks at the words of a block once, at its end.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim.engine.records import Column, store

_WORD = ir.IntType(32)


class FractionsIntoWholeNumbers(TypeError):  # noqa: N818 - found while compiling, told by the phase's place
    """A statement writes a float into a column of whole numbers. bit: of its place; value, kind: their types."""

    def __init__(self, bit: int, value: str, kind: str) -> None:
        self.bit, self.value, self.kind = bit, value, kind


@intrinsic
def returned(_typing: Any, words: Any, row: Any, bit: Any, value: Any) -> Any:
    """A rule's value; one that is no finite number is noted."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        wrong = _not_finite(context, builder, value, arguments[3])
        if wrong is not None:
            _note(context, builder, sig.args[0], arguments[:3], wrong)
        return arguments[3]

    return value(words, types.intp, types.int64, value), generate


@intrinsic
def kept(_typing: Any, column: Any, row: Any, value: Any) -> Any:
    """The value, also put into a column for whoever asks what led to the fault."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        if isinstance(value, types.Number | types.Boolean):
            store(context, builder, sig.args[0], arguments[0], arguments[1], context.cast(builder, arguments[2], value, column.dtype))
        return arguments[2]

    return value(column, types.intp, value), generate


@intrinsic
def written(_typing: Any, words: Any, row: Any, bit: Any, value: Any, column: Any) -> Any:
    """What a column makes of a value that is written into it; one that it cannot hold is noted.

    A float does not go into whole numbers without a word: FractionsIntoWholeNumbers when the phase is compiled.
    """
    if not isinstance(column, Column) or not isinstance(value, types.Number | types.Boolean):
        return value(words, types.intp, types.int64, value, column), lambda _context, _builder, _sig, arguments: arguments[3]
    kind = column.dtype
    if isinstance(value, types.Float) and isinstance(kind, types.Integer):
        raise FractionsIntoWholeNumbers(getattr(bit, "literal_value", 0), str(value), str(kind))

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        fits = context.cast(builder, arguments[3], value, kind)
        wrong = None
        if isinstance(kind, types.Float):
            wrong = _not_finite(context, builder, kind, fits) if isinstance(value, types.Float) else None
        elif isinstance(value, types.Integer) and not (value.minval >= kind.minval and value.maxval <= kind.maxval):
            wrong = builder.icmp_unsigned("!=", context.cast(builder, fits, kind, value), arguments[3])
            if value.signed != kind.signed:  # the same bits may be another number
                signed = arguments[3] if value.signed else fits
                wrong = builder.or_(wrong, builder.icmp_signed("<", signed, ir.Constant(signed.type, 0)))
        if wrong is not None:
            _note(context, builder, sig.args[0], arguments[:3], wrong)
        return fits

    return kind(words, types.intp, types.int64, value, column), generate


def _not_finite(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Whether a value, or a part of it, is no finite number; None where it cannot be."""
    if isinstance(kind, types.Float):
        rest = builder.fsub(value, value)  # 0 for a finite number, no number otherwise
        return builder.fcmp_unordered("uno", rest, rest)
    if isinstance(kind, types.BaseTuple):
        found = [_not_finite(context, builder, part, builder.extract_value(value, k)) for k, part in enumerate(kind)]
        known = [wrong for wrong in found if wrong is not None]
        total = known[0] if known else None
        for wrong in known[1:]:
            total = builder.or_(total, wrong)
        return total
    return None


def _note(context: Any, builder: Any, words: Any, where: Any, wrong: Any) -> None:
    pointer, row, bit = where
    flag = builder.shl(builder.zext(wrong, _WORD), builder.trunc(bit, _WORD))
    store(context, builder, words, pointer, row, flag, add=True)
