"""Records are read to the last bit as wfdb reads them, or refused with a message that says what to do."""

import resource
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_eval.datasets._wfdb_files.headers import MAX_HEADER_BYTES, read_header
from ecg_eval.datasets._wfdb_files.records import column_sums, read_record
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.errors import SignalError

RNG = np.random.default_rng(20)
HEADER = """r 2 500 4
r.dat 16 1000.0(0)/mV 16 0 1 {first} 0 II
r.dat 16 200(10)/uV 16 0 2 {second} 0 I
"""
STORED = np.array([[1, 2], [-5, 30], [-32768, 10], [7, 8]], dtype="<i2")


def write(folder: Path, header: str = HEADER, stored: np.ndarray = STORED) -> Path:
    sums = column_sums(stored)
    text = header.format(first=sums[0], second=sums[1]) if "{" in header else header
    (folder / "r.hea").write_text(text, encoding="utf-8")
    stored.tofile(folder / "r.dat")
    return folder / "r"


def theirs(path: Path) -> tuple[np.ndarray, list[str], float]:
    """Return wfdb's reading of a record, leads in our order, as float32."""
    signal, fields = wfdb.rdsamp(str(path))
    names = [canonical_lead(name) if name else f"lead {i + 1}" for i, name in enumerate(fields["sig_name"])]
    place = {lead: i for i, lead in enumerate(STANDARD_LEADS)}
    order = sorted(range(len(names)), key=lambda i: place.get(names[i], 12))
    return signal[:, order].astype(np.float32), [names[i] for i in order], fields["fs"]


def assert_same_as_wfdb(path: Path) -> None:
    signal, leads, rate = read_record(path)
    expected, names, fs = theirs(path)
    np.testing.assert_array_equal(signal, expected, strict=True)
    assert list(leads) == names
    assert rate == fs


def test_reads_the_common_form_by_hand(tmp_path: Path) -> None:
    signal, leads, rate = read_record(write(tmp_path))
    assert leads == ("I", "II")
    assert rate == 500
    # lead I: (stored - 10) / 200 microvolts; lead II: stored / 1000 mV, its lowest value is "missing"
    np.testing.assert_allclose(signal[:, 0], np.array([-8, 20, 0, -2]) / 200 / 1000, rtol=1e-6)
    np.testing.assert_array_equal(signal[:, 1], np.array([0.001, -0.005, np.nan, 0.007], dtype=np.float32))
    assert signal.dtype == np.float32


def test_takes_the_header_s_own_path_too(tmp_path: Path) -> None:
    write(tmp_path)
    np.testing.assert_array_equal(read_record(tmp_path / "r.hea")[0], read_record(tmp_path / "r")[0])


@pytest.mark.parametrize("gain", [1000.0, 200.0, 1716.0, 204.8, 1 / 3, 16777217.0])
@pytest.mark.parametrize("baseline", [0, -5, 1 << 24])
def test_float32_division_gives_the_bits_of_float64(tmp_path: Path, gain: float, baseline: int) -> None:
    stored = RNG.integers(-32768, 32768, size=(999, 2)).astype("<i2")
    lines = "\n".join(
        f"r.dat 16 {gain!r}({baseline})/mV 16 0 0 {total} 0 V{i + 1}" for i, total in enumerate(column_sums(stored))
    )
    assert_same_as_wfdb(write(tmp_path, f"r 2 360 999\n{lines}\n", stored))


@pytest.mark.parametrize("n_samples", [0, 1, 39, 40, 41, 5000])
def test_sums_wrap_as_checksums_do(n_samples: int) -> None:
    stored = RNG.integers(-32768, 32768, size=(n_samples, 12)).astype(np.int16)
    np.testing.assert_array_equal(column_sums(stored), stored.sum(axis=0, dtype=np.int64) % 65536)


