"""What a shard of a run is: its number, what it was made from, and what it left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ModelInShard:
    """A model's share of the reading.

    Attributes
    ----------
    how : str
        "read": its answers about the share are here; "measured": what it asks of each recording by itself is, and
        teaching and scores come when the shards are merged; "later": it reads when they are merged.
    why : str
        Why it reads later; empty otherwise.
    counts : mapping of str to mapping of str to int
        As ``ModelCard.counts``, of the share.
    """

    how: Literal["read", "measured", "later"]
    why: str = ""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShardFacts:
    """One of n shares of the recordings of a run, looked at, measured and read.

    Attributes
    ----------
    number, of : int
        1 to n, and n.
    made_from : mapping of str to str
        All that its numbers depend on, by what it is: digests of choices, files and code, versions of packages.
    recordings : int
        In the share.
    ids : str
        SHA-256 of their ids.
    done : bool
        Whether all was done; a shard that was broken off goes on where it was.
    models : mapping of str to ModelInShard
        By reader id, in the order of the configuration.
    files : mapping of str to str
        Digests of its other files, by their path in it.
    """

    number: int
    of: int
    made_from: Mapping[str, str]
    recordings: int
    ids: str
    done: bool = False
    models: Mapping[str, ModelInShard] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
