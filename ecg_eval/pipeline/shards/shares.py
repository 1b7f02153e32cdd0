"""Which recordings a shard has, and what its numbers depend on.

The recordings of the folds that a configuration uses, in the order train, threshold, test and within them that of the
archive's table, are dealt out one by one: the k-th goes to shard k mod n. So a share depends on the table and the split
and on nothing that is seen in a signal, shares differ by one recording at most, and each has its part of every fold.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.config.load import config_to_dict
from ecg_eval.config.schema import RunConfig
from ecg_eval.errors import ArgumentError, ConfigError
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.build import Parts, needs_signals
from ecg_eval.pipeline.study.door import records_of
from ecg_eval.pipeline.study.read import chosen_of, with_signal
from ecg_eval.pipeline.study.stages import made_of

FOLDER = "shards"
_SHARE = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")
# what is worked out from recordings depends on these; panels, truth, metrics and report may change until the merge
_WORDS = ("dataset", "findings", "split", "signals_required", "resample_hz", "quality", "models")
_SHOWN = 60


@dataclass(frozen=True)
class Share:
    """The i-th of n shares.

    Attributes
    ----------
    number, of : int
        1 to n, and n.
    """

    number: int
    of: int

    def __str__(self) -> str:
        """Say it as the command line does: 3/8."""
        return f"{self.number}/{self.of}"

    def folder(self, run_folder: Path) -> Path:
        """Return where it is made in a run folder."""
        return run_folder / FOLDER / f"{self.number}-of-{self.of}"

    def among(self, ids: Sequence[str]) -> list[str]:
        """Return its recordings.

        Examples
        --------
        >>> Share(2, 3).among(["a", "b", "c", "d", "e"])
        ['b', 'e']
        """
        return list(ids[self.number - 1 :: self.of])


def share_of(words: str) -> Share:
    """Return the share that a command line names.

    Raises
    ------
    ArgumentError
        For anything but i/n with 1 <= i <= n.
    """
    match = _SHARE.fullmatch(words.strip())
    if match is None or int(match[1]) > int(match[2]):
        raise ArgumentError("ecg-eval run", "--shard", "i/n with whole numbers 1 <= i <= n, such as 3/8", words)
    return Share(int(match[1]), int(match[2]))


def parts_of(config: RunConfig, parts: Parts) -> dict[str, pd.DataFrame]:
    """Return the recordings with a signal that teach, freeze thresholds and are read, shares of which may be dealt out.

    Raises
    ------
    ConfigError
        When no model looks at a signal, so that there is nothing to share.
    """
    records = records_of(parts.dataset)
    chosen = chosen_of(config, records)
    if not needs_signals(config, records):
        remedy = "Run it without --shard: readings that stand in files are read in no time."
        raise ConfigError("models", "models", "such that one looks at signals, for a run in shares", "none", remedy)
    there = set(with_signal(config, parts.dataset.name, pd.concat(list(chosen.values()))).index)
    return {part: rows[rows.index.isin(there)] for part, rows in chosen.items()}


def dealt(parts: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the ids of all recordings in the order in which they are dealt out."""
    return [str(record_id) for rows in parts.values() for record_id in rows.index]


def made_from(config: RunConfig, parts: Parts) -> dict[str, str]:
    """Return all that a shard's numbers depend on, by what it is, for a comparison that can name what differs."""
    values = config_to_dict(config)
    signals = provenance.signals_digest(parts.dataset.signal_files(), full=config.verify == "full")
    made = {f"`{word}` of the configuration": provenance.digest(values.get(word)) for word in _WORDS}
    made |= {f"file {name}": digest for name, digest in parts.dataset.digests().items()}
    made |= {"the signals' files" if config.verify == "full" else "size and time of the signals' files": signals}
    for plugin in made_of(config, "datasets", "models"):
        made |= {f"plug-in's {what}": digest for what, digest in plugin.items()}
    made |= {f"version of {name}": version for name, version in provenance.packages().items()}
    return made | {"code of ecg_eval": provenance.code_digest()}


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Return what differs between two things that should be made from the same, versions with both sides.

    Examples
    --------
    >>> differences({"version of numpy": "2.1", "file a": "1" * 64}, {"version of numpy": "2.0", "file a": "2" * 64})
    ['version of numpy (2.0, here 2.1)', 'file a']
    """
    named = []
    for what in [*ours, *(w for w in theirs if w not in ours)]:
        here, there = ours.get(what, "none"), theirs.get(what, "none")
        if here != there:
            is_readable = max(len(here), len(there)) < _SHOWN
            named.append(f"{what} ({there}, here {here})" if is_readable else what)
    return named
