"""From files to a resolved input: layers by `extends`, references, overrides, validation with places."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sim.config.checks import cross_checks
from sim.config.faults import Fault, InputError, nearest
from sim.config.fields import Section
from sim.config.schema import Policy, Profile, Scenario
from sim.config.shipped import KINDS, shipped, shipped_root, shown
from sim.config.validation import validate
from sim.config.yaml_reader import Path_, Place, Tree, dotted, read_file, read_text

MODELS: dict[str, type[Section]] = {"scenario": Scenario, "policy": Policy, "profile": Profile}
S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class SourceFile:
    """A file that took part: its role, how it was named, its digest."""

    role: str
    name: str
    sha256: str


@dataclass
class Layered:
    """Merged values of a file and its parents, and where each came from."""

    kind: str
    data: dict[str, Any]
    marks: dict[Path_, Place]
    keys: dict[Path_, Place]
    folder: Path
    files: list[SourceFile] = field(default_factory=list)


@dataclass(frozen=True)
class Resolved:
    """A scenario with its policy and profile, validated; ready to run."""

    scenario: Scenario
    policy: Policy
    profile: Profile
    files: tuple[SourceFile, ...]
    table_path: Path | None
    marks: dict[Path_, Place]

    def mark(self, path: Sequence[str | int]) -> Place:
        """File, line and column of a scenario value."""
        p = tuple(path)
        while p and p not in self.marks:
            p = p[:-1]
        return self.marks.get(p, ("", 0, 0))

    def as_dict(self) -> dict[str, Any]:
        """Everything that was resolved, as plain data without machine paths."""
        scenario = self.scenario.model_dump(mode="json")
        if self.table_path is not None:
            digest = hashlib.sha256(self.table_path.read_bytes()).hexdigest()
            scenario["economy"]["table"] = {"name": self.table_path.name, "sha256": digest}
        return {
            "scenario": scenario,
            "policy": self.policy.model_dump(mode="json"),
            "profile": self.profile.model_dump(mode="json"),
            "files": [f.__dict__ for f in self.files],
        }


def find(kind: str, reference: str | Path, folder: Path | None, confined: bool, place: Place, path: str) -> Path:
    """The file that a reference means: a path relative to `folder` (None: the working folder), or a shipped name."""
    text = str(reference)
    names = shipped(kind)
    base = folder if folder is not None else Path.cwd()
    candidates = [base / text] if text.endswith((".yaml", ".yml")) or "/" in text else []
    if folder is not None:
        candidates += [shipped_root() / text] if text.endswith((".yaml", ".yml")) else []
        room = {"policy": "policies", "profile": "profiles"}.get(kind, "")
        candidates += [base / room / f"{text}.yaml", *([names[text]] if text in names else []), base / f"{text}.yaml"]
    if folder is None and (base / text).is_file():
        candidates.insert(0, base / text)
    for candidate in candidates:
        if candidate.is_file():
            if confined and not _inside(candidate, base):
                raise InputError(
                    [Fault(*place, path, f"'{text}' lies outside the file's own folder", "a path below it, or --allow-outside")]
                )
            return candidate
    if text in names:
        return names[text]
    raise InputError(
        [Fault(*place, path, f"no {kind} '{text}'", f"a file or one of {', '.join(sorted(names))}", nearest(text, names))]
    )


def _inside(path: Path, folder: Path) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(root.resolve()) for root in (folder, shipped_root()))


def _overlay(below: Layered, above: Tree) -> None:
    """Merge a file over its parent: mappings key by key, everything else replaced."""

    def put(target: dict[str, Any], source: dict[str, Any], path: Path_) -> None:
        for key, value in source.items():
            p = (*path, key)
            if isinstance(value, dict) and isinstance(target.get(key), dict):
                below.marks[p], below.keys[p] = above.marks[p], above.keys[p]
                put(target[key], value, p)
                continue
            for table in (below.marks, below.keys):
                for old in [q for q in table if q[: len(p)] == p]:
                    del table[old]
            target[key] = value
            below.marks |= {q: m for q, m in above.marks.items() if q[: len(p)] == p}
            below.keys |= {q: m for q, m in above.keys.items() if q[: len(p)] == p}

    put(below.data, above.data, ())
    below.marks[()] = above.marks[()]


def load_layers(kind: str, path: Path, name: str, allow_outside: bool, seen: tuple[Path, ...] = ()) -> Layered:
    """A file merged over what it extends."""
    tree = read_file(path, name)
    digest = SourceFile(kind, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    parent = tree.data.get("extends")
    if parent is None:
        return Layered(kind, tree.data, dict(tree.marks), dict(tree.keys), path.parent, [digest])
    place = tree.marks[("extends",)]
    if not isinstance(parent, str):
        raise InputError([Fault(*place, "extends", f"{parent!r} is not a name", f"the name or path of a {kind}")])
    below_path = find(kind, parent, path.parent, not allow_outside, place, "extends")
    if below_path.resolve() in (p.resolve() for p in (*seen, path)):
        raise InputError([Fault(*place, "extends", "the files extend each other in a circle", "a chain that ends")])
    if len(seen) > 20:
        raise InputError([Fault(*place, "extends", "more than 20 files extend each other")])
    try:
        below = load_layers(kind, below_path, shown(below_path), allow_outside, (*seen, path))
    except InputError as error:
        raise InputError([*error.faults, Fault(*place, "extends", f"'{parent}' has faults")]) from None
    _overlay(below, tree)
    below.folder = path.parent
    below.files.append(digest)
    # a reference taken over from the parent is still meant from the parent's folder
    return below


def _set(layered: Layered, path: Path_, tree: Tree, text: str) -> None:
    """Put one override in place; the path's parents must exist, its last key is judged by the schema."""
    target: Any = layered.data
    for k, part in enumerate(path[:-1]):
        here = path[: k + 1]
        if isinstance(target, list):
            index = int(part) if str(part).isdigit() else -1
            if not 0 <= index < len(target):
                raise InputError([Fault(*tree.marks[()], dotted(path), f"there is no element {part} in {dotted(path[:k])}", f"0 to {len(target) - 1}")])  # noqa: E501
            target = target[index]
        elif isinstance(target, dict):
            if part not in target or target[part] is None:
                target[part] = {}
            target = target[part]
        else:
            raise InputError([Fault(*tree.marks[()], dotted(path), f"{dotted(here[:-1])} is a single value")])
    last = path[-1]
    p = path
    if isinstance(target, list):
        index = int(last) if str(last).isdigit() else -1
        if not 0 <= index < len(target):
            raise InputError([Fault(*tree.marks[()], dotted(path), f"there is no element {last}", f"0 to {len(target) - 1}")])
        target[index] = tree.data
    elif isinstance(target, dict):
        target[last] = tree.data
    else:
        raise InputError([Fault(*tree.marks[()], dotted(path), f"{dotted(path[:-1])} is a single value")])
    for table in (layered.marks, layered.keys):
        for old in [q for q in table if q[: len(p)] == p]:
            del table[old]
    layered.marks |= {(*p, *q): m for q, m in tree.marks.items()}
    layered.keys |= {(*p, *q): m for q, m in tree.keys.items()}
    for k in range(1, len(p) + 1):
        layered.marks.setdefault(p[:k], tree.marks[()])
        layered.keys.setdefault(p[:k], tree.marks[()])


