"""A drawn ECG on a page: whole where there is room, and its columns of leads below one another on a phone.

The drawing is on the page once. A phone is shown two windows onto it, one above the other, so that letters and waves
are twice as large as those of a drawing that is squeezed into the screen. Where a drawing may be parted it says itself
(``data-fold``, in its own units from the left).
"""

import re

_ROOT = re.compile(r'<svg [^>]*?viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"[^>]*?data-fold="(?P<fold>[\d.]+)"')


def windowed(svg: str, name: str) -> str:
    """Return the markup of a tracing for both kinds of screen; what cannot be parted is the drawing alone.

    Parameters
    ----------
    svg : str
        As ``draw_ecg`` gives it.
    name : str
        Id of the drawing, of its own on the page.
    """
    root = _ROOT.match(svg)
    if root is None:
        return svg
    width, height, fold = (float(root[part]) for part in ("width", "height", "fold"))
    use = f'<use href="#{name}" width="{width:g}" height="{height:g}"/>'
    windows = [(0.0, fold), (fold, width - fold)]
    parts = [f'<svg class="part" viewBox="{x:g} 0 {wide:g} {height:g}">{use}</svg>' for x, wide in windows]
    drawing = svg.replace("<svg ", f'<svg id="{name}" ', 1)
    return f'<div class="whole">{drawing}</div>{"".join(parts)}'
