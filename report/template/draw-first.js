// The drawing field at the top of the page: a square, the answer, the probabilities. What it needs is what the widget
// `data.of` has further down; where that is not in the page, the picture stays.
{
  let count = 0; // such fields of the page, for their ids

  widgets["draw-first"] = (stage, { of }) => {
    const whole = figureOf(of);
    if (!whole) return false;
    const data = dataOf(whole), network = digits.Network.of(data), shape = digits.shape(data);
    const painter = new digits.Painter(stage), answer = digits.makeAnswer(data), id = `draw-first-${(count += 1)}`;
    const field = digits.makeField({
      painter, noun: shape.noun, id, began: () => {}, changed: update,
      busy: (is) => answer.sentence.setAttribute("aria-busy", String(is)),
    });
    const [, number] = whole.id.split("-");
    const more = element("a", { href: `#${whole.id}`, onclick: follow }, `Why does it say so? Figure ${number}`);

    function update() {
      const { box, input } = digits.prepared(field.drawing, shape), { logits } = network.forward(input);
      stage.network = { input, logits };
      answer.show(box && logits);
    }

    // The drawing goes along.
    function follow(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // elsewhere
      event.preventDefault();
      const hash = `#${of}?${new URLSearchParams({ image: digits.packed(stage.network.input) })}`;
      if (location.hash === hash) dispatchEvent(new Event("hashchange"));
      else location.hash = hash;
      whole.querySelector(".draw-surface")?.focus({ preventScroll: true });
    }

    stage.classList.add("draw", "draw-first");
    stage.append(
      element("div", {}, field.frame, element("div", { class: "draw-tools" },
        element("p", { class: "draw-how", id },
          `Draw ${shape.noun === "digit" ? "a digit" : "an image"} here. ${digits.HOW}`), field.button), field.status),
      element("div", {}, answer.sentence, answer.list, element("p", { class: "draw-more" }, more)),
    );
    painter.look(); // in its place, the stage has its colour
    const first = data.digits[data.start];
    field.load({ values: decoded(first.pixels), height: shape.height, width: shape.width });
    return true;
  };
}
