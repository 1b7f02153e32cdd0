"""A run in shards leaves what a run without them leaves, to the byte; and words where shards do not fit together."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ecg_eval.config.load import make_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.provenance import StudyFacts
from ecg_eval.errors import ArgumentError, EcgEvalError, ProblemsError
from ecg_eval.pipeline.shards import shares
from ecg_eval.pipeline.shards.make_shard import ShardOutcome, make_shard
from ecg_eval.pipeline.shards.merge import merge
from ecg_eval.pipeline.shards.shares import Share, share_of
from ecg_eval.pipeline.study.run import run
from ecg_eval.storage.run_folder import FACTS_FILE, RunFolder
from ecg_eval.storage.shard_folder import ShardFolder

SAME = ("evaluation.csv", "readings.parquet", "quality.csv", "measurements.csv", "excluded.csv", "signal_digests.csv")
N = 3


class _Steep(Model):
    """A model that learns nothing: how steep the first lead is; it cannot read some recordings."""

    name = "steep"
    trained_on = ()
    needs = "a lead"

    def scores(self, recordings: Recordings, findings: object) -> np.ndarray:
        if any(int(record_id) % 9 == 4 for record_id in recordings.ids):
            raise ValueError("not mine")
        steep = [np.clip(np.abs(np.diff(r.signal[:, 0])).mean(), 0, 1) for r in recordings]
        return np.repeat(np.array(steep, dtype=float)[:, None], 2, axis=1)


class Steep(_Steep):
    """As it says."""


def study(out: Path, cohort: Path, **changes: object) -> RunConfig:
    base: dict[str, object] = {
        "name": "shared",
        "dataset": {"name": "simulated", "n_records": 100, "seed": 3, "sampling_rate_hz": 100, "root": str(cohort)},
        "findings": ["AF", "LBBB"],
        "split": {"train": [1, 2, 3], "threshold": [4, 5], "test": [6, 7, 8, 9, 10]},
        "models": ["rules", "beat_boosting", "prevalence", f"{__name__}:Steep"],
        "metrics": ["sensitivity", "auroc"],
        "report": {"sections": ["answer"]},
        "tracking": {"enabled": False},
        "intervals": {"resamples": 100},
        "cache": False,
        "out": str(out),
    }
    return make_config(base | changes)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohort")


@pytest.fixture(scope="module", autouse=True)
def _here() -> None:
    """Let a configuration name the model of this file."""
    sys.modules.setdefault("test_shards", sys.modules[__name__])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cohort: Path) -> Path:
    """Return a run folder that holds all shards, and no run yet; tests take copies of it."""
    out = tmp_path_factory.mktemp("made") / "run"
    for number in range(1, N + 1):
        make_shard(study(out, cohort), Share(number, N))
    return out


@pytest.fixture
def shards(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def whole(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SAME}


def refused(config: RunConfig, *folders: Path) -> str:
    with pytest.raises(ProblemsError) as error:
        merge(config, folders)
    assert not (RunFolder(config.out or Path()).path / "evaluation.csv").exists()
    return str(error.value)


def test_merged_shards_leave_the_bytes_of_one_run(tmp_path: Path, cohort: Path, shards: Path) -> None:
    run(study(tmp_path / "alone", cohort))
    merged = merge(study(shards, cohort))
    assert whole(tmp_path / "alone") == whole(shards)
    assert (merged.shards, merged.recordings) == (N, 100)
    assert merged.again == 0
    assert merged.here == {"prevalence": "it looks at no signal, and answers when the shards are merged"}
    facts = RunFolder(shards).read_facts(StudyFacts, FACTS_FILE).models
    assert (facts["rules"].read_s, facts["Steep"].read_s) == (None, None)  # seen by nobody here
    assert facts["prevalence"].read_s is not None
    # the run that it is now has nothing left to do
    assert run(study(shards, cohort)).stages_done == []


def test_signals_are_looked_at_by_the_shards_alone(cohort: Path, shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_eval.datasets.simulated import Simulated

    loaded: list[str] = []
    load = Simulated.load
    monkeypatch.setattr(Simulated, "load", lambda self, r: (loaded.append(r), load(self, r))[1])
    merge(study(shards, cohort, costs={"measure": False}))
    assert len(loaded) <= 1  # beat_boosting asks one recording for its unit


def test_shards_may_lie_anywhere_and_in_any_order(tmp_path: Path, cohort: Path, shards: Path) -> None:
    there = [tmp_path / f"elsewhere{number}" for number in (3, 1, 2)]
    for number, path in zip((3, 1, 2), there, strict=True):
        shutil.move(shards / "shards" / f"{number}-of-3", path)
    merge(study(tmp_path / "merged", cohort), there)
    assert (tmp_path / "merged" / "evaluation.csv").is_file()


def test_shares_are_even_and_complete() -> None:
    ids = [str(i) for i in range(11)]
    dealt = [Share(number, 4).among(ids) for number in range(1, 5)]
    assert sorted(i for share in dealt for i in share) == sorted(ids)
    assert [len(share) for share in dealt] == [3, 3, 3, 2]


@pytest.mark.parametrize("words", ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3", "1.0/2", ""])
def test_a_wrong_share_is_refused(words: str) -> None:
    with pytest.raises(ArgumentError, match="--shard must be i/n with whole numbers 1 <= i <= n, such as 3/8; got"):
        share_of(words)


def test_more_shares_than_recordings_are_refused(tmp_path: Path, cohort: Path) -> None:
    with pytest.raises(EcgEvalError, match="n must be at most the 100 recordings; got 101"):
        make_shard(study(tmp_path, cohort), Share(1, 101))


def test_a_run_without_signals_has_nothing_to_share(tmp_path: Path, cohort: Path) -> None:
    with pytest.raises(EcgEvalError, match="models must be such that one looks at signals"):
        make_shard(study(tmp_path, cohort, models=[], panels=["simulated_gps"]), Share(1, 2))


def test_a_shard_that_was_made_stands(cohort: Path, shards: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in shards.rglob("*.gz")}
    again = make_shard(study(shards, cohort), Share(2, N))
    assert again.stood
    assert again.unusable == 0
    assert before == {p: p.stat().st_mtime_ns for p in shards.rglob("*.gz")}


def test_a_shard_that_was_broken_off_goes_on(
    tmp_path: Path, cohort: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    write = ShardFolder.write_piece

    def break_off(self: ShardFolder, *words: object) -> None:
        nonlocal written
        written += 1
        if written > 2:
            raise KeyboardInterrupt
        write(self, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(ShardFolder, "write_piece", break_off)
    with pytest.raises(KeyboardInterrupt):
        make_shard(study(tmp_path, cohort), Share(1, N))
    monkeypatch.undo()
    folder = tmp_path / "shards" / "1-of-3"
    stood = {p: p.stat().st_mtime_ns for p in folder.rglob("*.gz")}
    assert "shard 1/3 must be done; got 'one that was broken off, or goes on'" in refused(study(tmp_path, cohort))
    make_shard(study(tmp_path, cohort), Share(1, N))
    assert stood.items() <= {p: p.stat().st_mtime_ns for p in folder.rglob("*.gz")}.items()
    first = made / "shards" / "1-of-3"
    assert ShardFolder(folder).digests() == ShardFolder(first).digests()


def test_a_shard_of_other_choices_is_made_anew(tmp_path: Path, cohort: Path) -> None:
    make_shard(study(tmp_path, cohort, models=["rules"]), Share(1, 2))
    outcome = make_shard(study(tmp_path, cohort, models=["rules"], resample_hz=80), Share(1, 2))
    assert not outcome.stood
    again = make_shard(study(tmp_path, cohort, models=["prevalence", "rules"]), Share(1, 2))
    assert ShardFolder(again.folder).works() == set(ShardFolder(outcome.folder).works())
    make_shard(study(tmp_path, cohort, models=["beat_boosting"]), Share(1, 2))
    assert not any("rules" in work for work in ShardFolder(outcome.folder).works())


def test_a_missing_shard_is_named(cohort: Path, shards: Path) -> None:
    shutil.rmtree(shards / "shards" / "2-of-3")
    message = refused(study(shards, cohort))
    assert "shards must be all 3; got 'without 2/3'" in message
    assert "ecg-eval run CONFIG --shard 2/3" in message


def test_a_shard_given_twice_is_named(cohort: Path, shards: Path) -> None:
    twice = shutil.copytree(shards / "shards" / "1-of-3", shards.parent / "copy")
    assert "shard 1/3 must be given once; got 'twice'" in refused(study(shards, cohort), shards, twice)


def test_shards_of_two_n_are_named(cohort: Path, shards: Path) -> None:
    make_shard(study(shards, cohort), Share(1, 2))
    assert "shards must be of one n" in refused(study(shards, cohort))


def test_a_damaged_shard_is_named(cohort: Path, shards: Path) -> None:
    piece = next((shards / "shards" / "3-of-3").glob("screen-look-*/*.gz"))
    piece.write_bytes(piece.read_bytes()[:100])
    assert "files of shard 3/3 must be as it left them; got 'damaged or gone: screen-look-as-recorded-" in refused(
        study(shards, cohort)
    )
    (shards / "shards" / "3-of-3" / "shard.json").write_text("{}")
    with pytest.raises(EcgEvalError, match=r"3-of-3/shard.json: content must be complete; got 'nothing under number"):
        merge(study(shards, cohort))


def _other(key: str, value: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        facts = json.loads((folder / "shard.json").read_text())
        assert key in facts["made_from"]
        facts["made_from"][key] = value
        (folder / "shard.json").write_text(json.dumps(facts))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other("version of numpy", "1.0"), "'others in 1: version of numpy (1.0, here "),
        (_other("code of ecg_eval", "0"), "'others in 1: code of ecg_eval"),
        (_other("size and time of the signals' files", "0"), "'others in 1: size and time of the signals' files"),
    ],
)
def test_what_a_shard_was_made_from_is_compared(
    cohort: Path, shards: Path, change: Callable[[Path], None], words: str
) -> None:
    change(shards / "shards" / "2-of-3")
    message = refused(study(shards, cohort)).replace('"', "'")
    assert "2-of-3: shard 2/3 must be made from the same as this merge; got " in message
    assert words in message


def test_another_configuration_is_named(cohort: Path, shards: Path) -> None:
    message = refused(study(shards, cohort, resample_hz=80, models=["rules"]))
    assert message.count("must be made from the same as this merge") == 3
    assert "`resample_hz` of the configuration; `models` of the configuration" in message


def test_what_readings_do_not_depend_on_may_change(cohort: Path, shards: Path) -> None:
    changed = study(shards, cohort, metrics=["prevalence"], seed=8)
    assert merge(changed).again == 0


def test_a_folder_without_shards_is_named(tmp_path: Path, cohort: Path) -> None:
    with pytest.raises(EcgEvalError, match="folder must be that of a shard, or one that holds shards"):
        merge(study(tmp_path, cohort))


class Refuses(_Steep):
    """A model that reads nothing at all."""

    name = "refuses"

    def scores(self, recordings: Recordings, findings: object) -> np.ndarray:
        raise ValueError("never")


def test_a_model_that_reads_nothing_is_left_to_the_merge(tmp_path: Path, cohort: Path) -> None:
    config = study(tmp_path / "shared", cohort, models=["rules", f"{__name__}:Refuses"])
    outcomes: list[ShardOutcome] = [make_shard(config, Share(number, 2)) for number in (1, 2)]
    assert "it read none of the first" in outcomes[0].models["Refuses"].why
    merged = merge(config)
    assert "ValueError: never" in merged.here["Refuses"]
    run(study(tmp_path / "alone", cohort, models=["rules", f"{__name__}:Refuses"]))
    assert whole(tmp_path / "alone") == whole(tmp_path / "shared")


def test_differences_name_both_sides_of_versions() -> None:
    assert shares.differences({"a": "1"}, {"a": "1"}) == []
    assert shares.differences({"version of numpy": "2"}, {}) == ["version of numpy (none, here 2)"]