@pytest.mark.parametrize("fmt", ["16", "80", "212", "24", "32", "508", "516", "524"])
def test_every_format_that_wfdb_writes(tmp_path: Path, fmt: str) -> None:
    digital = np.cumsum(RNG.integers(-3, 4, size=(240, 2)), axis=0) % 100
    wfdb.wrsamp(
        "r", fs=360, units=["mV", "mV"], sig_name=["V1", "II"], d_signal=digital, fmt=[fmt, fmt],
        adc_gain=[200, 200], baseline=[0, 5], write_dir=str(tmp_path),
    )  # fmt: skip
    assert_same_as_wfdb(tmp_path / "r")


@pytest.mark.parametrize("fmt", ["8", "61", "160", "310", "311"])
def test_every_format_that_wfdb_reads_only(tmp_path: Path, fmt: str) -> None:
    (tmp_path / "r.dat").write_bytes(RNG.bytes(4000))
    (tmp_path / "r.hea").write_text(f"r 2 360 240\nr.dat {fmt} 200(3)/mV\nr.dat {fmt} 100/mV 12 0 0\n")
    assert_same_as_wfdb(tmp_path / "r")


@pytest.mark.parametrize("place", ["+24", ":3", "x2", "x3:1+24"])
@pytest.mark.parametrize("fmt", ["8", "16", "24", "32", "61", "80", "160", "212", "310", "311"])
def test_byte_offset_skew_and_several_samples_a_frame_in_every_format(tmp_path: Path, fmt: str, place: str) -> None:
    (tmp_path / "r.dat").write_bytes(RNG.bytes(8000))
    offset = f"+{place.partition('+')[2]}" if "+" in place else ""
    text = f"r 2 360 240\nr.dat {fmt}{place} 200(3)/mV 12 0 5\nr.dat {fmt}{offset} 100/mV 12 0 0\n"
    (tmp_path / "r.hea").write_text(text)
    if fmt == "8" and ":" in place:  # differences between samples cannot be skewed, and wfdb stumbles over them
        with pytest.raises(SignalError, match="a record that wfdb can read"):
            read_record(tmp_path / "r")
        return
    assert_same_as_wfdb(tmp_path / "r")


def test_leads_in_two_files_and_skewed_and_several_samples_a_frame(tmp_path: Path) -> None:
    RNG.integers(-90, 90, size=40).astype("<i2").tofile(tmp_path / "a.dat")
    RNG.integers(-90, 90, size=(40, 3)).astype("<i2").tofile(tmp_path / "b.dat")
    text = "r 3 100 40\na.dat 16 100/mV 16 0 0\nb.dat 16x2:1 100/mV 12 0 0\nb.dat 16 100/mV 12 0 0\n"
    (tmp_path / "r.hea").write_text(text)
    signal, leads, _ = read_record(tmp_path / "r")
    np.testing.assert_array_equal(signal, wfdb.rdsamp(str(tmp_path / "r"))[0].astype(np.float32))
    assert leads == ("lead 1", "lead 2", "lead 3")


def test_several_segments(tmp_path: Path) -> None:
    for name in ("s1", "s2"):
        RNG.integers(-90, 90, size=(10, 1)).astype("<i2").tofile(tmp_path / f"{name}.dat")
        (tmp_path / f"{name}.hea").write_text(f"{name} 1 100 10\n{name}.dat 16 100/mV 16 0 0 0 0 V6\n")
    (tmp_path / "r.hea").write_text("r/2 1 100 20\ns1 10\ns2 10\n")
    # the checksums of segments are wfdb's business, which does not look
    assert_same_as_wfdb(tmp_path / "r")


def test_several_segments_with_a_gap_and_leads_that_come_and_go(tmp_path: Path) -> None:
    """A layout segment of no length names the leads, as in the waveform archives of intensive care."""
    lines = {"layout": ("II", "V5"), "s1": ("II", "V5"), "s2": ("V5",)}
    for name, leads in lines.items():
        stored = RNG.integers(-90, 90, size=(10, len(leads))).astype("<i2")
        n = 0 if name == "layout" else 10
        if n:
            stored.tofile(tmp_path / f"{name}.dat")
        file, fmt = (f"{name}.dat", 16) if n else ("~", 0)
        rows = [f"{file} {fmt} 100/mV 16 0 0 0 0 {lead}" for lead in leads]
        (tmp_path / f"{name}.hea").write_text("\n".join([f"{name} {len(leads)} 100 {n}", *rows]) + "\n")
    (tmp_path / "r.hea").write_text("r/4 2 100 30\nlayout 0\ns1 10\n~ 10\ns2 10\n")
    assert_same_as_wfdb(tmp_path / "r")
    assert np.isnan(read_record(tmp_path / "r")[0][10:20]).all()


