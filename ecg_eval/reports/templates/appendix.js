"use strict";
/* every estimate: unpacked once, then searched, sorted and shown a page at a time */
const facts = JSON.parse(document.getElementById("facts").textContent);
const form = document.getElementById("asked");
const body = document.querySelector("#rows tbody");
const PAGE = 200;
let rows = [];
let shown = PAGE;
let order = null;
let kept = [];

async function unpacked() {
  const bytes = Uint8Array.from(atob(document.getElementById("packed").textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function text(row, place) {
  const cell = row[place];
  return cell === null ? "" : facts.coded[place] ? facts.coded[place][cell] : cell;
}

function options(name, place) {
  const select = form.elements[name];
  const used = new Set(rows.map((row) => row[place]));
  facts.coded[place].forEach((label, code) => {
    if (!used.has(code) || !label) return;
    const option = document.createElement("option");
    option.value = facts.codes[name][code];
    option.textContent = label;
    select.append(option);
  });
}

function number(value) {
  if (value === null) return "";
  const size = Math.abs(value);
  if (Number.isInteger(value)) return value.toLocaleString(document.documentElement.lang, { useGrouping: false });
  const digits = size < 0.001 ? 6 : 4; /* as many in each row, so that they stand one below another */
  return value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}

function ask() {
  const asked = Object.fromEntries(["metric", "reader", "finding", "arm"].map((name) => [name, form.elements[name].value]));
  const words = form.elements.q.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  kept = rows.filter((row) => {
    const flags = row[row.length - 1];
    if (flags & 1 && !form.elements.floors.checked) return false;
    if (flags & 2 && !form.elements.mirrored.checked) return false;
    for (const [name, place] of Object.entries(facts.places)) {
      const wanted = asked[name];
      if (!wanted || facts.codes[name][row[place]] === wanted) continue;
      if (name === "reader" && facts.codes.reader[row[facts.other]] === wanted) continue;
      return false;
    }
    if (!words.length) return true;
    const line = facts.columns.map((_, place) => text(row, place)).join(" ").toLocaleLowerCase();
    return words.every((word) => line.includes(word));
  });
  if (order) {
    const [place, sign] = order;
    kept.sort((a, b) => {
      const [first, second] = [text(a, place), text(b, place)];
      if (first === "" || second === "") return (first === "") - (second === "");
      return sign * (typeof first === "number" ? first - second : first.localeCompare(second, document.documentElement.lang));
    });
  }
  const told = facts.definitions[asked.metric];
  const box = document.getElementById("definition");
  box.hidden = !told;
  box.replaceChildren(...(told || []).map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
  shown = PAGE;
  show();
}

function show() {
  body.replaceChildren(...kept.slice(0, shown).map((row) => {
    const line = document.createElement("tr");
    facts.columns.forEach((column, place) => {
      const cell = document.createElement(place ? "td" : "th");
      if (place) cell.dataset.label = column; else cell.scope = "row";
      const value = text(row, place);
      if (typeof value === "number") cell.className = "n";
      cell.textContent = typeof value === "number" ? number(value) : value;
      line.append(cell);
    });
    return line;
  }));
  document.getElementById("count").textContent = facts.count.replace("%n", kept.length.toLocaleString(document.documentElement.lang)).replace("%m", Math.min(shown, kept.length));
  document.getElementById("more").hidden = kept.length <= shown;
}

function from_address() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const name of ["q", "metric", "reader", "finding", "arm"]) if (asked.has(name)) form.elements[name].value = asked.get(name);
}

unpacked().then((read) => {
  rows = read;
  for (const name of Object.keys(facts.places)) options(name, facts.places[name]);
  from_address();
  ask();
});
form.addEventListener("input", ask);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => { form.reset(); from_address(); ask(); });
document.getElementById("more").addEventListener("click", () => { shown += PAGE; show(); });
for (const button of document.querySelectorAll("#rows thead button")) {
  button.addEventListener("click", () => {
    const place = Number(button.dataset.column);
    order = [place, order && order[0] === place ? -order[1] : 1];
    for (const heading of document.querySelectorAll("#rows thead th")) heading.removeAttribute("aria-sort");
    button.parentElement.setAttribute("aria-sort", order[1] > 0 ? "ascending" : "descending");
    ask();
  });
}
