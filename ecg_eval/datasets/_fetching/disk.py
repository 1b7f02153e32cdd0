"""The disk that a download fills: its room, and its failures told apart from those of the network."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecg_eval.datasets._fetching.patience import StopAllError

# left free on the disk, whatever is fetched
SPARE_BYTES = 50_000_000

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> int:
    """Return how much of the folder's disk is free, in bytes."""
    return shutil.disk_usage(folder).free


class DiskError(OSError):
    """The disk, not the network, failed."""


class NetworkError(Exception):
    """Carries an error of the network out of a block that writes."""

    def __init__(self, carried: Exception) -> None:
        super().__init__(carried)
        self.carried = carried


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell errors of the disk from those of the network, which are OSErrors too; a full disk ends everything."""
    try:
        yield
    except NetworkError as error:
        raise error.carried from None
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise StopAllError(f"the disk is full at {path.name}") from None
        raise DiskError(error.errno, error.strerror) from None
