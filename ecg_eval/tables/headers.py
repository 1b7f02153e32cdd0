"""Headers of wide columns taken apart: a column may name its finding, its reader, its recording, or several of them.

``LABEL[{finding}]``, ``{reader}``, ``{record} ({finding})``: what stands in braces is read, everything else is literal.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ecg_eval.errors import ConfigError, suggestion

# what a header may name -> our column of it
FIELDS = {"record": "record_id", "reader": "reader_id", "finding": "finding", "arm": "arm", "period": "period"}
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Headers:
    """How headers are made.

    Attributes
    ----------
    pattern : str
        Text with names of ``FIELDS`` in braces, each at most once, literal text between any two.
    who : str
        For messages.
    """

    pattern: str
    who: str

    def __post_init__(self) -> None:
        """Refuse a pattern that names nothing, something unknown, or two things that cannot be told apart."""
        names = _FIELD.findall(self.pattern)
        for name in names:
            if name not in FIELDS:
                rule = f"among {', '.join(FIELDS)}"
                raise ConfigError(self.who, "headers, a name in braces", rule, name, suggestion(name, FIELDS))
        if not names or len(set(names)) < len(names) or "}{" in self.pattern:
            rule = "a pattern with names in braces, each once, text between them"
            remedy = 'For example "LABEL[{finding}]" or "{reader}".'
            raise ConfigError(self.who, "headers", rule, self.pattern, remedy)

    @property
    def names(self) -> tuple[str, ...]:
        """Return our columns that a header names."""
        return tuple(FIELDS[name] for name in _FIELD.findall(self.pattern))

    @cached_property
    def _made(self) -> "re.Pattern[str]":
        parts = _FIELD.split(self.pattern)
        return re.compile("".join(re.escape(part) if i % 2 == 0 else "(.+)" for i, part in enumerate(parts)))

    def taken_apart(self, columns: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the columns that are made so, and what each names by our column.

        Examples
        --------
        >>> Headers("{record} [{finding}]", "x").taken_apart(["ECG (1) [AF]", "Name"])
        {'ECG (1) [AF]': {'record_id': 'ECG (1)', 'finding': 'AF'}}
        """
        matches = ((column, self._made.fullmatch(column)) for column in columns)
        return {
            column: dict(zip(self.names, (part.strip() for part in match.groups()), strict=True))
            for column, match in matches
            if match
        }
