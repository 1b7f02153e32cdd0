"use strict";
/* headings of tables that sort: a button each; numbers by size, words by letter, what is missing last */
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0];
  const amount = (text) => {
    const found = text.replace(/\s/g, "").replace("\u2212", "-").replace(",", ".").match(/^[+<>]?(-?[\d.]+)/);
    return found ? Number.parseFloat(found[1]) : Number.NaN;
  };
  [...table.tHead.rows[0].cells].forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    /* a heading that leads somewhere stays a link: a button beside it sorts */
    if (heading.querySelector("a")) button.setAttribute("aria-label", heading.textContent.trim());
    else button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const rising = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const keyed = [...body.rows].map((row) => [row.cells[place].textContent.trim(), row]);
      const numeric = keyed.some(([text]) => !Number.isNaN(amount(text)));
      keyed.sort(([a, ], [b, ]) => {
        if (!numeric) return (rising ? 1 : -1) * a.localeCompare(b, document.documentElement.lang);
        const [first, second] = [amount(a), amount(b)];
        if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
        return (rising ? 1 : -1) * (first - second);
      });
      body.append(...keyed.map(([, row]) => row));
    });
  });
}
