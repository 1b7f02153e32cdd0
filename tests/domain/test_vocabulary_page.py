"""The page for reviewers says what the data files say."""

from pathlib import Path

import pytest

from ecg_eval.domain.findings import vocabulary


def test_the_page_is_written_from_the_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    import write_vocabulary_page as page

    words, _, tables = page.PAGE.read_text(encoding="utf-8").partition(page.MARK)
    assert tables == page.tables(), "run python scripts/write_vocabulary_page.py"
    assert all(f"| {code} |" in tables for code in vocabulary())
    copy = tmp_path / "vocabulary.md"
    copy.write_text(words, encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", copy)
    page.main()
    assert copy.read_text(encoding="utf-8") == words + page.MARK + tables