def test_microvolts_of_a_format_that_wfdb_reads(tmp_path: Path) -> None:
    np.array([[10, 20], [30, -20]], dtype=np.int8).tofile(tmp_path / "r.dat")
    (tmp_path / "r.hea").write_text("r 2 100 2\nr.dat 80 1/uV 8 0 0\nr.dat 80 1/mV 8 0 0\n")
    signal, _, _ = read_record(tmp_path / "r")
    expected = wfdb.rdsamp(str(tmp_path / "r"))[0] / [1000, 1]
    np.testing.assert_array_equal(signal, expected.astype(np.float32))


def test_matlab_container_and_a_name_with_an_extension(tmp_path: Path) -> None:
    """The Georgia collection of the Challenge: ``E00271.mat 12 500 5000`` over a MATLAB v4 matrix."""
    stored = RNG.integers(-900, 900, size=(5000, 12)).astype("<i2")
    lines = [
        f"E00271.mat 16+24 1000/mV 16 0 {stored[0, i]} {int(np.int16(total.astype(np.uint16)))} 0 {lead}"
        for i, (lead, total) in enumerate(zip(STANDARD_LEADS, column_sums(stored), strict=True))
    ]
    (tmp_path / "E00271.hea").write_text("\n".join(["E00271.mat 12 500 5000 05-May-2020 14:50:55", *lines, "#Age: 60"]))
    (tmp_path / "E00271.mat").write_bytes(b"\0" * 24 + stored.tobytes())
    signal, leads, rate = read_record(tmp_path / "E00271")
    np.testing.assert_array_equal(signal, (stored / 1000.0).astype(np.float32))
    assert leads == STANDARD_LEADS
    assert rate == 500
    assert read_header(tmp_path / "E00271.hea").comments == ("Age: 60",)


