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

// Bring the widget of a figure to life, once. One that fails leaves its still picture, and the others live.
const revived = new WeakSet();
function revive(figure) {
  if (!Object.hasOwn(widgets, figure.dataset.widget) || revived.has(figure)) return;
  revived.add(figure);
  const stage = figure.querySelector(".stage");
  try {
    const lives = widgets[figure.dataset.widget](stage, dataOf(figure));
    if (lives === false) return; // what it needs is not in this page
    figure.classList.add("alive"); // hides the still picture, but not in print
  } catch (error) {
    stage?.replaceChildren();
    reportError(error);
  }
}

// That takes a while for all of them: each waits until it comes near the screen, or an address asks for it.
document.addEventListener("DOMContentLoaded", () => {
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      revive(target);
    }
  }, { rootMargin: "100% 0px" });
  for (const figure of document.querySelectorAll("figure[data-widget]")) near.observe(figure);
  const called = () => {
    const figure = location.hash.includes("?") && figureOf(location.hash.slice(1).split("?")[0]);
    if (figure) revive(figure);
  };
  addEventListener("hashchange", called);
  called();
});
