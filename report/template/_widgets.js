"use strict"; // for all scripts: they are put one after the other, this one first

// What the page brings to life. A file NAME.js says `widgets.NAME = (stage, data) => { ... }`: it fills
// the empty element `stage`, from `data`, which the notebook put into the page.
const widgets = {};

// Make an element: `element("button", { type: "button", onclick: f }, "text", other, ...)`; `drawn` makes one of a picture.
function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}
function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}
function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

// A number as the text writes it: 1,084.
const grouped = (number) => number.toLocaleString("en-US");

// Bytes that were written as base64, as the typed array `Kind` (little-endian).
function decoded(text, Kind = Uint8Array) {
  return new Kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

// The figure of a widget, and what the notebook gave to it, read once: another may use it, too.
const figureOf = (name) => [...document.querySelectorAll("figure[data-widget]")].find((one) => one.dataset.widget === name);
const given = new Map();
function dataOf(figure) {
  if (!given.has(figure)) given.set(figure, JSON.parse(figure.querySelector("script").textContent));
  return given.get(figure);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const figure of document.querySelectorAll("figure[data-widget]")) {
    if (!Object.hasOwn(widgets, figure.dataset.widget)) continue;
    const lives = widgets[figure.dataset.widget](figure.querySelector(".stage"), dataOf(figure));
    if (lives === false) continue; // what it needs is not in this page
    figure.classList.add("alive"); // hides the still picture, but not in print
  }
});
