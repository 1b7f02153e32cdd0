
/* each picture as SVG and each table as CSV, made from what the page holds: nothing is stored twice */
const save = (name, kind, text) => {
  const link = document.createElement("a");
  link.setAttribute("href", "data:" + kind + ";charset=utf-8," + encodeURIComponent(text));
  link.download = name;
  link.click();
};
/* a heading's sorting arrow is no text, and a cell that a spreadsheet would take for a formula is quoted with a tab */
const cell = (element) => {
  const text = element.textContent.replace(/\s+/g, " ").trim();
  const safe = /^[=@]|^[+-][^\d\s.,]/.test(text) ? "\t" + text : text;
  return `"${safe.replaceAll('"', '""')}"`;
};
const csv = (table) => [...table.rows].map((row) => [...row.cells].map(cell).join(",")).join("\r\n") + "\r\n";
const named = (element, end) => `${(element.closest("section")?.id || "table")}-${[...document.querySelectorAll(element.tagName)].indexOf(element) + 1}.` + end;
const buttons = (after, what, kinds) => {
  const bar = document.createElement("div");
  bar.className = "saves";
  for (const [end, made] of kinds) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = end.toUpperCase();
    button.setAttribute("aria-label", end.toUpperCase() + ": " + what);
    button.addEventListener("click", made);
    bar.append(button);
  }
  after.after(bar);
};
for (const table of document.querySelectorAll(".scroll > table")) {
  const box = table.parentElement;
  buttons(box, table.caption.textContent.trim(), [["csv", () => save(named(table, "csv"), "text/csv", `\ufeff${csv(table)}`)]]);
}
for (const picture of document.querySelectorAll("figure > .picture")) {
  const svg = picture.querySelector("svg");
  const what = picture.parentElement.querySelector("figcaption").textContent.trim();
  if (svg) buttons(picture.parentElement.querySelector("figcaption"), what, [["svg", () => save(named(svg, "svg"), "image/svg+xml", new XMLSerializer().serializeToString(svg))]]);
}
