// Backpropagation by hand, its graph: a node for each array, its gradient beside it, and lines between the nodes.
const byhandNodes = (() => {
  const { typeset } = byhandFormulas, { written, inWords } = byhandLines;
  // Pairs of a row: what is computed at the left, what enters it at the right.
  const ROWS = [["X", "W1"], ["Z1", "b1"], ["A1", "W2"], ["Z2", "b2"], ["P", "y"], ["L", "penalty"]];
  const EDGES = [
    ["X", "Z1"], ["W1", "Z1"], ["b1", "Z1"], ["Z1", "A1"], ["A1", "Z2"], ["W2", "Z2"], ["b2", "Z2"], ["Z2", "P"],
    ["P", "L"], ["y", "L"], ["penalty", "L"], ["W1", "penalty"], ["W2", "penalty"],
  ];
  const HEAD = 7; // pixels, of an arrow
  const square = [[0, 0], [0, 0]], vector = [[0, 0]], number = [[0]];
  const SHAPES = { b1: vector, b2: vector, y: vector, L: number, penalty: number };
  const rowOf = (name) => ROWS.findIndex((pair) => pair.includes(name));
  const symbol = (name) => (name === "penalty" ? name : typeset(written(name)));

  // A number that a reader chooses; `change(value)` is told.
  function choice(label, low, high, change) {
    const values = Array.from({ length: high - low + 1 }, (_, at) => low + at);
    const options = values.map((value) => element("option", { value }, String(value).replace("-", "\u2212")));
    const made = element("select", { "aria-label": label }, ...options);
    made.addEventListener("change", () => change(Number(made.value)));
    return made;
  }

  // An array's name, a button where there is a line to look at, above its entries, which are chosen or filled in.
  function part(name, cells, look) {
    const press = { type: "button", "aria-label": `${name}, show its working`, onclick: look };
    const title = look ? element("button", press, symbol(name)) : element("span", {}, symbol(name));
    const box = element("div", { class: "byhand-part", "data-part": name }, title,
      element("div", { class: "byhand-matrix" }, ...cells.flat()));
    box.classList.toggle("byhand-gradient", name[0] === "d");
    box.classList.toggle("byhand-single", cells.flat().length === 1);
    return { box, title, cells, look };
  }

  // Where a line goes, in pixels of the graph; those from the weights to the penalty go around the right.
  function course(from, to, boxes, right) {
    const a = boxes[from], b = boxes[to];
    if (to === "penalty") return [[a.right, a.middle], [right, a.middle], [right, b.middle], [b.right, b.middle]];
    if (rowOf(from) === rowOf(to)) return [[a.left, a.middle], [b.right, b.middle]];
    return a.left === b.left ? [[a.centre, a.bottom], [b.centre, b.top]] : [[a.left + 14, a.bottom], [b.right - 14, b.top]];
  }

  // A line with a head at its end; `back` is that of a gradient, which comes against it.
  function arrow(points, kind) {
    const [[x0, y0], [x1, y1]] = (kind === "back" ? [...points].reverse() : points).slice(-2);
    const length = Math.hypot(x1 - x0, y1 - y0) || 1, u = (x1 - x0) / length, v = (y1 - y0) / length;
    const at = (along, across) => `${x1 - along * u - across * v},${y1 - along * v + across * u}`;
    return drawn("g", { class: kind }, drawn("path", { d: `M${points.join("L")}` }),
      drawn("polygon", { points: [at(0, 0), at(HEAD, HEAD / 2), at(HEAD, -HEAD / 2)].join(" ") }));
  }

  // What a line of the passes makes of a line of the graph: it is used, or a gradient comes back along it.
  function use(from, to, name) {
    if (!name) return "still";
    if (name[0] !== "d") return to === name || (name === "L" && to === "penalty") ? "used" : "still";
    return from === name.slice(1) || (name === "dZ2" && from === "P") ? "back" : "still";
  }

  // Make the graph: `change(name, i, j, value)` is told what a reader chooses, `look(name)` whose name is pressed.
  function make(data, change, look) {
    const parts = {}, nodes = {}, svg = drawn("svg", { "aria-hidden": "true" });
    const add = (name, shape) => {
      const [low, high] = name === "y" ? [0, 1] : [-data.largest, data.largest];
      const cell = (i, j) => (Object.hasOwn(data, name)
        ? choice(`${name}, ${inWords(shape, i, j)}`, low, high, (value) => change(name, i, j, value)) : element("span"));
      const cells = shape.map((row, i) => row.map((_, j) => cell(i, j)));
      parts[name] = part(name, cells, Object.hasOwn(data.rules, name) ? () => look(name) : null);
      return parts[name].box;
    };
    for (const name of ROWS.flat()) {
      const names = Object.hasOwn(data.rules, `d${name}`) ? [name, `d${name}`] : [name];
      nodes[name] = element("div", { class: "byhand-node" }, ...names.map((one) => add(one, SHAPES[name] ?? square)));
    }
    const told = { class: "byhand-graph", role: "group", "aria-label": "The computation as a graph" };
    const graph = element("div", told, svg, ...Object.values(nodes));
    let now = null;

    function lines() {
      const frame = graph.getBoundingClientRect(), boxes = {};
      for (const [name, node] of Object.entries(nodes)) {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        const [x0, x1, y0, y1] = [left - frame.left, right - frame.left, top - frame.top, bottom - frame.top];
        boxes[name] = { left: x0, right: x1, top: y0, bottom: y1, centre: (x0 + x1) / 2, middle: (y0 + y1) / 2 };
      }
      const kinds = EDGES.map(([from, to]) => ({ kind: use(from, to, now), points: course(from, to, boxes, frame.width - 3) }));
      kinds.sort((one, other) => (one.kind !== "still") - (other.kind !== "still")); // these above the others
      svg.replaceChildren(...kinds.map(({ kind, points }) => arrow(points, kind)));
    }
    new ResizeObserver(lines).observe(graph);

    // Show the parts that `texts` has, LaTeX or a choice for each entry, and mark the line `name`.
    function show(texts, name) {
      now = name;
      for (const [one, { title, cells, look: press }] of Object.entries(parts)) {
        if (press) title.disabled = !texts[one];
        if (press) title.setAttribute("aria-pressed", String(one === name));
        cells.forEach((row, i) => row.forEach((cell, j) => {
          if (cell.localName === "select") cell.value = texts[one][i][j];
          else cell.replaceChildren(texts[one] ? typeset(texts[one][i][j]) : "?");
        }));
      }
      lines();
    }
    return { graph, show };
  }

  return { make, symbol };
})();
