"""The packed cache gives what the reader gives, to the bit; it is never believed where files or packs have changed."""

import errno
import json
import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_eval.datasets._packing import cache as cache_file
from ecg_eval.datasets._packing import packs as packs_file
from ecg_eval.datasets._packing.cache import PackedCache, folder_of, open_cache
from ecg_eval.datasets._wfdb_files.records import column_sums, read_record
from ecg_eval.datasets.ludb import Ludb
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.domain.leads import STANDARD_LEADS

N = 6


def write_record(path: Path, seed: int, *, leads: tuple[str, ...] = STANDARD_LEADS, gain: str = "1000(0)/mV") -> None:
    stored = np.random.default_rng(seed).integers(-32768, 32767, size=(250 + seed, len(leads))).astype("<i2")
    stored[seed, 0] = -32768  # a missing sample
    lines = [
        f"{path.name}.dat 16 {gain} 16 0 {stored[0, i]} {total} 0 {lead}"
        for i, (lead, total) in enumerate(zip(leads, column_sums(stored), strict=True))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".hea").write_text("\n".join([f"{path.name} {len(leads)} 500 {len(stored)}", *lines]) + "\n")
    stored.tofile(path.with_suffix(".dat"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an archive of six records in two folders: leads in two orders, three kinds of gain."""
    root = tmp_path / "archive"
    for i in range(N):
        leads = STANDARD_LEADS if i % 2 else STANDARD_LEADS[::-1]
        write_record(root / f"{i % 2}/r{i}", i, leads=leads, gain=("1000(0)/mV", "204.8(-5)/mV", "1/uV")[i % 3])
    return root


def open_(root: Path, cache: Path | None = None, **options: object) -> PackedCache:
    paths = {f"r{i}": root / f"{i % 2}/r{i}" for i in range(N)}
    return open_cache(paths, root=root, cache=cache or root.parent / "cache", **options)  # type: ignore[arg-type]


def assert_as_read(root: Path, cache: PackedCache, *, n: int = N) -> None:
    assert len(cache) == n
    for i in range(N):
        packed = cache.read(f"r{i}")
        if packed is not None:
            signal, leads, rate = read_record(root / f"{i % 2}/r{i}")
            np.testing.assert_array_equal(packed[0], signal, strict=True)
            assert np.signbit(packed[0][packed[0] == 0]).sum() == np.signbit(signal[signal == 0]).sum()
            assert packed[1:] == (leads, rate)


def packs(root: Path) -> list[Path]:
    return sorted(folder_of(root, root.parent / "cache").iterdir())


def test_what_is_packed_is_what_is_read(root: Path) -> None:
    cache = open_(root)
    assert_as_read(root, cache)
    assert cache.note == ""
    assert cache.read("unknown") is None
    assert cache.stored("unknown") is None
    stored = np.fromfile(root / "1/r1.dat", dtype="<i2").reshape(-1, 12)
    np.testing.assert_array_equal(cache.stored("r1"), stored)
    assert np.isnan(cache.read("r0")[0]).any()  # type: ignore[index]


def test_a_second_opening_packs_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_(root)
    before = packs(root)
    monkeypatch.setattr(cache_file, "write_pack", None)
    assert_as_read(root, open_(root))
    assert packs(root) == before
    assert len(before) == 1


def test_a_changed_record_is_packed_anew_and_a_pack_without_use_goes(root: Path) -> None:
    open_(root)
    write_record(root / "0/r2", 77)
    os.utime(root / "0/r2.dat", ns=(1, 1))
    assert_as_read(root, open_(root))
    assert len(packs(root)) == 2
    for i in range(N):
        write_record(root / f"{i % 2}/r{i}", 90 + i)
        os.utime(root / f"{i % 2}/r{i}.hea", ns=(2, 2))
    assert_as_read(root, open_(root))
    assert len(packs(root)) == 1


def test_a_record_that_went_is_not_served(root: Path) -> None:
    open_(root)
    (root / "0/r2.dat").unlink()
    cache = open_(root)
    assert cache.read("r2") is None
    assert len(cache) == N - 1


@pytest.mark.parametrize("name", ["signals.i16", "index.json"])
@pytest.mark.parametrize("damage", ["a changed byte", "cut short", "gone"])
def test_a_damaged_pack_is_never_believed_and_made_again(root: Path, name: str, damage: str) -> None:
    open_(root)
    path = packs(root)[0] / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data if damage == "a changed byte" else data[:-10])
    assert_as_read(root, open_(root))
    assert len(packs(root)) == 1
    assert packs(root)[0].name.startswith("pack-")
    assert_as_read(root, open_(root))


def test_a_pack_of_another_format_is_made_again(root: Path) -> None:
    open_(root)
    old = packs(root)[0]
    said = json.dumps(json.loads((old / "index.json").read_text()) | {"format": 0}).encode()
    (old / "index.json").write_bytes(said)
    old.rename(old.with_name(packs_file._name(said)))
    assert_as_read(root, open_(root))


def test_what_cannot_be_packed_is_left_to_the_reader(root: Path) -> None:
    (root / "0/r0.hea").write_text("no header")  # broken: whoever loads it hears why
    (root / "1/r1.hea").write_text("r1 2 360 100\nr1.dat 212 200/mV\nr1.dat 212 200/mV\n")  # wfdb's business
    (root / "0/r2.hea").write_text("r2 12 500 100\n" + "r2.dat 16 0/mV\n" * 12)  # not calibrated: no millivolts
    (root / "1/r3.hea").unlink()
    (root / "0/r4.dat").write_bytes(b"")
    (root / "0/r4.hea").write_text("r4 1 500\nr4.dat 16 200/mV\n")  # without a sample
    cache = open_(root)
    assert [i for i in range(N) if cache.read(f"r{i}")] == [5]
    shutil.rmtree(root / "1")
    assert len(open_(root)) == 0


def test_nothing_to_pack_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    assert len(open_cache({}, root=tmp_path / "archive", cache=tmp_path / "cache")) == 0
    assert not (tmp_path / "cache").exists()


def test_a_full_disk_is_said_and_leaves_nothing_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "free_bytes", lambda _: 0)
    cache = open_(root)
    assert "the disk is full" in cache.note
    assert len(cache) == 0
    assert packs(root) == []


def test_a_folder_that_cannot_be_written_is_said(root: Path) -> None:
    (root.parent / "cache").write_text("a file")
    cache = open_(root)
    assert "cannot be written" in cache.note
    assert len(cache) == 0


def test_an_error_of_the_disk_while_moving_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(Path, "rename", refuse)
    assert "broken disk" in open_(root).note


def test_leftovers_of_ended_processes_go_after_a_day(root: Path) -> None:
    folder = folder_of(root, root.parent / "cache")
    for name in ("making-old", "making-new"):
        (folder / name).mkdir(parents=True)
    os.utime(folder / "making-old", (1, 1))
    open_(root)
    assert {path.name for path in packs(root)} & {"making-old", "making-new"} == {"making-new"}


def _opened(root: Path) -> list[bytes]:
    cache = open_(root)
    return [signal[0].tobytes() for i in range(N) if (signal := cache.read(f"r{i}"))]


def test_two_processes_may_pack_at_once(root: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(_opened, [root, root], chunksize=1)
    assert first == second
    assert len(first) == N
    assert [path.name[:5] for path in packs(root)] == ["pack-"]


def test_the_loser_of_a_race_throws_its_own_away(root: Path) -> None:
    """While one process packs, another leaves the same pack."""

    def watch(ids: object) -> object:
        open_(root)
        return iter(ids)  # type: ignore[call-overload]

    assert_as_read(root, open_(root, watch=watch))
    assert len(packs(root)) == 1


def test_memory_is_given_back_while_much_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs_file, "_HELD_BYTES", 10_000)
    cache = open_(root)
    for _ in range(3):
        assert_as_read(root, cache)


def test_a_dataset_loads_from_its_packs(root: Path) -> None:
    plain, packed = WfdbFolder(root), WfdbFolder(root)
    ids = list(plain.records().index)
    assert packed.prepare(ids[:-1], cache=root.parent / "cache") == ""
    shutil.move(root / "1/r1.dat", root / "1/elsewhere")
    assert packed.load("1/r1").signal.shape == (251, 12)
    shutil.move(root / "1/elsewhere", root / "1/r1.dat")
    for record_id in ids:
        one, other = plain.load(record_id), packed.load(record_id)
        np.testing.assert_array_equal(one.signal, other.signal, strict=True)
        assert (one.leads, one.sampling_rate_hz, one.units, one.patient_id) == (
            *(other.leads, other.sampling_rate_hz, other.units, other.patient_id),
        )


@pytest.mark.shared_data
def test_real_records_come_out_of_packs_to_the_bit(shared: Path, tmp_path: Path) -> None:
    plain, packed = Ludb(shared / "data/ludb"), Ludb(shared / "data/ludb")
    records = plain.records()
    ids = list(records.index[records["has_signal"]][:30])
    packed.prepare(ids, cache=tmp_path)
    assert packed._packed is not None
    assert len(packed._packed) == len(ids)
    for record_id in ids:
        np.testing.assert_array_equal(plain.load(record_id).signal, packed.load(record_id).signal, strict=True)
