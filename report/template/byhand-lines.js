// Backpropagation by hand, its lines: each as a formula, and worked out for each entry.
const byhandLines = (() => {
  const { exactly, rounded, factor, products } = byhandFormulas;
  const NORMS = "\\frac{\\lambda}{2} (\\lVert W_1 \\rVert^2 + \\lVert W_2 \\rVert^2)";
  const LINES = {
    Z1: "Z_1 = X W_1 + b_1",
    A1: "A_1 = \\max (Z_1, 0)",
    Z2: "Z_2 = A_1 W_2 + b_2",
    P: "P_{i j} = e^{z_{i j}} / \\sum_k e^{z_{i k}}",
    L: `L = -\\frac{1}{B} \\sum_i \\log P_{i y_i} + ${NORMS}`,
    dZ2: "dZ_2 = \\frac{1}{B} (P - Y)",
    dW2: "dW_2 = A_1^\\top dZ_2 + \\lambda W_2",
    db2: "db_2 = \\sum_i (dZ_2)_{i \\cdot}",
    dA1: "dA_1 = dZ_2 W_2^\\top",
    dZ1: "dZ_1 = dA_1 \\odot [Z_1 > 0]",
    dW1: "dW_1 = X^\\top dZ_1 + \\lambda W_1",
    db1: "db_1 = \\sum_i (dZ_1)_{i \\cdot}",
  };
  const written = (name) => name.replace(/\d/, "_$&");
  const inWords = (matrix, i, j) => (matrix.length > 1 ? `row ${i + 1}, column ${j + 1}` : `entry ${j + 1}`);

  // The working of entry i, j of a line, as pieces of LaTeX between which a line of text may break.
  function working(all, name, i, j) {
    const { X, y, W1, b1, Z1, A1, W2, b2, Z2, P, dZ2, dA1, dZ1, lambda, mean } = all;
    const column = (matrix, at) => matrix.map((row) => row[at]);
    const dot = (one, other) => one.map((number, k) => [number, other[k]]);
    const summed = (matrix) => products(column(matrix, j).map((number) => [number]));
    return {
      Z1: () => products([...dot(X[i], column(W1, j)), [b1[0][j]]]),
      A1: () => [`\\max (${exactly(Z1[i][j])}, 0)`],
      Z2: () => products([...dot(A1[i], column(W2, j)), [b2[0][j]]]),
      P: () => {
        const powers = Z2[i].map((number) => `e^{${exactly(number)}}`);
        return [`\\frac{${powers[j]}}{${powers.join(" + ")}}`];
      },
      dZ2: () => [`${exactly(mean)} (${factor(P[i][j], true)} - ${y[0][i].value === j ? 1 : 0})`],
      dW2: () => products([...dot(column(A1, i), column(dZ2, j)), [lambda, W2[i][j]]]),
      db2: () => summed(dZ2),
      dA1: () => products(dot(dZ2[i], W2[j])),
      dZ1: () => [`${factor(dA1[i][j], true)} \\cdot [${exactly(Z1[i][j])} > 0]`],
      dW1: () => products([...dot(column(X, i), column(dZ1, j)), [lambda, W1[i][j]]]),
      db1: () => summed(dZ1),
    }[name]();
  }

  // The loss of each example, the penalty, and both together.
  function ofLoss({ excess, penalty, squares, lambda, L: { rest, logs, value } }) {
    const terms = [...logs].map(([k, share]) => {
      const text = k ? `\\log (1 + e^{-${k}})` : "\\log 2";
      return logs.size > 1 ? `${exactly(share)} ${text}` : text;
    });
    const whole = [...terms, ...(rest.value ? [exactly(rest)] : [])].join(" + ");
    return [
      ...excess.map((k, i) => [`-\\log P_{${i + 1} y_${i + 1}}`, `= ${k ? `\\log (1 + e^{${k}})` : "\\log 2"}`]),
      [NORMS, `= \\frac{1}{2} \\cdot ${exactly(lambda)} \\cdot ${exactly(squares)}`, `= ${exactly(penalty)}`],
      ["L", `= ${whole}`, `\\approx ${rounded(value)}`],
    ];
  }

  // A line's working: for each entry, with its place, a list of pieces; and the entry itself as `end`, if the
  // pieces have rounded numbers.
  function worked(all, name) {
    if (name === "L") return ofLoss(all).map((pieces) => ({ pieces }));
    return all[name].flatMap((row, i) => row.map((number, j) => {
      const index = all[name].length > 1 ? `${i + 1} ${j + 1}` : `${j + 1}`;
      const left = `${name === "P" ? "P" : `(${written(name)})`}_{${index}}`, work = working(all, name, i, j);
      const digits = number.rational ? [] : [`\\approx ${rounded(number.value)}`];
      const [first, ...others] = work, end = exactly(number);
      if (work.join().includes(".")) return { i, j, pieces: [left, `\\approx ${first}`, ...others, ...digits], end };
      return { i, j, pieces: [left, `= ${first}`, ...others, `= ${end}`, ...digits] };
    }));
  }

  return { LINES, written, inWords, worked };
})();
