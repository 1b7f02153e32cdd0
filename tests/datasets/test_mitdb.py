"""Half-hour records in windows: truth from rhythm and beat annotations, real records among them."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_eval.datasets._tables.beat_annotations import Annotations, read_annotations, stated_in_windows
from ecg_eval.datasets._tables.stated import Stated
from ecg_eval.datasets.mitdb import Mitdb
from ecg_eval.errors import ArgumentError, InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make


def said(window: Stated | None) -> Stated:
    assert window is not None
    return window


def annotations(*rows: tuple[int, str, str]) -> Annotations:
    samples, symbols, notes = zip(*rows, strict=True)
    return Annotations(np.array(samples), np.array(symbols), np.array(notes))


def windows(*rows: tuple[int, str, str], edges: tuple[int, ...] = (0, 100, 200)) -> list[Stated | None]:
    return stated_in_windows(annotations(*rows), np.array(edges), sampling_rate_hz=10)


def test_a_rhythm_is_present_where_it_covers_the_window_and_unknown_where_it_changes() -> None:
    first, second, third = windows(
        *((3, "+", "N"), (50, "N", ""), (150, "+", "AFIB"), (160, "N", ""), (250, "N", "")), edges=(0, 100, 200, 300)
    )
    assert (said(first).present, said(first).unknown) == ({"SR"}, {"SBRAD"})
    assert (said(second).present, said(second).unknown) == (frozenset(), {"SR", "AF", "SBRAD"})
    assert (said(third).present, said(third).unknown) == ({"AF"}, frozenset())


def test_before_the_first_rhythm_it_is_unknown() -> None:
    first, second = windows((60, "+", "AFIB"), (70, "N", ""), (170, "N", ""))
    assert "AF" in said(first).unknown
    assert "SR" in said(first).unknown
    assert said(second).present == {"AF"}
    (only,) = windows((5, "N", ""), edges=(0, 100))
    assert "AFL" in said(only).unknown


def test_beats() -> None:
    first, second = windows(
        (0, "+", "AFIB"), (10, "V", ""), (20, "A", ""), (30, "/", ""), (110, "F", ""), (120, "x", "")
    )
    assert said(first).present == {"AF", "PVC", "PAC", "PACE"}
    assert (said(second).present, said(second).unknown) == ({"AF", "FUSION", "BPAC"}, {"PVC"})
    left, mixed = windows((0, "+", "AFIB"), (10, "L", ""), (20, "V", ""), (110, "R", ""), (120, "N", ""))
    assert said(left).present == {"AF", "PVC", "LBBB"}
    assert said(mixed).unknown == {"RBBB"}
    (either,) = windows((0, "+", "AFIB"), (10, "B", ""), edges=(0, 100))
    assert said(either).unknown == {"LBBB", "RBBB"}


def test_bigeminy_is_not_open_where_no_beat_is_premature() -> None:
    first, second = windows(
        (0, "+", "N"), (10, "N", ""), (20, "V", ""), (90, "+", "B"), (120, "N", ""), (190, "+", "N")
    )
    assert (said(first).present, said(first).unknown) == ({"PVC"}, {"SR", "SBRAD", "VBIG"})
    assert (said(second).present, said(second).unknown) == (frozenset(), {"SR", "SBRAD"})


def test_an_open_question_is_settled_by_a_beat_that_shows_it() -> None:
    (only,) = windows((0, "+", "N"), (10, "Q", ""), (20, "V", ""), edges=(0, 100))
    assert (said(only).present, said(only).unknown) == ({"SR", "PVC"}, {"PAC", "JPC", "SBRAD"})


def test_a_window_without_beats_is_unknown_and_a_rhythm_without_translation_is_named() -> None:
    first, second = windows((0, "+", "N"), (10, "N", ""), (20, "~", ""), (150, "~", ""))
    assert said(first).present == {"SR"}
    assert second is None
    (odd,) = windows((0, "+", "XYZ"), (10, "N", ""), edges=(0, 100))
    assert (said(odd).present, said(odd).untranslated) == (frozenset(), ("XYZ",))


def write(folder: Path, name: str, comments: list[str], *, n_samples: int = 7300) -> None:
    stored = np.random.default_rng(1).integers(900, 1100, (n_samples, 2))
    wfdb.wrsamp(
        name, fs=360, units=["mV", "mV"], sig_name=["MLII", "V1"], d_signal=stored, fmt=["16", "16"],
        adc_gain=[200, 200], baseline=[1024, 1024], comments=comments, write_dir=str(folder),
    )  # fmt: skip
    wfdb.wrann(
        name,
        "atr",
        np.array([18, 100, 4000]),
        symbol=["+", "N", "V"],
        aux_note=["(AFIB", "", ""],
        write_dir=str(folder),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "201", ["68 M 1960 2851 x1"])
    write(tmp_path, "202", ["-1 F 1 1"])
    write(tmp_path, "bw", ["a recording of noise, which is no record of this archive"])
    return tmp_path


def test_windows_of_a_small_archive(root: Path) -> None:
    dataset = make("datasets", "mitdb", {"root": "."}, root=root)
    assert load("datasets", "mitdb") is Mitdb
    assert dataset.problems() == []
    records = dataset.records()
    assert list(records.index) == ["201_000", "201_001", "202_000", "202_001"]
    assert set(records["patient_id"]) == {"201"}  # one patient's tape
    np.testing.assert_array_equal(records["age_years"], [68, 68, np.nan, np.nan])
    assert list(records["sex"]) == ["M", "M", "F", "F"]
    recording = dataset.load("201_001")
    whole = wfdb.rdrecord(str(root / "201")).p_signal
    # by name: a standard lead stands before one that is not
    np.testing.assert_array_equal(recording.signal, whole[3600:7200, [1, 0]].astype(np.float32))
    assert (recording.leads, recording.units, recording.sampling_rate_hz) == (("V1", "MLII"), "mV", 360)
    reference = dataset.labels(["AF", "PVC", "SR"])
    np.testing.assert_array_equal(reference.table.to_numpy(), [[1, 0, 0], [1, 1, 0]] * 2)
    assert "unknown where it covers a part" in reference.method
    with pytest.raises(UnknownNameError, match="Did you mean '201_001'"):
        dataset.load("201_01")
    with pytest.raises(UnknownNameError, match="speak of; got 'LVH'"):
        dataset.labels(["LVH"])
    assert set(dataset.digests()) == {"201.hea", "201.atr", "202.hea", "202.atr"}


def test_other_windows(root: Path) -> None:
    assert len(Mitdb(root, window_s=5).records()) == 8
    with pytest.raises(ArgumentError, match="window_s must be from 1 to 3600"):
        Mitdb(root, window_s=0)


def test_broken_files_stop_no_other(root: Path) -> None:
    (root / "201.atr").write_bytes(b"\xff\xff\xff")
    (root / "203.hea").write_bytes(b"\x00")
    (root / "204.hea").write_text("204 1 360\n204.dat 212 200 11 1024 0 0 0 MLII\n")
    (root / "202.dat").unlink()
    dataset = Mitdb(root)
    assert dataset.unread == ["203", "204"]
    assert list(dataset.records()["has_signal"]) == [True, True, False, False]
    reference = dataset.labels(["AF"])
    np.testing.assert_array_equal(reference.table["AF"], [np.nan, np.nan, 1, 1])
    assert "cannot be read, so that nothing is known: 201" in reference.method


def test_annotations_that_are_not_there_or_absurdly_large_are_refused(root: Path) -> None:
    with pytest.raises(SignalError, match="annotations must be there"):
        read_annotations(root / "201", "qrs")
    with (root / "201.big").open("wb") as file:
        file.truncate(1 << 25)  # a hole: it takes no room
    with pytest.raises(SignalError, match="at most 16777216 bytes"):
        read_annotations(root / "201", "big")


def test_problems(tmp_path: Path) -> None:
    assert "physionet.org/content/mitdb" in str(Mitdb(tmp_path).problems()[0])
    assert "root must be a folder" in str(Mitdb(tmp_path / "nowhere").problems()[0])
    with pytest.raises(InputFileError, match="Download it"):
        Mitdb(tmp_path).records()
    with pytest.raises(InputFileError, match="Download it"):
        Mitdb(tmp_path).labels(["AF"])


@pytest.mark.shared_data
def test_real_records(shared: Path) -> None:
    dataset = Mitdb(shared / "data/mitdb")
    records = dataset.records()
    # 650,000 samples at 360 Hz are 180 whole windows of ten seconds and 5.6 s more
    assert len(records) == 3 * 180
    assert records["has_signal"].all()
    assert set(records["patient_id"]) == {"100", "201", "203"}
    table = dataset.labels(["AF", "SR", "PVC", "PAC", "LBBB"]).table
    # record 100 is in sinus rhythm throughout, with 33 atrial premature beats and one ventricular
    # (https://archive.physionet.org/physiobank/database/html/mitdbdir/records.htm#100)
    mine = table.loc[[i for i in table.index if i.startswith("100_")]]
    assert mine["SR"].eq(1).all()
    assert mine["AF"].eq(0).all()
    assert mine["PVC"].sum() == 1
    # wfdb itself counts the windows with an atrial premature beat
    found = wfdb.rdann(str(shared / "data/mitdb/100"), "atr")
    early = {int(s) // 3600 for s, symbol in zip(found.sample, found.symbol, strict=True) if symbol == "A"}
    assert mine["PAC"].sum() == len({k for k in early if k < 180})
    # 203 is in atrial fibrillation for most of its time, and has ventricular runs
    theirs = table.loc[[i for i in table.index if i.startswith("203_")]]
    assert theirs["AF"].eq(1).mean() > 0.5
    assert theirs["SR"].eq(0).mean() > 0.5
    recording = dataset.load("203_007")
    assert recording.signal.shape == (3600, 2)
    recording.require_millivolts(who="a test")
