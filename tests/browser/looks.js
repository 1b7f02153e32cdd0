/* what an eye would object to on a page that is open: run in the page, gives lists of words for people */
(() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const holder = node.parentElement;
      if (!node.textContent.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE", "OPTION"].includes(holder.tagName)) continue;
      if (seen(holder)) found.push([node.textContent.trim(), holder]);
    }
    return found;
  };
  const size = (holder) => {
    const px = Number.parseFloat(getComputedStyle(holder).fontSize);
    if (!(holder instanceof SVGElement)) return px;
    const matrix = holder.getScreenCTM();
    return px * Math.hypot(matrix.a, matrix.b);
  };
  const corners = (label) => {
    const box = label.getBBox();
    const matrix = label.getScreenCTM();
    const inset = 0.18 * box.height; /* ink is lower than the line it stands on */
    return [[box.x, box.y + inset], [box.x + box.width, box.y + inset], [box.x + box.width, box.y + box.height - inset], [box.x, box.y + box.height - inset]]
      .map(([x, y]) => [matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f]);
  };
  /* two rectangles, turned or not, are apart when they are so along one of their sides */
  const apart = (one, other) => [one, other].some((shape) => [0, 1].some((i) => {
    const axis = [shape[i + 1][0] - shape[i][0], shape[i + 1][1] - shape[i][1]];
    const length = Math.hypot(...axis) || 1;
    const along = (points) => points.map(([x, y]) => (x * axis[0] + y * axis[1]) / length);
    const [a, b] = [along(one), along(other)];
    return Math.max(...a) <= Math.min(...b) + 0.5 || Math.max(...b) <= Math.min(...a) + 0.5;
  }));
  const overlapping = () => [...document.querySelectorAll("svg")].filter(seen).flatMap((svg) => {
    const labels = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim()).map((t) => [t.textContent.trim(), corners(t)]);
    const clashes = [];
    labels.forEach(([a, first], i) => labels.slice(i + 1).forEach(([b, second]) => { if (!apart(first, second)) clashes.push(`${a} | ${b}`); }));
    return clashes;
  });
  const outside = () => [...document.querySelectorAll("svg")].filter(seen).flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim()).filter((t) => {
      const box = t.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map((t) => t.textContent.trim());
  });
  const wide = (which = ".scroll") => [...document.querySelectorAll(which)].filter(seen)
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.getAttribute("aria-label").slice(0, 60)}: ${box.scrollWidth} in ${box.clientWidth} px`);
  /* what reaches beyond the right edge of the screen, whether it can be moved into it or not: the innermost elements */
  const beyond = (asked) => [...document.body.querySelectorAll(":not(svg :not(text))")].filter(seen) /* lines of a picture are cut by its frame */
    .filter((element) => element.getBoundingClientRect().width > 0 && element.getBoundingClientRect().right > asked + 1)
    .filter((element, _, all) => !all.some((other) => other !== element && element.contains(other)))
    .map((element) => `${element.tagName.toLowerCase()} to ${Math.round(element.getBoundingClientRect().right)} px: ${(element.textContent || element.id).trim().slice(0, 60)}`);
  /* the size of letters of drawings that are shown through windows, which are no text of the page */
  const windows = () => [...document.querySelectorAll("svg use")].filter(seen).map((use) => {
    const letter = document.querySelector(`${use.getAttribute("href")} text`);
    return letter ? Number.parseFloat(getComputedStyle(letter).fontSize) * use.ownerSVGElement.getScreenCTM().a : Number.NaN;
  });
  return {
    small: (least) => texts().map(([text, holder]) => [text, size(holder)]).filter(([, px]) => px < least - 0.05).map(([text, px]) => `${px.toFixed(1)} px: ${text.slice(0, 60)}`),
    overlapping, outside, wide, beyond, windows,
    page_wide: (asked) => Math.max(0, document.documentElement.scrollWidth - asked),
    unfold: () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }),
    words: () => texts().map(([text]) => text),
  };
})()
