"""What a dataset states of itself, as the report prints it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DatasetFacts:
    """Where the recordings come from; empty text where nothing is stated.

    Attributes
    ----------
    name : str
        The plug-in.
    title, version, licence, citation, url, access, size : str
    population, devices, lead_order, units, labelled_by : str
        As ``domain.contracts.Dataset`` asks them.
    lineage : tuple of str
        Archives that hold recordings of this one, or of the parts of it that are read.
    digests : mapping of str to str
        SHA-256 of what identifies the data, by file name.
    """

    name: str = ""
    title: str = ""
    version: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""
    access: str = ""
    size: str = ""
    population: str = ""
    devices: str = ""
    lead_order: str = ""
    units: str = ""
    labelled_by: str = ""
    lineage: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    def saying(self, texts: Mapping[str, str]) -> "DatasetFacts":
        """Return the facts with other texts, by their names."""
        others: dict[str, Any] = dict(texts)
        return replace(self, **others)
