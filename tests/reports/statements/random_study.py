"""Small random studies with holes, rare findings, several groups and odd names, and what is true of them by hand.

Some are judged by the majority of the people of a kind, and in some a reader has the very name that a group has.

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
BROADER, NARROWER = "CD", {"LBBB", "1AVB"}  # conduction disturbances hold both, and are no part of a mean beside them
KINDS = ("gp", "resident", "cardiologist", "student")
COUNTS_AS = {"present": 1.0, "absent": 0.0, "uncertain": 0.0, "refer": 1.0}


@dataclass(frozen=True)
class Truths:
    """The tables of a study, and shares recomputed from them."""

    readings: pd.DataFrame
    truth: pd.DataFrame
    kinds: dict[str, str]
    voters: tuple[str, ...] = ()  # whose majority, without help, is the truth; none: the table is

    @cached_property
    def calls(self) -> pd.DataFrame:
        """Return calls by (reader, arm, finding) and record."""
        return self.readings.assign(call=self.readings["reading"].map(COUNTS_AS))

    def truths(self, finding: str, *judged: str) -> list[pd.Series]:
        """Return what readers are judged by, by record: one series, or one a voter for readers who do not vote."""
        if not self.voters:
            return [self.truth.set_index("record_id")[finding].dropna()]
        voting = [reader for reader in judged if reader in self.voters]
        leave_out = [voting] if voting else [[voter] for voter in self.voters]
        return [self._majority(finding, [v for v in self.voters if v not in left]) for left in leave_out]

    def _majority(self, finding: str, voters: list[str]) -> pd.Series:
        votes = self.readings[self.readings["reading"].isin(["present", "absent"])]
        cast = votes[votes["reader_id"].isin(voters) & (votes["arm"] == "unaided") & (votes["finding"] == finding)]
        balance = (cast["reading"] == "present").map({True: 1, False: -1}).groupby(cast["record_id"]).sum()
        balance = balance[balance != 0]
        return (balance > 0).astype(float)

    def one(self, reader: str, arm: str, finding: str, truth: pd.Series | None = None) -> pd.DataFrame:
        """Return a reader's calls of a finding with the truth beside them, by record."""
        table = self.calls
        own = (table["reader_id"] == reader) & (table["arm"] == arm) & (table["finding"] == finding)
        truth = self.truths(finding, reader)[0] if truth is None else truth
        return table[own].set_index("record_id").join(truth.rename("truth"), how="inner")

    def share(self, reader: str, arm: str, finding: str, shown: int, among: pd.Index | None = None) -> float:
        """Return the share called right of the ECGs whose truth is `shown`, over all truths that judge the reader."""
        own = pd.concat([self.one(reader, arm, finding, truth) for truth in self.truths(finding, reader)])
        own = own[own["truth"] == shown]
        own = own if among is None else own[own.index.isin(among)]
        return float((own["call"] == shown).mean()) if len(own) else np.nan

    def counted(self, reader: str, arm: str, finding: str, shown: int) -> tuple[float, float]:
        """Return how many were called right of how many whose truth is `shown`: of several truths, the means."""
        truths = self.truths(finding, reader)
        own = [self.one(reader, arm, finding, truth) for truth in truths]
        asked = [table[table["truth"] == shown] for table in own]
        return sum(int((t["call"] == shown).sum()) for t in asked) / len(own), sum(map(len, asked)) / len(own)

    @staticmethod
    def once(findings: list[str]) -> list[str]:
        """Return the findings without one of whose parts some are there."""
        return [f for f in findings if f != BROADER or not NARROWER & set(findings)]

    def mean(self, readers: list[str], arm: str, findings: tuple[str, ...], shown: int) -> float:
        """Return the mean over readers of the mean over findings."""
        return float(np.mean([np.mean([self.share(r, arm, f, shown) for f in findings]) for r in readers]))

    def difference(self, first: str, second: str, arm: str, finding: str, shown: int) -> float:
        """Return the difference of two readers on the ECGs that both read."""
        truth = (
            self.whole(finding) if not {first, second} & set(self.voters) else self.truths(finding, first, second)[0]
        )
        one, other = (self.one(reader, arm, finding, truth) for reader in (first, second))
        shares = [
            t.loc[t.index.isin(one.index.intersection(other.index)) & (t["truth"] == shown)] for t in (one, other)
        ]
        return float((shares[0]["call"] == shown).mean() - (shares[1]["call"] == shown).mean())

    def whole(self, finding: str) -> pd.Series:
        """Return the truth that leaves nobody's vote out."""
        return self._majority(finding, list(self.voters)) if self.voters else self.truths(finding)[0]

    def effect(self, reader: str, finding: str, shown: int) -> float:
        """Return aided minus unaided on the ECGs read both ways."""
        truth = self.truths(finding, reader)[0] if reader in self.voters else self.whole(finding)
        aided, unaided = (self.one(reader, arm, finding, truth) for arm in ("aided", "unaided"))
        both = aided.index.intersection(unaided.index)
        right = [(t.loc[both, "call"] == shown)[t.loc[both, "truth"] == shown].mean() for t in (aided, unaided)]
        return float(right[0] - right[1])

    def ecgs(self, readers: list[str], arm: str, findings: tuple[str, ...]) -> int:
        """Return how many ECGs were read by any of the readers for any of the findings."""
        table = self.calls
        own = table["reader_id"].isin(readers) & (table["arm"] == arm)
        read = [set(table.loc[own & (table["finding"] == f), "record_id"]) & set(self.whole(f).index) for f in findings]
        return len(set().union(*read))


def random_study(seed: int) -> Truths:
    """Return a study of 12 to 60 ECGs, 1 to 5 findings, 0 to 3 models and 1 to 7 people of 1 to 4 kinds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 61))
    findings = FINDINGS[: int(rng.integers(1, 6))]
    if rng.random() < 0.3:
        findings = (*findings, BROADER)
    ids = [f"r{i}" for i in range(n)]
    prevalence = rng.choice([0.02, 0.1, 0.3, 0.5], size=len(findings))
    truth = (rng.random((n, len(findings))) < prevalence).astype(float)
    if rng.random() < 0.3:
        truth[rng.random(truth.shape) < 0.1] = np.nan
    names = [str(x) for x in rng.permutation(NAMES)]
    kinds = {names.pop(): "model" for _ in range(int(rng.integers(0, 4)))}
    kinds |= {names.pop(): str(rng.choice(KINDS)) for _ in range(int(rng.integers(1, 8)))}
    if rng.random() < 0.3:
        kinds = _like_a_group(kinds)
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
    met = set(readings["reader_id"])
    voters = [r for r, kind in kinds.items() if kind == "gp" and r in met] if rng.random() < 0.4 else []
    return Truths(readings=readings, truth=given, kinds=kinds, voters=tuple(voters) if len(voters) > 2 else ())


def _like_a_group(kinds: dict[str, str]) -> dict[str, str]:
    """Give a reader the name that the largest group of people has in tables."""
    people = [kind for kind in kinds.values() if kind != "model"]
    kind = max(people, key=people.count)
    taken = next(reader for reader in kinds if kinds[reader] != "model")
    return {f"{kind} (mean of {people.count(kind)})" if r == taken else r: k for r, k in kinds.items()}
