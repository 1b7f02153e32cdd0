"""The ledger of a test set: how often it was scored, by which models in which versions, and what choosing may gain.

Whoever looks at one test set again and again, and keeps what did best, adapts to it: the best number is then too good,
by chance alone. Nothing here talks to a store (``ledger_store`` does); people and floors are no models, and a version
that is scored again is no new look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ecg_eval.stats.multiplicity import expected_maximum

CAUTION_FROM = 1.0  # standard errors that the best gains by chance: from four versions on


@dataclass(frozen=True, kw_only=True)
class Look:
    """One finished scoring of a test set by a machine.

    Attributes
    ----------
    model : str
        The reader, as its study calls it.
    version : str
        Digest of the reader as it was.
    evaluation : str
        Its ``evaluation.id``.
    at_ms : int
        When it was logged, milliseconds since 1970, UTC.
    metrics : mapping of str to float
        What was logged, by ``section/card``.
    """

    model: str
    version: str
    evaluation: str
    at_ms: int
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a model, over all its looks.

    Attributes
    ----------
    model, digest : str
    first_ms, last_ms : int
        Its first and its last look.
    n_looks : int
    value, low, high : float or None
        The headline number as it was logged last, and its bounds; None where it was not logged.
    """

    model: str
    digest: str
    first_ms: int
    last_ms: int
    n_looks: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a store holds of one test set, beside one evaluation on it.

    Attributes
    ----------
    test_set : str
        Digest of the ECGs scored and their truth by finding.
    evaluation : str
        ``evaluation.id`` of the one that asks.
    looks : tuple of Look
        All of the test set.
    headline : str
        The number that is shown of each version, by ``section/card``; empty where there is none.
    standard_error : float or None
        That of the headline number in the evaluation that asks, the largest of its machines; None where unknown.
    n_other_versions : int
        Versions scored on the same ECGs with other findings or another truth, and not on this test set.
    n_unmarked : int
        Machines' runs on the same data that an earlier program logged without the tags that are counted.
    """

    test_set: str
    evaluation: str
    looks: tuple[Look, ...]
    headline: str = ""
    standard_error: float | None = None
    n_other_versions: int = 0
    n_unmarked: int = 0

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Return the distinct versions, the first to be looked at first."""
        of_digest: dict[str, list[Look]] = {}
        for look in sorted(self.looks, key=lambda look: look.at_ms):
            of_digest.setdefault(look.version, []).append(look)
        return tuple(self._version(digest, looks) for digest, looks in of_digest.items())

    def _version(self, digest: str, looks: Sequence[Look]) -> Version:
        section, _, card = self.headline.partition("/")
        logged = [look.metrics for look in looks if self.headline in look.metrics]
        last = logged[-1] if logged else {}
        value, low, high = (last.get(f"{section}{end}/{card}") for end in ("", "_low", "_high"))
        return Version(
            model=looks[0].model,
            digest=digest,
            first_ms=looks[0].at_ms,
            last_ms=looks[-1].at_ms,
            n_looks=len({look.evaluation for look in looks}),
            value=value,
            low=low,
            high=high,
        )

    @cached_property
    def since_ms(self) -> int | None:
        """When the evaluation that asks was first logged; None where it was not."""
        return min((look.at_ms for look in self.looks if look.evaluation == self.evaluation), default=None)

    @property
    def before(self) -> tuple[Version, ...]:
        """Return the versions that were looked at before the evaluation that asks."""
        return tuple(v for v in self.versions if self.since_ms is None or v.first_ms < self.since_ms)

    @property
    def new(self) -> tuple[Version, ...]:
        """Return the versions that nobody had looked at before the evaluation that asks."""
        mine = {look.version for look in self.looks if look.evaluation == self.evaluation}
        earlier = {version.digest for version in self.before}
        return tuple(v for v in self.versions if v.digest in mine - earlier)

    @property
    def after(self) -> tuple[Version, ...]:
        """Return the versions that were first looked at after the evaluation that asks."""
        counted = {version.digest for version in (*self.before, *self.new)}
        return tuple(v for v in self.versions if v.digest not in counted)

    @property
    def n_candidates(self) -> int:
        """Count the versions that differ in the headline number; one that was logged without it counts by itself.

        Nothing is gained by choosing between equal numbers: another threshold does not move an AUROC.
        """
        values = [version.value for version in self.versions]
        return len({value for value in values if value is not None}) + values.count(None)

    @property
    def gain_in_errors(self) -> float:
        """How many standard errors the best of so many equally good candidates looks better by chance."""
        return expected_maximum(n_candidates=max(self.n_candidates, 1))

    @property
    def gain(self) -> float | None:
        """The same as a part of the headline number; None where its standard error is not known."""
        return None if self.standard_error is None else self.gain_in_errors * self.standard_error

    def sentences(self) -> list[str]:
        """Say how often the test set was looked at, and what the best may owe to that."""
        return [text for text in (self._counted(), self._others(), self._unmarked(), self._by_chance()) if text]

    def _counted(self) -> str:
        if self.since_ms is None:
            them = f"by {_models(self.versions)}" if self.versions else "by no model"
            return f"This test set was scored {them} in this store; this run itself is not logged there."
        before = "This test set was scored by no model before in this store"
        if self.before:
            before = f"This test set was scored by {_models(self.before)} before"
        added = f"this run adds {_counting(len(self.new), 'version')}" if self.new else "this run adds none"
        later = f"; {_counting(len(self.after), 'version')} came after it" if self.after else ""
        return f"{before}; {added}{later}."

    def _others(self) -> str:
        n = self.n_other_versions
        scored = _counting(n, "version")
        return f"On the same ECGs with other findings or another truth: {scored} more." if n else ""

    def _unmarked(self) -> str:
        n = self.n_unmarked
        runs = _counting(n, "run")
        were = "was" if n == 1 else "were"
        return (
            f"{runs} of machines on the same data {were} logged before looks were marked, and not counted." if n else ""
        )

    def _by_chance(self) -> str:
        n = self.n_candidates
        if n <= 1:
            return ""
        differing = f" that differ in {self.headline}" if n < len(self.versions) else ""
        errors = f"{self.gain_in_errors:.2f} standard errors"
        size = f"{errors}, whose size is not known here"
        if self.gain is not None:
            size = f"{100 * self.gain:.1f} points of {self.headline} ({errors})"
        head = "Caution, adaptive overfitting: of" if self.gain_in_errors >= CAUTION_FROM else "Of"
        return (
            f"{head} {n} versions{differing}, were they of equal worth, the best looks better by about {size} by "
            "chance alone; an upper guide, as versions err alike on the same ECGs."
        )


def _models(versions: Sequence[Version]) -> str:
    models = _counting(len({version.model for version in versions}), "model")
    return f"{models} in {_counting(len(versions), 'version')}"


def _counting(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
