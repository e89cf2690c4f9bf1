// Replay the search, its plots: a run's accuracies, its dead units and the curvature beside the learning rate, by update.
const replays = (() => {
  const PARAMETERS = ["hidden", "lr", "l2"];
  const PARTS = ["train", "validation", "test"];
  const TOP = 0.998; // accuracy at the upper end of the axis
  const ACCURACIES = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];
  const UPDATES = [0, 10, 50, 200, 500, 1000, 2000, 5000, 10000, 20000];
  const LETTER = 6.8, GAP = 6; // pixels: the width of a digit, and between two numbers below a plot
  const ROOM = { left: 46, right: 12, top: 24 }; // pixels around each plot

  const percent = (share) => {
    const rounded = Math.round(100 * share);
    if (rounded === 100 && share < 1) return "> 99%";
    return rounded === 0 && share > 0 ? "< 1%" : `${rounded}%`;
  };
  const same = (one, other, names) => names.every((name) => one[name] === other[name]);
  const inWords = (setting) => PARAMETERS.map((name) => `${name} ${setting[name]}`).join(", ");
  const stretched = (accuracy) => Math.log(1 - Math.min(accuracy, TOP)) / Math.log(1 - TOP);

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
      const marked = UPDATES.filter((value) => value <= last), named = this.fitting(marked);
      for (const update of marked) {
        const x = this.x(update);
        this.add("line", { x1: x, x2: x, y1: ROOM.top, y2: ROOM.top + height, class: "replay-grid" });
        const place = { x, y: ROOM.top + height + 15, class: "replay-tick", "text-anchor": "middle", "data-axis": "x" };
        if (bottom && named.has(update)) this.add("text", place, grouped(update));
      }
      const middle = (ROOM.left + width - ROOM.right) / 2;
      if (bottom) this.add("text", { x: middle, y: ROOM.top + height + 32, "text-anchor": "middle" }, "update");
    }

    // Those whose numbers leave each other room: the first, and from the last down.
    fitting(updates) {
      const half = (update) => LETTER * grouped(update).length / 2, kept = new Set([updates[0]]);
      const first = this.x(updates[0]) + half(updates[0]) + GAP;
      let free = Infinity;
      for (const update of updates.slice(1).reverse()) {
        if (this.x(update) + half(update) + GAP > free || this.x(update) - half(update) < first) continue;
        kept.add(update);
        free = this.x(update) - half(update);
      }
      return kept;
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
    plot.add("text", { ...at, y: limit.y1 - 5, class: "replay-halo", "paint-order": "stroke" }, "limit (5.2)");
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

  return { PARAMETERS, PARTS, percent, same, inWords, stretched, accuracies, deadUnits, curvature };
})();
