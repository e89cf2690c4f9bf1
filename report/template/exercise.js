// Exercises and predictions: a field or radio buttons below the question, and a word on what is answered. What a right
// answer is compared with was written by lib/nbreport/exercises.py, encoded, so that nobody reads it by chance.
{
  let count = 0; // of the page, for their names

  // What someone types as a number: -0.25, 1/4, 25%, 1,024, 3e-5, 3 x 10^-5; NaN if it is none.
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/;
  function plain(text) {
    const thousands = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text); // 1,024 and 1,605,632.5
    const digits = thousands ? text.replaceAll(",", "") : text.replace(/^([^.,]*),([^.,]*)$/, "$1.$2"); // 0,25
    return NUMBER.test(digits) ? Number(digits) : NaN;
  }
  function power(text) {
    const parts = text.split("^");
    if (parts.length === 1) return plain(text);
    if (parts.length > 2) return NaN;
    const sign = text.startsWith("-") ? -1 : 1; // of the power, not of its base: -2^2 is -4
    return sign * plain(parts[0].replace(/^[+-]/, "")) ** plain(parts[1]);
  }
  const product = (text) => text.split(/[*x\u00d7\u00b7]/).map(power).reduce((one, other) => one * other);
  function number(text) {
    const tidy = text.toLowerCase().replace(/[\s\u2009\u202f]/g, "").replace(/[\u2212\u2013]/g, "-").replaceAll("**", "^");
    const [bare, scale] = tidy.endsWith("%") ? [tidy.slice(0, -1), 100] : [tidy, 1];
    const parts = bare.split("/");
    return parts.length > 2 ? NaN : parts.map(product).reduce((above, below) => above / below) / scale;
  }

  // What someone types as a shape: (128, 10), [128,10], 128 x 10, (10,); null if it is none.
  function shape(text) {
    const inside = text.trim().toLowerCase().replace(/^[([]\s*(.*?)\s*,?\s*[)\]]$/, "$1").replace(/\s*,\s*$/, "");
    const sizes = inside.split(/\s*[,x\u00d7*]\s*|\s+/);
    return sizes.every((size) => /^\d+$/.test(size)) ? sizes.map(Number) : null;
  }

  // Each kind: what is written where an answer is none, and what is said of one.
  const CHECKS = {
    number(text, { answer, tolerance }) {
      const given = number(text), near = (value) => Math.abs(given - value) <= tolerance + 1e-9 * Math.abs(answer);
      if (!Number.isFinite(given)) return [false, "Write a number, such as -0.25, 1/4 or 3e-5."];
      if (near(answer)) return [true, "Right."];
      return [false, near(-answer) ? "The size is right, the sign is not." : "No. Try again, or see the solution."];
    },
    shape(text, { answer }) {
      const given = shape(text), sorted = (sizes) => [...sizes].sort((one, other) => one - other).join();
      if (!given) return [false, "Write a shape, such as (64, 10) or (10,)."];
      if (given.join() === answer.join()) return [true, "Right."];
      const turned = sorted(given) === sorted(answer);
      return [false, turned ? "These are its sizes, but not in this order." : "No. Try again, or see the solution."];
    },
    choice(text, { answer }) {
      return text === answer ? [true, "Right."] : [false, "No. Try again, or see the solution."];
    },
  };

  function radios(name, choices) {
    const inputs = choices.map(({ value, shown }) => {
      const plainly = shown.querySelector("math") ? value.replaceAll("$", "") : null; // not all readers know formulas
      return element("input", { type: "radio", name, value, "aria-label": plainly });
    });
    const labels = choices.map(({ shown }, at) => (
      element("label", {}, inputs[at], element("span", {}, ...[...shown.childNodes].map((node) => node.cloneNode(true))))));
    return { parts: labels, given: () => inputs.find((input) => input.checked)?.value ?? null };
  }
  function field(question, asks) {
    const input = element("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": question });
    const label = asks === "shape" ? "The shape" : "The number";
    return { parts: [element("label", {}, `${label} `, input)], given: () => input.value.trim() || null };
  }

  // What was encoded; null where it is nothing that an exercise has.
  function wantedBy(asks, key) {
    try {
      const wanted = JSON.parse(new TextDecoder().decode(decoded(key)));
      return Object.hasOwn(CHECKS, asks) && Object.hasOwn(wanted, "answer") ? wanted : null;
    } catch {
      return null;
    }
  }

  function enliven(box) {
    const { asks, key, choices } = JSON.parse(box.querySelector("script").textContent), wanted = wantedBy(asks, key);
    if (!wanted) return; // the question and its solution can be read all the same
    const predicts = box.dataset.kind === "prediction";
    const question = box.querySelector(".exercise-question"), solution = box.querySelector("details");
    question.id = `exercise-question-${(count += 1)}`;
    const listed = [...box.querySelectorAll(".exercise-choices > li")].map((shown, at) => ({ shown, value: choices[at] }));
    const { parts, given } = asks === "choice" ? radios(question.id, listed) : field(question.id, asks);
    const reply = element("p", { class: "exercise-reply", "aria-live": "polite", "aria-atomic": "true" });
    const button = element("button", { type: "submit" }, predicts ? "This is my guess" : "Check");
    const fields = element("fieldset", { "aria-labelledby": question.id }, ...parts);
    const form = element("form", { onsubmit: answer, novalidate: true }, fields, element("div", { class: "exercise-line" }, button, reply));

    function answer(event) {
      event.preventDefault();
      const text = given();
      if (text === null) {
        say(null, asks === "choice" ? "Choose one first." : "Write an answer first.");
        return;
      }
      const [right, words] = CHECKS[asks](text, wanted);
      if (!predicts) {
        say(right, words);
        return;
      }
      say(right, right ? "That is what the chapter finds." : "The chapter finds something else.");
      solution.open = true;
    }
    function say(right, words) {
      reply.textContent = words;
      if (right === null) delete reply.dataset.right;
      else reply.dataset.right = String(right);
    }

    box.querySelector(".stage").append(form);
    box.classList.add("alive");
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".exercise").forEach(enliven));
}
