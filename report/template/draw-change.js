// Draw a digit, the smallest change that flips the answer: as pictures, how large it is, and a slider that applies it.
{
  const { FIELD, softmax, picture, percent, named, shape } = digits;
  const MOST = 150; // percent of the change that the slider applies
  const IDLE = 150; // milliseconds without a change of the drawing before the search begins

  function makeChange(data, network, palette, painter) {
    const { height, width } = shape(data), size = { height, width };
    const titles = ["as it is", "change", "changed"], canvases = titles.map(() => picture(FIELD));
    const names = titles.map((title) => element("span", {}, title));
    const pictures = element("ol", { class: "draw-steps" }, ...titles.map((_, at) => element("li", {}, canvases[at], names[at])));
    const ends = [element("span", {}), element("span", {})];
    const legend = element("p", { class: "draw-foot" },
      element("span", { class: "draw-legend" }, ends[0], palette.strip(), ends[1]));
    const said = element("p", { class: "draw-confused" }), answer = element("span", { class: "draw-readout" });
    const slider = element("input", { type: "range", min: 0, max: MOST, step: 5, value: 100 });
    const ticks = Object.entries({ 0: "0%", 100: "100%, it flips" }).map(([value, text]) => {
      const tick = element("span", {}, text);
      tick.style.setProperty("--share", value / MOST);
      return tick;
    });
    const track = element("span", { class: "draw-slider" }, slider, element("span", { class: "draw-ticks", "aria-hidden": "true" }, ...ticks));
    const whole = element("div", {}, pictures, legend, said,
      element("label", { class: "draw-share" }, "How much of it", track), answer);
    const waits = element("p", { class: "draw-confused" });
    const box = element("div", { class: "draw-change" },
      element("p", { class: "draw-why" }, "The smallest change found that flips the answer"), waits, whole);
    let timer = null, found = null, input = null;

    // The answer with a share of the change; no pixel leaves its range.
    function apply() {
      const share = Number(slider.value) / 100;
      const changed = found.change.map((value, at) => Math.min(Math.max(input[at] + share * value, 0), 255));
      const P = softmax(network.forward(changed).logits), winner = P.indexOf(Math.max(...P));
      const told = `${slider.value}% of it: ${named(data.classes[winner])}, ${percent(P[winner])}`;
      painter.paint(canvases[2], { values: Uint8Array.from(changed, Math.round), ...size });
      slider.setAttribute("aria-valuetext", told);
      answer.textContent = told;
    }
    slider.addEventListener("input", apply);

    function say() {
      const length = (values) => Math.hypot(...values) / 255, largest = Math.max(...found.change.map(Math.abs));
      painter.paint(canvases[0], { values: input, ...size });
      palette.paint(canvases[1], found.change, largest, size);
      [ends[0].textContent, ends[1].textContent] = [`less ink, −${largest.toFixed(0)}`, `${largest.toFixed(0)}, more ink`];
      const [was, label] = [found.was, found.label].map((k) => named(data.classes[k]));
      names[0].textContent = `as it is: ${was}`;
      names[2].textContent = `changed: ${label}`;
      said.textContent = `From ${was} to ${label}. Its length is ${length(found.change).toFixed(3)} `
        + `(${percent(length(found.change) / length(input))} of the image's), with pixels from 0 to 1; `
        + `no pixel changes by more than ${largest.toFixed(0)} of 255 levels.`;
      slider.value = 100;
      apply();
    }

    function state(busy, words = "") {
      box.setAttribute("aria-busy", String(busy));
      waits.textContent = words;
      waits.hidden = !words;
      whole.hidden = Boolean(words) || !found;
    }

    // Look for the change of an image, class after class, as soon as nothing has been drawn for a while.
    function show(image) {
      clearTimeout(timer);
      found = null;
      state(Boolean(image), image ? "Looking for it" : "Nothing is drawn yet");
      if (!image) return;
      const search = digits.smallest(network, image);
      const step = () => {
        const { value, done } = search.next();
        if (!done) {
          found = value;
          timer = setTimeout(step);
          return;
        }
        input = image;
        state(false, found ? "" : "None was found");
        if (found) say();
      };
      timer = setTimeout(step, IDLE);
    }
    return { box, show, found: () => found };
  }

  Object.assign(digits, { makeChange });
}
