// The collapse laboratory: its controls. It trains in a worker (lab-worker.js) and shows it by lab-picture.js.
{
  const RATES = Array.from({ length: 101 }, (_, step) => Number((10 ** (step / 20 - 4)).toPrecision(2)));
  const CHOICES = {
    init: { homework: "homework", small_biases: "homework, small biases", he: "He", glorot: "Glorot" },
    input_scale: { raw: "raw, 0 to 255", unit: "unit, 0 to 1", centred: "raw minus their mean" },
    hidden: { 16: "16", 32: "32", 64: "64", 128: "128", 256: "256" },
    l2: { 0: "0", 0.0001: "0.0001", 0.001: "0.001", 0.01: "0.01", 0.1: "0.1" },
  };
  const TITLES = { init: "first weights and biases", input_scale: "pixels", hidden: "hidden units", l2: "L2 penalty" };
  const BREAKS = { biases: "no biases", zeros: "all start at zero", labels: "labels shuffled", rectifier: "ReLU off" };
  const SEEDS = 9999, LAST = 2000; // largest seed, and the last update
  const NUMBERS = ["hidden", "l2"];
  let count = 0; // widgets of the page, for their ids

  const place = (rate) => (Math.log10(rate) + 4) / 5; // on the slider, from 0 to 1
  const DECADES = [0.0001, 0.001, 0.01, 0.1, 1, 10];
  const nearest = (rate) => RATES.reduce((best, one) => (
    Math.abs(Math.log(one / rate)) < Math.abs(Math.log(best / rate)) ? one : best
  ));

  // All controls of a setting; `changed(name, value)` is told. `show(setting)` sets them.
  function makeControls(id, changed) {
    const slider = element("input", { type: "range", min: 0, max: RATES.length - 1, id: `${id}-lr` });
    const rate = element("output", { for: `${id}-lr` });
    slider.addEventListener("input", () => changed("lr", RATES[slider.value]));
    const selects = Object.entries(CHOICES).map(([name, options]) => {
      const select = element("select", { id: `${id}-${name}` },
        ...Object.entries(options).map(([value, text]) => element("option", { value }, text)));
      select.addEventListener("change", () => changed(name, NUMBERS.includes(name) ? Number(select.value) : select.value));
      return { name, select, label: element("label", {}, element("span", {}, TITLES[name]), select) };
    });
    const seed = element("input", { type: "number", min: 0, max: SEEDS, step: 1 });
    seed.addEventListener("change", () => {
      const value = Math.round(Number(seed.value));
      changed("seed", Math.min(Math.max(value || 0, 0), SEEDS));
    });
    const boxes = Object.entries(BREAKS).map(([name, text]) => {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => changed("broken", { [name]: box.checked }));
      return { name, box, label: element("label", {}, box, text) };
    });
    const show = (setting) => {
      slider.value = RATES.indexOf(setting.lr);
      slider.setAttribute("aria-valuetext", String(setting.lr));
      rate.textContent = setting.lr;
      selects.forEach(({ name, select }) => { select.value = setting[name]; });
      seed.value = setting.seed;
      boxes.forEach(({ name, box }) => { box.checked = Boolean(setting.broken[name]); });
    };
    return {
      show, slider,
      rate: element("label", { for: `${id}-lr` }, "learning rate ", rate),
      rest: element("div", { class: "lab-controls" }, ...selects.map(({ label }) => label),
        element("label", {}, element("span", {}, "seed"), seed),
        element("fieldset", {}, element("legend", {}, "break it"), ...boxes.map(({ label }) => label))),
    };
  }

  // The borders that the census found nearest to a setting: its pixels and first values, the size most like it.
  function border(borders, setting) {
    const alike = borders.filter((row) => row.input_scale === setting.input_scale && row.init === setting.init);
    const far = (row) => Math.abs(Math.log(row.hidden / setting.hidden));
    return alike.sort((one, other) => far(one) - far(other))[0];
  }

  const whole = (setting, broken = {}) => {
    const { lr, l2, init, input_scale, hidden, seed } = setting;
    return { lr, l2, init, input_scale, hidden, seed, broken };
  };

  // A setting in words that a link can carry, and what is understood of such words.
  const written = (setting) => ({
    ...setting, broken: Object.keys(BREAKS).filter((name) => setting.broken[name]).join(" "),
  });
  function read(values, start) {
    const setting = { ...start, broken: {} };
    if (Number(values.lr) > 0) setting.lr = nearest(Number(values.lr));
    for (const name of Object.keys(CHOICES)) {
      const text = NUMBERS.includes(name) ? String(Number(values[name])) : values[name];
      if (Object.hasOwn(CHOICES[name], text)) setting[name] = NUMBERS.includes(name) ? Number(text) : text;
    }
    if (/^\d{1,4}$/.test(values.seed)) setting.seed = Number(values.seed);
    (values.broken ?? "").split(" ").forEach((name) => { if (Object.hasOwn(BREAKS, name)) setting.broken[name] = true; });
    return { setting, update: /^\d{1,4}$/.test(values.update) ? Math.min(Number(values.update), LAST) : 0 };
  }

  widgets.lab = (stage, data) => {
    const id = `lab-${(count += 1)}`, presets = data.presets.map(({ name, ...preset }) => ({ name, setting: whole(preset) }));
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    let setting = presets[0].setting, worker = null, wanted = 0; // updates wanted as soon as it is ready
    let round = 0, order = 0; // of what the worker was last told: its answers to earlier orders may still be on the way
    let past = null, state = { update: 0, running: false, finite: true, speed: 0 }, pure = true, shown = 0, limits = null;

    const tiles = labPicture.makeTiles(), curves = labPicture.makeCurves(), marks = labPicture.makeMarks(place, DECADES);
    const said = element("p", { class: "lab-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const readout = element("p", { class: "lab-readout" });
    const button = (text, does) => element("button", { type: "button", onclick: does }, text);
    const batches = element("p", { class: "lab-batches" },
      `An update takes a batch of ${grouped(data.batch)} of the ${grouped(data.train)} training images.`);
    const start = button("Start", () => (state.running ? stop() : run(LAST)));
    const step = button("Step", () => run(state.update + 1)), again = button("Reset", () => reset(0));
    const slow = element("input", { type: "checkbox" });
    slow.addEventListener("change", () => { if (state.running) run(LAST); });
    const controls = makeControls(id, (name, value) => {
      setting = { ...setting, [name]: name === "broken" ? { ...setting.broken, ...value } : value };
      if (name !== "lr" && name !== "l2") return reset(0);
      pure = pure && state.update === 0 && !state.running;
      worker?.postMessage({ kind: "rates", lr: setting.lr, l2: setting.l2 });
      return showSetting();
    });
    const chosen = presets.map(({ name, setting: preset }) => button(name, () => { setting = preset; reset(0); }));
    const copy = link(stage, "lab", () => ({ ...written(setting), update: pure ? state.update : 0 }), (values) => {
      const found = read(values, presets[0].setting);
      setting = found.setting;
      reset(found.update);
    });

    function showSetting() {
      controls.show(setting);
      const words = JSON.stringify(written(setting));
      presets.forEach((preset, at) => {
        chosen[at].setAttribute("aria-pressed", String(JSON.stringify(written(preset.setting)) === words));
      });
      showLimits();
    }

    function showLimits() {
      const near = border(data.borders, setting), when = limits ? `, at update ${grouped(limits.update)}` : "";
      const [hessian, part] = limits?.limits ?? [], beyond = ", hardly any curvature is left";
      const begun = state.running ? "measured when training stops" : state.finite ? "being measured" : "not measured";
      marks.show([
        { kind: "hessian", value: hessian, text: `2 / κ of the Hessian${when}`, beyond },
        { kind: "part", value: part, text: `2 / κ of its Gauss-Newton part${when}`, beyond },
        ...(near ? [
          { kind: "works", value: near.works, text: `census, ${near.hidden} units: at most half collapse up to` },
          { kind: "lost", value: near.collapses, text: `census, ${near.hidden} units: more than half collapse from` },
        ] : []),
      ], worker ? begun : "not yet measured");
    }

    function showState() {
      start.textContent = state.running ? "Pause" : "Start";
      start.disabled = step.disabled = !worker || (!state.running && (!state.finite || state.update >= LAST));
      if (!past?.looks.length) return;
      const { accuracy, dead } = past.looks.at(-1), loss = past.losses.at(-1);
      const told = `Update ${grouped(state.update)}: accuracy ${accuracy.toFixed(3)} on ${data.held} images held out`
        + `${loss === undefined ? "" : `, loss ${loss.toPrecision(3)}`}, ${dead} of ${setting.hidden} units dead`;
      const end = state.finite ? "" : " The next loss is not a finite number: the network has diverged.";
      said.textContent = state.running ? "" : `${told}.${end}`;
      readout.textContent = state.running ? `${told}; ${Math.round(state.speed)} updates a second` : "";
      if (!state.running) stage.dataset.speed = state.speed; // of the last run
      const now = performance.now();
      if (state.running && now - shown < (calm.matches ? 1000 : 60)) return;
      shown = now;
      tiles.show(past.positive, data.held);
      curves.show(past, Math.floor(curves.box.clientWidth));
    }

    function told(message) {
      if (message.round !== round) return;
      if (message.kind === "limits") {
        limits = message;
        return showLimits();
      }
      state = message.order === order ? message : { ...message, running: state.running };
      past.losses.push(...message.losses);
      past.looks.push(...message.looks);
      if (message.positive) past.positive = Array.from(message.positive);
      if (!limits && !state.running) showLimits();
      return showState();
    }

    function reset(updates) {
      round += 1;
      [pure, limits, past] = [true, null, { losses: [], looks: [], positive: [], hidden: setting.hidden }];
      state = { update: 0, running: false, finite: true, speed: 0 };
      stage.past = past;
      said.textContent = readout.textContent = ""; // until the worker answers
      wanted = updates;
      showSetting();
      if (!worker) return;
      order += 1;
      worker.postMessage({ kind: "reset", round, order, setting });
      if (updates) run(updates, false);
    }

    function run(target, slowly = slow.checked) {
      state.running = true;
      if (!limits) showLimits();
      showState();
      order += 1;
      worker.postMessage({ kind: "run", order, target: Math.min(target, LAST), slow: slowly });
    }

    function stop() {
      order += 1;
      worker.postMessage({ kind: "stop", order });
    }

    stage.classList.add("lab");
    stage.append(
      element("div", { class: "lab-presets", role: "group", "aria-label": "Presets" }, ...chosen, copy),
      element("div", { class: "lab-rate" }, controls.rate, controls.slider, marks.scale, marks.track, marks.list),
      element("div", { class: "lab-columns" },
        element("div", {},
          element("div", { class: "lab-run" }, start, step, again, element("label", {}, slow, "slowly")),
          element("div", { class: "lab-told" }, said, readout), tiles.box, curves.box),
        element("div", {}, controls.rest, batches)),
    );
    reset(0);
    showState();
    new IntersectionObserver(async (entries, observer) => { // a thread only where someone looks
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      try {
        worker = await startLab(data, told);
      } catch {
        said.textContent = "This browser lets the page start no thread of its own, or cannot unpack the images.";
        return;
      }
      reset(wanted);
    }, { rootMargin: "200px" }).observe(stage);
    new ResizeObserver(showState).observe(curves.box);
  };
}
