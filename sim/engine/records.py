"""Named columns and named numbers for compiled phases.

A phase is a loop `def phase(b, p)` that writes `b.cash[i]`, `b.account.overdue[i]`, `b.draw.job[i]` and
`p.trust.reversion`. It is compiled for exactly the names that it uses: `b` is a pointer to a table of addresses, one
for each column named, `p` a pointer to 8-byte slots, one for each number. Two columns of different meaning cannot be
swapped in a call, because no call lists them.

What makes the loops vector code, each of it needed: addresses and numbers are read once, in the entry block; a column
is known to be readable for a whole block and to overlap no other (so the pipeline must refuse one that does); the number
of rows is known to be at most LIMIT.
"""

from __future__ import annotations

import dis
import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic

from sim.engine.columns import LIMIT

PLACE = ("n", "first", "hi")  # rows of the block, number of its first row, end of the rows of this thread

_I64, _BYTES = ir.IntType(64), ir.IntType(8).as_pointer()
_TABLE, _NUMBERS = 0, 1


class Record(types.Type):
    """The names that one phase uses: ((dotted name, numba type), ...). which: the table of columns, or the numbers."""

    def __init__(self, which: int, fields: tuple[tuple[str, Any], ...], prefix: str = "") -> None:
        self.which, self.fields, self.prefix = which, fields, prefix
        super().__init__(f"Record({which},{fields},{prefix})")

    def find(self, attribute: str) -> tuple[int, Any] | None:
        """Position and type of a full name."""
        full = self.prefix + attribute
        return next(((k, kind) for k, (name, kind) in enumerate(self.fields) if name == full), None)


class Column(types.Type):
    """The k-th of a phase's columns."""

    def __init__(self, dtype: Any, k: int, total: int) -> None:
        self.dtype, self.k, self.total = dtype, k, total
        super().__init__(f"Column({dtype},{k},{total})")


@register_default(Record)
@register_default(Column)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BYTES)


# ----------------------------------------------------------------------------------------------------------- typing


@infer_getattr
class _RecordAttributes(AttributeTemplate):
    key = Record

    def generic_resolve(self, record: Record, attribute: str) -> Any:
        if record.which == _TABLE and not record.prefix and attribute in PLACE:
            return types.intp
        hit = record.find(attribute)
        if hit is not None:
            return Column(hit[1], hit[0], len(record.fields)) if record.which == _TABLE else hit[1]
        inner = f"{record.prefix}{attribute}."
        return Record(record.which, record.fields, inner) if any(name.startswith(inner) for name, _ in record.fields) else None


@infer_getattr
class _ColumnAttributes(AttributeTemplate):
    key = Column

    def generic_resolve(self, column: Column, attribute: str) -> Any:
        # the bytes of a column of flags, eight at a time
        return Column(types.uint64, column.k, column.total) if attribute == "eights" else None


@infer_global(operator.getitem)
class _Read(AbstractTemplate):
    def generic(self, arguments: Any, _keywords: Any) -> Any:
        if isinstance(arguments[0], Column) and isinstance(arguments[1], types.Integer):
            return signature(arguments[0].dtype, arguments[0], types.intp)
        return None


@infer_global(operator.setitem)
class _Write(AbstractTemplate):
    def generic(self, arguments: Any, _keywords: Any) -> Any:
        if isinstance(arguments[0], Column) and isinstance(arguments[1], types.Integer):
            return signature(types.none, arguments[0], types.intp, arguments[0].dtype)
        return None


# --------------------------------------------------------------------------------------------------------- lowering


def _slot(builder: Any, record: Record, k: int, kind: Any, width: int = 0, limit: int = 0) -> Any:
    """Slot k of the table or of the numbers, read once, in the entry block.

    A load inside a branch would become a select between addresses, which is a gather, and would lose what is known of it.
    width: bytes of an element, for an address; limit: the largest value, for the number of rows.
    """
    function, module = builder.function, builder.module
    argument = function.args[2 + record.which]  # the first two are numba's: the result and the exception
    known = module.__dict__.setdefault("_lendsim_slots", {})
    key = (function.name, record.which, k)
    if key in known:
        return known[key]
    slots = len(record.fields) + (len(PLACE) if record.which == _TABLE else 0)
    argument.attributes.dereferenceable, argument.attributes.align = 8 * slots, 8
    argument.add_attribute("noalias")

    def numbers(*values: int) -> Any:
        return module.add_metadata([ir.Constant(_I64, value) for value in values])

    with builder.goto_entry_block():
        place = builder.gep(builder.bitcast(argument, _I64.as_pointer()), [ir.Constant(_I64, k)])
        value = builder.load(builder.bitcast(place, kind.as_pointer()))
        value.set_metadata("invariant.load", numbers())
        if width:
            value.set_metadata("dereferenceable", numbers(LIMIT * width))
            value.set_metadata("align", numbers(width))
        if limit:
            value.set_metadata("range", numbers(0, limit + 1))
    known[key] = value
    return value


