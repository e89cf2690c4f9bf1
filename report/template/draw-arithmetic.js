// Draw a digit, its arithmetic: MNIST's preprocessing and the network, as in lib/twolayer/page/drawing.py;
// tests compare the two. `draw.js` shows it.
const digits = (() => {
  const FIELD = 28, BOX = 20, CENTRE = 14; // pixels, as in drawing.py
  const SIDE = 280; // pixels of a drawing

  // Sums over `rows` equal stretches of the first axis of (height, width); the result is transposed,
  // (width, rows), and `rows` times too large.
  function stretched(values, height, width, rows) {
    const sums = new Float64Array(width * rows);
    for (let row = 0; row < rows; row += 1) {
      const from = row * height, to = from + height;
      for (let y = Math.floor(from / rows); y * rows < to; y += 1) {
        const overlap = Math.min(to, (y + 1) * rows) - Math.max(from, y * rows);
        for (let x = 0; x < width; x += 1) sums[x * rows + row] += overlap * values[y * width + x];
      }
    }
    return sums;
  }

  // The ink's bounding box, scaled so that its longer side has 20 pixels; null where there is no ink.
  function boxed({ values, height: rows, side = rows }) {
    let top = side, bottom = -1, left = side, right = -1;
    for (let y = 0, at = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1, at += 1) {
        if (!values[at]) continue;
        if (y < top) top = y;
        if (x < left) left = x;
        if (x > right) right = x;
        bottom = y;
      }
    }
    if (bottom < 0) return null;
    const height = bottom - top + 1, width = right - left + 1, ink = new Uint8Array(height * width);
    for (let y = 0; y < height; y += 1) {
      const start = (top + y) * side + left;
      ink.set(values.subarray(start, start + width), y * width);
    }
    const longer = Math.max(height, width);
    const [down, across] = [height, width].map(
      (length) => Math.max(1, Math.floor((2 * BOX * length + longer) / (2 * longer))),
    );
    return { values: averaged(ink, height, width, down, across), rows: down, columns: across };
  }

  // Values of (height, width) in so many rows and columns, each the mean of the area that it covers.
  function averaged(values, height, width, rows, columns) {
    const area = height * width, sums = stretched(stretched(values, height, width, rows), width, rows, columns);
    return Uint8Array.from(sums, (sum) => Math.floor((2 * sum + area) / (2 * area)));
  }

  // A drawing, or an image of its own height and width, in so many pixels, neither moved nor centred; null without ink.
  function shrunk({ values, side, height = side, width = side }, rows, columns) {
    if (!values.some(Boolean)) return null;
    return { values: averaged(values, height, width, rows, columns), rows, columns };
  }

  // The box in a field of 28 by 28, its centre of mass within half a pixel of pixel (14, 14).
  function placed(box) {
    const field = new Uint8Array(FIELD * FIELD);
    if (!box) return field;
    let total = 0, down = 0, across = 0;
    box.values.forEach((value, at) => {
      total += value;
      down += value * Math.floor(at / box.columns);
      across += value * (at % box.columns);
    });
    const offset = (moment, length) => {
      const wanted = Math.floor((2 * CENTRE * total - 2 * moment + total - 1) / (2 * total)); // half down
      return Math.min(Math.max(wanted, 0), FIELD - length);
    };
    const top = total ? offset(down, box.rows) : 0, left = total ? offset(across, box.columns) : 0;
    for (let row = 0; row < box.rows; row += 1) {
      const values = box.values.subarray(row * box.columns, (row + 1) * box.columns);
      field.set(values, (top + row) * FIELD + left);
    }
    return field;
  }

  // Put a round pen of that radius down at one place and draw it to another.
  function draw({ values, side }, from, to, radius) {
    const dx = to.x - from.x, dy = to.y - from.y, square = dx * dx + dy * dy;
    const limit = (value) => Math.min(Math.max(Math.round(value), 0), side);
    const [left, right] = [limit(Math.min(from.x, to.x) - radius - 1), limit(Math.max(from.x, to.x) + radius + 1)];
    const [top, bottom] = [limit(Math.min(from.y, to.y) - radius - 1), limit(Math.max(from.y, to.y) + radius + 1)];
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const px = x + 0.5 - from.x, py = y + 0.5 - from.y;
        const along = square ? Math.min(Math.max((px * dx + py * dy) / square, 0), 1) : 0;
        const cover = radius + 0.5 - Math.hypot(px - along * dx, py - along * dy); // smooth at the rim
        const ink = Math.round(255 * Math.min(Math.max(cover, 0), 1));
        if (ink > values[y * side + x]) values[y * side + x] = ink;
      }
    }
  }

  // A drawing as the network takes it, (height, width), and its box, null where there is no ink. An `exact` one is taken
  // as it is.
  function prepared(drawing, { height, width, centred }) {
    const box = centred ? boxed(drawing) : shrunk(drawing, height, width);
    if (drawing.exact) return { box, input: drawing.values };
    return { box, input: centred ? placed(box) : box?.values ?? new Uint8Array(height * width) };
  }

  // Of the images that the network takes: MNIST's unless the data say otherwise.
  const shape = ({ height = FIELD, width = FIELD, centred = true, noun = "digit" }) => ({ height, width, centred, noun });

  const networks = new WeakMap(); // by the data that they are made of: two fields of a page have one network

  class Network {
    static of(data) {
      if (!networks.has(data)) networks.set(data, new Network(data));
      return networks.get(data);
    }

    constructor(data) {
      this.hidden = data.hidden;
      this.W1 = decoded(data.W1, Int8Array);
      [this.scale, this.b1, this.W2, this.b2] = ["scale", "b1", "W2", "b2"].map(
        (name) => Float64Array.from(decoded(data[name], Float32Array)),
      );
      const sums = this.sums(new Uint8Array(this.W1.length / this.hidden).fill(1));
      this.slopes = this.scale.map((scale) => data.factor * scale); // of Z1 by a sum
      this.base = this.b1.map((b, h) => b - data.shift * this.slopes[h] * sums[h]);
    }

    // Of whole levels of grey integers, hence exact: at most 784 * 255 * 127. Pixels without ink cost nothing.
    sums(pixels) {
      const { hidden, W1 } = this, sums = new (pixels instanceof Uint8Array ? Int32Array : Float64Array)(hidden);
      for (let pixel = 0; pixel < pixels.length; pixel += 1) {
        const value = pixels[pixel], row = pixel * hidden;
        if (value) for (let h = 0; h < hidden; h += 1) sums[h] += value * W1[row + h];
      }
      return sums;
    }

    // What the layers say of an image: Z1, A1 and the logits.
    forward(pixels) {
      const sums = this.sums(pixels), logits = Float64Array.from(this.b2), classes = logits.length;
      const Z1 = this.base.map((base, h) => base + this.slopes[h] * sums[h]), A1 = Z1.map((z) => Math.max(0, z));
      A1.forEach((a, h) => {
        if (a) for (let k = 0; k < classes; k += 1) logits[k] += a * this.W2[h * classes + k];
      });
      return { Z1, A1, logits };
    }

    // What each hidden unit adds to the logit of class k.
    contributions(A1, k) {
      return A1.map((a, h) => a * this.W2[h * this.b2.length + k]);
    }
  }

  // An image in letters that may stand in an address: runs of paper and of full ink by their lengths, all else as it is.
  function packed(values) {
    const bytes = [];
    for (let at = 0; at < values.length;) {
      const value = values[at], start = at;
      do at += 1; while (values[at] === value && at - start < 255 && (value === 0 || value === 255));
      bytes.push(value, ...(value === 0 || value === 255 ? [at - start] : []));
    }
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  // The image again; null where the letters are not those of one of so many pixels.
  function unpacked(letters, length) {
    if (!/^[\w-]+$/.test(letters ?? "") || letters.length % 4 === 1) return null;
    const bytes = decoded(letters.replaceAll("-", "+").replaceAll("_", "/")), values = [];
    for (let at = 0; at < bytes.length && values.length <= length; at += 1) {
      const value = bytes[at], runs = value === 0 || value === 255 ? bytes[at += 1] ?? 0 : 1;
      for (let k = 0; k < runs; k += 1) values.push(value);
    }
    return values.length === length ? Uint8Array.from(values) : null;
  }

  function softmax(logits) {
    const exps = logits.map((z) => Math.exp(z - Math.max(...logits)));
    const total = exps.reduce((a, b) => a + b);
    return exps.map((e) => e / total);
  }

  return { FIELD, BOX, SIDE, boxed, placed, shrunk, prepared, shape, draw, Network, packed, unpacked, softmax };
})();
