// The collapse laboratory, curvature: the largest eigenvalue of the Hessian, or of its Gauss-Newton part, by Lanczos's
// method, as lib/twolayer/curvature has them; tests compare them. As lab-arithmetic.js it is a function for a worker.
function labCurvature() {
  const NAMES = ["W1", "b1", "W2", "b2"];

  // The product of the Hessian of the objective on the images `rows` with vectors of all parameters, (2.22) to (A.3);
  // `whole` is false for the Gauss-Newton part alone, (A.9).
  function product(network, rows, whole) {
    const { hidden, classes, params, l2, broken } = network, { W2 } = params;
    const { Z1, A1, P, ...rest } = network.forward(rows), { dZ2 } = network.slopes(rows, { Z1, P, ...rest });
    const on = Z1.map((z) => (network.isOn(z) ? 1 : 0));

    return (vector) => {
      let from = 0;
      const [V1, c1, V2, c2] = NAMES.map((name) => {
        const part = vector.subarray(from, (from += params[name].length));
        return broken.biases && name[0] === "b" ? part.map(() => 0) : part;
      });
      const RA1 = network.affine(rows, V1, c1).map((value, at) => value * on[at]);
      const RdA1 = new Float64Array(RA1.length), R2 = new Float64Array(hidden * classes), r2 = new Float64Array(classes);
      rows.forEach((_, row) => {
        const RZ2 = Float64Array.from(c2), probabilities = P.subarray(row * classes, (row + 1) * classes);
        for (let h = 0, at = row * hidden; h < hidden; h += 1, at += 1) {
          for (let k = 0; k < classes; k += 1) RZ2[k] += RA1[at] * W2[h * classes + k] + A1[at] * V2[h * classes + k];
        }
        const mean = probabilities.reduce((sum, p, k) => sum + p * RZ2[k], 0);
        for (let k = 0; k < classes; k += 1) {
          const RdZ = (probabilities[k] * (RZ2[k] - mean)) / rows.length, slope = whole ? dZ2[row * classes + k] : 0;
          r2[k] += RdZ;
          for (let h = 0, at = row * hidden; h < hidden; h += 1, at += 1) {
            R2[h * classes + k] += A1[at] * RdZ + RA1[at] * slope;
            RdA1[at] += (RdZ * W2[h * classes + k] + slope * V2[h * classes + k]) * on[at];
          }
        }
      });
      const [R1, r1] = network.backward(rows, RdA1, hidden), found = new Float64Array(vector.length);
      if (broken.biases) { r1.fill(0); r2.fill(0); }
      let to = 0;
      for (const part of [R1, r1, R2, r2]) { found.set(part, to); to += part.length; }
      for (let at = 0; at < found.length; at += 1) found[at] += l2 * vector[at];
      return found;
    };
  }

  const dot = (one, other) => {
    let sum = 0;
    for (let at = 0; at < one.length; at += 1) sum += one[at] * other[at];
    return sum;
  };

  // The largest eigenvalue of a symmetric matrix with three diagonals: bisection, by how many lie above.
  function largest(diagonal, beside) {
    const reach = diagonal.map((value, at) => Math.abs(value) + Math.abs(beside[at] ?? 0) + Math.abs(beside[at - 1] ?? 0));
    let high = Math.max(...reach), low = -high;
    for (let halving = 0; halving < 60; halving += 1) {
      const middle = (low + high) / 2;
      let below = 0, pivot = 1;
      diagonal.forEach((value, at) => {
        pivot = value - middle - (at ? (beside[at - 1] * beside[at - 1]) / pivot : 0);
        if (pivot === 0) pivot = -1e-300;
        if (pivot < 0) below += 1;
      });
      if (below === diagonal.length) high = middle;
      else low = middle;
    }
    return high;
  }

  // Lanczos's method (A.6) from a start that `draws` gives; NaN where a product is not finite. It pauses, by a `yield`,
  // after each product, and returns the eigenvalue.
  function* eigenvalue(times, size, draws, { steps = 60, least = 20, tolerance = 1e-4 } = {}) {
    let next = Float64Array.from(draws.normal(size, 1)), length = Math.sqrt(dot(next, next));
    const basis = [], diagonal = [], beside = [], found = [];
    while (basis.length < steps) {
      basis.push(Float32Array.from(next, (value) => value / length));
      const vector = basis.at(-1);
      next = times(vector);
      diagonal.push(dot(vector, next));
      for (let again = 0; again < 2; again += 1) {
        for (const each of basis) {
          const part = dot(each, next);
          for (let at = 0; at < size; at += 1) next[at] -= part * each[at];
        }
      }
      length = Math.sqrt(dot(next, next));
      if (!Number.isFinite(length)) return NaN;
      found.push(largest(diagonal, beside));
      const now = found.at(-1), before = found.at(-5) ?? Infinity;
      if (length <= 1e-6 * Math.abs(now)) break;
      if (basis.length >= least && Math.abs(now - before) <= tolerance * Math.abs(now)) break;
      beside.push(length);
      yield;
    }
    return found.at(-1);
  }

  // The rates beyond which descent climbs a parabola, (5.2), of both; null where there is none.
  function* limits(network, rows, draws) {
    const size = NAMES.reduce((sum, name) => sum + network.params[name].length, 0), found = [];
    for (const whole of [true, false]) {
      const value = yield* eigenvalue(product(network, rows, whole), size, draws);
      found.push(value > 0 ? 2 / value : null);
    }
    return found;
  }

  return { limits, product, eigenvalue };
}
