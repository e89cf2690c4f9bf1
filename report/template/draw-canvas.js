// Draw a digit, what is painted: ink in the page's own colour, and numbers in the colours of weights.
{
  const { SIDE } = digits;
  const picture = (side) => element("canvas", { width: side, height: side, "aria-hidden": "true" });
  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const named = (name) => (/^\d$/.test(name) ? `${name === "8" ? "an" : "a"} ${name}` : name);

  // Pixels to paint, and the same as one word each: red in the lowest byte, opacity in the highest.
  function blank(width, height) {
    const pixels = new ImageData(width, height);
    return { pixels, words: new Uint32Array(pixels.data.buffer) };
  }

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

  // The colours of numbers from -limit to limit: `paint(canvas, values, limit, size)`, and a strip of them all.
  function palette(text) {
    const bytes = decoded(text), { pixels, words: colours } = blank(256, 1);
    for (let at = 0; at < 256; at += 1) pixels.data.set([...bytes.subarray(3 * at, 3 * at + 3), 255], 4 * at);
    const strip = () => {
      const canvas = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
      canvas.getContext("2d").putImageData(pixels, 0, 0);
      return canvas;
    };
    const paint = (canvas, values, limit, { height, width }) => {
      const made = blank(width, height);
      for (let at = 0; at < made.words.length; at += 1) {
        made.words[at] = colours[Math.round(127.5 * (1 + Math.min(Math.max(values[at] / limit, -1), 1)))];
      }
      canvas.width = width;
      canvas.height = height;
      canvas.getContext("2d").putImageData(made.pixels, 0, 0);
    };
    return { strip, paint };
  }

  Object.assign(digits, { picture, percent, named, blank, Painter, palette });
}
