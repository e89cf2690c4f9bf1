// The collapse laboratory, its arithmetic: draws and first parameters as lib/twolayer/page/draws.py and
// lib/twolayer/network/initialization.py have them, the network and its updates as lib/twolayer/network/net.py; tests
// compare them. It is one function that needs nothing outside, because its text runs in a worker: lab-worker.js.
function laboratory() {
  const STREAMS = 4, PARAMETERS = 0, BATCHES = 1, LABELS = 2; // of a seed's draws

  function mixed(state) { // mulberry32's answer to a state of its counter
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  class Draws {
    constructor(seed, stream) { this.state = mixed(STREAMS * seed + stream); }

    word() {
      this.state = (this.state + 0x6d2b79f5) | 0;
      return mixed(this.state);
    }

    below(limit) { return Math.floor((this.word() * limit) / 2 ** 32); }

    permutation(count) {
      const order = Array.from({ length: count }, (_, place) => place);
      for (let place = count - 1; place > 0; place -= 1) {
        const other = this.below(place + 1);
        [order[place], order[other]] = [order[other], order[place]];
      }
      return order;
    }

    // N(0, 1), times a scale, by Box and Muller's method: two words make a pair.
    normal(count, scale) {
      const drawn = new Float32Array(count + (count % 2));
      for (let at = 0; at < count; at += 2) {
        const radius = Math.sqrt(-2 * Math.log(1 - this.word() / 2 ** 32));
        const angle = 2 * Math.PI * (this.word() / 2 ** 32);
        drawn[at] = radius * Math.cos(angle) * scale;
        drawn[at + 1] = radius * Math.sin(angle) * scale;
      }
      return drawn.subarray(0, count);
    }
  }

  // Standard deviations of a layer's weights and biases, by the numbers of its inputs and outputs.
  const SCHEMES = {
    he: (inputs) => [Math.sqrt(2 / inputs), 0],
    glorot: (inputs, outputs) => [Math.sqrt(2 / (inputs + outputs)), 0],
    homework: () => [1 / 1000, 1],
    small_biases: () => [1 / 1000, 1 / 1000],
  };

  function firstParameters({ init, seed, hidden, broken }, inputs, classes) {
    const draws = new Draws(seed, PARAMETERS), params = {};
    [[inputs, hidden], [hidden, classes]].forEach(([from, to], layer) => {
      const [weights, biases] = SCHEMES[init](from, to);
      params[`W${layer + 1}`] = draws.normal(from * to, weights);
      params[`b${layer + 1}`] = biases ? draws.normal(to, biases) : new Float32Array(to);
    });
    const zeroed = broken.zeros ? ["W1", "b1", "W2", "b2"] : broken.biases ? ["b1", "b2"] : [];
    zeroed.forEach((name) => params[name].fill(0));
    return params;
  }

  // Images by the pixels that are not 0: `places` and `values` of image i stand from starts[i] to starts[i + 1].
  function sparse(pixels, size, factor) {
    const count = pixels.length / size, starts = new Uint32Array(count + 1);
    const used = pixels.reduce((sum, value) => sum + (value > 0), 0);
    const places = new Uint16Array(used), values = new Float32Array(used);
    for (let image = 0, at = 0; image < count; image += 1) {
      for (let place = 0; place < size; place += 1) {
        const value = pixels[image * size + place];
        if (value) { places[at] = place; values[at] = value * factor; at += 1; }
      }
      starts[image + 1] = at;
    }
    return { starts, places, values };
  }

  // The mean training image, or null where pixels are not centred: (1.1).
  function meanImage(pixels, size, count) {
    const mean = new Float64Array(size);
    for (let at = 0; at < size * count; at += 1) mean[at % size] += pixels[at];
    return mean.map((sum) => sum / count);
  }

  class Network {
    // `images`: pixels (images, D) and labels, of which the first `train` are trained on.
    constructor(images, setting) {
      const { pixels, labels, size, classes, train } = images, { input_scale: scale, seed, broken } = setting;
      Object.assign(this, { size, classes, train, broken, hidden: setting.hidden, l2: setting.l2 });
      this.images = sparse(pixels, size, scale === "unit" ? Math.fround(1 / 255) : 1);
      this.shift = scale === "centred" ? meanImage(pixels, size, train) : null;
      this.labels = Uint8Array.from(labels);
      if (broken.labels) {
        new Draws(seed, LABELS).permutation(train).forEach((from, to) => { this.labels[to] = labels[from]; });
      }
      this.params = firstParameters(setting, size, classes);
      this.draws = new Draws(seed, BATCHES);
    }

    batch(count) { return Array.from({ length: count }, () => this.draws.below(this.train)); }

    // X W + b for the images `rows`: centring is taken from what the mean image gives.
    affine(rows, W, b) {
      const { starts, places, values } = this.images, width = b.length;
      const Z = new Float32Array(rows.length * width), base = Float64Array.from(b), sums = new Float64Array(width);
      if (this.shift) {
        this.shift.forEach((mean, place) => {
          if (mean) for (let h = 0, at = place * width; h < width; h += 1, at += 1) base[h] -= mean * W[at];
        });
      }
      rows.forEach((image, row) => {
        sums.set(base);
        for (let k = starts[image]; k < starts[image + 1]; k += 1) {
          const value = values[k];
          for (let h = 0, at = places[k] * width; h < width; h += 1, at += 1) sums[h] += value * W[at];
        }
        Z.set(sums, row * width);
      });
      return Z;
    }

    // X' dZ, (D, H), and the sums of the columns of dZ: (2.10).
    backward(rows, dZ, width) {
      const { starts, places, values } = this.images;
      const dW = new Float64Array(this.size * width), db = new Float64Array(width);
      rows.forEach((image, row) => {
        const slope = dZ.subarray(row * width, (row + 1) * width);
        for (let h = 0; h < width; h += 1) db[h] += slope[h];
        for (let k = starts[image]; k < starts[image + 1]; k += 1) {
          const value = values[k];
          for (let h = 0, at = places[k] * width; h < width; h += 1, at += 1) dW[at] += value * slope[h];
        }
      });
      this.shift?.forEach((mean, place) => {
        if (mean) for (let h = 0, at = place * width; h < width; h += 1, at += 1) dW[at] -= mean * db[h];
      });
      return [dW, db];
    }

    isOn(z) { return z > 0 || this.broken.rectifier; }

    // (2.1) to (2.5): Z1, A1, and the probabilities P.
    forward(rows) {
      const { hidden, classes, params: { W1, b1, W2, b2 } } = this;
      const Z1 = this.affine(rows, W1, b1), A1 = Z1.map((z) => (this.isOn(z) ? z : 0));
      const P = new Float64Array(rows.length * classes), losses = [];
      rows.forEach((image, row) => {
        const Z2 = P.subarray(row * classes, (row + 1) * classes);
        Z2.set(b2);
        for (let h = 0; h < hidden; h += 1) {
          const a = A1[row * hidden + h];
          if (a) for (let k = 0; k < classes; k += 1) Z2[k] += a * W2[h * classes + k];
        }
        const largest = Z2.reduce((a, b) => Math.max(a, b)), right = Z2[this.labels[image]] - largest;
        let total = 0;
        for (let k = 0; k < classes; k += 1) { Z2[k] = Math.exp(Z2[k] - largest); total += Z2[k]; }
        for (let k = 0; k < classes; k += 1) Z2[k] /= total;
        losses.push(Math.log(total) - right);
      });
      return { Z1, A1, P, losses };
    }

    // (P - Y) / B, and what it is before the first layer: (2.8), (2.9), (2.11).
    slopes(rows, { Z1, P }) {
      const { hidden, classes, params: { W2 } } = this, dZ2 = P.map((p) => p / rows.length);
      rows.forEach((image, row) => { dZ2[row * classes + this.labels[image]] -= 1 / rows.length; });
      const dZ1 = new Float64Array(Z1.length);
      for (let at = 0; at < dZ1.length; at += 1) {
        if (!this.isOn(Z1[at])) continue;
        const row = Math.floor(at / hidden) * classes, h = (at % hidden) * classes;
        for (let k = 0; k < classes; k += 1) dZ1[at] += dZ2[row + k] * W2[h + k];
      }
      return { dZ1, dZ2 };
    }

    // The objective (2.6) with all parameters in the penalty, and its gradient (2.13).
    loss(rows) {
      const { hidden, classes, params, l2 } = this, found = this.forward(rows), { dZ1, dZ2 } = this.slopes(rows, found);
      const [W1, b1] = this.backward(rows, dZ1, hidden), W2 = new Float64Array(hidden * classes);
      const b2 = new Float64Array(classes), grads = { W1, b1, W2, b2 };
      rows.forEach((_, row) => {
        for (let k = 0; k < classes; k += 1) {
          const slope = dZ2[row * classes + k];
          b2[k] += slope;
          for (let h = 0; h < hidden; h += 1) W2[h * classes + k] += found.A1[row * hidden + h] * slope;
        }
      });
      if (this.broken.biases) { b1.fill(0); b2.fill(0); }
      let squares = 0;
      for (const [name, values] of Object.entries(params)) {
        const grad = grads[name];
        for (let at = 0; at < values.length; at += 1) {
          squares += values[at] * values[at];
          grad[at] += l2 * values[at];
        }
      }
      return { loss: found.losses.reduce((a, b) => a + b) / rows.length + (l2 / 2) * squares, grads };
    }

    // An update with the next batch; returns the objective before it.
    update(count, lr) {
      const { loss, grads } = this.loss(this.batch(count));
      for (const [name, values] of Object.entries(this.params)) {
        const grad = grads[name];
        for (let at = 0; at < values.length; at += 1) values[at] -= lr * grad[at];
      }
      return loss;
    }

    // Accuracy on the images held out, and for each unit the number of them on which it is positive.
    look() {
      const rows = Array.from({ length: this.labels.length - this.train }, (_, at) => this.train + at);
      const { Z1, P } = this.forward(rows), positive = new Uint16Array(this.hidden);
      let right = 0;
      rows.forEach((image, row) => {
        const answers = P.subarray(row * this.classes, (row + 1) * this.classes);
        if (answers.indexOf(Math.max(...answers)) === this.labels[image]) right += 1;
        for (let h = 0; h < this.hidden; h += 1) if (Z1[row * this.hidden + h] > 0) positive[h] += 1;
      });
      return { accuracy: right / rows.length, positive };
    }
  }

  return { Draws, Network };
}
