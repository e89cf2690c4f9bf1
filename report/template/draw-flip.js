// The smallest change of an image that makes the network answer otherwise, as in lib/twolayer/page/flip.py, where it is
// explained; tests compare the two. Pixels and changes are in levels of grey.
{
  const STEPS = 15, BEYOND = 1e-3, OVER = 1e-6, INK = 255;

  // The gradient of logit k minus logit `was` by pixel, where the units with positive Z1 are on.
  function slopeOf({ W1, W2, hidden, slopes, b2 }, Z1, k, was) {
    const on = [...Z1.keys()].filter((h) => Z1[h] > 0), classes = b2.length;
    const weights = on.map((h) => slopes[h] * (W2[h * classes + k] - W2[h * classes + was]));
    return Float64Array.from({ length: W1.length / hidden }, (_, pixel) => {
      let sum = 0;
      for (let i = 0; i < on.length; i += 1) sum += W1[pixel * hidden + on[i]] * weights[i];
      return sum;
    });
  }

  const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);
  const scaled = (change, share) => change.map((value) => share * value);

  // The shortest change d with slope . d = need and no pixel outside [0, 255], or null.
  function nearest(x, slope, need) {
    if (need <= 0) return new Float64Array(x.length);
    const moving = [...slope.keys()].filter((at) => slope[at] !== 0);
    const end = (at) => (slope[at] > 0 ? INK - x[at] : x[at]) / Math.abs(slope[at]);
    const ends = moving.map((at) => [end(at), slope[at] ** 2]).sort((a, b) => a[0] - b[0]);
    let left = ends.reduce((sum, [, square]) => sum + square, 0), gained = 0, before = 0; // `left` are still on their way
    for (const [until, square] of ends) {
      const more = left * (until - before);
      if (gained + more >= need) {
        const t = before + (need - gained) / left;
        return slope.map((value, at) => Math.min(Math.max(t * value, -x[at]), INK - x[at]));
      }
      [gained, before, left] = [gained + more, until, left - square];
    }
    return null;
  }

  // At which share of a change, at most 1, the answer first is another, and which.
  function crossing(network, x, change, was) {
    const { hidden, W2, slopes } = network, { Z1, A1, logits } = network.forward(x), classes = logits.length;
    const pace = network.sums(change).map((sum, h) => slopes[h] * sum), rates = new Float64Array(classes);
    const turn = (h, sign) => {
      for (let k = 0; k < classes; k += 1) rates[k] += sign * pace[h] * W2[h * classes + k];
    };
    const turns = [];
    for (let h = 0; h < hidden; h += 1) {
      if (A1[h] > 0 || (Z1[h] === 0 && pace[h] > 0)) turn(h, 1);
      const at = -Z1[h] / pace[h];
      if (at > 0 && at < 1) turns.push([at, h]);
    }
    turns.sort((a, b) => a[0] - b[0]);
    let from = 0;
    for (const [until, h] of [...turns, [1, null]]) {
      let first = Infinity, label = was;
      for (let k = 0; k < classes; k += 1) {
        const closer = rates[k] - rates[was], gap = Math.max(logits[was] - logits[k], 0);
        if (k !== was && closer > 0 && gap / closer < first) [first, label] = [gap / closer, k];
      }
      if (from + first < until) return { share: from + first, label };
      for (let k = 0; k < classes; k += 1) logits[k] += (until - from) * rates[k];
      if (h !== null) turn(h, pace[h] > 0 ? 1 : -1);
      from = until;
    }
    return { share: Infinity, label: was };
  }

  function* towards(network, x, was, k) {
    let change = new Float64Array(x.length), slope = null;
    for (let step = 0; step < STEPS; step += 1) {
      const { Z1, logits } = network.forward(x.map((value, at) => value + change[at]));
      const here = slopeOf(network, Z1, k, was), weight = 2 / (step + 2);
      slope = slope ? slope.map((value, at) => value + weight * (here[at] - value)) : here;
      change = nearest(x, slope, (1 + BEYOND) * (logits[was] - logits[k] + dot(slope, change)));
      if (!change) return;
      yield change;
    }
  }

  // Yields, class after class, the smallest change that has been found so far: { change, length, was, label } or null.
  function* smallest(network, image) {
    const x = Float64Array.from(image), { logits } = network.forward(x), was = logits.indexOf(Math.max(...logits));
    let best = null;
    for (let k = 0; k < logits.length; k += 1) {
      for (const change of k === was ? [] : towards(network, x, was, k)) {
        const { share, label } = crossing(network, x, change, was), part = share * (1 + OVER);
        const length = part * Math.hypot(...change);
        if (part <= 1 && (!best || length < best.length)) best = { change: scaled(change, part), length, was, label };
      }
      yield best;
    }
  }

  Object.assign(digits, { smallest });
}