def test_the_length_may_be_left_to_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER.replace("500 4", "500"))
    assert read_record(path)[0].shape == (4, 2)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "its first line"),
        ("# only a comment\n", "its first line"),
        ("r two 500 4\n", "its first line"),
        ("r 2 -500 4\nr.dat 16\nr.dat 16\n", "sampling rate in Hz must be a positive number; got '-500'"),
        ("r 2 0 4\nr.dat 16\nr.dat 16\n", "sampling rate"),
        ("r 2 1e999 4\nr.dat 16\nr.dat 16\n", "sampling rate"),
        ("r 2 1.2.3 4\nr.dat 16\nr.dat 16\n", "sampling rate"),
        ("r 3 500 4\nr.dat 16\nr.dat 16\n", "number of signal lines"),
        ("r 0 500 4\n", "number of leads"),
        ("r 999 500 4\n", "number of leads"),
        ("r 2 500 99999999999\nr.dat 16\nr.dat 16\n", "number of samples a lead"),
        (f"r 2 500 {'9' * 5000}\nr.dat 16\nr.dat 16\n", "number of samples a lead"),
        ("r 2 500 4\nr.dat sixteen\nr.dat 16\n", "line of lead 1"),
        ("r 2 500 4\nr.dat\nr.dat 16\n", "line of lead 1"),
        ("r 2 500 4\nr.dat 16 gain\nr.dat 16\n", "line of lead 1"),
        ("r 2 500 4\nr.dat 16 1e999/mV\nr.dat 16\n", "line of lead 1"),
        ("r 2 500 4\nr.dat 16 200/mV 16 zero 3\nr.dat 16\n", "line of lead 1"),
        (f"r 2 500 4\nr.dat 16 200/mV {'1' * 40}x\nr.dat 16\n", "line of lead 1"),
        ("r 2 500 4\nr.dat 16 200/mmHg\nr.dat 16\n", "unit of lead lead 1 must be a voltage, from pV to V; got 'mmHg'"),
        ("r 2 500 4\nr.dat 16 200/MV\nr.dat 16\n", "unit of lead"),
        ("r 2 500 4\n../r.dat 16\nr.dat 16\n", "in the folder of the header; got '../r.dat'"),
        ("r 2 500 4\n/etc/passwd 16\nr.dat 16\n", "in the folder of the header"),
        ("r 2 500 4\nsub/../../r.dat 16\nr.dat 16\n", "in the folder of the header"),
        ("r 2 500 4\nC:\\r.dat 16\nr.dat 16\n", "in the folder of the header"),
        ("r 2 500 4\nhttp://there/r.dat 16\nr.dat 16\n", "in the folder of the header"),
        ("r/2 2 500 4\n../s1 2\ns2 2\n", "in the folder of the header"),
        ("r 2 500 4\nr.dat 77\nr.dat 77\n", "a record that wfdb can read"),
        ("r.1 2 500 4\nr.dat 212\nr.dat 212\n", "a record that wfdb can read"),
        ("r/2 2 500 4\ns1 2\ns2 2\n", "s1.hea: the header must be a file that can be read"),
        ("r/2 2 500 4\nsub/s1 2\ns2 2\n", "the header must be a file that can be read"),
    ],
)  # fmt: skip
def test_refuses_headers(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(SignalError) as caught:
        read_record(write(tmp_path, header))
    assert words in str(caught.value)
    assert ".hea" in str(caught.value)


def test_refuses_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_bytes(b"r 2 500\x00 4\n")
    with pytest.raises(SignalError, match="text"):
        read_record(tmp_path / "r")
    (tmp_path / "r.hea").write_bytes(b"r 2 500 4\n" + b"#" * MAX_HEADER_BYTES)
    with pytest.raises(SignalError, match="at most"):
        read_record(tmp_path / "r")


def test_reads_comments_in_latin_1(tmp_path: Path) -> None:
    path = write(tmp_path)
    with path.with_suffix(".hea").open("ab") as file:
        file.write("#Town: Münster\n".encode("latin-1"))
    assert read_header(path.with_suffix(".hea")).comments == ("Town: Münster",)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(SignalError, match="the header must be a file that can be read"):
        read_record(tmp_path / "nothing")
    path = write(tmp_path)
    (tmp_path / "r.dat").unlink()
    with pytest.raises(SignalError, match="the signal file must be there"):
        read_record(path)
    (tmp_path / "r.hea").write_text("r 2 500 4\nr.dat 212\nr.dat 212\n")
    with pytest.raises(SignalError, match="the signal file must be there"):
        read_record(path)


@pytest.mark.parametrize("fmt", ["16", "212"])
def test_truncated_signal_says_how_long_it_should_be(tmp_path: Path, fmt: str) -> None:
    path = write(tmp_path, f"r 2 500 400\nr.dat {fmt} 200/mV\nr.dat {fmt} 200/mV\n")
    needed = 1600 if fmt == "16" else 1200
    with pytest.raises(SignalError, match=f"must be {needed} bytes long; got 16. It is cut short"):
        read_record(path)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path)
    data = bytearray((tmp_path / "r.dat").read_bytes())
    data[0] ^= 1
    (tmp_path / "r.dat").write_bytes(data)
    with pytest.raises(SignalError, match="the checksum of lead II must be"):
        read_record(path)


def test_a_changed_byte_is_noticed_in_other_formats(tmp_path: Path) -> None:
    digital = RNG.integers(-90, 90, size=(40, 2))
    wfdb.wrsamp(
        "r", fs=360, units=["mV", "mV"], sig_name=["V1", "II"], d_signal=digital, fmt=["212", "212"],
        adc_gain=[200, 200], baseline=[0, 5], write_dir=str(tmp_path),
    )  # fmt: skip
    data = bytearray((tmp_path / "r.dat").read_bytes())
    data[0] ^= 1
    (tmp_path / "r.dat").write_bytes(data)
    with pytest.raises(SignalError, match="the checksum of lead V1"):
        read_record(tmp_path / "r")


