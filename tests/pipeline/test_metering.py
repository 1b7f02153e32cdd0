"""What work took is what it took."""

from pathlib import Path

import pytest

from ecg_eval.pipeline import metering
from ecg_eval.pipeline.metering import metered


def test_processors_and_memory_of_the_work_alone() -> None:
    with metered() as idle:
        pass
    with metered() as busy:
        held = bytearray(b"x" * 80_000_000)
        sum(range(2_000_000))
        del held
    assert idle.memory_mb is not None
    assert busy.memory_mb is not None
    assert idle.memory_mb < 20
    assert 75 < busy.memory_mb < 250
    assert 0 < busy.cpu_s < busy.seconds * 8 + 0.1


def test_where_the_system_does_not_tell_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(metering, "_STATUS", tmp_path / "none")
    with metered() as cost:
        pass
    assert cost.memory_mb is None
