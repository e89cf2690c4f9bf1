// Draw a digit: what is drawn, what the network says of it at every stroke, and why.
{
  const PENS = { thin: 5, medium: 10, thick: 15 }; // radii in pixels
  let count = 0; // widgets of the page, for their ids

  widgets.draw = (stage, data) => {
    const id = `draw-${(count += 1)}`, network = digits.Network.of(data), painter = new digits.Painter(stage);
    const shape = digits.shape(data), { height, width, noun } = shape, palette = digits.palette(data.colours);
    const answer = digits.makeAnswer(data), steps = digits.makeSteps(data, painter);
    const units = digits.makeUnits(data, network, palette), sum = digits.makeSum(data, network);
    const confusions = digits.makeConfusions(data), change = digits.makeChange(data, network, palette, painter);
    let photo = null; // the steps of a picture, where that is what is shown

    const said = element("p", { "aria-live": "polite" });
    const field = digits.makeField({
      painter, noun, id: `${id}-how`, began: () => from(), changed: update,
      busy: (is) => answer.sentence.setAttribute("aria-busy", String(is)),
    });
    const stored = data.digits.map(({ label, pixels }) => {
      const image = { values: decoded(pixels), height, width }, canvas = digits.picture(width);
      const named = { "aria-label": `Test ${noun} ${data.classes[label]}`, "aria-pressed": "false" };
      const button = element("button", { type: "button", ...named, onclick: () => load(image, { button }) }, canvas);
      painter.paint(canvas, image);
      return { image, button };
    });
    const file = element("input", { type: "file", accept: "image/*", hidden: true, onchange: () => take(file.files) });
    const choose = element("button", { type: "button", onclick: () => file.click() }, "Open a picture");
    const pens = Object.keys(PENS).map((name) => {
      const input = element("input", { type: "radio", name: `${id}-pen`, checked: name === "medium" });
      input.addEventListener("change", () => { field.radius = PENS[name]; });
      return element("label", {}, input, name);
    });

    function update() {
      const start = performance.now(), { box, input } = digits.prepared(field.drawing, shape);
      const { A1, logits } = network.forward(input), milliseconds = performance.now() - start;
      const winner = box ? logits.indexOf(Math.max(...logits)) : null;
      stage.network = { input, logits };
      stage.dataset.milliseconds = milliseconds.toFixed(3);
      steps.show(field.drawing, { box, input }, photo);
      answer.show(box && logits);
      units.show(box && network.contributions(A1, winner), digits.named(data.classes[winner] ?? ""), milliseconds);
      sum.show(box && A1, winner);
      confusions.show(winner);
      change.show(box && input);
    }

    // What the drawing comes from: a stored image's button, a picture's steps, or neither.
    function from({ button = null, found = null } = {}) {
      photo = found;
      if (!found) said.textContent = "";
      stored.forEach((one) => one.button.setAttribute("aria-pressed", String(one.button === button)));
    }

    function load(image, source) {
      from(source);
      field.load(image);
    }

    // The first picture of files that were chosen, dropped or pasted takes the drawing's place.
    async function take(files) {
      const one = [...files].find(({ type }) => type.startsWith("image/")) ?? files[0];
      if (!one) return;
      const name = element("span", { title: one.name }, one.name);
      said.replaceChildren("Reading ", name);
      const found = await pictures.read(one).then(pictures.steps).catch(() => null);
      if (found?.ink) load(pictures.square(found.ink, found.height, found.width), { found });
      const fault = found ? "There is no ink on its paper" : "This is no picture that can be read";
      said.replaceChildren(name, ...(found?.ink ? [] : [`${fault}. What is shown is what was there before.`]));
      stage.picture = found;
      file.value = ""; // the same may be chosen again
    }

    stage.addEventListener("dragover", (event) => {
      event.preventDefault(); // else the browser would leave the page for the picture
      stage.classList.add("over");
    });
    stage.addEventListener("dragleave", () => stage.classList.remove("over"));
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      stage.classList.remove("over");
      take(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => {
      const { top, bottom } = stage.getBoundingClientRect(), inView = bottom > 0 && top < innerHeight;
      if (inView && event.clipboardData?.files.length) take(event.clipboardData.files);
    });

    // What the network sees, and the class whose logit is added up.
    const state = () => {
      const logit = sum.chosen();
      return { image: digits.packed(stage.network.input), ...(logit === "" ? {} : { logit }) };
    };
    const copyLink = link(stage, "draw", state, ({ image, logit = "" }) => {
      const values = digits.unpacked(image, height * width);
      if (values) load({ values, height, width, exact: true });
      sum.choose(logit);
    });

    stage.classList.add("draw");
    stage.append(
      element("div", { class: "draw-stored", role: "group", "aria-labelledby": `${id}-stored` },
        element("span", { id: `${id}-stored` }, `Test ${noun}s, or draw your own`),
        element("div", {}, ...stored.map(({ button }) => button))),
      element("div", { class: "draw-columns" },
        element("div", {},
          field.frame,
          element("div", { class: "draw-tools" },
            element("fieldset", {}, element("legend", {}, "Pen"), ...pens), field.button),
          element("div", { class: "draw-file" }, choose, file, said, copyLink),
          element("p", { class: "draw-how", id: `${id}-how` }, `${digits.HOW} A picture of `
            + `${noun === "digit" ? "a digit" : "such an image"} may be dropped or pasted here.`),
          field.status),
        element("div", {}, ...steps.lists, answer.sentence, answer.list)),
      ...units.parts, element("div", { class: "draw-because" }, sum.box, change.box), confusions.said,
    );
    stage.flip = change.found; // for whoever tests it
    painter.look(); // in its place, the stage has its colour
    const first = stored[data.start];
    load(first.image, { button: first.button });
  };
}
