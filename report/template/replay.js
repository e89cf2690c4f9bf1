// Replay the search: any two runs of the grid beside each other, by update. The numbers are those of the runs
// (lib/twolayer/page/playback.py); tests compare what is shown with the files that the runs wrote.
{
  const { PARAMETERS, PARTS, percent, same, inWords, stretched, accuracies, deadUnits, curvature } = replays;
  const SECONDS = 5; // from the first update to the last
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  let count = 0; // widgets of the page, for the names of their radio buttons

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

  // A slider over the evaluations of all sides, and a button that moves along them; `move(update)` is told where.
  function makePlayer(move) {
    const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Update" });
    const button = element("button", { type: "button" }, "Play");
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let update = [0], playing = null, since = 0;
    const say = (index, to = update[index]) => {
      slider.value = index;
      slider.setAttribute("aria-valuetext", `update ${grouped(update[index])}`);
      move(to);
    };
    const stop = () => {
      cancelAnimationFrame(playing);
      playing = null;
      button.textContent = "Play";
    };
    const last = (to) => Math.max(0, update.findLastIndex((value) => value <= to));
    const load = (updates, to = updates.at(-1)) => { // at the end, unless told otherwise
      stop();
      update = updates;
      slider.max = updates.length - 1;
      say(last(to));
    };
    const frame = (now) => {
      const end = update.at(-1), share = Math.max(0, now - since) / 1000 / SECONDS;
      if (share >= 1) return load(update);
      say(last(end * share * share), end * share * share);
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
    const at = () => update[Number(slider.value)];
    return { box, load, at, again: () => say(Number(slider.value)), until: () => (at() < update.at(-1) ? at() : undefined) };
  }

  function sentence(setting, run) {
    if (!run) return `${inWords(setting)}: this setting was not run`;
    const published = run.published === undefined ? "" : `; published: ${run.published.toFixed(4)}`;
    const dead = run.dead.at(-1), share = dead === 1 ? "all" : dead === 0 ? "none" : percent(dead);
    return `${inWords(setting)}: test accuracy ${run.tested.toFixed(4)}, kept at update ${grouped(run.kept)}; `
      + `${share} of the hidden units end dead${published}`;
  }

  // One setting: what chooses it, and the plots of its run. `changed()` is told when another is chosen.
  function makeSide(data, { id, name, setting, last }, changed) {
    const find = (one) => data.runs.find((run) => same(run, one, PARAMETERS));
    let plots = [], width = 0;
    const said = element("p", { class: "replay-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const figures = element("div", { class: "replay-plots" }), readout = element("p", { class: "replay-readout" });
    const choices = makeChoices(data, id, choose), map = makeMap(data, find, choose);

    function redraw() {
      const run = find(setting), size = { width, last };
      plots = run && width ? [
        accuracies(size, run, data.updates[run.at]), deadUnits(size, run, data.updates[run.at]),
        curvature(size, setting, data.followed),
      ] : [];
      figures.replaceChildren(...plots.map(({ svg }) => svg));
      plots.forEach((plot) => plot.place());
    }

    function show(one) {
      setting = one;
      const run = find(setting);
      said.textContent = sentence(setting, run);
      readout.hidden = !run;
      choices.show(setting);
      map.show(setting);
      redraw();
    }

    function choose(other) {
      show({ ...setting, ...other });
      changed();
    }

    // The cursor at an update, and what the last evaluation until then has found.
    function move(to) {
      plots.forEach((plot) => plot.cursor(to));
      const run = find(setting);
      if (!run) return;
      const updates = data.updates[run.at], index = Math.max(0, updates.findLastIndex((update) => update <= to));
      const told = PARTS.filter((part) => run[part]).map((part) => `${part} ${run[part][index].toFixed(4)}`);
      readout.textContent = `update ${grouped(updates[index])}: ${told.join(", ")}; ${percent(run.dead[index])} dead`;
    }

    // Text keeps its size where the plots become narrower.
    function resize() {
      const now = Math.floor(figures.clientWidth);
      if (!now || now === width) return false;
      width = now;
      redraw();
      return true;
    }

    const title = element("p", { class: "replay-name", id: `${id}-name` }, `Setting ${name}`);
    const box = element("div", { class: "replay-side", role: "group", "aria-labelledby": `${id}-name` },
      title, element("div", { class: "replay-choices" }, ...choices.groups, map.table), said, figures, readout);
    const updates = () => (find(setting) ? data.updates[find(setting).at] : []);
    return { box, figures, show, move, resize, find, updates, setting: () => setting };
  }

  // What the first setting is shown beside: of the runs whose curvature was followed that at the largest rate, of its
  // hidden size where there is one; else the run with its sizes and its penalty at the largest rate, or any other.
  function rival(data, start) {
    const others = data.runs.filter((run) => run !== start), alike = (run) => same(run, start, ["hidden"]);
    const followed = others.filter((run) => data.followed.some((one) => one.ratio.length && same(one, run, PARAMETERS)));
    const fastest = (runs) => runs.sort((a, b) => b.lr - a.lr || alike(b) - alike(a))[0];
    return fastest(followed) ?? fastest(others.filter((run) => same(run, start, ["hidden", "l2"]))) ?? others[0] ?? start;
  }

  widgets.replay = (stage, data) => {
    const id = `replay-${(count += 1)}`, last = Math.max(...data.updates.flat()), start = data.runs[data.start];
    const of = (run) => Object.fromEntries(PARAMETERS.map((name) => [name, run[name]]));
    const player = makePlayer((update) => sides.forEach((side) => side.move(update)));
    const sides = [start, rival(data, start)].map((run, at) => {
      const name = "AB"[at];
      return makeSide(data, { id: `${id}-${name}`, name, setting: of(run), last }, () => load(player.until()));
    });

    // The evaluations of both runs as one time; at its end, unless told otherwise.
    function load(to) {
      const updates = [...new Set(sides.flatMap((side) => side.updates()))].sort((a, b) => a - b);
      player.box.hidden = !updates.length;
      if (updates.length) player.load(updates, to);
    }

    // A setting in an address: its values in the order of PARAMETERS. What was not run is not understood.
    const written = (side) => PARAMETERS.map((name) => side.setting()[name]).join(" ");
    const restore = (values) => {
      sides.forEach((side, at) => {
        const numbers = (values["ab"[at]] ?? "").split(" ").map(Number);
        const setting = Object.fromEntries(PARAMETERS.map((name, k) => [name, numbers[k]]));
        if (side.find(setting)) side.show(setting);
      });
      load(/^\d+$/.test(values.update ?? "") ? Number(values.update) : undefined);
    };
    const state = () => ({ a: written(sides[0]), b: written(sides[1]), update: player.at() });

    stage.classList.add("replay");
    stage.append(...sides.map(({ box }) => box), player.box);
    player.box.append(link(stage, "replay", state, restore));
    sides.forEach((side) => side.show(side.setting()));
    load();
    const observer = new ResizeObserver(() => {
      if (sides.map((side) => side.resize()).some(Boolean)) player.again();
    });
    sides.forEach(({ figures }) => observer.observe(figures));
  };
}
