// Draw a digit: what is drawn, and what the network says of it, at every stroke.
{
  const { FIELD, BOX, SIDE, boxed, placed, shrunk, draw, Network, softmax } = digits;
  const { read, steps: stepsOf, square } = pictures;
  const STEP = 10; // pixels that an arrow key moves the pen
  const PENS = { thin: 5, medium: 10, thick: 15 }; // radii in pixels
  const UNITS = 6; // hidden units shown
  let count = 0; // widgets of the page, for their ids

  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const named = (name) => (/^\d$/.test(name) ? `${name === "8" ? "an" : "a"} ${name}` : name);
  const picture = (side) => element("canvas", { width: side, height: side, "aria-hidden": "true" });

  // Pixels to paint, and the same as one word each: red in the lowest byte, opacity in the highest.
  function blank(width, height) {
    const pixels = new ImageData(width, height);
    return { pixels, words: new Uint32Array(pixels.data.buffer) };
  }

  // Of the images that the network takes: MNIST's unless the data say otherwise.
  const shape = ({ height = FIELD, width = FIELD, centred = true, noun = "digit" }) => ({ height, width, centred, noun });

  // Paints ink in the page's own colour; again when the page turns dark or light.
  class Painter {
    constructor(stage) {
      this.stage = stage;
      this.shown = new Map();
      this.look();
      const again = () => {
        this.look();
        for (const [canvas, image] of this.shown) this.paint(canvas, image);
      };
      new MutationObserver(again).observe(document.documentElement, { attributes: true });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    }

    look() {
      const [red, green, blue] = getComputedStyle(this.stage).color.match(/[\d.]+/g).map(Number);
      this.ink = red | (green << 8) | (blue << 16);
    }

    paint(canvas, image) {
      const { values, side, height = side, width = side } = image, { pixels, words } = blank(width, height);
      for (let at = 0; at < words.length; at += 1) words[at] = this.ink | (values[at] << 24);
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      canvas.classList.toggle("coarse", width < SIDE);
      // A graphics card would only make whole images slower.
      canvas.getContext("2d", { willReadFrequently: true }).putImageData(pixels, 0, 0);
      this.shown.set(canvas, image);
    }
  }

  function paintWeights(canvas, network, unit, { colours, limit, height, width }) {
    const { pixels, words } = blank(width, height);
    for (let at = 0; at < words.length; at += 1) {
      const weight = network.W1[at * network.hidden + unit] * network.scale[unit];
      words[at] = colours[Math.round(127.5 * (1 + Math.min(Math.max(weight / limit, -1), 1)))];
    }
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  // The steps of a picture as far as its ink, above those that it has in common with a drawing.
  function makePictureSteps(painter) {
    const titles = ["pixels", "paper", "difference"], canvases = titles.map(() => picture(FIELD));
    const list = element("ol", { class: "draw-steps draw-photo", hidden: true }, ...titles.map(
      (title, at) => element("li", {}, canvases[at], element("span", {}, title)),
    ));
    const paintColours = (canvas, values, { height, width }) => {
      const { pixels } = blank(width, height);
      for (let at = 0; at < height * width; at += 1) {
        for (let k = 0; k < 3; k += 1) pixels.data[4 * at + k] = values[3 * at + k];
        pixels.data[4 * at + 3] = 255;
      }
      [canvas.width, canvas.height] = [width, height];
      canvas.getContext("2d").putImageData(pixels, 0, 0);
    };

    function show(found) {
      list.hidden = !found;
      if (!found) return;
      paintColours(canvases[0], found.values, found);
      paintColours(canvases[1], found.paper, found);
      const largest = found.difference.reduce((a, b) => Math.max(a, b), 1);
      const shades = Uint8Array.from(found.difference, (value) => Math.max(0, (255 * value) / largest));
      painter.paint(canvases[2], square(shades, found.height, found.width));
    }
    return { list, show };
  }

  // What is below and beside the drawing; returns a function that shows a drawing and its answer.
  function makeAnswer(data, network, painter) {
    const { height, width, centred } = shape(data);
    const titles = centred ? ["drawing", `scaled, ${BOX} by ${BOX}`, `centred, ${FIELD} by ${FIELD}`]
      : ["drawing", `in ${height} by ${width} pixels`];
    const steps = titles.map((title) => ({ title, canvas: picture(FIELD) }));
    const stages = element("ol", { class: "draw-steps" }, ...steps.map(
      ({ title, canvas }) => element("li", {}, canvas, element("span", {}, title)),
    ));
    const sentence = element("p", { class: "draw-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const photo = makePictureSteps(painter);
    const bars = data.classes.map((name) => {
      const fill = element("span", { class: "draw-fill" }), number = element("span", { class: "draw-number" });
      const track = element("span", { class: "draw-track", "aria-hidden": "true" }, fill);
      return { row: element("li", {}, element("span", {}, name), track, number), fill, number };
    });
    const list = element("ol", { class: "draw-bars", "aria-label": "Probabilities" }, ...bars.map(({ row }) => row));
    const longest = Math.max(...data.classes.map((name) => name.length));
    if (longest > 1) list.style.setProperty("--name", `${0.7 * longest}em`); // words, not digits
    const units = Array.from({ length: UNITS }, () => {
      const canvas = picture(FIELD), label = element("span", {});
      return { item: element("li", {}, canvas, label), canvas, label };
    });
    const why = element("p", { class: "draw-why" });
    const legend = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
    const bytes = decoded(data.colours), limit = data.limit, { pixels, words: colours } = blank(256, 1);
    for (let at = 0; at < 256; at += 1) pixels.data.set([...bytes.subarray(3 * at, 3 * at + 3), 255], 4 * at);
    legend.getContext("2d").putImageData(pixels, 0, 0);
    const ends = [-limit, limit].map((value) => value.toFixed(2));
    const speed = element("span", {});
    const foot = element("p", { class: "draw-foot" },
      element("span", { class: "draw-legend" }, `weights ${ends[0]}`, legend, ends[1]), speed);
    const pictures = element("ul", { class: "draw-units" }, ...units.map(({ item }) => item));
    const below = element("div", {}, why, pictures, foot);

    function show(drawing, box, input, logits, milliseconds, shown) {
      photo.show(shown);
      stages.firstChild.lastChild.textContent = shown ? "ink" : titles[0];
      const P = softmax(logits), winner = P.indexOf(Math.max(...P)), name = data.classes[winner];
      const square = new Uint8Array(BOX * BOX);
      if (box && centred) {
        const top = Math.floor((BOX - box.rows) / 2), left = Math.floor((BOX - box.columns) / 2);
        box.values.forEach((value, at) => {
          square[(top + Math.floor(at / box.columns)) * BOX + left + (at % box.columns)] = value;
        });
      }
      const images = [drawing, ...(centred ? [{ values: square, side: BOX }] : []), { values: input, height, width }];
      images.forEach((image, at) => painter.paint(steps[at].canvas, image));
      bars.forEach(({ row, fill, number }, k) => {
        fill.style.width = box ? percent(P[k]) : "0";
        number.textContent = box ? percent(P[k]) : "";
        row.classList.toggle("winner", Boolean(box) && k === winner);
      });
      const said = ["Most likely ", element("b", {}, named(name)), `, ${percent(P[winner])}`];
      sentence.replaceChildren(...(box ? said : ["Nothing is drawn yet"]));
      const found = box ? network.loudest(winner, UNITS) : [];
      units.forEach(({ item, canvas, label }, at) => {
        item.classList.toggle("none", !found[at]);
        label.textContent = found[at] ? `unit ${found[at].unit}: ${percent(found[at].share)}` : "";
        if (found[at]) paintWeights(canvas, network, found[at].unit, { colours, limit, height, width });
      });
      why.textContent = box
        ? `The hidden units that say ${name} the loudest, of ${network.hidden}, and their shares of what speaks for it:`
        : "Here stand the hidden units that speak for the answer.";
      speed.textContent = `computed in ${milliseconds.toFixed(1)} ms`;
    }
    return { beside: element("div", {}, photo.list, stages, sentence, list), below, sentence, show };
  }

  widgets.draw = (stage, data) => {
    const id = `draw-${(count += 1)}`, network = new Network(data), painter = new Painter(stage);
    const answer = makeAnswer(data, network, painter);
    const { height, width, centred, noun } = shape(data);
    const fresh = () => ({ values: new Uint8Array(SIDE * SIDE), side: SIDE });
    let drawing = fresh(), pen = { x: SIDE / 2, y: SIDE / 2 }, radius = PENS.medium, drawn = false, down = false;
    let photo = null; // the steps of a picture, where that is what is shown

    const surface = element("canvas", {
      width: SIDE, height: SIDE, class: "draw-surface", tabindex: "0", role: "application",
      "aria-label": `Square to draw ${noun === "digit" ? "a digit" : "an image"} in`, "aria-describedby": `${id}-how`,
    });
    const marker = element("span", { class: "draw-pen", hidden: true });
    const status = element("p", { class: "draw-status", "aria-live": "polite" });
    const said = element("p", { "aria-live": "polite" });
    const stored = data.digits.map(({ label, pixels }) => {
      const image = { values: decoded(pixels), ...(centred ? { side: FIELD } : { height, width }) }, canvas = picture(FIELD);
      const named = { "aria-label": `Test ${noun} ${data.classes[label]}`, "aria-pressed": "false" };
      const button = element("button", { type: "button", ...named }, canvas);
      button.addEventListener("click", () => load(image, button));
      painter.paint(canvas, image);
      return { image, button };
    });
    const file = element("input", { type: "file", accept: "image/*", hidden: true, onchange: () => take(file.files) });
    const choose = element("button", { type: "button", onclick: () => file.click() }, "Open a picture");
    const pens = Object.keys(PENS).map((name) => {
      const input = element("input", { type: "radio", name: `${id}-pen`, checked: name === "medium" });
      input.addEventListener("change", () => { radius = PENS[name]; });
      return element("label", {}, input, name);
    });
    const clear = element("button", { type: "button", onclick: () => load(fresh()) }, "Clear");

    function update() {
      const start = performance.now();
      const box = centred ? boxed(drawing) : shrunk(drawing, height, width);
      const input = centred ? placed(box) : box?.values ?? new Uint8Array(height * width), logits = network.logits(input);
      const milliseconds = performance.now() - start;
      stage.network = { input, logits };
      stage.dataset.milliseconds = milliseconds.toFixed(3);
      painter.paint(surface, drawing);
      answer.show(drawing, box, input, logits, milliseconds, photo);
    }

    function load(image, button = null, found = null) {
      drawing = image;
      photo = found;
      drawn = !button && !found;
      if (!found) said.textContent = "";
      stored.forEach((one) => one.button.setAttribute("aria-pressed", String(one.button === button)));
      update();
    }

    // The first picture of files that were chosen, dropped or pasted takes the drawing's place.
    async function take(files) {
      const one = [...files].find(({ type }) => type.startsWith("image/")) ?? files[0];
      if (!one) return;
      said.textContent = `Reading ${one.name}`;
      const found = await read(one).then(stepsOf).catch(() => null);
      if (found?.ink) load(square(found.ink, found.height, found.width), null, found);
      const fault = found ? "there is no ink on its paper" : "no picture that can be read";
      said.textContent = found?.ink ? one.name : `${one.name}: ${fault}. What is shown is what was there before.`;
      stage.picture = found;
      file.value = ""; // the same may be chosen again
    }

    // The first stroke clears a stored digit or a picture.
    function stroke(from, to) {
      if (!drawn) load(fresh());
      draw(drawing, from, to, radius);
      pen = to;
    }

    function place(event) {
      const frame = surface.getBoundingClientRect(), scale = SIDE / frame.width;
      return { x: (event.clientX - frame.left) * scale, y: (event.clientY - frame.top) * scale };
    }

    // A screen reader waits for the end of a stroke.
    function lift() {
      down = false;
      answer.sentence.setAttribute("aria-busy", "false");
    }

    surface.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button) return;
      surface.setPointerCapture(event.pointerId);
      down = true;
      answer.sentence.setAttribute("aria-busy", "true");
      marker.hidden = true;
      stroke(place(event), place(event));
      update();
    });
    function follow(event) {
      if (!event.isPrimary || !surface.hasPointerCapture(event.pointerId)) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const one of passed.length ? passed : [event]) stroke(pen, place(one));
      if (event.type === "pointermove") update();
    }
    surface.addEventListener("pointermove", follow);
    surface.addEventListener("pointerup", follow); // may come from farther on than the last move
    surface.addEventListener("lostpointercapture", () => { lift(); update(); }); // says the sentence anew

    function showPen() {
      const say = (value) => Math.min(Math.floor(value / STEP) + 1, FIELD);
      marker.hidden = false;
      marker.classList.toggle("down", down);
      marker.style.left = percent(pen.x / SIDE);
      marker.style.top = percent(pen.y / SIDE);
      status.textContent = `Pen ${down ? "down" : "up"}, column ${say(pen.x)}, row ${say(pen.y)} of ${FIELD}`;
    }

    function move(dx, dy) {
      const limit = (value) => Math.min(Math.max(value, 0), SIDE);
      const to = { x: limit(pen.x + dx * STEP), y: limit(pen.y + dy * STEP) };
      if (down) stroke(pen, to);
      pen = to;
    }

    const keys = {
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0),
      ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
      " ": () => { down = !down; if (down) stroke(pen, pen); },
      Delete: () => load(fresh()), Backspace: () => load(fresh()),
    };
    surface.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault(); // the page would scroll
      if (event.key === " " && event.repeat) return;
      keys[event.key]();
      if (drawn) update();
      showPen();
    });
    surface.addEventListener("focus", () => { if (surface.matches(":focus-visible")) showPen(); });
    surface.addEventListener("blur", () => { lift(); marker.hidden = true; status.textContent = ""; });

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

    stage.classList.add("draw");
    stage.append(
      element("div", { class: "draw-stored", role: "group", "aria-labelledby": `${id}-stored` },
        element("span", { id: `${id}-stored` }, `Test ${noun}s, or draw your own`),
        element("div", {}, ...stored.map(({ button }) => button))),
      element("div", { class: "draw-columns" },
        element("div", {},
          element("div", { class: "draw-frame" }, surface, marker),
          element("div", { class: "draw-tools" },
            element("fieldset", {}, element("legend", {}, "Pen"), ...pens), clear),
          element("div", { class: "draw-file" }, choose, file, said),
          element("p", { class: "draw-how", id: `${id}-how` }, "Mouse, finger or keyboard: arrow keys move the pen, "
            + "Space puts it down or lifts it, Delete clears. A picture of "
            + `${noun === "digit" ? "a digit" : "such an image"} may be dropped or pasted here.`),
          status),
        answer.beside),
      answer.below,
    );
    painter.look(); // in its place, the stage has its colour
    const first = stored[data.start];
    load(first.image, first.button);
  };
}