def _parse_override(text: str) -> tuple[Path_, Tree]:
    key, equals, value = text.partition("=")
    parts: Path_ = tuple(int(p) if p.isdigit() else p for p in key.strip().split("."))
    if not equals or not key.strip():
        raise InputError([Fault("--set", 1, 1, text, "not an override", "path=value, e.g. borrowers.count=50_000")])
    tree = read_text(value, "--set", 0, len(key) + 1, mapping=False)
    tree.marks.setdefault((), ("--set", 1, len(key) + 2))
    return parts, tree


def load_scenario(
    reference: str | Path, policy: str | Path | None = None, overrides: Sequence[str] = (), allow_outside: bool = False
) -> Resolved:
    """Load, merge, override and validate a scenario with its policy and profile.

    Raises InputError listing every fault found.
    """
    command = ("", 0, 0)
    path = find("scenario", reference, None, False, command, "")
    scenario = load_layers("scenario", path, shown(path), allow_outside)
    faults: list[Fault] = []
    nested: dict[str, list[tuple[Path_, Tree, str]]] = {"policy": [], "profile": []}
    from_command: set[str] = set()
    for text in overrides:
        try:
            parts, tree = _parse_override(text)
            if parts[0] in nested and len(parts) > 1:
                nested[str(parts[0])].append((parts[1:], tree, text))
            else:
                _set(scenario, parts, tree, text)
                from_command.add(dotted(parts))
        except InputError as error:
            faults += error.faults
    if policy is not None:
        scenario.data["policy"] = str(policy)
        scenario.marks[("policy",)] = scenario.keys[("policy",)] = ("--policy", 1, 1)
        from_command.add("policy")
    model, found = validate(Scenario, scenario.data, scenario.marks, scenario.keys)
    faults += found
    inner: dict[str, Section | None] = {}
    files = list(scenario.files)
    for kind, where in (("policy", ("policy",)), ("profile", ("borrowers", "profile"))):
        inner[kind], problems, more = _load_inner(
            kind, scenario, where, dotted(where) in from_command, nested[kind], allow_outside
        )
        faults += problems
        files += more
    table = None
    if model is not None:
        try:
            table = _find_table(scenario, "economy.table" in from_command or "economy" in from_command, allow_outside)
        except InputError as error:
            faults += error.faults
        faults += cross_checks(model, scenario.marks)
    if faults or model is None:
        raise InputError(_distinct(faults))
    return Resolved(model, inner["policy"], inner["profile"], tuple(files), table, scenario.marks)  # type: ignore[arg-type]


