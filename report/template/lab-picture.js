// The collapse laboratory, what it shows: hidden units as tiles, curves by update, marks beside the learning rate.
const labPicture = (() => {
  const SPANS = [50, 100, 200, 500, 1000, 2000]; // updates across the curves
  const ROOM = { left: 40, right: 8, top: 22, bottom: 32 }, TALL = { accuracy: 130, loss: 90 };
  const DECADES = [-2, 3]; // of the losses that are shown

  const short = (value) => (value === null ? "none" : String(Number(value.toPrecision(2))));

  // A tile a unit, the darker the fewer images it is positive on; a dead one is crossed out.
  function makeTiles() {
    const box = element("div", { class: "lab-tiles", role: "img", "aria-label": "No hidden units yet" });
    const show = (positive, images) => {
      while (box.childElementCount > positive.length) box.lastChild.remove();
      while (box.childElementCount < positive.length) box.append(element("i"));
      box.style.setProperty("--columns", positive.length > 64 ? 32 : 16);
      [...box.children].forEach((tile, unit) => {
        tile.style.setProperty("--light", Math.sqrt(positive[unit] / images).toFixed(3));
        tile.classList.toggle("dead", positive[unit] === 0);
      });
      const dead = positive.filter((count) => count === 0).length, middle = [...positive].sort((a, b) => a - b);
      const share = Math.round((100 * middle[Math.floor(middle.length / 2)]) / images);
      box.setAttribute("aria-label", `${positive.length} hidden units: ${dead} are dead, positive on no image held out; `
        + `the median unit is positive on ${share}% of them`);
    };
    return { box, show };
  }

  // A plot with its axes, drawn anew each time; `y` takes a share of its height from below.
  class Plot {
    constructor(width, height, span, title, ticks, label) {
      Object.assign(this, { width, height, span });
      const whole = height + ROOM.top + ROOM.bottom;
      this.svg = drawn("svg", { width, height: whole, role: "img", "aria-label": label });
      this.add("text", { x: 0, y: 12, class: "lab-title" }, title);
      for (const [share, text] of ticks) {
        const y = this.y(share);
        this.add("line", { x1: ROOM.left, x2: width - ROOM.right, y1: y, y2: y, class: "lab-grid" });
        this.add("text", { x: ROOM.left - 6, y: y + 3.5, "text-anchor": "end", class: "lab-tick" }, text);
      }
      for (const update of [0, span / 2, span]) {
        const end = update === span ? "end" : "middle";
        const place = { x: this.x(update), y: ROOM.top + height + 14, "text-anchor": end, class: "lab-tick" };
        this.add("text", place, grouped(update));
      }
      this.add("text", { x: this.x(span / 2), y: whole - 4, "text-anchor": "middle", class: "lab-tick" }, "update");
    }

    x(update) { return ROOM.left + (this.width - ROOM.left - ROOM.right) * (update / this.span); }

    y(share) { return ROOM.top + this.height * (1 - share); }

    add(...made) { this.svg.append(drawn(...made)); }

    // Points (update, share); and its name in the title's line, `from` pixels from the right.
    line(name, points, text, from) {
      const places = points.map(([update, share]) => `${this.x(update).toFixed(2)},${this.y(share).toFixed(2)}`);
      this.add("path", { class: `lab-line lab-${name}`, "data-line": name, d: places.length ? `M${places.join("L")}` : "" });
      const right = this.width - ROOM.right - from;
      this.add("path", { class: `lab-line lab-${name}`, d: `M${right - 14},8H${right}` });
      this.add("text", { x: right - 19, y: 12, "text-anchor": "end" }, text);
    }
  }

  const logarithmic = (loss) => (
    (Math.min(Math.max(Math.log10(loss), DECADES[0]), DECADES[1]) - DECADES[0]) / (DECADES[1] - DECADES[0])
  );

  // Both curves of a network's past: `losses` by update, `looks` with update, accuracy and number of dead units.
  function makeCurves() {
    const box = element("div", { class: "lab-curves" });
    const show = ({ losses, looks, hidden }, width) => {
      if (!width || !looks.length) return;
      const update = losses.length, span = SPANS.find((value) => value >= update) ?? update, last = looks.at(-1);
      const shares = [0, 0.5, 1].map((value) => [value, `${100 * value}%`]);
      const above = new Plot(width, TALL.accuracy, span, "images held out, units", shares, "Accuracy on the images held out: "
        + `${looks[0].accuracy} at update 0, ${last.accuracy} at update ${last.update}; `
        + `dead units: ${looks[0].dead}, then ${last.dead} of ${hidden}`);
      above.line("accuracy", looks.map((look) => [look.update, look.accuracy]), "accuracy", 0);
      above.line("dead", looks.map((look) => [look.update, look.dead / hidden]), "dead units", 84);
      const powers = [-2, -1, 0, 1, 2, 3].map((power) => [logarithmic(10 ** power), grouped(10 ** power)]);
      const ends = update ? `${losses[0].toPrecision(3)} at first, ${losses.at(-1).toPrecision(3)} at last` : "none yet";
      const below = new Plot(width, TALL.loss, span, "loss on each batch", powers, `Loss on each batch: ${ends}`);
      below.line("loss", losses.map((loss, at) => [at, logarithmic(loss)]), "loss", 0);
      box.replaceChildren(above.svg, below.svg);
    };
    return { box, show };
  }

  // Marks at values of a slider, and what they are, in words; `share` is where a value lies on it, `ticks` are values, from
  // its first to its last. What lies beyond them has no mark; for a value that is not known yet `waiting` is said.
  function makeMarks(share, ticks) {
    const at = (made, value) => {
      made.style.setProperty("--share", Math.min(Math.max(share(value), 0), 1));
      return made;
    };
    const scale = element("div", { class: "lab-scale", "aria-hidden": "true" },
      ...ticks.map((value) => at(element("span", {}, String(value)), value)));
    const track = element("div", { class: "lab-marks", "aria-hidden": "true" }), list = element("ul", { class: "lab-limits" });
    const [least, most] = [ticks[0], ticks.at(-1)], within = (value) => typeof value === "number" && least <= value && value <= most;
    const told = (value, beyond, waiting) => {
      if (value === undefined) return waiting;
      if (value === null || within(value)) return short(value);
      return value > most ? `beyond ${most}${beyond}` : `below ${least}`;
    };
    const show = (marks, waiting) => {
      track.replaceChildren(...marks.filter(({ value }) => within(value)).map(({ kind, value }) => {
        const mark = element("i", { class: `lab-mark-${kind}`, "data-value": value });
        return at(mark, value);
      }));
      list.replaceChildren(...marks.map(({ kind, value, text, beyond = "" }) => (
        element("li", {}, element("i", { class: `lab-mark-${kind}` }), `${text}: `, element("b", {}, told(value, beyond, waiting)))
      )));
    };
    return { scale, track, list, show };
  }

  return { makeTiles, makeCurves, makeMarks };
})();
