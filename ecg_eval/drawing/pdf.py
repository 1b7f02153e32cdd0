"""Pages as PDF, without a network: WeasyPrint (BSD-3, https://weasyprint.org) lays out HTML that we made.

It is an extra (`pip install "ecg-eval[pdf]"`) and needs Pango, which is a library of the system. A page may use files
of one folder and what is written into the page itself (``data:``); an address of the network is refused, never fetched
in silence.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ecg_eval.errors import InputFileError

_PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 (Debian, Ubuntu), or brew install pango (macOS)"


def write_pdf(html: str, path: Path, *, folder: Path | None = None) -> Path:
    """Print a page of HTML to a PDF file.

    Parameters
    ----------
    html : str
        A whole page; `@page` in its style sheet gives the paper. Lengths in mm are printed as such.
    path : Path
        Where the PDF goes; its folder is made.
    folder : Path, optional
        The only folder whose files (pictures, fonts, style sheets) the page may use; none without it.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    InputFileError
        When WeasyPrint or Pango is not installed, or the page asks for something that it may not use.
    """
    weasyprint = _weasyprint()
    refused: list[str] = []
    fetcher: Any = weasyprint.urls.URLFetcher

    class OwnFilesOnly(fetcher):  # type: ignore[misc] # an untyped library's class
        """Gives what the page may use, and notes what it may not."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if _may_use(url, folder):
                return super().fetch(url, headers)
            refused.append(url)
            raise ValueError(url)  # WeasyPrint catches it and goes on

    base = str(folder.resolve()) + "/" if folder else None
    made = weasyprint.HTML(string=html, base_url=base, url_fetcher=OwnFilesOnly()).write_pdf()
    if refused:
        where = f"files in {folder}" if folder else "nothing outside itself"
        remedy = "Put the picture or style into the page or its folder; no network is used."
        raise InputFileError(f"PDF {path.name}", "what the page uses", where, refused[0], remedy)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made)
    return path


def _may_use(url: str, folder: Path | None) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "data":
        return True
    return (
        parts.scheme == "file"
        and folder is not None
        and Path(unquote(parts.path)).resolve().is_relative_to(folder.resolve())
    )


def _weasyprint() -> Any:
    """Import WeasyPrint, or say what is to be installed."""
    try:
        import weasyprint
    except ImportError:
        remedy = 'Install it: pip install "ecg-eval[pdf]". Everything but PDF works without it.'
        raise InputFileError("PDF", "WeasyPrint", "installed", remedy=remedy) from None
    except OSError as error:  # the Python package is there, the library of the system is not
        remedy = f"Install it: {_PANGO}."
        raise InputFileError(
            "PDF", "Pango, which WeasyPrint draws text with,", "installed", str(error), remedy
        ) from None
    return weasyprint