@lower_getattr_generic(Record)
def _record_attribute(context: Any, builder: Any, record: Record, value: Any, attribute: str) -> Any:
    if record.which == _TABLE and not record.prefix and attribute in PLACE:
        return _slot(builder, record, PLACE.index(attribute), _I64, limit=LIMIT if attribute == "n" else 0)
    hit = record.find(attribute)
    if hit is None:
        return value
    if record.which == _TABLE:
        return _slot(builder, record, len(PLACE) + hit[0], _BYTES, width=hit[1].bitwidth // 8)
    return _slot(builder, record, hit[0], context.get_data_type(hit[1]))


@lower_getattr_generic(Column)
def _column_attribute(_context: Any, _builder: Any, _column: Column, value: Any, _attribute: str) -> Any:
    return value


def _apart(builder: Any, instruction: Any, column: Column) -> None:
    """Mark a load or store of a column as touching none of the others."""
    module = builder.module
    scopes = module.__dict__.setdefault("_lendsim_scopes", {})
    if column.total not in scopes:
        domain = module.add_metadata(["lendsim"])
        scopes[column.total] = [module.add_metadata([f"column {k}", domain]) for k in range(column.total)]
    mine = scopes[column.total]
    instruction.set_metadata("alias.scope", module.add_metadata([mine[column.k]]))
    if column.total > 1:
        instruction.set_metadata("noalias", module.add_metadata([s for k, s in enumerate(mine) if k != column.k]))


def _element(context: Any, builder: Any, column: Column, pointer: Any, index: Any) -> Any:
    kind = context.get_data_type(column.dtype).as_pointer()
    return builder.gep(builder.bitcast(pointer, kind), [index], inbounds=True)


@lower_builtin(operator.getitem, Column, types.Integer)
def _read(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    value = builder.load(_element(context, builder, sig.args[0], arguments[0], arguments[1]))
    _apart(builder, value, sig.args[0])
    return value


@lower_builtin(operator.setitem, Column, types.Integer, types.Any)
def _write(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    column = sig.args[0]
    store(context, builder, column, arguments[0], arguments[1], context.cast(builder, arguments[2], sig.args[2], column.dtype))
    return context.get_dummy_value()


def store(context: Any, builder: Any, column: Column, pointer: Any, index: Any, value: Any, add: bool = False) -> None:
    """Put a value of the column's own type into a row; add: its bits to those that are there."""
    place = _element(context, builder, column, pointer, index)
    if add:
        before = builder.load(place)
        _apart(builder, before, column)
        value = builder.or_(before, value)
    _apart(builder, builder.store(value, place), column)


@intrinsic
def call(_typing: Any, _address: Any, _table: Any, _numbers: Any) -> Any:
    """Call a compiled phase by its address; returns numba's status, 0 if all went well."""

    def generate(_context: Any, builder: Any, _sig: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [_BYTES.as_pointer(), _BYTES.as_pointer(), _BYTES, _BYTES])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        result, raised = cgutils.alloca_once(builder, _BYTES), cgutils.alloca_once(builder, _BYTES)
        return builder.call(function, [result, raised, *(builder.inttoptr(a, _BYTES) for a in arguments[1:])])

    return types.int32(types.intp, types.intp, types.intp), generate


# --------------------------------------------------------------------------------------------- which names are used


def names_used(function: Any, argument: str) -> tuple[str, ...]:
    """Dotted names that a function's code reads off one of its arguments, in alphabetical order."""
    found = set()
    code = list(dis.get_instructions(function))
    for j, step in enumerate(code):
        loaded = step.argval[-1] if isinstance(step.argval, tuple) else step.argval  # newer Pythons load two names at once
        if "LOAD_FAST" not in step.opname or loaded != argument:
            continue
        path = []
        while j + 1 < len(code) and code[j + 1].opname in ("LOAD_ATTR", "LOAD_METHOD"):
            j += 1
            path.append(code[j].argval)
        if path and path[-1] == "eights":
            path.pop()
        found.add(".".join(path))
    return tuple(sorted(found - set(PLACE) - {""}))
