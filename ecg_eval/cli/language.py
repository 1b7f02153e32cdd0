"""Errors of a command in the language that it was asked for in."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_its_language(command: Callable[P, R]) -> Callable[P, R]:
    """Return a command whose errors speak the language of its option `--language`."""

    @wraps(command)
    def speaking(*args: P.args, **kwargs: P.kwargs) -> R:
        from ecg_eval.pipeline.refusals import refused_in

        with refused_in(str(kwargs["language"])):
            return command(*args, **kwargs)

    return speaking
