"""What MkDocs does beside its settings: the order of the pages, and links that lead out of docs/.

Pages are found, not listed: a new file in docs/tutorials, docs/questions, docs/statistics or docs/decisions is in the
navigation the next time. A link to a file of the repository that is no page becomes its path: the site stands alone.
"""

import re
from pathlib import Path
from typing import Any

# heading -> the pages in it, by file or folder below docs/; what no heading has comes under "More"
CHAPTERS: dict[str, tuple[str, ...]] = {
    "Start": ("index.md",),
    "Tutorials": ("tutorials/", "rehearsal.md"),
    "Questions": ("questions/",),
    "Statistics": ("statistics.md", "statistics/"),
    "Reading results": ("talking-about-results.md", "tracking.md"),
    "Formats": ("formats.md", "observatory.md", "clinical-files.md", "conclusions.md", "vocabulary.md"),
    "Plug-ins": tuple(f"add-a-{kind}.md" for kind in ("dataset", "metric", "model", "panel", "reference", "section")),
    "Reference": ("api.md", "glossary.md"),
    "Running": ("scale.md", "faults.md", "data-protection.md", "licences.md"),
    "Decisions": ("architecture.md", "decisions/"),
}
REST = "More"
_OUT = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


def chapters(docs: Path) -> list[dict[str, list[str]]]:
    """Return the navigation: every page once, under the first chapter that asks for it."""
    left = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))
    made = []
    for heading, asked in CHAPTERS.items():
        pages = [p for one in asked for p in left if p == one or (one.endswith("/") and p.startswith(one))]
        pages.sort(key=lambda page: not page.endswith("README.md"))
        left = [page for page in left if page not in pages]
        if pages:
            made.append({heading: pages})
    return [*made, {REST: left}] if left else made


def on_config(config: Any) -> Any:
    """Give MkDocs the navigation."""
    config["nav"] = chapters(Path(config["docs_dir"]))
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Write links that lead out of docs/ as paths of the repository."""
    docs = Path(config["docs_dir"]).resolve()
    here = (docs / page.file.src_uri).parent

    def plain(link: re.Match[str]) -> str:
        target = (here / link[2]).resolve()
        if target.is_relative_to(docs) and target.is_file():
            return link[0]
        if target.is_dir() and (target / "README.md").is_file() and target.is_relative_to(docs):
            return f"[{link[1]}]({link[2].rstrip('/')}/README.md)"
        path = target.relative_to(docs.parent).as_posix() if target.is_relative_to(docs.parent) else link[2]
        named = link[1].strip("`")
        return f"`{path}`" if named in path else f"{link[1]} (`{path}`)"

    return _OUT.sub(plain, markdown)


# Search runs in a worker, which a browser does not load from a file: Material takes a replacement from another server.
# Ours runs the worker's script in a hidden frame of the page.
_OUTSIDE = '<script src="https://unpkg.com/iframe-worker/shim"></script>'
_FRAME_WORKER = """<script>
if (location.protocol === "file:") window.Worker = class extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    this.ready = new Promise((done) => { this.frame.onload = done; });
    this.frame.srcdoc = `<body><script>
      self.importScripts = (...urls) => urls.reduce((before, url) => before.then(() => new Promise((done) => {
        const script = document.createElement("script");
        script.src = url;
        script.onload = done;
        document.body.append(script);
      })), Promise.resolve());
      self.postMessage = (data) => frameElement.answer(data);
    <\\/script><script src="${url}"><\\/script></body>`;
    this.frame.answer = (data) => {
      const event = new MessageEvent("message", {data});
      this.dispatchEvent(event);
      if (this.onmessage) this.onmessage(event);
    };
    document.body.append(this.frame);
  }
  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", {data})));
  }
  terminate() { this.frame.remove(); }
};
</script>"""


def on_post_page(output: str, **_: Any) -> str:
    """Keep the page from asking another server for anything."""
    return output.replace(_OUTSIDE, _FRAME_WORKER)


def on_post_template(output: str, **_: Any) -> str:
    """Do the same for pages without text, such as the one for a page that is missing."""
    return output.replace(_OUTSIDE, _FRAME_WORKER)
