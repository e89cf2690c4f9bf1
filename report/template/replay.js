// Replay the search: any run of the grid, by update. The numbers are those of the runs
// (lib/twolayer/page/playback.py); tests compare what is shown with the files that the runs wrote.
{
  const PARAMETERS = ["hidden", "lr", "l2"];
  const PARTS = ["train", "validation", "test"];
  const TOP = 0.998; // accuracy at the upper end of the axis
  const ACCURACIES = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];
  const UPDATES = [0, 10, 50, 200, 500, 1000, 2000, 5000, 10000, 20000];
  const SECONDS = 5; // from the first update to the last
  const ROOM = { left: 46, right: 12, top: 24 }; // pixels around each plot
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  let count = 0; // widgets of the page, for the names of their radio buttons

  const drawn = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const grouped = (number) => number.toLocaleString("en-US");
  const percent = (share) => {
    const rounded = Math.round(100 * share);
    if (rounded === 100 && share < 1) return "> 99%";
    return rounded === 0 && share > 0 ? "< 1%" : `${rounded}%`;
  };
  const same = (one, other, names) => names.every((name) => one[name] === other[name]);
  const inWords = (setting) => PARAMETERS.map((name) => `${name} ${setting[name]}`).join(", ");
  const stretched = (accuracy) => Math.log(1 - Math.min(accuracy, TOP)) / Math.log(1 - TOP);

  // Three groups of radio buttons; `choose(name, value)` is told.
  function makeChoices(data, id, choose) {
    const inputs = [];
    const groups = PARAMETERS.map((name) => {
      const labels = data[name].map((value) => {
        const input = element("input", { type: "radio", name: `${id}-${name}`, value });
        input.addEventListener("change", () => choose({ [name]: value }));
        inputs.push({ name, value, input });
        return element("label", {}, input, element("span", {}, String(value)));
      });
      return element("fieldset", {}, element("legend", {}, name), element("div", {}, ...labels));
    });
    const show = (setting) => inputs.forEach(({ name, value, input }) => { input.checked = setting[name] === value; });
    return { groups, show };
  }

  // Test accuracies at one hidden size: a table of buttons, of which Tab reaches one and arrow keys the others.
  function makeMap(data, find, choose) {
    const rows = [...data.l2].reverse();
    const title = element("caption", {});
    const cells = rows.map((l2) => data.lr.map((lr) => {
      const button = element("button", { type: "button" });
      button.addEventListener("click", () => choose({ lr, l2 }));
      return { lr, l2, button };
    }));
    const step = (event, row, column) => {
      const [down, across] = ARROWS[event.key] ?? [0, 0];
      const next = (down || across) && cells[row + down]?.[column + across];
      if (down || across) event.preventDefault(); // the page would scroll
      if (!next || next.button.disabled) return;
      choose({ lr: next.lr, l2: next.l2 });
      next.button.focus();
    };
    cells.forEach((row, y) => row.forEach(({ button }, x) => {
      button.addEventListener("keydown", (event) => step(event, y, x));
    }));
    const heads = data.lr.map((lr) => element("th", { scope: "col" }, String(lr)));
    const body = rows.map((l2, y) => element("tr", {}, element("th", { scope: "row" }, String(l2)),
      ...cells[y].map(({ button }) => element("td", {}, button))));
    const table = element("table", { class: "replay-map" }, title, element("thead", {},
      element("tr", {}, element("th", { scope: "col" }, "l2 \\ lr"), ...heads)), element("tbody", {}, ...body));
    const show = (setting) => {
      title.textContent = `Test accuracy, hidden ${setting.hidden}`;
      for (const { lr, l2, button } of cells.flat()) {
        const run = find({ hidden: setting.hidden, lr, l2 }), chosen = same({ lr, l2 }, setting, ["lr", "l2"]);
        button.disabled = !run;
        button.textContent = run ? run.tested.toFixed(2) : "–";
        const place = `lr ${lr}, l2 ${l2}`;
        button.setAttribute("aria-label", run ? `${run.tested.toFixed(4)} at ${place}` : `${place} was not run`);
        button.setAttribute("aria-pressed", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
        button.style.setProperty("--share", run ? stretched(run.tested) : 0);
      }
    };
    return { table, show };
  }

  // One plot, as an image: `lines` of points (update, value in [0, 1] from below), `marks` across, a title.
  class Plot {
    constructor({ width, height, last, title, ticks, bottom }) {
      Object.assign(this, { width, height, last });
      this.below = bottom ? 36 : 8;
      this.svg = drawn("svg", { width, height: height + ROOM.top + this.below, role: "img" });
      this.keys = [];
      this.add("text", { x: 0, y: 12, class: "replay-title" }, ...title);
      for (const { at, text } of ticks) {
        const y = this.y(at);
        this.add("line", { x1: ROOM.left, x2: width - ROOM.right, y1: y, y2: y, class: "replay-grid" });
        const place = { x: ROOM.left - 6, y: y + 3.5, "text-anchor": "end" };
        this.add("text", { ...place, class: "replay-tick", "data-axis": "y" }, text);
      }
      for (const update of UPDATES.filter((value) => value <= last)) {
        const x = this.x(update);
        this.add("line", { x1: x, x2: x, y1: ROOM.top, y2: ROOM.top + height, class: "replay-grid" });
        const place = { x, y: ROOM.top + height + 15, class: "replay-tick", "text-anchor": "middle", "data-axis": "x" };
        if (bottom) this.add("text", place, grouped(update));
      }
      const middle = (ROOM.left + width - ROOM.right) / 2;
      if (bottom) this.add("text", { x: middle, y: ROOM.top + height + 32, "text-anchor": "middle" }, "update");
    }

    x(update) { return ROOM.left + 3 + (this.width - ROOM.left - ROOM.right - 6) * Math.sqrt(update / this.last); }

    y(share) { return ROOM.top + this.height * (1 - share); }

    add(...made) {
      const child = drawn(...made);
      this.svg.append(child);
      return child;
    }

    line(name, points) {
      const places = points.map(([update, share]) => `${this.x(update).toFixed(3)},${this.y(share).toFixed(3)}`);
      this.add("path", { class: `replay-line replay-${name}`, "data-line": name, d: `M${places.join("L")}` });
      this.add("path", { class: `replay-dots replay-${name}`, d: places.map((place) => `M${place}h0`).join("") });
    }

    // Words at the right of the title, each after a piece of its line; `place` puts them where they belong.
    legend(entries) {
      this.keys = entries.map(({ name, text }) => ({
        label: this.add("text", { y: 12, "text-anchor": "end" }, text),
        piece: name && this.add("path", { class: `replay-line replay-${name}` }),
      }));
    }

    place() {
      let x = this.width - ROOM.right;
      for (const { label, piece } of [...this.keys].reverse()) {
        label.setAttribute("x", x);
        x -= label.getComputedTextLength() + 5; // known only of what is in the page
        piece?.setAttribute("d", `M${x - 14},8H${x}`);
        x -= 28;
      }
    }

    // What comes after the cursor is veiled; `cursor()` afterwards moves it.
    finish(label) {
      this.svg.setAttribute("aria-label", label);
      const size = { y: ROOM.top - 6, height: this.height + 9, class: "replay-veil" };
      const veil = this.add("rect", { x: this.width, width: 0, ...size });
      const line = this.add("line", { y1: ROOM.top, y2: ROOM.top + this.height, class: "replay-cursor" });
      this.cursor = (update) => {
        const x = this.x(update), shown = update < this.last;
        line.style.display = veil.style.display = shown ? "" : "none";
        for (const end of ["x1", "x2"]) line.setAttribute(end, x);
        veil.setAttribute("x", x);
        veil.setAttribute("width", Math.max(0, this.width - x));
      };
      return this;
    }
  }

  const ends = (values, update, write) => (
    [0, values.length - 1].map((at) => `${write(values[at])} at update ${grouped(update[at])}`).join(", ")
  );

  function accuracies(size, run, update) {
    const ticks = ACCURACIES.map((value) => ({ at: stretched(value), text: String(value) }));
    const plot = new Plot({ ...size, height: 190, title: ["accuracy"], ticks });
    const parts = PARTS.filter((part) => run[part]), kept = plot.x(run.kept);
    plot.add("line", { x1: kept, x2: kept, y1: ROOM.top, y2: ROOM.top + plot.height, class: "replay-kept" });
    for (const part of parts) plot.line(part, run[part].map((value, at) => [update[at], stretched(value)]));
    const right = run.kept < plot.last / 4 ? { x: kept + 5 } : { x: kept - 5, "text-anchor": "end" };
    plot.add("text", { ...right, y: plot.y(0.06), class: "replay-halo", "paint-order": "stroke" }, "kept");
    plot.legend(parts.map((name) => ({ name, text: name })));
    const told = parts.map((part) => `${part} ${ends(run[part], update, (value) => value.toFixed(4))}`);
    return plot.finish(`Accuracy by update: ${told.join("; ")}`);
  }

  function deadUnits(size, run, update) {
    const ticks = [0, 0.5, 1].map((value) => ({ at: value, text: percent(value) }));
    const plot = new Plot({ ...size, height: 84, title: ["dead hidden units"], ticks });
    plot.line("dead", run.dead.map((value, at) => [update[at], value]));
    return plot.finish(`Share of dead hidden units by update: ${ends(run.dead, update, percent)}`);
  }

  function curvature(size, setting, followed) {
    const all = followed.flatMap((one) => one.ratio).filter((value) => value > 0).map(Math.log10);
    const low = Math.floor(Math.min(-1, ...all)), high = Math.ceil(Math.max(1, ...all));
    const share = (value) => (Math.max(Math.log10(Math.max(value, 1e-300)), low) - low) / (high - low);
    const whole = Array.from({ length: high - low + 1 }, (_, at) => low + at);
    const powers = whole.filter((power) => high - low < 5 || power % 2 === 0);
    const text = (power) => (power < 0 ? (10 ** power).toFixed(-power) : grouped(10 ** power));
    const ticks = powers.map((power) => ({ at: share(10 ** power), text: text(power) }));
    const title = ["lr × κ", drawn("tspan", { dy: 3, "font-size": "75%" }, "max"), drawn("tspan", { dy: -3 }, " / 2")];
    const plot = new Plot({ ...size, height: 120, title, ticks, bottom: true });
    const limit = { x1: ROOM.left, x2: size.width - ROOM.right, y1: plot.y(share(1)), y2: plot.y(share(1)) };
    plot.add("line", { ...limit, class: "replay-limit" });
    const one = followed.find((each) => same(each, setting, ["hidden", "lr"]));
    if (one) plot.line("ratio", one.update.map((update, at) => [update, share(one.ratio[at])]));
    const at = { x: size.width - ROOM.right - 4, "text-anchor": "end" };
    plot.add("text", { ...at, y: limit.y1 - 5, class: "replay-halo", "paint-order": "stroke" }, "limit (8.2)");
    if (!one) {
      plot.legend([{ text: "not followed at this setting" }]);
      return plot.finish("Learning rate times curvature: no run was followed at this hidden size and learning rate");
    }
    const but = one.l2 === setting.l2 ? " only" : `, not ${setting.l2}`;
    plot.legend([{ name: "ratio", text: `followed at l2 ${one.l2}${but}` }]);
    const above = one.ratio.filter((value) => value > 1).length;
    return plot.finish(`Learning rate times largest eigenvalue over 2 by update, followed at l2 ${one.l2} only: `
      + `${ends(one.ratio, one.update, String)}, at most ${Math.max(...one.ratio)}; `
      + `above the limit 1 at ${above} of ${one.ratio.length} looks`);
  }

  // A slider over the evaluations, and a button that moves along them; `move(update)` is told where.
  function makePlayer(move) {
    const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Update" });
    const button = element("button", { type: "button" }, "Play");
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let update = [0], playing = null, since = 0;
    const say = (index, to = update[index]) => {
      slider.value = index;
      slider.setAttribute("aria-valuetext", `update ${grouped(update[index])}`);
      move(to, index);
    };
    const stop = () => {
      cancelAnimationFrame(playing);
      playing = null;
      button.textContent = "Play";
    };
    const load = (updates) => { // at the end of another run
      stop();
      update = updates;
      slider.max = updates.length - 1;
      say(updates.length - 1);
    };
    const frame = (now) => {
      const last = update.at(-1), share = Math.max(0, now - since) / 1000 / SECONDS;
      if (share >= 1) return load(update);
      say(Math.max(0, update.findLastIndex((value) => value <= last * share * share)), last * share * share);
      playing = requestAnimationFrame(frame);
    };
    const hold = () => { stop(); say(Number(slider.value)); };
    button.addEventListener("click", () => {
      if (playing !== null) return hold();
      button.textContent = "Stop";
      since = performance.now();
      playing = requestAnimationFrame(frame);
    });
    slider.addEventListener("input", hold);
    const calm = () => { stop(); button.hidden = still.matches; };
    still.addEventListener("change", calm);
    calm();
    const box = element("div", { class: "replay-player" }, button, slider);
    return { box, load, again: () => say(Number(slider.value)) };
  }

  function sentence(setting, run) {
    if (!run) return `${inWords(setting)}: this setting was not run`;
    const published = run.published === undefined ? "" : `; published: ${run.published.toFixed(4)}`;
    const dead = run.dead.at(-1), share = dead === 1 ? "all" : dead === 0 ? "none" : percent(dead);
    return `${inWords(setting)}: test accuracy ${run.tested.toFixed(4)}, kept at update ${grouped(run.kept)}; `
      + `${share} of the hidden units end dead${published}`;
  }

  widgets.replay = (stage, data) => {
    const id = `replay-${(count += 1)}`, last = Math.max(...data.updates.flat());
    const find = (setting) => data.runs.find((run) => same(run, setting, PARAMETERS));
    const start = data.runs[data.start];
    let setting = Object.fromEntries(PARAMETERS.map((name) => [name, start[name]])), plots = [], width = 0;

    const said = element("p", { class: "replay-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const figures = element("div", { class: "replay-plots" }), readout = element("p", { class: "replay-readout" });
    const choices = makeChoices(data, id, choose), map = makeMap(data, find, choose);
    const player = makePlayer((update, index) => {
      plots.forEach((plot) => plot.cursor(update));
      const run = find(setting);
      if (!run) return;
      const told = PARTS.filter((part) => run[part]).map((part) => `${part} ${run[part][index].toFixed(4)}`);
      const at = grouped(data.updates[run.at][index]), dead = percent(run.dead[index]);
      readout.textContent = `update ${at}: ${told.join(", ")}; ${dead} dead`;
    });

    function redraw() {
      const run = find(setting), size = { width, last };
      plots = run && width ? [
        accuracies(size, run, data.updates[run.at]), deadUnits(size, run, data.updates[run.at]),
        curvature(size, setting, data.followed),
      ] : [];
      figures.replaceChildren(...plots.map(({ svg }) => svg));
      plots.forEach((plot) => plot.place());
    }

    function choose(changed) {
      setting = { ...setting, ...changed };
      const run = find(setting);
      said.textContent = sentence(setting, run);
      player.box.hidden = readout.hidden = !run;
      choices.show(setting);
      map.show(setting);
      redraw();
      if (run) player.load(data.updates[run.at]);
    }

    stage.classList.add("replay");
    stage.append(
      element("div", { class: "replay-choices" }, ...choices.groups, map.table),
      element("div", {}, said, figures, player.box, readout),
    );
    choose({});
    new ResizeObserver(() => { // text keeps its size where the plots become narrower
      const now = Math.floor(figures.clientWidth);
      if (!now || now === width) return;
      width = now;
      redraw();
      player.again();
    }).observe(figures);
  };
}