def _load_inner(
    kind: str, scenario: Layered, where: Path_, from_command: bool, overrides: list[tuple[Path_, Tree, str]], allow_outside: bool
) -> tuple[Section | None, list[Fault], list[SourceFile]]:
    value: Any = scenario.data
    for part in where:
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        return None, [], []  # the scenario's own validation says so
    place = scenario.marks.get(where, ("", 0, 0))
    try:
        # a value keeps the folder of the file that it stands in
        folder = None if from_command else _folder_of(place[0], scenario.folder)
        path = find(kind, value, folder, not allow_outside and not from_command, place, dotted(where))
        layered = load_layers(kind, path, shown(path), allow_outside)
    except InputError as error:
        return None, error.faults, []
    faults: list[Fault] = []
    for parts, tree, text in overrides:
        try:
            _set(layered, parts, tree, text)
        except InputError as error:
            faults += error.faults
    model, found = validate(MODELS[kind], layered.data, layered.marks, layered.keys)
    faults += found
    if model is not None:
        faults += cross_checks(model, layered.marks)
    if faults and place[0]:
        faults.append(Fault(*place, dotted(where), f"the {kind} '{value}' has faults"))
    return model, faults, layered.files


def _folder_of(file: str, fallback: Path) -> Path:
    path = Path(file)
    return path.parent if path.is_file() else fallback


def _find_table(scenario: Layered, from_command: bool, allow_outside: bool) -> Path | None:
    economy = scenario.data.get("economy")
    text = economy.get("table") if isinstance(economy, dict) else None
    if not isinstance(text, str):
        return None
    place = scenario.marks.get(("economy", "table"), ("", 0, 0))
    bases = [Path.cwd()] if from_command else [_folder_of(place[0], scenario.folder), shipped_root()]
    for base in bases:
        candidate = base / text
        if candidate.is_file():
            if not from_command and not allow_outside and not _inside(candidate, base):
                raise InputError(
                    [Fault(*place, "economy.table", f"'{text}' lies outside the file's own folder", "a path below it, or --allow-outside")]
                )
            return candidate
    near = nearest(Path(text).name, [p.name for p in (shipped_root() / "macro").glob("*.csv")])
    raise InputError([Fault(*place, "economy.table", f"no table '{text}'", "an existing CSV file", f"macro/{near}" if near else "")])


def kind_of(data: dict[str, Any]) -> str:
    """Which kind of file this is, by the keys it holds."""
    score = {k: len(set(data) & set(m.model_fields) - {"title", "description", "extends"}) for k, m in MODELS.items()}
    best = max(KINDS, key=lambda k: score[k])
    return best if score[best] else "scenario"


def check_files(paths: Iterable[str | Path]) -> list[Fault]:
    """All faults of the files, each judged as the kind it is, with everything it refers to."""
    faults: list[Fault] = []
    for given in paths:
        path = Path(given)
        try:
            if not path.is_file():
                raise InputError([Fault(str(given), 1, 1, "", "there is no such file")])
            tree = read_file(path, str(given))
            kind = kind_of(tree.data)
            if kind == "scenario":
                resolved = load_scenario(path)
                _check_conditions(resolved)
            else:
                layered = load_layers(kind, path, str(given), False)
                model, found = validate(MODELS[kind], layered.data, layered.marks, layered.keys)
                if model is not None:
                    found = found + cross_checks(model, layered.marks)
                faults += found
        except InputError as error:
            faults += error.faults
    return _distinct(faults)


def _check_conditions(resolved: Resolved) -> None:
    """Faults that only show when the macro paths are put together (tables, shocks that leave their range)."""
    from sim.economy import build_conditions

    build_conditions(resolved)


def _distinct(faults: list[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def headline(path: Path) -> str:
    """The title of a shipped file."""
    return str(read_file(path, shown(path)).data.get("title", ""))
