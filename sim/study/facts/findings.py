"""What an examination of the facts leaves: a table of checks, a verdict for each fact, the seeds' numbers, a folder with a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.inputs import Resolved
from sim.study.facts.declare import FAILS, HOLDS, NOT_YET, TOO_FEW, VERDICTS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "fact", "name", "kind", "check", "what", "unit", "measured", "ci_low", "ci_high", "interval", "band_low", "band_high", "strict",
    "verdict",
    "distance", "sure", "published", "source", "missing",
)


@dataclass(frozen=True, repr=False)
class Findings:
    """Result of an examination.

    table: one row per check; measured with its 95 % interval over seeds and how that was made, the band, verdict, distance beyond
    the nearer bound (negative below), sure: whether the interval leaves no doubt. verdicts: one row per fact, sure where one
    check fails surely or all hold so. seeds: one row per fact, seed and number.
    """

    table: pd.DataFrame
    verdicts: pd.DataFrame
    seeds: pd.DataFrame
    manifest: dict[str, Any]

    @classmethod
    def of(
        cls, rows: Sequence[Mapping[str, Any]], by_seed: Sequence[Mapping[str, Any]], calm: Resolved, seeds: Sequence[int], full: bool
    ) -> Findings:
        """From the rows of the table and of the seeds."""
        import pandas as pd

        table = pd.DataFrame(rows, columns=list(COLUMNS))
        for name in ("measured", "ci_low", "ci_high", "band_low", "band_high", "distance"):
            table[name] = table[name].astype("float64")
        verdicts = pd.DataFrame(
            [
                {
                    "fact": number, "name": part["name"].iloc[0], "verdict": verdict_of([*part["verdict"]]),
                    "sure": sure_of([*zip(part["verdict"], part["sure"], strict=True)]),
                    "holds": int((part["verdict"] == HOLDS).sum()), "fails": int((part["verdict"] == FAILS).sum()),
                    "missing": "; ".join(dict.fromkeys(words for words in part["missing"] if words)),
                }
                for number, part in table.groupby("fact", sort=True)
            ],
            columns=["fact", "name", "verdict", "sure", "holds", "fails", "missing"],
        )
        return cls(
            table, verdicts, pd.DataFrame(by_seed, columns=["fact", "seed", "number", "value"]),
            {
                "kind": "facts", "title": calm.scenario.title, "policy": calm.policy.title, "profile": calm.profile.title,
                "borrowers": calm.scenario.borrowers.count, "seeds": [*seeds], "full": full, "input": calm.as_dict(),
                "verdicts": {v: int((verdicts["verdict"] == v).sum()) for v in VERDICTS},
            },
        )

    def __repr__(self) -> str:
        told = ", ".join(f"{n} {verdict}" for verdict, n in self.manifest["verdicts"].items() if n)
        return f"<Findings on {len(self.verdicts)} stylised facts: {told}; see .verdicts, .table, .save(folder)>"

    def save(self, directory: str | Path) -> Path:
        """Write facts.csv, verdicts.csv, seeds.csv, the page and manifest.json, whole or not at all."""
        from sim.study.results import as_text
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            as_text(self.table).to_csv(folder / "facts.csv", index=False)
            as_text(self.verdicts).to_csv(folder / "verdicts.csv", index=False)
            as_text(self.seeds).to_csv(folder / "seeds.csv", index=False)
            from sim.report.facts_page import write_facts_page

            write_facts_page(self, folder / "report.html")

        return write_folder(directory, fill, self.manifest)


def verdict_of(checks: Sequence[str]) -> str:
    """A fact fails with any of its checks, and holds where all that could be measured do."""
    if FAILS in checks:
        return FAILS
    if TOO_FEW in checks:
        return TOO_FEW
    return HOLDS if HOLDS in checks else NOT_YET


def sure_of(checks: Sequence[tuple[str, bool]]) -> bool:
    """Whether no further seed is likely to turn a fact's verdict: a check fails surely, or all that were measured hold surely."""
    measured = [(verdict, sure) for verdict, sure in checks if verdict != NOT_YET]
    return any(verdict == FAILS and sure for verdict, sure in measured) or (
        bool(measured) and all(verdict == HOLDS and sure for verdict, sure in measured)
    )
