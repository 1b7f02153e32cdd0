"""Attacks by name. Each is refused with a clear error, in a second or two, in memory that stays small.

Time is measured for the reader alone; memory by tracemalloc, which sees numpy's arrays as well as Python's objects.
"""

import time
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hostile.targets import HEADER, LABELS, answer, seeds
from made_clinical_files import counts, write_dicom, write_edf, write_muse, write_philips, write_scp
from openpyxl import Workbook
from outside_networks import TAKES

from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.datasets.simulated import Simulated
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.errors import EcgEvalError, SignalError
from ecg_eval.models._parts.asking import NoAnswerError
from ecg_eval.models.container import Container
from ecg_eval.models.http_endpoint import HttpEndpoint
from ecg_eval.storage.shard_folder import ShardFolder

MAX_SECONDS, MAX_BYTES = 10.0, 300 << 20

ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))


def refused(name: str, data: bytes, folder: Path) -> str:
    """Return what the reader said, after asserting that it refused within the bounds."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        error = answer(name, data, folder)
    finally:
        seconds, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(error, EcgEvalError), "it was read"
    assert seconds < MAX_SECONDS
    assert peak < MAX_BYTES
    return str(error)


def _xml(prolog: str, body: str = "&e;") -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE RestingECG [{prolog}]><RestingECG>{body}</RestingECG>'.encode()


@pytest.mark.parametrize(
    ("prolog", "body"),
    [
        (f'<!ENTITY e0 "lol">{ENTITIES}', "&e11;"),
        (f'<!ENTITY e "{"x" * 10_000}">', "&e;" * 100_000),
        ('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"),
        ('<!ENTITY e SYSTEM "http://127.0.0.1:9/x">', "&e;"),
        ('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;', ""),
        ('<!ENTITY e "one">', "nobody asks for it"),
    ],
    ids=["billion laughs", "quadratic", "file", "network", "parameter", "unused"],
)
def test_xml_entities(tmp_path: Path, prolog: str, body: str) -> None:
    assert "free of entities" in refused("muse_xml", _xml(prolog, body), tmp_path)


def test_a_dtd_is_named_and_never_fetched(tmp_path: Path) -> None:
    path = write_muse(tmp_path / "s", counts(8), changes={"restecg.dtd": "http://127.0.0.1:9/restecg.dtd"})
    assert answer("muse_xml", path.read_bytes(), tmp_path) is None


@pytest.mark.parametrize(
    "document",
    ["<RestingECG>" + "<a>" * 900_000, "<RestingECG>" + "<a/>" * 8_000_000, "<RestingECG " + "a='' " * 5_000_000],
    ids=["deep", "tags", "attributes"],
)
def test_xml_without_end(tmp_path: Path, document: str) -> None:
    refused("muse_xml", document.encode(), tmp_path)


def test_a_packed_lead_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    bits = "".join(f"{code:010b}" for code in [0, *range(256, 1022)]) + f"{1021:010b}" * 500_000
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")
    import base64

    path = write_philips(tmp_path / "s", counts(8), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    start, end = text.index('500">') + 5, text.index("</parsedwaveforms>")
    packed = base64.b64encode(len(data).to_bytes(4, "little") + bytes(4) + data).decode()
    assert "at most" in refused("philips_xml", (text[:start] + packed + text[end:]).encode(), tmp_path)


def test_dicom_of_absurd_sizes(tmp_path: Path) -> None:
    claims = {"NumberOfWaveformSamples": 2**32 - 1}
    assert "bytes of the waveform" in refused(
        "dicom", write_dicom(tmp_path / "s", counts(8), group=claims).read_bytes(), tmp_path
    )
    item = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
    whole = write_dicom(tmp_path / "s", counts(8)).read_bytes()
    assert "at most 10000" in refused("dicom", whole + item * 3_000_000, tmp_path)


def test_edf_of_absurd_sizes(tmp_path: Path) -> None:
    whole = write_edf(tmp_path / "s", counts(500) * 0.0025).read_bytes()
    for start, text in ((236, "99999999"), (252, "9999"), (184, "99999999")):
        refused("edf", whole[:start] + text.encode() + whole[start + len(text) :], tmp_path)


def test_scp_ecg_of_absurd_sizes(tmp_path: Path) -> None:
    for last in (2**32 - 1, 2**20):
        entries = [(1, last, i) for i in range(12)]
        refused("scp_ecg", write_scp(tmp_path / "s", counts(8), definitions=entries).read_bytes(), tmp_path)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"x 1 500 8\n../../etc/passwd 16 200\n", "nothing was opened"),
        (b"x 1 500 8\n/etc/passwd 16 200\n", "nothing was opened"),
        (b"x 1 500 8\nhttp://127.0.0.1:9/x.dat 16 200\n", "nothing was opened"),
        (b"x/1 1 500 8\n../y 8\n", "nothing was opened"),
        (b"x 99999999999999999999 500 8\n", "the number of leads"),
        (b"x 1 500 " + b"9" * 5000 + b"\n", "the number of samples"),
        (b"x 1 500 500000000\nx.dat 16 200\n", "cut short"),
        (b"x 1 500 536870912\n~ 16 200\n", "the signal"),
        (b"x 1 500 500000000\nx.dat 0 200\n", "that wfdb can read"),
        (b"x/100000 1 500 100000\n" + b"y 1\n" * 100_000, "at most 5000"),
        (b"x/2 1 500 8\nx 4\nx 4\n", "a plain record"),
        (b"x/2 2 500 8\na/4\n~ 4\n", "that can be read"),  # found by the fuzzer
        (b"\x7fELF\x02\x01", "text"),
        (b"x 1 500 8\n" + b"#" * 2_000_000, "at most"),
    ],
    ids=[
        *("parent", "absolute", "network", "segment", "leads", "digits", "samples", "null signal", "format 0"),
        *("segments", "itself", "folder", "no text", "comment"),
    ],
)
def test_wfdb_headers(tmp_path: Path, header: bytes, said: str) -> None:
    assert said in refused("wfdb_header", header, tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../outside"])
def test_tables_that_name_records_outside_their_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "ecgs"
    folder.mkdir()
    for stem in ("outside", "ecgs/x"):
        (tmp_path / f"{stem}.hea").write_bytes(HEADER.replace(b"16 0 1 6 0 I\n", b"\n").replace(b"16 0 2 10 0 II", b""))
        (tmp_path / f"{stem}.dat").write_bytes(bytes(16))
    (folder / "labels.csv").write_text(f"record_id,AF\n{name},1\n")
    with pytest.raises(SignalError, match="nothing was opened"):
        WfdbFolder(folder, folder / "labels.csv").records()


def test_ptb_xl_s_table_may_not_name_records_outside_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "cohort"
    Simulated(n_records=2, root=root).records()
    table = next(root.rglob("ptbxl_database.csv"))
    frame = pd.read_csv(table)
    frame["filename_lr"] = frame["filename_hr"] = "../../outside"
    frame.to_csv(table, index=False)
    dataset = PtbXl(table.parent)
    assert not dataset.records()["has_signal"].any()
    with pytest.raises(SignalError, match="nothing was opened"):
        dataset.load(str(frame["ecg_id"].iloc[0]))


@pytest.mark.parametrize("target", ["label_table", "manifest"])
@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"record_id" + b",a" * 400_000 + b"\n", "columns"),
        (b'record_id,"' + b"a\n" * 1_000_000, "table"),
        (b"record_id," + b"a" * 3_000_000, "table"),
        (b"record_id,AF\nx,1,0\n", "3 cells in the first row"),
        (b"record_id,AF\nx" + b",1" * 2_000_000 + b"\n", "table"),
        (b"\xff\xfe\x00record_id", "table"),
        (b"", "table"),
    ],
    ids=["columns", "quoted header", "field", "shifted columns", "row", "no text", "empty"],
)
def test_csv_tables(tmp_path: Path, target: str, table: bytes, said: str) -> None:
    assert said in refused(target, table, tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        b"record_id\0,a\n",
        b"record_id" + b",a" * 400_000 + b"\n",
        b"a,b\n" + b"x" * 200_000 + b",1\n",
        b"a,b\n\rx,1\n",
        b"\n",
    ],
    ids=["zero byte", "columns", "field", "carriage return", "empty header"],
)
def test_csv_readings(tmp_path: Path, table: bytes) -> None:
    refused("readings_csv", table, tmp_path)


def _workbook(change: Callable[[Workbook], None], *, parts: dict[str, bytes] | None = None) -> bytes:
    book, out = Workbook(), BytesIO()
    book.active.append(["record_id", "AF"])
    book.active.append(["x", "present"])
    change(book)
    book.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def _far_cell(book: Workbook) -> None:
    book.active["XFD1048576"] = 1


def test_a_workbook_whose_last_cell_is_far_outside(tmp_path: Path) -> None:
    assert "from its first to its last" in refused("readings_xlsx", _workbook(_far_cell), tmp_path)


def test_a_workbook_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    bomb = _workbook(lambda book: None, parts={"xl/media/x": bytes(1 << 27)})
    assert len(bomb) < 1 << 19
    assert "when unpacked" in refused("readings_xlsx", bomb, tmp_path)


@pytest.mark.parametrize("tag", ['<mergeCell ref="A1:XFD1048576"/>', '<hyperlink ref="A1:XFD1048576" location="x"/>'])
def test_a_workbook_of_ranges_that_become_cells(tmp_path: Path, tag: str) -> None:
    kind = tag[1:].partition(" ")[0]
    source = zipfile.ZipFile(BytesIO(_workbook(lambda book: None)))
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", f"</sheetData><{kind}s>{tag}</{kind}s>".encode())
            archive.writestr(part.filename, content)
    assert "merged cells and links" in refused("readings_xlsx", out.getvalue(), tmp_path)


def test_a_parquet_file_of_more_rows_than_memory(tmp_path: Path) -> None:
    out = BytesIO()
    pd.DataFrame({"a": np.zeros(26_000_000, dtype=np.int8), "b": np.int8(1)}).to_parquet(out)
    assert "cells" in refused("readings_parquet", out.getvalue(), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a: &a [x]\n"
            + "".join(
                f"{c}: &{c} [{', '.join(['*' + p] * 10)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
            ),
            "values",
        ),
        ("a: &a [*a]\n", "values"),
        ("[" * 100_000, "valid YAML"),
        ("a: [" + "1," * 10_000 + "]\n", "values"),
        ("a: 2020-99-99\n", "valid YAML"),
        ("? [a]\n: b\n", "valid YAML"),
        ("a: !!python/object/apply:os.system [true]\n", "valid YAML"),
        ("- " * 50_000, "valid YAML"),
        ("# " + "x" * (1 << 18), "at most"),
        ("", "a YAML mapping"),
    ],
    ids=["billion laughs", "itself", "deep", "many", "date", "list as key", "python", "dashes", "large", "empty"],
)
def test_configurations(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused("configuration", text.encode(), tmp_path)


def _npy(header: str) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000, 2), }"),
        _npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 4, 2), }"),
        _npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1, 4, 2), }") + bytes(64),
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 2"),
        _npy("(" * 9000),
    ],
    ids=["empty", "absurd shape", "pickle", "dates", "cut header", "deep header"],
)
def test_arrays(tmp_path: Path, data: bytes) -> None:
    refused("packed_array", data, tmp_path)


def test_an_archive_of_arrays_is_no_array(tmp_path: Path) -> None:
    out = BytesIO()
    np.savez(out, a=np.zeros((1, 4, 2)))
    refused("packed_array", out.getvalue(), tmp_path)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "C:/x", "a\\b", "a//b", "x.part", "a\u202eb"], ids=range(8)
)
def test_lists_of_checksums(tmp_path: Path, path: str) -> None:
    refused("checksums", f"{'0' * 64} {path}\n".encode(), tmp_path)


def test_labels_that_are_read_stay_read(tmp_path: Path) -> None:
    assert answer("label_table", LABELS, tmp_path) is None
    assert answer("readings_xlsx", seeds(tmp_path)["readings_xlsx"][0], tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b'{"predictions": [[' + b"9" * 400 + b", 1]]}",
        b"[" * 100_000,
        b'{"predictions": 3}',
        b"[]",
        b'{"predictions": [3]}',
    ],
    ids=["endless number", "deep", "no table", "a list", "no rows"],
)
def test_answers_of_a_server_that_are_none(tmp_path: Path, content: bytes) -> None:
    model = HttpEndpoint("http://127.0.0.1:9/x", outputs=["AF", "LBBB"], input=TAKES, trained_on=[])
    with pytest.raises(NoAnswerError, match="no JSON with a table"):
        model._table(content, 1)


@pytest.mark.parametrize(
    "content", [b"", b"a\nAF\n1\n" + b"x" * 200_000, b'"' * 200_001], ids=["empty", "no number", "endless field"]
)
def test_answers_of_a_container_that_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    model = Container("true {recordings} {answers}", trained_on=[])
    assert model._answer(tmp_path / "x.csv") == {}
    assert sum(model.card().counts["not_answered"].values()) == 1


def test_a_shard_that_is_none(tmp_path: Path) -> None:
    assert "file must be JSON" in refused("shard", b"[" * 100_000, tmp_path)
    assert "must be an object" in refused("shard", b"[]", tmp_path)
    whole = seeds(tmp_path)["shard_work"][0]
    for data in (b"", whole[:-9], whole[:12] + b"\xff" * 9 + whole[21:], b"\x1f\x8b"):
        (tmp_path / "work").mkdir(exist_ok=True)
        (tmp_path / "work" / "00000.tsv.gz").write_bytes(data)
        assert ShardFolder(tmp_path).read_piece("work", 0) is None
