"""Which versions run, of this package and of others; apart from provenance, so that asking it loads nothing."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version of this package."""
    return version_of("ecg-eval") or "not installed"


@cache
def version_of(name: str) -> str | None:
    """Return the version of a distribution, None where it is not installed.

    It is looked up once: what is loaded does not change, and each look parses the distribution's metadata (10 ms).
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return None
