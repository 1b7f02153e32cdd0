"""A program of any kind: a command that is given a folder of recordings and leaves a folder of answers.

The convention is that of the PhysioNet/CinC Challenges: WFDB records in, for each record a CSV out whose lines are the
record's name, the classes, the labels (0 or 1) and the scores. ``docker run ...`` is one such command.
"""

import csv
import shlex
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import translate
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, EcgEvalError, PluginError

_UNITS_PER_MV = 1000
_MAX_ANSWER_BYTES = 1 << 20
_FOLDERS = ("{recordings}", "{answers}")


class Container(Model):
    """A command that reads a folder.

    Parameters
    ----------
    command : str or sequence of str
        With ``{recordings}`` and ``{answers}`` where the two folders are to stand, such as ``docker run --rm --network
        none -v {recordings}:/in:ro -v {answers}:/out my/image /in /out``. No shell reads it.
    trained_on : sequence of str
        What its weights have seen ("ptb_xl folds 1-8"); empty only where that is nothing public.
    spelling : str
        Scheme in which it spells findings, SNOMED CT as in the Challenges by default.
    timeout_s : float
        For all recordings; what was left by then is read.
    """

    trained_on: tuple[str, ...] = ()
    needs = "WFDB records in mV, as the archive has them"

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        trained_on: Sequence[str],
        spelling: str = "snomed_ct",
        timeout_s: float = 3600,
    ) -> None:
        words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
        joined = " ".join(words)
        if not words or any(folder not in joined for folder in _FOLDERS):
            raise ConfigError(self.name, "command", f"one that holds {' and '.join(_FOLDERS)}", joined)
        if shutil.which(words[0]) is None:
            raise ConfigError(self.name, "command", "a program that is on this machine's PATH", words[0])
        self.command, self.spelling, self.timeout_s = words, spelling, float(timeout_s)
        self.trained_on = tuple(map(str, trained_on))
        self._not_answered: Counter[str] = Counter()
        self._untranslated: Counter[str] = Counter()
        self._ended = ""

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the command's scores; NaN for recordings without an answer and findings that it does not name.

        Raises
        ------
        PluginError
            When the command cannot be started, or fails and leaves no answer at all.
        """
        self._not_answered, self._untranslated = Counter(), Counter()
        answers = np.full((len(recordings), len(findings)), np.nan)
        with TemporaryDirectory(prefix="ecg_eval-") as folder:
            given, left = Path(folder) / "recordings", Path(folder) / "answers"
            given.mkdir()
            left.mkdir()
            names = self._write_all(recordings, given)
            self._run(given, left)
            for row, name in names.items():
                score_of = self._answer(left / f"{name}.csv")
                for column, code in enumerate(findings):
                    answers[row, column] = score_of.get(code, np.nan)
            if names and not any(left.iterdir()):
                raise PluginError(self.name, "the command", "one that leaves a CSV for each record", self._ended)
        return answers

    def _write_all(self, recordings: Recordings, folder: Path) -> dict[int, str]:
        """Write every recording that can be read; return its name by its row. Ids stay here: they may say too much."""
        names = {}
        for row, record_id in enumerate(recordings.watch(recordings.ids)):
            try:
                recording = recordings.load(record_id)
                recording.require_millivolts(who=self.name)
            except EcgEvalError as error:
                self._not_answered[f"{error.what} is not {error.rule}"] += 1
                continue
            names[row] = f"R{row:07d}"
            _write(folder / names[row], recording)
        return names

    def _run(self, given: Path, left: Path) -> None:
        places = dict(zip(_FOLDERS, (str(given), str(left)), strict=True))
        words = [_filled(word, places) for word in self.command]
        try:
            # the command is the user's own, from the user's own configuration
            done = subprocess.run(  # noqa: S603
                words, capture_output=True, timeout=self.timeout_s, check=False, text=True, errors="replace"
            )
        except subprocess.TimeoutExpired:
            self._ended = f"stopped after {self.timeout_s:g} s"
        except OSError as error:
            raise PluginError(self.name, "the command", "one that can be started", words[0], str(error)) from None
        else:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            self._ended = f"exit status {done.returncode}" + (f": {last[0][:160]}" if done.returncode and last else "")

    def _answer(self, path: Path) -> dict[str, float]:
        """Return the scores of one CSV by finding; nothing, with the reason counted, where it cannot be read."""
        try:
            if path.stat().st_size > _MAX_ANSWER_BYTES:
                raise ValueError
            lines = [line for line in csv.reader(path.read_text(encoding="utf-8").splitlines()) if line]
            classes, values = lines[-3], [float(x) for x in lines[-1]]
            pairs = list(zip((c.strip() for c in classes), values, strict=True))
        except FileNotFoundError:
            self._not_answered["it left no answer"] += 1
            return {}
        except (OSError, ValueError, IndexError, csv.Error):
            self._not_answered["its answer is no CSV of classes, labels and scores"] += 1
            return {}
        scores: dict[str, float] = {}
        for spelling, value in pairs:
            code = translate(spelling, self.spelling)
            if code is None:
                self._untranslated[spelling] += 1
            else:
                scores[code] = max(value, scores.get(code, -np.inf))  # two classes of one finding: the surer one
        return scores

    def card(self) -> ModelCard:
        """Return the command, how it ended, and what was not answered or not understood."""
        return ModelCard(
            facts={"command": shlex.join(self.command), "ended": self._ended},
            counts={"not_answered": dict(self._not_answered), "without_a_finding": dict(self._untranslated)},
        )


def _filled(word: str, places: Mapping[str, str]) -> str:
    for folder, path in places.items():
        word = word.replace(folder, path)
    return word


def _write(path: Path, recording: Recording) -> None:
    """Write a recording in WFDB format 16, in microvolts; the comments are those that Challenge programs look for."""
    stored = np.clip(np.rint(np.nan_to_num(recording.signal) * _UNITS_PER_MV), -32767, 32767).astype("<i2")
    n_samples, n_leads = stored.shape
    sums = stored.sum(axis=0, dtype=np.int64) % 65536
    lines = [f"{path.name} {n_leads} {recording.sampling_rate_hz:g} {n_samples}"]
    lines += [
        f"{path.name}.dat 16 {_UNITS_PER_MV}.0(0)/mV 16 0 {first} {checksum} 0 {lead}"
        for lead, first, checksum in zip(recording.leads, stored[0].tolist(), sums.tolist(), strict=True)
    ]
    age = "NaN" if recording.age_years is None else f"{recording.age_years:g}"
    lines += [f"#Age: {age}", f"#Sex: {({'F': 'Female', 'M': 'Male'}).get(recording.sex or '', 'Unknown')}"]
    path.with_suffix(".dat").write_bytes(stored.tobytes())  # which says what a full disk is, where tofile does not
    path.with_suffix(".hea").write_text("\n".join(lines) + "\n", encoding="utf-8")
