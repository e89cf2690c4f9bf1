// Backpropagation by hand, its arithmetic: the lines (2.1) to (2.13) for two examples, inputs, units and classes, in
// fractions. With two classes P is 1 / (1 + e^k) for a whole number k, so all that follows from it is a fraction plus
// fractions of such numbers. `byhand.js` shows it; tests compare it with Python's fractions and with the library.
const byhandNumbers = (() => {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a < 0n ? -a : a);

  // A fraction in lowest terms, its sign above.
  function fraction(over, under = 1n) {
    const by = under < 0n ? -gcd(over, under) : gcd(over, under);
    return { over: over / by, under: under / by };
  }
  const times = (a, b) => fraction(a.over * b.over, a.under * b.under);
  const plus = (a, b) => fraction(a.over * b.under + b.over * a.under, a.under * b.under);
  const near = ({ over, under }) => Number(over) / Number(under);

  // A sum of fractions of 1 / (1 + e^k) for whole numbers k > 0; of 1 where k = 0. No two such sums are equal.
  class Exact {
    constructor(parts) {
      this.parts = new Map([...parts].filter(([, { over }]) => over).sort(([one], [other]) => one - other));
    }

    static of(over, under = 1) { return new Exact([[0, fraction(BigInt(over), BigInt(under))]]); }

    get rational() { return [...this.parts.keys()].every((k) => k === 0); }

    get fraction() { return this.parts.get(0) ?? fraction(0n); }

    get value() { return [...this.parts].reduce((sum, [k, part]) => sum + near(part) * (k ? 1 / (1 + Math.exp(k)) : 1), 0); }

    plus(other) {
      const parts = new Map(this.parts);
      for (const [k, part] of other.parts) parts.set(k, parts.has(k) ? plus(parts.get(k), part) : part);
      return new Exact(parts);
    }

    times(other) { // one of the two is a fraction
      const [factor, sum] = this.rational ? [this.fraction, other] : [other.fraction, this];
      if (!this.rational && !other.rational) throw new RangeError("a product of two irrational numbers");
      return new Exact([...sum.parts].map(([k, part]) => [k, times(part, factor)]));
    }

    minus(other) { return this.plus(other.times(Exact.of(-1))); }

    equals(other) { return this.minus(other).parts.size === 0; }
  }

  const ZERO = Exact.of(0), ONE = Exact.of(1), HALF = Exact.of(1, 2);

  // 1 / (1 + e^k) for any whole number k.
  function share(k) {
    if (k === 0) return HALF;
    return k > 0 ? new Exact([[k, fraction(1n)]]) : ONE.minus(share(-k));
  }

  // Matrices are lists of rows; a vector is a matrix of one row.
  const sum = (numbers) => numbers.reduce((all, one) => all.plus(one), ZERO);
  const each = (matrix, make) => matrix.map((row, i) => row.map((one, j) => make(one, i, j)));
  const turned = (matrix) => matrix[0].map((_, j) => matrix.map((row) => row[j]));
  const product = (left, right) => each(left, () => ZERO).map((_, i) => turned(right).map(
    (column) => sum(column.map((one, k) => left[i][k].times(one)))));
  const added = (matrix, other) => each(matrix, (one, i, j) => one.plus((other[i] ?? other[0])[j]));
  const columns = (matrix) => [turned(matrix).map(sum)];
  const whole = (number) => Number(number.fraction.over);
  const positive = (number) => whole(number) > 0;

  // Both passes. `numbers` has X, y, W1, b1, W2 and b2 as whole numbers, `l2` is numerator and denominator.
  function passes(numbers, l2) {
    const matrix = (one) => each(Array.isArray(one[0]) ? one : [one], (entry) => Exact.of(entry));
    const [X, y, W1, b1, W2, b2] = ["X", "y", "W1", "b1", "W2", "b2"].map((name) => matrix(numbers[name]));
    const lambda = Exact.of(...l2), mean = Exact.of(1, X.length), labels = numbers.y;
    const Z1 = added(product(X, W1), b1), A1 = each(Z1, (one) => (positive(one) ? one : ZERO));
    const Z2 = added(product(A1, W2), b2);
    const P = Z2.map(([first, second]) => [share(whole(second.minus(first))), share(whole(first.minus(second)))]);
    const squares = sum([...W1.flat(), ...W2.flat()].map((one) => one.times(one)));
    const penalty = lambda.times(HALF).times(squares);
    // By how much the other class's logit is above the right one's: the example's loss is log(1 + e^k).
    const excess = Z2.map((row, i) => whole(row[1 - labels[i]].minus(row[labels[i]])));
    const dZ2 = each(P, (one, i, j) => mean.times(one.minus(labels[i] === j ? ONE : ZERO)));
    const decay = (matrix, W) => added(matrix, each(W, (one) => one.times(lambda)));
    const dA1 = product(dZ2, turned(W2)), dZ1 = each(dA1, (one, i, j) => (positive(Z1[i][j]) ? one : ZERO));
    return {
      X, y, W1, b1, W2, b2, Z1, A1, Z2, P, lambda, mean, squares, penalty, excess, L: loss(excess, penalty),
      dZ2, dW2: decay(product(turned(A1), dZ2), W2), db2: columns(dZ2), dA1, dZ1,
      dW1: decay(product(turned(X), dZ1), W1), db1: columns(dZ1),
    };
  }

  // The mean of log(1 + e^k), which is k + log(1 + e^-k) where k is positive, plus the penalty: a fraction, and by
  // k the fractions of log(1 + e^-k); of log 2 where k = 0.
  function loss(excess, penalty) {
    const mean = Exact.of(1, excess.length), logs = new Map();
    for (const k of excess.map(Math.abs)) logs.set(k, (logs.get(k) ?? ZERO).plus(mean));
    const rest = penalty.plus(mean.times(sum(excess.map((k) => Exact.of(Math.max(k, 0))))));
    const value = [...logs].reduce((all, [k, part]) => all + part.value * Math.log1p(Math.exp(-k)), rest.value);
    return { rest, logs, value };
  }

  // What is easily done wrong at a line: other matrices, each with what was overlooked.
  function slips(all, name) {
    const { mean, lambda, W1, W2, X, A1, dZ2, dA1, dZ1 } = all;
    const scaled = (matrix, factor) => each(matrix, (one) => one.times(factor));
    const weights = (W, left, right) => [
      [added(all[name], scaled(W, lambda.times(Exact.of(-1)))), "the penalty adds to it"],
      [added(product(left, right), scaled(W, lambda)), "the left factor has to be transposed"],
    ];
    const bias = () => [[scaled(all[name], mean), "it is the sum over the batch, not the mean"]];
    const found = {
      dZ2: () => [[scaled(dZ2, Exact.of(all.X.length)), "the mean over the batch divides by B"]],
      dW2: () => weights(W2, A1, dZ2),
      db2: bias,
      dA1: () => [[product(dZ2, W2), "the right factor has to be transposed"]],
      dZ1: () => [[dA1, "the unit is off there, and nothing passes"]],
      dW1: () => weights(W1, X, dZ1),
      db1: bias,
    }[name]();
    return [...found, [scaled(all[name], Exact.of(-1)), "the sign is the other one"]];
  }

  // What a reader typed: fractions, decimals, and + - * / ( ) of them, as a fraction; null for anything else.
  function parsed(text) {
    const plain = text.replace(/[\u2212\u2013]/g, "-").replace(/[\u00b7\u00d7]/g, "*").replace(/,/g, ".");
    const words = plain.match(/(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?|[-+*/()]|\S/gi) ?? [];
    let at = 0;
    const take = (signs) => (signs.includes(words[at] ?? " ") ? words[at++] : null);
    const number = (word) => {
      const [digits, power] = word.toLowerCase().split("e"), [before, behind = ""] = digits.split(".");
      const size = BigInt(power ?? 0) - BigInt(behind.length), scale = 10n ** (size < 0n ? -size : size);
      const all = BigInt(before + behind);
      return size < 0n ? fraction(all, scale) : fraction(all * scale);
    };
    const factor = () => {
      const sign = take("-+");
      if (sign) return times(fraction(sign === "-" ? -1n : 1n), factor());
      if (!take("(")) return /^[\d.]/.test(words[at] ?? "") && words[at] !== "." ? number(words[at++]) : refuse();
      const inside = total();
      return take(")") ? inside : refuse();
    };
    const term = () => {
      let all = factor();
      for (let sign = take("*/"); sign; sign = take("*/")) {
        const { over, under } = factor();
        if (sign === "/" && !over) refuse();
        all = times(all, sign === "/" ? fraction(under, over) : { over, under });
      }
      return all;
    };
    const total = () => {
      let all = term();
      for (let sign = take("+-"); sign; sign = take("+-")) all = plus(all, times(fraction(sign === "-" ? -1n : 1n), term()));
      return all;
    };
    const refuse = () => { throw new SyntaxError(text); };
    try {
      const found = total();
      return at === words.length ? new Exact([[0, found]]) : null;
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  // Whether a number that a reader typed is this one: a fraction exactly, an irrational number to three digits.
  function agrees(typed, number) {
    if (number.rational) return typed.equals(number);
    return Math.abs(typed.value - number.value) <= Math.max(0.005 * Math.abs(number.value), 1e-12);
  }

  return { passes, slips, parsed, agrees };
})();
