// Look at mistakes: a confusion matrix of buttons that chooses among the images a network gets wrong.
{
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  let count = 0; // widgets of the page, for their ids
  const percent = (share) => {
    if (share >= 0.9995) return "> 99.9%"; // nothing is certain
    return share < 0.0005 ? "< 0.1%" : `${(100 * share).toFixed(1)}%`;
  };

  // The images, each with its classes and probabilities; painted once, hidden and shown afterwards.
  function makeGallery(data) {
    const pixels = decoded(data.pixels), { height, width } = data, area = height * width;
    return data.labels.map((label, at) => {
      const canvas = element("canvas", { width, height, "aria-hidden": "true" });
      const image = new ImageData(width, height);
      for (let place = 0; place < area; place += 1) { // black, as opaque as there is ink
        image.data[4 * place + 3] = pixels[at * area + place];
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
      const predicted = data.predictions[at], [sure, left] = data.given[at];
      const [name, wrong] = [label, predicted].map((k) => data.classes[k]);
      const item = element("li", {}, canvas,
        element("span", { class: "mistakes-true" }, `true ${name}: ${percent(left)}`),
        element("span", {}, `said ${wrong}: ${percent(sure)}`));
      return { label, predicted, item };
    });
  }

  // Buttons by row and column, heads included, of which Tab reaches one and arrow keys the others.
  class Rover {
    constructor() { this.buttons = new Map(); }

    add(row, column, button) {
      button.tabIndex = this.buttons.size ? -1 : 0;
      this.buttons.set(`${row} ${column}`, { row, column, button });
      button.addEventListener("focus", () => this.here(button));
      button.addEventListener("keydown", (event) => this.step(event, row, column));
      return button;
    }

    here(button) {
      for (const each of this.buttons.values()) each.button.tabIndex = each.button === button ? 0 : -1;
    }

    // The nearest button that way in the same row or column.
    step(event, row, column) {
      const [down, across] = ARROWS[event.key] ?? [0, 0];
      if (!down && !across) return;
      event.preventDefault(); // the page would scroll
      const ahead = [...this.buttons.values()].map((each) => {
        const y = each.row - row, x = each.column - column;
        return { button: each.button, far: down * y + across * x, aside: down ? x : y };
      }).filter(({ far, aside }) => far > 0 && !aside);
      ahead.sort((one, other) => one.far - other.far)[0]?.button.focus();
    }
  }

  function makeTable(data, id, choose) {
    const { matrix, classes } = data, rover = new Rover(), choices = [];
    const errors = matrix.map((row, k) => row.map((value, j) => (k === j ? 0 : value)));
    const most = Math.max(1, ...errors.flat());
    const option = (row, column, filter, text, name) => {
      const button = element("button", { type: "button", "aria-pressed": "false", "aria-label": name }, text);
      button.addEventListener("click", () => choose(filter));
      choices.push({ filter, button });
      return rover.add(row, column, button);
    };
    const heads = classes.map((name, j) => {
      const total = errors.reduce((sum, row) => sum + row[j], 0);
      const head = option(0, j + 1, { predicted: j }, name, `predicted ${name}, ${total} wrongly`);
      return element("th", { scope: "col" }, head);
    });
    const cell = (k, j) => {
      const value = matrix[k][j];
      if (k === j) return element("td", { class: "mistakes-right" }, String(value));
      if (!value) return element("td", { class: "mistakes-none" }, "0");
      const name = `${value} of true ${classes[k]} predicted ${classes[j]}`;
      const button = option(k + 1, j + 1, { label: k, predicted: j }, String(value), name);
      button.style.setProperty("--share", value / most);
      return element("td", {}, button);
    };
    const rows = classes.map((name, k) => {
      const total = errors[k].reduce((sum, value) => sum + value, 0);
      const head = option(k + 1, 0, { label: k }, name, `true ${name}, ${total} mistakes`);
      return element("tr", {}, element("th", { scope: "row" }, head), ...classes.map((_, j) => cell(k, j)));
    });
    const table = element("table", { "aria-describedby": `${id}-how` },
      element("caption", {}, "Test images by true class (row) and predicted class (column)"),
      element("thead", {}, element("tr", {}, element("td", {}), ...heads)), element("tbody", {}, ...rows));
    const show = (filter) => choices.forEach((each) => {
      const chosen = each.filter.label === filter.label && each.filter.predicted === filter.predicted;
      each.button.setAttribute("aria-pressed", String(chosen));
    });
    return { table, show };
  }

  // What is chosen, in words; where not all images are in the page, how many of them are.
  function sentence(data, filter, shown) {
    const total = data.matrix.flatMap((row, k) => row.filter((_, j) => (
      k !== j && (filter.label ?? k) === k && (filter.predicted ?? j) === j
    ))).reduce((sum, value) => sum + value, 0);
    const said = [
      filter.label === undefined ? "" : `, true class ${data.classes[filter.label]}`,
      filter.predicted === undefined ? "" : `, predicted ${data.classes[filter.predicted]}`,
    ].join("");
    const capped = shown < total ? `; shown are the ${shown} that it was surest of` : "";
    return `${said ? "" : "All "}${total} mistake${total === 1 ? "" : "s"}${said}${capped}`;
  }

  widgets.mistakes = (stage, data) => {
    const id = `mistakes-${(count += 1)}`, gallery = makeGallery(data), { table, show } = makeTable(data, id, choose);
    const said = element("p", { class: "mistakes-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const all = element("button", { type: "button", onclick: () => choose({}) }, "Show all");
    const list = element("ul", {}, ...gallery.map(({ item }) => item));
    const box = element("div", { class: "mistakes-box", tabindex: "0", role: "group", "aria-label": "Images" }, list);

    function choose(filter) {
      let shown = 0;
      for (const { label, predicted, item } of gallery) {
        item.hidden = (filter.label ?? label) !== label || (filter.predicted ?? predicted) !== predicted;
        if (!item.hidden) shown += 1;
      }
      show(filter);
      all.setAttribute("aria-pressed", String(!Object.keys(filter).length));
      said.textContent = sentence(data, filter, shown);
      box.scrollTop = 0;
    }

    stage.classList.add("mistakes");
    stage.classList.toggle("worded", data.classes.some((name) => name.length > 2));
    stage.classList.toggle("many", data.classes.length > 12);
    stage.append(
      element("div", { class: "mistakes-choice" }, table,
        element("p", { class: "mistakes-how", id: `${id}-how` },
          "Choose a count, or the head of a row or of a column; arrow keys move between them.")),
      element("div", { class: "mistakes-shown" }, element("div", { class: "mistakes-top" }, said, all), box),
    );
    choose({});
  };
}
