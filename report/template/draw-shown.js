// Draw a digit, what becomes of a drawing: its steps as pictures, the answer in words, the probabilities as bars.
{
  const { FIELD, BOX, softmax, picture, percent, named, blank, shape } = digits;

  // The answer: a sentence, and a bar for each class. `show(logits)` shows it, null that nothing is drawn.
  function makeAnswer(data) {
    const sentence = element("p", { class: "draw-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const bars = data.classes.map((name) => {
      const fill = element("span", { class: "draw-fill" }), number = element("span", { class: "draw-number" });
      const track = element("span", { class: "draw-track", "aria-hidden": "true" }, fill);
      return { row: element("li", {}, element("span", {}, name), track, number), fill, number };
    });
    const list = element("ol", { class: "draw-bars", "aria-label": "Probabilities" }, ...bars.map(({ row }) => row));
    const longest = Math.max(...data.classes.map((name) => name.length));
    if (longest > 1) list.style.setProperty("--name", `${0.7 * longest}em`); // words, not digits

    function show(logits) {
      const P = logits && softmax(logits), winner = P ? P.indexOf(Math.max(...P)) : null;
      bars.forEach(({ row, fill, number }, k) => {
        fill.style.width = P ? percent(P[k]) : "0";
        number.textContent = P ? percent(P[k]) : "";
        row.classList.toggle("winner", k === winner);
      });
      const said = P && ["Most likely ", element("b", {}, named(data.classes[winner])), `, ${percent(P[winner])}`];
      sentence.replaceChildren(...(said ?? ["Nothing is drawn yet"]));
    }
    return { sentence, list, show };
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
      painter.paint(canvases[2], pictures.square(shades, found.height, found.width));
    }
    return { list, show };
  }

  // From a drawing, or a picture (`photo`), to what the network sees.
  function makeSteps(data, painter) {
    const { height, width, centred } = shape(data), photo = makePictureSteps(painter);
    const titles = centred ? ["drawing", `scaled, ${BOX} by ${BOX}`, `centred, ${FIELD} by ${FIELD}`]
      : ["drawing", `in ${height} by ${width} pixels`];
    const canvases = titles.map(() => picture(FIELD)), names = titles.map((title) => element("span", {}, title));
    const list = element("ol", { class: "draw-steps" }, ...titles.map((_, at) => element("li", {}, canvases[at], names[at])));

    function show(drawing, { box, input }, found) {
      photo.show(found);
      names[0].textContent = found ? "ink" : titles[0];
      const square = new Uint8Array(BOX * BOX);
      if (box && centred) {
        const top = Math.floor((BOX - box.rows) / 2), left = Math.floor((BOX - box.columns) / 2);
        box.values.forEach((value, at) => {
          square[(top + Math.floor(at / box.columns)) * BOX + left + (at % box.columns)] = value;
        });
      }
      const images = [drawing, ...(centred ? [{ values: square, side: BOX }] : []), { values: input, height, width }];
      images.forEach((image, at) => painter.paint(canvases[at], image));
    }
    return { lists: [photo.list, list], show };
  }

  Object.assign(digits, { makeAnswer, makeSteps });
}