def test_a_claim_of_gigabytes_costs_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "r 2 500 200000000\nr.dat 16 200/mV\nr.dat 16 200/mV\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SignalError, match="cut short"):
        read_record(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_segments_of_segments_are_refused(tmp_path: Path) -> None:
    """Two segments that each name two segments, thirty levels deep, would be a billion reads."""
    for level in range(30):
        (tmp_path / f"s{level}.hea").write_text(f"s{level}/2 1 100 20\ns{level + 1} 10\ns{level + 1} 10\n")
    with pytest.raises(SignalError, match="segment s1 must be a plain record"):
        read_record(tmp_path / "s0")
    (tmp_path / "r.hea").write_text("r/2 1 100 200000000\n~ 1\n~ 1\n")
    with pytest.raises(SignalError, match="several segments"):
        read_record(tmp_path / "r")


def test_a_claim_of_gigabytes_in_compressed_form_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "r 2 500 200000000\nr.dat 516 200/mV\nr.dat 516 200/mV\n")
    with pytest.raises(SignalError):
        read_record(path)


WORDS = st.sampled_from(
    [
        *(
            "r",
            "r.dat",
            "16",
            "16+24",
            "212",
            "2",
            "1",
            "0",
            "-1",
            "500",
            "4",
            "mV",
            "200/mV",
            "200(0)/uV",
            "1e9",
            "9" * 30,
        ),
        *(
            "~",
            "..",
            "/",
            "x",
            "\t",
            "#",
            "II",
            "null",
            "0/0",
            "16x9999",
            "16:99999999",
            "é",
            "(",
            "+",
            "e",
            "nan",
            "inf",
        ),
    ]
)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(WORDS, max_size=10).map(" ".join), max_size=5), tail=st.text(max_size=20))
def test_any_text_is_read_or_refused_in_the_house_s_words(tmp_path: Path, lines: list[str], tail: str) -> None:
    (tmp_path / "r.hea").write_bytes(("\n".join(lines) + tail).encode("utf-8", "surrogatepass"))
    (tmp_path / "r.dat").write_bytes(bytes(64))
    try:
        signal, leads, rate = read_record(tmp_path / "r")
    except SignalError:
        return
    assert signal.shape[1] == len(leads)
    assert rate > 0


@settings(max_examples=100, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 120), byte=st.integers(0, 255))
def test_one_wrong_byte_in_a_header_is_read_or_refused(tmp_path: Path, place: int, byte: int) -> None:
    path = write(tmp_path)
    data = bytearray((tmp_path / "r.hea").read_bytes())
    data[place % len(data)] = byte
    (tmp_path / "r.hea").write_bytes(data)
    try:
        signal, leads, _ = read_record(path)
    except SignalError:
        return
    assert signal.shape[1] == len(leads)


def every_record(shared: Path) -> list[Path]:
    return sorted((shared / "data").rglob("*.hea"))


def check_against_wfdb(headers: list[Path]) -> int:
    """Compare records with wfdb, which refuses the Georgia headers: those are read with the name put right."""
    refused = 0
    for header in headers:
        try:
            assert_same_as_wfdb(header.with_suffix(""))
        except wfdb.io.header.HeaderSyntaxError:
            refused += 1
            signal, leads, rate = read_record(header)
            stored = np.frombuffer(header.with_suffix(".mat").read_bytes()[24:], dtype="<i2").reshape(-1, 12)
            np.testing.assert_array_equal(signal, (stored / 1000.0).astype(np.float32))
            assert (leads, rate) == (STANDARD_LEADS, 500)
    return refused


@pytest.mark.shared_data
def test_a_sample_of_real_records_equals_wfdb(shared: Path) -> None:
    check_against_wfdb(every_record(shared)[::13])


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_real_record_equals_wfdb(shared: Path) -> None:
    headers = every_record(shared)
    assert len(headers) == 1000 + 147 + 100 + 5
    assert check_against_wfdb(headers) == 11
