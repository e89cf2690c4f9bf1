// Backpropagation by hand, its formulas: a little of LaTeX as MathML, with the LaTeX as its alternative text.
const byhandFormulas = (() => {
  const SIGNS = {
    cdot: "\u22c5", lambda: "\u03bb", sum: "\u2211", top: "\u22a4", odot: "\u2299", approx: "\u2248", lVert: "\u2016", rVert: "\u2016",
  };
  const CLOSING = { "(": ")", "[": "]" };
  const TOKENS = /\\[A-Za-z]+|\d+(?:\.\d+)?|\S/g;

  function make(name, children, attributes = {}) {
    const made = document.createElementNS("http://www.w3.org/1998/Math/MathML", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // Letters, numbers, signs, `\frac{}{}`, `_` and `^` with one token or a group; words are `\log`, `\max`, `\relu`.
  function typeset(latex) {
    const tokens = latex.match(TOKENS);
    const row = (end) => {
      const found = [];
      while (tokens.length && tokens[0] !== end) {
        const made = scripted(); // a minus after a sign is one of a number
        if (made.textContent === "\u2212") made.setAttribute("form", found.at(-1)?.localName === "mo" || !found.length ? "prefix" : "infix");
        found.push(made);
        if (made.textContent === "log" && tokens[0] !== "(") found.push(make("mspace", [], { width: "0.17em" }));
      }
      tokens.shift();
      return found.length === 1 ? found[0] : make("mrow", found);
    };
    const one = () => {
      const token = tokens.shift(), word = token.slice(1);
      if (token === "{") return row("}");
      if (CLOSING[token]) return make("mrow", [make("mo", [token]), row(CLOSING[token]), make("mo", [CLOSING[token]])]);
      if (token === "\\frac") return make("mfrac", [one(), one()]);
      if (/^\d/.test(token)) return make("mn", [token]);
      if (/^[a-z]$/i.test(token) || token === "\\lambda") return make("mi", [SIGNS[word] ?? token]);
      if (token[0] === "\\" && !SIGNS[word]) return make("mi", [word]);
      const sign = SIGNS[word] ?? (token === "-" ? "\u2212" : token);
      const forms = { "+": { form: "infix" }, "\u2016": { stretchy: "false" }, "\u2211": { movablelimits: "false" } };
      return make("mo", [sign], forms[sign] ?? {});
    };
    const scripted = () => {
      const base = one(), below = tokens[0] === "_" && tokens.shift() ? one() : null;
      const above = tokens[0] === "^" && tokens.shift() ? one() : null;
      if (below && above) return make("msubsup", [base, below, above]);
      if (below || above) return make(below ? "msub" : "msup", [base, below ?? above]);
      return base;
    };
    return make("math", [row()], { alttext: latex, displaystyle: "true" });
  }

  const part = ({ over, under }) => (under === 1n ? `${over}` : `\\frac{${over}}{${under}}`);

  // A number as LaTeX, exactly.
  function exactly({ parts }) {
    const terms = [...parts].map(([k, { over, under }]) => {
      const size = over < 0n ? -over : over, below = under === 1n ? `1 + e^{${k}}` : `${under} (1 + e^{${k}})`;
      return { sign: over < 0n ? "-" : "+", text: k ? `\\frac{${size}}{${below}}` : part({ over: size, under }) };
    });
    return terms.map(({ sign, text }, at) => (at ? ` ${sign} ${text}` : (sign === "-" ? "-" : "") + text)).join("") || "0";
  }

  // A number as LaTeX with so many digits, very small ones by a power of ten.
  function rounded(value, digits = 4) {
    if (value === 0) return "0.000"; // below what a 64-bit number holds
    const [number, power] = value.toExponential(digits - 1).split("e");
    if (Number(power) < -3) return `${number} \\cdot 10^{${power}}`;
    return value.toFixed(Math.max(0, digits - 1 - power));
  }

  // The numbers of an array in cells, where there is little room: all as fractions, or, where one is none, all with as
  // many digits behind the point, two unless a number is large.
  function short(rows) {
    const all = rows.flat(), largest = Math.max(...all.map(({ value }) => Math.abs(value)));
    if (all.every(({ rational }) => rational)) return rows.map((row) => row.map(exactly));
    const places = largest < 9.995 ? 2 : largest < 99.95 ? 1 : 0;
    const text = (number) => {
      const digits = number.value.toFixed(places);
      return Number(digits) || !number.parts.size ? digits : "\\approx 0";
    };
    return rows.map((row) => row.map(text));
  }

  // A number in a sum of products, with four digits where it is irrational.
  function factor(number, first) {
    const text = number.rational ? exactly(number) : rounded(number.value);
    return text[0] === "-" && !first ? `(${text})` : text;
  }

  // A sum of products of numbers, as pieces between which a line may break.
  function products(terms) {
    return terms.map((numbers, at) => {
      const written = numbers.map((one, place) => factor(one, !at && !place));
      return (at ? "+ " : "") + written.join(" \\cdot ");
    });
  }

  return { typeset, exactly, rounded, short, factor, products };
})();
