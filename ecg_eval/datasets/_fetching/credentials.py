"""Credentials for archives that are not open, from the environment or a prompt, never from a command line or a log."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ecg_eval.datasets._fetching.http import Credentials, is_loopback, origin_of
from ecg_eval.errors import ArgumentError, FetchError

USERNAME_VARIABLE, PASSWORD_VARIABLE = "PHYSIONET_USERNAME", "PHYSIONET_PASSWORD"


def credentials_for(
    base_url: str, *, environ: Mapping[str, str], ask: Callable[[str, bool], str] | None
) -> Credentials:
    """Return the credentials for a server, which are sent to that server only.

    Parameters
    ----------
    base_url : str
        https, or this machine itself: over plain http everyone on the way could read them.
    environ : mapping of str to str
        PHYSIONET_USERNAME and PHYSIONET_PASSWORD are taken from it.
    ask : callable or None
        (question, whether to hide the answer) -> answer, for what the environment lacks; None when nobody is there.

    Raises
    ------
    ArgumentError
        When the address would send them in the clear.
    FetchError
        When there are none.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ArgumentError("fetch", "the address of an archive with credentials", "https", base_url)
    values = {}
    for variable, question, hidden in (
        (USERNAME_VARIABLE, "PhysioNet user name: ", False),
        (PASSWORD_VARIABLE, "PhysioNet password: ", True),
    ):
        values[variable] = environ.get(variable) or (ask(question, hidden) if ask is not None else "")
        if not values[variable]:
            remedy = f"Set {USERNAME_VARIABLE} and {PASSWORD_VARIABLE} in the environment, or run it in a terminal."
            raise FetchError("fetch", variable, "given: this archive is not open", remedy=remedy)
    return Credentials(values[USERNAME_VARIABLE], values[PASSWORD_VARIABLE], origin_of(base_url))
