"""What can go wrong, one exception per human situation.

Every message has one form, so that a reader of any message knows where to look:
``{who}: {what} must be {rule}; got {value!r}. {remedy}``. The parts stay readable as attributes, so that a caller can
collect many problems and show them at once. This file imports nothing.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import Enum


class _Nothing(Enum):
    """No value came; a member of an enumeration stays itself when it is copied to another process."""

    CAME = 0


class _Text(str):
    """A text that stands for a value, and is quoted as that was."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class EcgEvalError(Exception):
    """Base of every error that a user of ecg_eval can act on.

    Parameters
    ----------
    who : str
        The part that speaks: a function, a file, a configuration path.
    what : str
        The thing that is wrong, in the user's words.
    rule : str
        What it must be.
    value : object, optional
        What came instead; left out of the message when not given.
    remedy : str, optional
        What to do about it.
    """

    _NOTHING = _Nothing.CAME

    def __init__(self, who: str, what: str, rule: str, value: object = _NOTHING, remedy: str = "") -> None:
        self.who, self.what, self.rule, self.value, self.remedy = who, what, rule, value, remedy
        got = "" if value is self._NOTHING else f"; got {value!r}"
        super().__init__(f"{who}: {what} must be {rule}{got}.{' ' + remedy if remedy else ''}")

    @property
    def has_value(self) -> bool:
        """Whether it says what came."""
        return self.value is not self._NOTHING

    def __reduce__(self) -> tuple[object, ...]:
        """Say how it is copied to another process, with its parts; a value that cannot be is copied as its text."""
        value = self.value
        plain = value is self._NOTHING or isinstance(value, str | int | float | bool | bytes | None)
        return (
            Exception.__new__,
            (type(self), *self.args),
            vars(self) | {"value": value if plain else _Text(repr(value))},
        )


class ArgumentError(EcgEvalError, ValueError):
    """A function was called with an argument that it cannot use (shape, range, kind)."""


class UnknownNameError(EcgEvalError, LookupError):
    """A name (plug-in, finding, reader, column, key) is not among the known ones."""


class ConfigError(EcgEvalError):
    """A configuration says something that a run cannot be made of."""


class InputFileError(EcgEvalError):
    """A file or folder is missing, unreadable, or not what its name says."""


class SignalError(EcgEvalError):
    """A recording's signal or header is broken; the rest of the batch goes on."""


class ReadingsError(EcgEvalError):
    """A table of readings, readers or references contradicts itself or its study."""


class RunFolderError(EcgEvalError):
    """A run folder is missing, incomplete or of another version."""


class PluginError(EcgEvalError):
    """A plug-in file does not keep its contract."""


class FetchError(EcgEvalError):
    """A public archive cannot be fetched: the network, its server, its list of checksums or the disk is in the way."""


class ClusterError(EcgEvalError):
    """The processes that share a run's work cannot be reached, are lost, or are not of the same program."""


class TrackingError(EcgEvalError):
    """The tracking server cannot be reached or refuses; the run itself is safe."""


class ProblemsError(EcgEvalError):
    """Several problems at once, so that a user mends them in one go.

    Parameters
    ----------
    who : str
        The input that was examined.
    problems : sequence of EcgEvalError
        At least one; the order is kept.
    """

    def __init__(self, who: str, problems: Sequence[EcgEvalError]) -> None:
        self.problems = tuple(problems)
        super().__init__(who, "the input", f"free of the {len(self.problems)} problem(s) below")
        self.args = ("\n".join([f"{who}: {len(self.problems)} problem(s)", *(f"  - {p}" for p in self.problems)]),)


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, or None where none is near.

    Examples
    --------
    >>> nearest("unadied", ["aided", "unaided"]), nearest("zebra", ["b", "a"])
    ('unaided', None)
    """
    folded = {str(choice).casefold(): str(choice) for choice in choices}
    near = get_close_matches(str(name).casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def suggestion(name: str, choices: Iterable[str]) -> str:
    """Say which known name was probably meant, and otherwise what the known names are.

    Examples
    --------
    >>> suggestion("cohen_kapa", ["cohen_kappa", "fleiss_kappa"])
    "Did you mean 'cohen_kappa'?"
    >>> suggestion("zebra", ["b", "a"])
    'Known: a, b.'
    """
    names = sorted({str(k) for k in choices})
    near = nearest(name, names)
    if near is not None:
        return f"Did you mean {near!r}?"
    return f"Known: {', '.join(names)}." if names else "None is known."
