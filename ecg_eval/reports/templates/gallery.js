"use strict";
/* which ECGs are shown: those with a disagreement that fits all that is asked for */
const form = document.getElementById("asked");
const NAMES = ["finding", "reader", "direction"];
const count = document.getElementById("count");

function fits(parting, asked) {
  if (asked.finding && parting.dataset.finding !== asked.finding) return false;
  if (asked.direction && !parting.dataset.direction.split(" ").includes(asked.direction)) return false;
  return !asked.reader || JSON.parse(parting.dataset.readers).includes(asked.reader);
}

function ask() {
  const asked = Object.fromEntries(NAMES.map((name) => [name, form.elements[name] ? form.elements[name].value : ""]));
  let shown = 0;
  for (const ecg of document.querySelectorAll("article.ecg")) {
    let any = false;
    for (const parting of ecg.querySelectorAll(".parting")) {
      parting.hidden = !fits(parting, asked);
      any = any || !parting.hidden;
    }
    ecg.hidden = !any;
    shown += any ? 1 : 0;
  }
  count.textContent = count.dataset.text.replace("%n", shown);
}

function from_address() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const name of NAMES) if (form.elements[name] && asked.has(name)) form.elements[name].value = asked.get(name);
}

/* on a tracing, drag from one place to another: time and voltage between them, and the rate if it is one RR interval */
const UNITS_PER_MM = 100;
const MM_PER_S = 25;
const MM_PER_MV = 10;
for (const svg of document.querySelectorAll(".tracing svg")) {
  const draw = (name, values) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    svg.append(made);
    return made;
  };
  const place = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  let start = null;
  let box = null;
  let told = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return; /* a finger scrolls */
    start = place(event);
    if (box) { box.remove(); told.remove(); }
    box = draw("rect", { class: "caliper" });
    told = draw("text", { class: "measured", "font-family": "sans-serif", "font-size": 400 });
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!start) return;
    const end = place(event);
    const [wide, high] = [Math.abs(end.x - start.x), Math.abs(end.y - start.y)];
    for (const [key, value] of Object.entries({ x: Math.min(start.x, end.x), y: Math.min(start.y, end.y), width: wide, height: high })) box.setAttribute(key, value);
    const ms = 1000 * wide / UNITS_PER_MM / MM_PER_S;
    const number = (value, digits) => value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const rate = ms >= 200 ? `, ${number(60000 / ms, 0)}/min` : "";
    told.textContent = `${number(ms, 0)} ms, ${number(high / UNITS_PER_MM / MM_PER_MV, 2)} mV${rate}`;
    told.setAttribute("x", Math.min(start.x, end.x));
    told.setAttribute("y", Math.max(Math.min(start.y, end.y) - 100, 400));
  });
  svg.addEventListener("pointerup", () => { start = null; });
}

form.addEventListener("input", ask);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => { form.reset(); from_address(); ask(); });
from_address();
ask();
