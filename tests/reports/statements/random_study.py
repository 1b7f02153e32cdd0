"""Small random studies with holes, rare findings, several groups and odd names, and what is true of them by hand.

``Truths`` recomputes shares from the tables that were given, with nothing of the package: what the answer says is held
against it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

NAMES = (
    *("macro", "pooled", "all gp (3)", "gp (mean of 9)", "PGY2 (3)", "PGY2 (1)", "100 % sure", "{who}", "{0}", "a; b"),
    *("Dr. O'Neill", "anna", "ben", "<b>bold</b>", "the 2 GPs", "x, y", "with help", "reader:7", "Zoé", "ΑΒΓ", "no. 9"),
)
FINDINGS = ("AF", "LBBB", "1AVB", "my {finding}", "50 % block")
KINDS = ("gp", "resident", "cardiologist", "student")
COUNTS_AS = {"present": 1.0, "absent": 0.0, "uncertain": 0.0, "refer": 1.0}


@dataclass(frozen=True)
class Truths:
    """The tables of a study, and shares recomputed from them."""

    readings: pd.DataFrame
    truth: pd.DataFrame
    kinds: dict[str, str]

    @cached_property
    def calls(self) -> pd.DataFrame:
        """Return calls by (reader, arm, finding) and record, with the truth beside them."""
        long = self.truth.melt("record_id", var_name="finding", value_name="truth").dropna()
        table = self.readings.assign(call=self.readings["reading"].map(COUNTS_AS))
        return table.merge(long, on=["record_id", "finding"])

    def one(self, reader: str, arm: str, finding: str) -> pd.DataFrame:
        """Return a reader's calls of a finding, by record."""
        table = self.calls
        own = (table["reader_id"] == reader) & (table["arm"] == arm) & (table["finding"] == finding)
        return table[own].set_index("record_id")

    def share(self, reader: str, arm: str, finding: str, shown: int, among: pd.Index | None = None) -> float:
        """Return the share called right of the ECGs whose truth is `shown`."""
        own = self.one(reader, arm, finding)
        own = own[own["truth"] == shown]
        own = own if among is None else own[own.index.isin(among)]
        return float((own["call"] == shown).mean()) if len(own) else np.nan

    def mean(self, readers: list[str], arm: str, findings: tuple[str, ...], shown: int) -> float:
        """Return the mean over readers of the mean over findings."""
        return float(np.mean([np.mean([self.share(r, arm, f, shown) for f in findings]) for r in readers]))

    def difference(self, first: str, second: str, arm: str, finding: str, shown: int) -> float:
        """Return the difference of two readers on the ECGs that both read."""
        both = self.one(first, arm, finding).index.intersection(self.one(second, arm, finding).index)
        return self.share(first, arm, finding, shown, both) - self.share(second, arm, finding, shown, both)

    def effect(self, reader: str, finding: str, shown: int) -> float:
        """Return aided minus unaided on the ECGs read both ways."""
        both = self.one(reader, "aided", finding).index.intersection(self.one(reader, "unaided", finding).index)
        return self.share(reader, "aided", finding, shown, both) - self.share(reader, "unaided", finding, shown, both)

    def ecgs(self, readers: list[str], arm: str, findings: tuple[str, ...]) -> int:
        """Return how many ECGs were read by any of the readers for any of the findings."""
        table = self.calls
        own = table["reader_id"].isin(readers) & (table["arm"] == arm) & table["finding"].isin(findings)
        return int(table.loc[own, "record_id"].nunique())


def random_study(seed: int) -> Truths:
    """Return a study of 12 to 60 ECGs, 1 to 5 findings, 0 to 3 models and 1 to 7 people of 1 to 4 kinds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 61))
    findings = FINDINGS[: int(rng.integers(1, 6))]
    ids = [f"r{i}" for i in range(n)]
    prevalence = rng.choice([0.02, 0.1, 0.3, 0.5], size=len(findings))
    truth = (rng.random((n, len(findings))) < prevalence).astype(float)
    if rng.random() < 0.3:
        truth[rng.random(truth.shape) < 0.1] = np.nan
    names = [str(x) for x in rng.permutation(NAMES)]
    kinds = {names.pop(): "model" for _ in range(int(rng.integers(0, 4)))}
    kinds |= {names.pop(): str(rng.choice(KINDS)) for _ in range(int(rng.integers(1, 8)))}
    holes, aided = rng.choice([0.0, 0.02, 0.3]), rng.random() < 0.6
    rows = []
    for reader, kind in kinds.items():
        skill = rng.uniform(0.5, 1.0)
        asked = rng.random(len(findings)) < (1.0 if rng.random() < 0.7 else 0.5)
        arms = ("unaided", "aided") if aided and kind != "model" and rng.random() < 0.8 else ("unaided",)
        for arm in arms:
            seen = np.ones(n, dtype=bool) if arm == "unaided" or rng.random() < 0.5 else np.arange(n) % 2 == 1
            for j, finding in enumerate(findings):
                for i in np.flatnonzero(seen & (rng.random(n) >= holes)):
                    if not asked[j]:
                        continue
                    right = rng.random() < min(1.0, skill + 0.1 * (arm == "aided"))
                    shown = (truth[i, j] == 1) == right
                    answer = rng.choice(["present", "refer"], p=[0.9, 0.1]) if shown else "absent"
                    ai = "present" if rng.random() < 0.4 else "absent"
                    rows.append((ids[i], reader, finding, arm, answer, ai if arm == "aided" else None))
    columns = ["record_id", "reader_id", "finding", "arm", "reading", "ai_reading"]
    readings = pd.DataFrame(rows, columns=columns)
    given = pd.DataFrame(truth, columns=list(findings))
    given.insert(0, "record_id", ids)
    return Truths(readings=readings, truth=given, kinds=kinds)
