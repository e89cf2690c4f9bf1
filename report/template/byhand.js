// Backpropagation by hand: an example whose numbers can be changed, one line of the two passes after the other. A
// gradient can be predicted before it is shown. Numbers and formulas, the lines and the graph: byhand-*.js.
{
  const { passes, slips, parsed, agrees } = byhandNumbers, { typeset, rounded, short } = byhandFormulas;
  const { LINES, inWords, worked } = byhandLines, { make, symbol } = byhandNodes;
  const CHOSEN = ["X", "y", "W1", "b1", "W2", "b2"]; // by the reader
  const isGradient = (name) => name[0] === "d";
  const asRows = (numbers) => (Array.isArray(numbers[0]) ? numbers : [numbers]);

  // Links to the equations that give a line, where the page has them.
  function links(numbers) {
    return numbers.flatMap((number, at) => {
      const id = `eq-${number.slice(1, -1)}`;
      const shown = document.getElementById(id) ? element("a", { class: "ref", href: `#${id}` }, number) : number;
      return at ? [" and ", shown] : [shown];
    });
  }

  // Fields for what a reader expects a gradient to be, and what is said of it.
  function makeGuess(rules) {
    const title = element("p"), how = element("p", { class: "byhand-how" });
    const matrix = element("div", { class: "byhand-matrix" });
    const verdict = element("div", { class: "byhand-verdict", "aria-live": "polite" });
    const form = element("form", { novalidate: true }, title, matrix, how, element("button", {}, "Check"), verdict);
    let all = null, name = null, fields = [];

    const judged = (text, i, j) => {
      const typed = parsed(text), where = inWords(all[name], i, j).replace(/^./, (letter) => letter.toUpperCase());
      const advice = "write a fraction such as -3/4 or a decimal such as -0.75";
      if (!typed) return { right: null, said: `${where}: "${text}" is not understood; ${advice}.` };
      if (agrees(typed, all[name][i][j])) return { right: true, said: `${where}: right.` };
      const slip = slips(all, name).find(([wrong]) => agrees(typed, wrong[i][j]));
      return { right: false, said: `${where}: wrong${slip ? `; ${slip[1]}` : ""}.` };
    };
    const check = () => {
      for (const field of fields) {
        const text = field.input.value.trim();
        field.answer = text ? { text, ...judged(text, field.i, field.j) } : null;
        field.input.className = { true: "right", false: "wrong" }[field.answer?.right] ?? "";
        field.input.setAttribute("aria-invalid", String(Boolean(field.answer) && !field.answer.right));
      }
      const answers = fields.map(({ answer }) => answer).filter(Boolean);
      const rule = element("p", {}, "The rule is ", ...links(rules[name]), ": ", typeset(LINES[name]));
      const items = element("ul", {}, ...answers.map(({ said }) => element("li", {}, said)));
      verdict.replaceChildren(...(answers.length ? [items, rule] : [element("p", {}, "No field has a number yet.")]));
    };
    form.addEventListener("submit", (event) => { event.preventDefault(); check(); });

    // Ask for the gradient `next` of these passes, or for nothing.
    const ask = (passed, next) => {
      [all, name, fields] = [passed, next, []];
      form.hidden = !next;
      verdict.replaceChildren();
      if (!next) return;
      const irrational = all[name].flat().some((number) => !number.rational);
      title.replaceChildren("Next: ", symbol(name), ". What will it be?");
      how.replaceChildren("Fractions, decimals, or sums such as ", element("span", { class: "whole" }, "6*(-1/4)+2*1/4"),
        `; leave empty what you like.${irrational ? " Of an irrational number three digits are enough." : ""}`);
      const words = { autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 60 };
      fields = all[name].flatMap((row, i) => row.map((_, j) => {
        const label = `your ${name}, ${inWords(all[name], i, j)}`;
        return { i, j, answer: null, input: element("input", { type: "text", "aria-label": label, ...words }) };
      }));
      matrix.replaceChildren(...fields.map(({ input }) => input));
    };
    // What was predicted, when the gradient is shown.
    const answers = () => {
      check();
      return fields.filter(({ answer }) => answer).map(({ i, j, answer }) => ({ i, j, ...answer }));
    };
    return { form, ask, answers };
  }

  // The working of a line, each entry with what was predicted for it.
  function workOf(all, name, rules, answers = []) {
    const items = worked(all, name).map(({ i, j, pieces, end }) => {
      const answer = answers.find((one) => one.i === i && one.j === j);
      const verdict = answer && (answer.right ? "right" : answer.right === false ? "wrong" : "not understood");
      const yours = answer ? [element("span", { class: "byhand-yours" }, `yours, ${answer.text}: ${verdict}`)] : [];
      const exactly = end ? ["(exactly ", typeset(end), ") "] : [];
      return element("li", {}, ...pieces.flatMap((piece) => [typeset(piece), " "]), ...exactly, ...yours);
    });
    return [element("p", {}, typeset(LINES[name])), element("ul", {}, ...items)];
  }

  // Numbers in an address, such as 1_2_3_-1, with the shape of others; null if they are none that can be chosen.
  function read(text, others, [low, high]) {
    const words = text.split("_");
    if (words.length !== others.flat().length || !words.every((word) => /^-?\d$/.test(word))) return null;
    const numbers = words.map((word) => Number(word) + 0); // -0 is 0
    if (!numbers.every((number) => low <= number && number <= high)) return null;
    return Array.isArray(others[0]) ? others.map((row) => row.map(() => numbers.shift())) : numbers;
  }

  widgets.byhand = (stage, data) => {
    const { largest } = data, rules = Object.fromEntries(data.rules), order = Object.keys(rules);
    const forward = order.filter((one) => !isGradient(one)).length;
    const start = () => Object.fromEntries(CHOSEN.map((name) => [name, structuredClone(data[name])]));
    let numbers = start(), step = 0, name = null, answers = {}, asked = null;

    const said = element("p", { class: "byhand-said", "aria-live": "polite" });
    const work = element("div", { class: "byhand-work" }), guess = makeGuess(rules);
    const { graph, show } = make({ ...data, rules }, change, look);
    const say = (...words) => said.replaceChildren(...words);

    function draw() {
      const all = passes(numbers, data.l2), shown = order.slice(0, step), next = order[step];
      const texts = Object.fromEntries(CHOSEN.map((one) => [one, asRows(numbers[one])]));
      for (const one of shown) texts[one] = one === "L" ? null : short(all[one]);
      if (shown.includes("L")) texts.L = [[`\\approx ${rounded(all.L.value)}`]];
      if (shown.includes("L")) texts.penalty = short([[all.penalty]]);
      show(texts, name);
      work.replaceChildren(...(name ? workOf(all, name, rules, answers[name]) : []));
      ahead.setAttribute("aria-disabled", String(step >= forward));
      back.setAttribute("aria-disabled", String(step < forward || !next));
      const now = JSON.stringify([numbers, step]);
      if (now !== asked) guess.ask(all, next && isGradient(next) ? next : null);
      asked = now;
    }

    // Say which line of how many it is, and which equations give it.
    function announce() {
      const at = order.indexOf(name), last = order.length - forward;
      const place = at < forward ? `Forward, ${at + 1} of ${forward}: ` : `Backward, ${at - forward + 1} of ${last}: `;
      say(place, symbol(name), " by ", ...links(rules[name]));
    }
    function welcome() {
      say(`Nothing is computed yet. The forward pass has ${forward} lines, the backward pass ${order.length - forward}.`);
    }
    function look(one) {
      name = one;
      announce();
      draw();
    }
    function advance() {
      const next = order[step];
      if (isGradient(next)) answers[next] = guess.answers();
      step += 1;
      look(next);
    }
    function change(one, i, j, value) {
      asRows(numbers[one])[i][j] = value;
      answers = {};
      say(`${one}, ${inWords(asRows(numbers[one]), i, j)} is ${value} now.`);
      draw();
    }
    function go(to, at = null) {
      [step, name, answers, asked] = [to, at, {}, null];
      if (at) announce();
      else if (to) say(`All ${order.length} lines are shown. Their names in the graph lead to their working.`);
      else welcome();
      draw();
    }
    function restore(values) {
      for (const one of CHOSEN) {
        const found = read(values[one] ?? "", numbers[one], one === "y" ? [0, 1] : [-largest, largest]);
        if (found) numbers[one] = found;
      }
      const to = /^\d\d?$/.test(values.step) && values.step <= order.length ? Number(values.step) : step;
      go(to, order[to - 1]);
    }
    const state = () => ({ ...Object.fromEntries(CHOSEN.map((one) => [one, numbers[one].flat().join("_")])), step });

    const button = (text, onclick) => element("button", { type: "button", onclick }, text);
    const ahead = button("Forward: next line", () => (step < forward ? advance() : say("The forward pass is complete.")));
    const back = button("Backward: next line", () => {
      if (step < forward) say("First the forward pass: it has not come to the loss yet.");
      else if (step < order.length) advance();
      else say("Both passes are complete.");
    });
    const buttons = element("div", { class: "byhand-buttons" }, ahead, back,
      button("Show all", () => go(order.length)), button("Reset", () => { numbers = start(); go(0); }),
      link(stage, "byhand", state, restore));
    stage.classList.add("byhand");
    stage.append(element("div", { class: "byhand-side" }, buttons, said, work, guess.form), graph);
    go(0);
  };
}
