"""Which version of this package runs; apart from provenance, so that asking it loads nothing."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version of this package."""
    return version("ecg-eval") if is_installed("ecg-eval") else "not installed"


def is_installed(name: str) -> bool:
    """Return whether a distribution is installed."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
