// Draw a digit, why it is the answer: the loudest hidden units, all that adds up to a logit, and what is often confused.
{
  const { FIELD, picture, percent, named, shape } = digits;
  const UNITS = 6; // hidden units shown as pictures
  const PARTS = 7; // hidden units whose contributions are shown one by one
  const signed = (value) => {
    const text = Math.abs(value).toFixed(2);
    return `${Number(text) === 0 ? "" : value < 0 ? "−" : "+"}${text}`;
  };
  const total = (values) => values.reduce((sum, value) => sum + value, 0);

  // The weights of the units that speak for the answer the loudest.
  function makeUnits(data, network, palette) {
    const size = shape(data), { limit } = data;
    const units = Array.from({ length: UNITS }, () => {
      const canvas = picture(FIELD), label = element("span", {});
      return { item: element("li", {}, canvas, label), canvas, label };
    });
    const why = element("p", { class: "draw-why" }), speed = element("span", {});
    const ends = [-limit, limit].map((value) => value.toFixed(2));
    const foot = element("p", { class: "draw-foot" },
      element("span", { class: "draw-legend" }, `weights ${ends[0]}`, palette.strip(), ends[1]), speed);
    const list = element("ul", { class: "draw-units" }, ...units.map(({ item }) => item));

    function show(added, name, milliseconds) {
      const found = added ? [...added.keys()].filter((h) => added[h] > 0).sort((a, b) => added[b] - added[a]) : [];
      const positive = total(found.map((h) => added[h]));
      units.forEach(({ item, canvas, label }, at) => {
        const unit = found[at];
        item.classList.toggle("none", unit === undefined);
        label.textContent = unit === undefined ? "" : `unit ${unit}: ${percent(added[unit] / positive)}`;
        if (unit === undefined) return;
        const weights = network.scale[unit], row = (_, pixel) => weights * network.W1[pixel * network.hidden + unit];
        palette.paint(canvas, Float64Array.from({ length: size.height * size.width }, row), limit, size);
      });
      list.classList.toggle("empty", !added);
      why.textContent = added
        ? `The hidden units that say ${name} the loudest, of ${network.hidden}, and their shares of what speaks for it:`
        : "Here stand the hidden units that speak for the answer.";
      speed.textContent = `computed in ${milliseconds.toFixed(1)} ms`;
    }
    return { parts: [why, list, foot], show };
  }

  // Bars of what adds up to a logit: the largest contributions, all others, the bias; and their sum. `chosen()` is the
  // class whose logit it is, null for the answer's; `choose(k)` sets it.
  function makeSum(data, network) {
    const options = data.classes.map((name, k) => element("option", { value: k }, name));
    const select = element("select", {}, element("option", { value: "" }, "the answer"), ...options);
    const rows = Array.from({ length: PARTS + 3 }, () => {
      const name = element("span", {}), fill = element("span", {}), number = element("span", { class: "draw-number" });
      const track = element("span", { class: "draw-balance", "aria-hidden": "true" }, fill);
      return { row: element("li", {}, name, track, number), name, fill, number };
    });
    const list = element("ol", { class: "draw-sum", "aria-label": "What adds up to the logit" }, ...rows.map(({ row }) => row));
    const box = element("div", {}, element("p", { class: "draw-why" }, "What adds up to a logit"),
      element("label", {}, "Logit of", select), list);
    let shown = null;

    function paint() {
      list.hidden = !shown;
      if (!shown) return;
      const k = select.value === "" ? shown.answer : Number(select.value);
      const added = network.contributions(shown.A1, k), by = (h) => Math.abs(added[h]);
      const first = [...added.keys()].filter((h) => added[h]).sort((a, b) => by(b) - by(a)).slice(0, PARTS);
      const alone = first.map((h) => [`unit ${h}`, added[h]]), others = total(added) - total(alone.map(([, value]) => value));
      const parts = [...alone, [`${network.hidden - first.length} other units`, others], ["bias", network.b2[k]]];
      parts.push([`logit of ${named(data.classes[k])}`, total(parts.map(([, value]) => value))]);
      const most = Math.max(...parts.map(([, value]) => Math.abs(value))) || 1;
      rows.forEach(({ row, name, fill, number }, at) => {
        row.hidden = at >= parts.length;
        row.classList.toggle("total", at === parts.length - 1);
        if (row.hidden) return;
        const [said, value] = parts[at], half = 50 * Math.abs(value) / most;
        [name.textContent, number.textContent] = [said, signed(value)];
        number.dataset.value = value;
        fill.className = value < 0 ? "less" : "more";
        fill.style.left = `${value < 0 ? 50 - half : 50}%`;
        fill.style.width = `${half}%`;
      });
    }
    select.addEventListener("change", paint);
    const show = (A1, answer) => {
      shown = A1 && { A1, answer };
      paint();
    };
    const choose = (k) => {
      select.value = Object.hasOwn(data.classes, k) ? k : "";
      paint();
    };
    return { box, show, choose, chosen: () => select.value };
  }

  // What the network takes the answer's class for on test images, and what it takes for the answer.
  function makeConfusions({ matrix, classes, noun = "digit" }) {
    const said = element("p", { class: "draw-confused" });
    const images = (count) => `${grouped(count)} test image${count === 1 ? "" : "s"}`;
    const most = (counts) => { // the class and its count, null where there is no mistake
      const k = counts.indexOf(Math.max(...counts));
      return counts[k] ? `${named(classes[k])} (${grouped(counts[k])})` : null;
    };

    function show(answer) {
      said.hidden = answer === null || !matrix;
      if (said.hidden) return;
      const name = named(classes[answer]), without = (counts) => counts.map((count, k) => (k === answer ? 0 : count));
      const taken = without(matrix[answer]), given = without(matrix.map((row) => row[answer]));
      const right = matrix[answer][answer], wrong = [total(taken), total(given)];
      const other = `another ${noun === "digit" ? "digit" : "class"}`;
      const first = wrong[0]
        ? `${images(right + wrong[0])} show ${name}; the network takes ${grouped(wrong[0])} of them for ${other}, `
          + `most often for ${most(taken)}.`
        : `${images(right)} show ${name}; the network makes no mistake with them.`;
      const second = wrong[1]
        ? ` Of the ${images(right + wrong[1])} that it takes for ${name}, ${grouped(wrong[1])} show ${other}, `
          + `most often ${most(given)}.`
        : ` It takes no other for ${name}.`;
      said.textContent = first + second;
    }
    return { said, show };
  }

  Object.assign(digits, { makeUnits, makeSum, makeConfusions });
}
