"""The documentation as a site: it builds without a warning, links lead somewhere, and it asks nothing of a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return out


def test_every_page_is_in_the_navigation(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    navigated = set(re.findall(r'href="([^"#]+\.html)"', start))
    pages = [p.relative_to(ROOT / "docs") for p in (ROOT / "docs").rglob("*.md")]
    named = {str(p.parent / "index.html" if p.name == "README.md" else p.with_suffix(".html")) for p in pages}
    assert named - navigated - {"index.html"} == set()


def test_links_lead_somewhere_and_nothing_is_loaded_from_outside(site: Path) -> None:
    dead, outside = [], []
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        outside += re.findall(r'<(?:script|img|iframe|link)[^>]+(?:src|href)="(https?://[^"]+)"', text)
        for target in re.findall(r'<a [^>]*href="([^"#]+)', text):
            if re.match(r"[a-z]+:", target) or page.name == "404.html":
                continue
            if not (page.parent / target.split("?")[0]).exists():
                dead.append((page.name, target))
    assert dead == []
    assert outside == []


def test_the_api_is_there(site: Path) -> None:
    api = (site / "api.html").read_text(encoding="utf-8")
    assert "evaluate" in api
    assert "StudyResult" in api
