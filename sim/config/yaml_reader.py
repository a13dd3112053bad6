"""Reading YAML with places: every value knows its line and column, scalars mean what YAML 1.2 says.

No Norway (`NO` is text), no octal (`010` is ten), no sexagesimal, no dates, `1e-3` is a number; duplicate
keys are refused; size, nesting and expansion of aliases are bounded.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from sim.config.faults import Fault, InputError

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 60

Path_ = tuple[str | int, ...]
Place = tuple[str, int, int]

_INT = re.compile(r"^[+-]?[0-9][0-9_]*$")
_FLOAT = re.compile(r"^[+-]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][+-]?[0-9]+)?$")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Tree:
    """A file's values and, by path, the place of each value and of each key."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: Any = None
        self.marks: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}


def scalar(text: str) -> Any:
    """A plain scalar under the YAML 1.2 core schema (decimal only)."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text.replace("_", ""))
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text


class _Reader:
    def __init__(self, file: str, line0: int = 0, column0: int = 0) -> None:
        self.tree = Tree(file)
        self.faults: list[Fault] = []
        self.nodes = 0
        self.line0, self.column0 = line0, column0

    def place(self, mark: Any) -> Place:
        return self.tree.file, mark.line + 1 + self.line0, mark.column + 1 + (self.column0 if mark.line == 0 else 0)

    def fault(self, mark: Any, path: Path_, message: str, expected: str = "") -> None:
        self.faults.append(Fault(*self.place(mark), dotted(path), message, expected))

    def build(self, node: Any, path: Path_, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise InputError([Fault(*self.place(node.start_mark), dotted(path), f"the file expands to more than {MAX_NODES:,} values")])
        if depth > MAX_DEPTH:
            raise InputError([Fault(*self.place(node.start_mark), dotted(path), f"nested deeper than {MAX_DEPTH} levels")])
        self.tree.marks[path] = self.place(node.start_mark)
        if node.tag and not node.tag.startswith("tag:yaml.org,2002:"):
            self.fault(node.start_mark, path, f"the tag {node.tag} is not allowed", "plain values")
            return None
        if isinstance(node, yaml.ScalarNode):
            if node.tag and node.tag.startswith("tag:yaml.org,2002:python"):
                self.fault(node.start_mark, path, "Python tags are not allowed", "plain values")
                return None
            if node.style is None:
                value = scalar(node.value)
                if isinstance(value, float) and value in (float("inf"), float("-inf")):
                    self.fault(node.start_mark, path, f"{node.value} is too large for a number")
                return value
            return node.value
        if node.tag and node.tag.startswith("tag:yaml.org,2002:python"):
            self.fault(node.start_mark, path, "Python tags are not allowed", "plain values")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, k), depth + 1) for k, child in enumerate(node.value)]
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(key_node.start_mark, path, "a key must be a plain word")
                continue
            key = key_node.value
            if key == "<<" and key_node.style is None:
                self.fault(key_node.start_mark, path, "merge keys (<<) are not supported", "`extends` or the values written out")
                continue
            inner = (*path, key)
            if key in out:
                first = self.tree.keys[inner]
                self.fault(key_node.start_mark, inner, f"the key is given twice, first in line {first[1]}", "each key once")
                continue
            self.tree.keys[inner] = self.place(key_node.start_mark)
            out[key] = self.build(value_node, inner, depth + 1)
        return out


def dotted(path: Path_) -> str:
    """`shocks.0.by` from its parts."""
    return ".".join(str(p) for p in path)


def read_text(text: str, file: str, line0: int = 0, column0: int = 0, mapping: bool = True) -> Tree:
    """Parse one document; raises InputError with every fault found."""
    reader = _Reader(file, line0, column0)
    try:
        loader = yaml.SafeLoader(text)
        try:
            loader.resolver = None  # type: ignore[attr-defined]
            node = loader.get_single_node()
        finally:
            loader.dispose()
        if node is None:
            if mapping:
                raise InputError([Fault(file, 1 + line0, 1 + column0, "", "the file is empty", "a mapping of keys to values")])
            return reader.tree
        reader.tree.data = reader.build(node, (), 0)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        raise InputError([Fault(file, line + line0, column, "", f"a character that YAML does not allow (#x{ord(error.character) if isinstance(error.character, str) else error.character:04x})")]) from None  # noqa: E501
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = reader.place(mark) if mark else (file, 1, 1)
        message = error.problem or str(error)
        if "document" in message or "but found another document" in str(error):
            message = "the file holds more than one document"
        if "\\t" in message:
            message = "a tab is used for indentation; YAML wants spaces"
        raise InputError([Fault(*place, "", f"not valid YAML: {message}")]) from None
    except RecursionError:
        raise InputError([Fault(file, 1 + line0, 1, "", f"nested deeper than {MAX_DEPTH} levels")]) from None
    except ValueError as error:
        raise InputError([Fault(file, 1 + line0, 1, "", f"not valid YAML: {error}")]) from None
    if mapping and not reader.faults and not isinstance(reader.tree.data, dict):
        kind = "a list" if isinstance(reader.tree.data, list) else "a single value"
        place = reader.tree.marks[()]
        raise InputError([Fault(*place, "", f"the file holds {kind}", "a mapping of keys to values (is a space missing after ':'?)")])
    if reader.faults:
        raise InputError(reader.faults)
    return reader.tree


def read_file(path: Path, shown: str) -> Tree:
    """Read a YAML file; `shown` is how messages name it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError([Fault(shown, 1, 1, "", f"cannot be read: {error.strerror}")]) from None
    if len(raw) > MAX_BYTES:
        raise InputError([Fault(shown, 1, 1, "", f"the file is larger than {MAX_BYTES:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise InputError([Fault(shown, line, column, "", "the file is not UTF-8", "UTF-8 text")]) from None
    return read_text(text, shown)
