"""Names of files taken apart: one file a reader and session, or a reader and arm.

``"{reader}_session{period}"``, ``"{reader} {arm}"``, ``"*{period}"``: what stands in braces is read of a file's
name without its ending, a star stands for anything, everything else is literal.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from ecg_eval.errors import ConfigError, InputFileError, suggestion
from ecg_eval.tables.table_files import READABLE

# what a name may say -> our column of it
FIELDS = {"reader": "reader_id", "arm": "arm", "period": "period", "session": "session"}
_PART = re.compile(r"(\{[^{}]*\}|\*)")


class FileNames:
    """How the files of a folder are called.

    Parameters
    ----------
    pattern : str
        Names of ``FIELDS`` in braces, each at most once, and stars.
    who : str
        For messages.
    arms, periods : sequence of str
        Words for arms and periods that names may hold; numbers are periods without being declared.
    """

    def __init__(self, pattern: str, who: str, *, arms: Sequence[str], periods: Sequence[str]) -> None:
        fields = [part[1:-1] for part in _PART.findall(pattern) if part != "*"]
        for name in fields:
            if name not in FIELDS:
                rule = f"among {', '.join(FIELDS)}"
                raise ConfigError(who, "file_names, a name in braces", rule, name, suggestion(name, FIELDS))
        if not fields or len(set(fields)) < len(fields):
            remedy = 'For example "{reader}_session{period}".'
            raise ConfigError(who, "file_names", "a pattern with names in braces, each once", pattern, remedy)
        self.pattern, self.names = pattern, tuple(FIELDS[name] for name in fields)
        numbers = r"\d+"
        of_arms = "|".join(re.escape(word) for word in sorted(arms, key=len, reverse=True))
        of_periods = "|".join([*map(re.escape, sorted(periods, key=len, reverse=True)), numbers])
        forms = {"*": ".*", "{reader}": "(.+)", "{arm}": f"({of_arms})", "{period}": f"({of_periods})"}
        forms["{session}"] = f"({numbers})"
        self._made = re.compile("".join(forms.get(part) or re.escape(part) for part in _PART.split(pattern)))

    def taken_apart(self, path: Path) -> dict[str, str]:
        """Return what a file's name says, by our column; nothing where it is not made so.

        Examples
        --------
        >>> names = FileNames("{reader} {arm}", "x", arms=["with AI", "without AI"], periods=[])
        >>> names.taken_apart(Path("Dr A without AI.csv"))
        {'reader_id': 'Dr A', 'arm': 'without AI'}
        """
        match = self._made.fullmatch(path.stem) if path.suffix.lower() in READABLE else None
        return dict(zip(self.names, (part.strip() for part in match.groups()), strict=True)) if match else {}

    def files_in(self, folder: Path) -> dict[Path, dict[str, str]]:
        """Return the files of a folder that are called so, and what each name says."""
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        return {path: named for path in inside if (named := self.taken_apart(path))}

    def others_in(self, folder: Path) -> list[str]:
        """Return the names of tables of the folder that are called otherwise, and not read."""
        named = self.files_in(folder)
        return [p.name for p in sorted(folder.iterdir()) if p.suffix.lower() in READABLE and p not in named]

    def problem(self, folder: Path) -> InputFileError | None:
        """Return what is wrong with a folder, None where some of its files are called so."""
        if self.files_in(folder):
            return None
        there = [p.name for p in sorted(folder.iterdir())][:10] if folder.is_dir() else "no folder"
        return InputFileError(str(folder), "files", f"there, called like {self.pattern}", there)
