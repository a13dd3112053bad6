"""Reading YAML with places: every value knows its line and column, scalars mean what YAML 1.2 says.

No Norway (`NO` is text), no octal (`010` is ten), no sexagesimal, no dates, `1e-3` is a number; duplicate
keys are refused; size, nesting and expansion of aliases are bounded. PyYAML scans and parses; what a scalar
means is decided here.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from sim.config.faults import Fault, InputError

MAX_BYTES = 500_000
MAX_NODES = 12_000  # values of a file once its aliases are written out: 600 months of every macro variable are 6,600
MOST_READ = 24_000  # values, and
MOST_BYTES = 750_000  # characters of all files and overrides that are read for one: fifty shipped policies
MAX_DEPTH = 60
MAX_DIGITS = 40
KEPT = 32  # files that are kept as they were read: one scenario refers to a few, an experiment to the same ones for every arm
KEPT_VALUES = 128  # values of overrides, of which an experiment has a hundred at most

KeyPath = tuple[str | int, ...]
Place = tuple[str, int, int]

_INT = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")
_FLOAT = re.compile(r"[+-]?(\.[0-9]+|[0-9]+(_[0-9]+)*(\.[0-9]*)?)([eE][+-]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Tree:
    """A file's values and, by path, the place of each value and of each key.

    The place of a mapping that is written below its key is the key's, so that what is missing in it is
    reported at `economy:` and not at whatever stands first below it. `faults`: what the file's YAML does
    wrong although it can be read, e.g. a key given twice.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: Any = None
        self.sha256 = ""
        self.size = 0  # values and keys, as they are counted against the limits
        self.marks: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self.faults: list[Fault] = []

    def copy(self) -> Tree:
        """The same again, which may be changed without changing this one."""
        tree = Tree(self.file)
        tree.data, tree.sha256, tree.size, tree.faults = copied(self.data), self.sha256, self.size, [*self.faults]
        tree.marks, tree.keys = {**self.marks}, {**self.keys}
        return tree


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner, parser and composer, with scalars left alone and depth and number of nodes bounded."""

    depth = 0
    composed = 0

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """No tag: node.tag then shows only tags that the file itself writes."""
        return None

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        self.composed += 1
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.depth > MAX_DEPTH + 1:  # the file's own mapping is not counted
            raise yaml.composer.ComposerError(None, None, _TOO_DEEP, mark)
        if self.composed > MAX_NODES:
            raise yaml.composer.ComposerError(None, None, _TOO_MANY, mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TOO_MANY = f"the file expands to more than {MAX_NODES:,} values"


@dataclass
class _Allowance:
    """What may still be read, and the texts that have been counted, each once however often it is read."""

    values: int = MOST_READ
    length: int = MOST_BYTES
    counted: set[str] = field(default_factory=set)

    def admit(self, text: str, file: str) -> None:
        """InputError where a text is too long for what is left, before it is parsed."""
        if text not in self.counted and (self.values <= 0 or len(text) > self.length):
            self._refuse(file)

    def take(self, text: str, tree: Tree) -> None:
        """Count a text that has been parsed; InputError where it holds more than what is left."""
        if text not in self.counted:
            self.counted.add(text)
            self.values, self.length = self.values - tree.size, self.length - len(text)
            if self.values < 0:
                self._refuse(tree.file)

    def _refuse(self, file: str) -> None:
        most = f"at most {MOST_READ:,} values and {MOST_BYTES:,} characters in all files and overrides together"
        raise InputError([Fault(file, 1, 1, "", "with this, too much is read for one run", most)])


_allowance: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """What is read inside is bounded, all files and overrides together; inside another such block, with what that one reads."""
    if _allowance.get() is not None:
        yield
        return
    token = _allowance.set(_Allowance())
    try:
        yield
    finally:
        _allowance.reset(token)


class PlusInt(int):
    """A whole number that was written with a plus: what it says may be a change."""


class PlusFloat(float):
    """A number that was written with a plus."""


def scalar(text: str) -> Any:
    """A plain scalar under the YAML 1.2 core schema, decimal only, with `_` between digits allowed.

    Hexadecimal, octal, infinity and not-a-number stay text: no key of ours means them.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= MAX_DIGITS:
        return (PlusInt if text[0] == "+" else int)(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return (PlusFloat if text[0] == "+" else float)(text.replace("_", ""))
    return text


def dotted(path: KeyPath) -> str:
    """`shocks.0.by` from its parts."""
    return ".".join(str(p) for p in path)


class _Reader:
    """Nodes become values; places are written down on the way."""

    def __init__(self, file: str, line0: int = 0, column0: int = 0) -> None:
        self.tree = Tree(file)
        self.nodes = 0
        self.line0, self.column0 = line0, column0

    def place(self, mark: Any) -> Place:
        column0 = self.column0 if mark.line == 0 else 0
        return self.tree.file, mark.line + 1 + self.line0, mark.column + 1 + column0

    def complain(self, place: Place, path: KeyPath, message: str, expected: str = "") -> None:
        self.tree.faults.append(Fault(*place, dotted(path), message, expected))

    def build(self, node: Any, path: KeyPath, depth: int, key_place: Place | None = None) -> Any:
        """The value of a node. Aliases are written out, hence counted and bounded here once more."""
        self.nodes += 1
        place = self.place(node.start_mark)
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise InputError([Fault(*place, dotted(path), _TOO_MANY if self.nodes > MAX_NODES else _TOO_DEEP)])
        if key_place is not None and isinstance(node, yaml.MappingNode) and not node.flow_style:
            place = key_place
        self.tree.marks[path] = place
        if node.tag is not None:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            what = "Python tags are" if tag.startswith("!!python") else "tags are"
            self.complain(place, path, f"{what} not allowed, here {tag}", "plain values")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, k), depth + 1) for k, child in enumerate(node.value)]
        return self._mapping(node, path, depth)

    def _scalar(self, node: Any, path: KeyPath, place: Place) -> Any:
        if any(0xD800 <= ord(c) <= 0xDFFF for c in node.value):
            self.complain(place, path, "half of a surrogate pair is no character", "the character itself")
            return None
        value = node.value if node.style is not None else scalar(node.value)
        if isinstance(value, float) and math.isinf(value):
            self.complain(place, path, "the number is too large")
            return None
        return value

    def _mapping(self, node: Any, path: KeyPath, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self.place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag is not None:
                self.complain(place, path, "a key must be a plain word")
                continue
            key = key_node.value
            if key == "<<" and key_node.style is None:
                self.complain(place, path, "merge keys (<<) are not supported", "`extends`, or the values written out")
                continue
            if any(0xD800 <= ord(c) <= 0xDFFF for c in key):
                self.complain(place, path, "a key holds half of a surrogate pair")
                continue
            inner = (*path, key)
            if key in out:
                lines = f"first in line {self.tree.keys[inner][1]}, again in line {place[1]}"
                self.complain(place, inner, f"the key is given twice, {lines}", "each key once")
                continue
            self.tree.keys[inner] = place
            out[key] = self.build(value_node, inner, depth + 1, place)
        return out

    def syntax_fault(self, error: yaml.MarkedYAMLError) -> Fault:
        """PyYAML's complaint in words for people, at the place where the slip is."""
        problem, context = str(error.problem or ""), str(error.context or "")
        mark = error.problem_mark or error.context_mark
        message, expected = f"not valid YAML: {problem}", ""
        if problem in (_TOO_DEEP, _TOO_MANY):
            message = problem
        elif context.startswith("expected a single document"):
            message, expected = "the file holds more than one document", "no second `---`"
        elif "'\\t'" in problem:
            message, expected = "a tab stands where only spaces may", "spaces"
        elif problem == "could not find expected ':'":
            mark = error.context_mark or mark
            message, expected = "not valid YAML: no ':' follows this key", "`key: value`, with a space after the colon"
        elif problem == "mapping values are not allowed here":
            message = "not valid YAML: a ':' is not allowed here"
            expected = "text that holds ': ' in quotes, and the keys of one mapping in one column"
        elif "<block end>" in problem:
            message, expected = "not valid YAML: this does not line up with what stands above", "items of one mapping or list in one column"
        elif "quoted scalar" in context and "end of stream" in problem:
            mark = error.context_mark or mark
            message, expected = "not valid YAML: the quoted text that begins here has no end", "a closing quote"
        elif "flow sequence" in context or "flow mapping" in context:
            begin = error.context_mark.line + 1 + self.line0 if error.context_mark else 1
            kind, end = ("list", "]") if "sequence" in context else ("mapping", "}")
            message, expected = f"not valid YAML: the {kind} that begins in line {begin} is not closed", f"',' or '{end}'"
        place = self.place(mark) if mark else (self.tree.file, 1 + self.line0, 1 + self.column0)
        return Fault(*place, "", message, expected)


def read_text(text: str, file: str, line0: int = 0, column0: int = 0, mapping: bool = True) -> Tree:
    """Parse one document. What can be read is returned with its faults; InputError if nothing can be."""
    tree, refused = _read(text, file, line0, column0, mapping)
    if refused:
        raise InputError(refused)
    return tree


def _read(text: str, file: str, line0: int, column0: int, mapping: bool) -> tuple[Tree, list[Fault]]:
    """A document's tree, and why nothing can be read of it, if so."""
    reader = _Reader(file, line0, column0)
    tree = reader.tree
    first = (file, 1 + line0, 1 + column0)
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            tree.data = reader.build(node, (), 0)
    except yaml.reader.ReaderError as error:
        line, column = _line_and_column(text[: error.position])
        code = ord(error.character) if isinstance(error.character, str) else error.character
        place = (file, line + line0, column + (column0 if line == 1 else 0))
        return tree, [Fault(*place, "", f"a character that YAML does not allow (#x{code:04x})")]
    except yaml.MarkedYAMLError as error:
        return tree, [reader.syntax_fault(error)]
    except InputError as error:
        return tree, error.faults
    except (ValueError, OverflowError):
        # an escape such as "\UFFFFFFFF", a version such as %YAML 1.999…9: numbers beyond what PyYAML converts
        place = reader.place(loader.get_mark()) if loader is not None else first
        return tree, [Fault(*place, "", "not valid YAML: an escape or directive with a number out of range")]
    finally:
        if loader is not None:
            tree.size = max(reader.nodes, loader.composed)
            loader.dispose()
    if mapping and node is None:
        return tree, [Fault(*first, "", "the file is empty", "a mapping of keys to values")]
    if mapping and not tree.faults and not isinstance(tree.data, dict):
        kind = "a list" if isinstance(tree.data, list) else "a single value"
        expected = "a mapping of keys to values (is a space missing after ':'?)"
        return tree, [Fault(*tree.marks[()], "", f"the file holds {kind}", expected)]
    return tree, tree.faults if not mapping or not isinstance(tree.data, dict) else []


def read_value(text: str, file: str, column0: int) -> Tree:
    """The value of an override, in the text of which it begins after so many characters. The tree is the caller's own."""
    return _counted(_value, text, file, column0)


def read_file(path: Path, shown: str) -> Tree:
    """Read a YAML file; `shown` is how messages name it. The tree is the caller's own, to be changed at will."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a possible file name"
        raise InputError([Fault(shown, 1, 1, "", f"cannot be read: {reason}")]) from None
    if len(raw) > MAX_BYTES:
        raise InputError([Fault(shown, 1, 1, "", f"the file is larger than {MAX_BYTES:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _line_and_column(raw[: error.start].decode("utf-8", "replace").removeprefix("\ufeff"))
        raise InputError([Fault(shown, line, column, "", "the file is not UTF-8", "UTF-8 text")]) from None
    tree = _counted(_file, text, shown)
    tree.sha256 = hashlib.sha256(raw).hexdigest()
    return tree


@lru_cache(maxsize=KEPT)
def _file(text: str, shown: str) -> tuple[Tree, list[Fault]]:
    """A file, parsed once for whoever asks for the same text by the same name; not to be changed, so copy it."""
    return _read(text, shown, 0, 0, True)


@lru_cache(maxsize=KEPT_VALUES)
def _value(text: str, file: str, column0: int) -> tuple[Tree, list[Fault]]:
    """An override's value, parsed once for every side that it is given to."""
    return _read(text, file, 0, column0, False)


def _counted(parsed: Callable[..., tuple[Tree, list[Fault]]], text: str, file: str, *more: int) -> Tree:
    """A copy of what a text holds, counted against what may be read; InputError if nothing can be read of it."""
    allowance = _allowance.get()
    if allowance is not None:
        allowance.admit(text, file)
    tree, refused = parsed(text, file, *more)
    if allowance is not None:
        allowance.take(text, tree)
    if refused:
        raise InputError(refused)
    return tree.copy()


def copied(value: Any) -> Any:
    """The same mappings and lists again, which may be changed without changing these."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def _line_and_column(before: str) -> tuple[int, int]:
    """Where a character stands, from the text before it; both counted from 1."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
