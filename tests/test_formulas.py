"""The printed formulas themselves: their LaTeX is evaluated and compared with what the library computes."""

import itertools
import re
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.linalg import block_diag

import frontier_names
from conftest import ROOT
from examples import example, random_direction
from formula import Formula
from test_notebooks import text_of
from twolayer.analysis import collapse, rules, statistics
from twolayer.checking import cost
from twolayer.curvature import products, ratchet, spectrum, toy
from twolayer.curvature.lanczos import lanczos
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet, initialization, layers
from twolayer.training import schedules, sgd
from twolayer.training.fast import FastSgd, views
from twolayer.training.sparsity import extents

EQUATION = re.compile(r"\\begin\{equation\}\\begin\{aligned\}(.*?)\\end\{aligned\}\\tag\{([\dA-Z.]+)\}", re.S)
EQUATIONS = {
    tag: body
    for chapter in ("01_data", "02_derivation", "05_collapse", "07_protocol", "A_curvature", "C_speed", "09_frontier")
    for body, tag in EQUATION.findall(text_of(ROOT / "notebooks" / f"{chapter}.ipynb"))
}
SIDES = re.compile(r"^(.*?)(=|\\leftarrow|\\approx|\\sim)(.*?)(?:&&(.*))?$", re.S)
PARTIAL = re.compile(r"\\frac\{\\partial ([A-Za-z]+)(?:_\{(\w+)\})?\}\{\\partial (\\?[A-Za-z]+)(?:_\{?(\w+)\}?)?\}")
DEFINITIONS = {"2.22"}  # of H v itself: test_curvature.py holds it against three witnesses
SIZES = {"B": 6, "D": 5, "H": 4, "C": 3}
NET, X, Y_INDEX = example(**SIZES, l2=0.3)
RANGES = {"2.1": "i:B j:H k:D", "2.9": "i:B j:H k:D", "2.4": "i:B j:C", "2.5": "i:B j:C k:C"}
RANGES |= {"9.14": "i:B j:C", "9.12": "i:B j:B"}
RANGES |= {"2.7": "i:B j:C k:C", "A.2": "i:B j:C", "C.3": "i:B j:H", "5.7": "j:C"}


def quantities(net, X, y):
    """Return all lines of forward and backward pass by their printed names, as the library computes them."""
    Z2, (first, kink, second) = net.forward(X)
    dZ2 = layers.softmax_cross_entropy(Z2, y)[1]
    dA1 = layers.affine_backward(dZ2, second)[0]
    loss, grads = net.loss(X, y)
    found = {"Z_1": kink, "A_1": second[0], "Z_2": Z2, "P": layers.softmax(Z2), "L": loss, "dZ_2": dZ2, "dA_1": dA1}
    found |= {"dZ_1": layers.relu_backward(dA1, kink)}
    return found | {f"d{name[0]}_{name[1]}": gradient for name, gradient in grads.items()}


def everything():
    """Return names and values for the formulas of the network; R{u} is the complex step of u."""
    direction, step = random_direction(NET), 1e-20
    names = SIZES | {"X": X, "y": Y_INDEX, "Y": np.eye(SIZES["C"])[Y_INDEX], "lambda": NET.l2}
    names |= {f"{name[0]}_{name[1]}": array for name, array in NET.params.items()}
    names |= {"V_1": direction["W1"], "c_1": direction["b1"], "V_2": direction["W2"], "c_2": direction["b2"]}
    moved = {name: array + 1j * step * direction[name] for name, array in NET.params.items()}
    along = quantities(TwoLayerNet(moved, l2=NET.l2), X, Y_INDEX)
    names |= quantities(NET, X, Y_INDEX) | {f"R{{{name}}}": value.imag / step for name, value in along.items()}
    z, dZ, W = names["Z_2"], names["dZ_1"], NET.params["W1"]
    dX, dW, db = layers.affine_backward(dZ, (X, W))
    names |= {"z": z, "m": z.max(axis=1), "W": W, "dZ": dZ, "dX": dX, "dW": dW, "db": db}
    jacobian = layers.softmax_jacobian(names["P"])
    return names | {"L/W/kj": dW, "L/b/j": db, "L/X/ik": dX, "P/ij/z/ik": jacobian}


def special(tag):
    """Yield pairs for a formula: values by name, and values after its assignments."""
    common = everything()
    if tag == "1.1":
        pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
        scaling = Scaling.fit("standard", pixels)
        yield {"X": scaling(pixels, float), "pixels": pixels, "s": scaling.shift, "f": scaling.factor}, {}
    elif tag == "2.2":
        yield common | {"z": -1.5}, {}
        yield common | {"z": 2.5}, {}
    elif tag == "2.12":
        yield common, {"dW": common["dW_1"]}
    elif tag == "2.14":
        yield SIZES | {"F": cost.products(**SIZES)}, {}
    elif tag in ("2.15", "2.16"):
        yield slope_names(common, 1e-6 if tag == "2.15" else 1e-20), {}
    elif tag == "2.17":
        yield from momentum_names()
    elif tag in ("A.4", "A.5"):
        yield from parabola_names(tag)
    elif tag in ("C.1", "C.2"):
        yield from shortcut_names(momentum=0.0 if tag == "C.1" else 0.6)
    elif tag == "C.3":
        pixels = np.array([[9, 7, 2, 5, 8], [3, 0, 5, 0, 0], [1, 8, 0, 0, 0], [0, 0, 0, 0, 0]] + [[4, 0, 0, 6, 0]] * 2)
        Z1 = pixels @ NET.params["W1"] + NET.params["b1"]
        yield common | {"X": pixels / 1.0, "K": extents(pixels.astype(np.uint8)), "Z_1": Z1}, {}
    elif tag == "C.4":
        yield {"z": -3.0, "eta": 0.1, "lambda": 0.5}, {"z": off_unit(before=-3.0, rate=0.1, l2=0.5)}
    elif tag in ("A.1", "A.2", "A.3"):
        yield common, {}
    elif tag.startswith(("5.", "A.")):
        yield from curvature_names(tag)
    elif tag.startswith("7."):
        yield from evidence_names(tag)
    elif tag.startswith("9."):
        yield from frontier_names.names(tag)
    elif tag in ("2.18", "2.19"):
        yield from schedule_names("step" if tag == "2.18" else "cosine")
    else:
        yield common, {}


def slope_names(common, step):
    def loss(value):
        params = {name: array.astype(complex) for name, array in NET.params.items()}
        params["W1"][0, 0] = value
        return TwoLayerNet(params, l2=NET.l2).loss(X, Y_INDEX)[0]

    theta = NET.params["W1"][0, 0]
    return {"L": loss, "theta": theta, "h": step, "i": 1j, r"L/\theta": common["dW_1"][0, 0]}


def momentum_names():
    """Two updates of the library on a parabola, and the state before the second."""
    path, mu, eta = [1.0], 0.7, 0.1
    for updates in (1, 2):
        net = SimpleNamespace(params={"theta": np.array([1.0])})
        net.loss = lambda X, y, net=net: (0.0, {"theta": net.params["theta"] * 3})
        sgd.train(sgd.Sgd(net, mu), [(None, None)] * updates, [eta] * updates)
        path.append(float(net.params["theta"][0]))
    before = {"mu": mu, "eta_t": eta, "Delta": path[1] - path[0], "theta": path[1], "dtheta": 3 * path[1]}
    yield before, {"Delta": path[2] - path[1], "theta": path[2]}


def parabola_names(tag):
    """The factors by which an update of the library multiplies place and velocity on a parabola, and its limit."""
    for mu, eta, kappa in ((0.6, 0.02, 50.0), (0.1, 0.02, 50.0), (0.0, 0.01, 50.0), (0.9, 0.1, -3.0)):
        if tag == "A.4":
            for zeta in np.linalg.eigvals(update_matrix(mu, eta, kappa)):
                yield {"mu": mu, "eta": eta, "kappa": kappa, "zeta": zeta}, {}
        elif kappa > 0:
            yield {"mu": mu, "kappa_max": kappa, "eta_max": spectrum.highest_rate(kappa, mu)}, {}


def update_matrix(mu, eta, kappa):
    """Return the update of the library on a parabola as a matrix, of place and velocity."""
    columns = []
    for x, velocity in ((1.0, 0.0), (0.0, 1.0)):
        net = SimpleNamespace(params={"x": np.array(x)})
        net.loss = lambda X, y, net=net: (0.0, {"x": kappa * net.params["x"]})
        step = sgd.Sgd(net, mu)
        step.velocity["x"][...] = velocity
        step(None, None, eta)
        columns.append([float(net.params["x"]), float(step.velocity["x"])])
    return np.array(columns).T


def shortcut_names(momentum):
    """Three fast updates: the state before each, the gradient without penalty, and the state after."""
    rng = np.random.default_rng(0)
    net = TwoLayerNet.initialized(5, 4, 3, rng, dtype=np.float64, l2=0.4, decay_biases=True)
    step = FastSgd(net, Scaling("raw", 0.0, 1.0), 6, momentum)
    descent = step.descent
    pixels, y = rng.integers(1, 5, (6, 5), dtype=np.uint8), Y_INDEX
    for _ in range(3):
        free = TwoLayerNet(net.params).loss(pixels / 1.0, y)[1]
        before = {"theta": step.theta.copy(), "eta": 0.2, "lambda": 0.4, "mu": momentum, "xi": descent.share}
        before |= {"g": np.concatenate([free[name].ravel() for name in step.grads])}
        before |= {"delta": descent.velocity / descent.factor if momentum else 0.0}
        step(pixels, y, 0.2)
        after = {"theta": step.theta.copy()}
        if momentum:
            after |= {"rho": descent.factor, "xi": descent.share}
            after |= {"delta": [descent.velocity.copy(), descent.velocity / descent.factor]}  # assigned twice
        yield before, after


def curvature_names(tag):
    """Descent on a parabola, its limit, Lanczos, the toy, the Hessian's parts, the ratchet, a rule, and b2 at rest."""
    if tag == "5.1":
        net = SimpleNamespace(params={"x": np.array(2.0)})
        net.loss = lambda X, y: (0.0, {"x": 3.0 * net.params["x"]})
        sgd.Sgd(net)(None, None, 0.1)
        yield {"x": 2.0, "eta": 0.1, "kappa": 3.0}, {"x": float(net.params["x"])}
    elif tag == "5.2":
        yield {"eta_max": spectrum.highest_rate(50.0), "kappa_max": 50.0}, {}
    elif tag == "A.6":
        H, Q, _, _ = lanczos_run()
        for k in range(1, Q.shape[1]):
            after = {"r": new_part(H, Q[:, :k]), "q": Q[:, k : k + 1]}
            yield {"bold H": H, "q": Q[:, k - 1 : k], "Q": Q[:, :k]}, after
    elif tag == "A.7":
        H, Q, values, bounds = lanczos_run()
        tau, s = np.linalg.eigh(Q.T @ H @ Q)
        np.testing.assert_allclose(tau, values, rtol=1e-12)
        for place, bound in enumerate(bounds):
            yield {"r": new_part(H, Q), "psi_k": s[-1, place], "epsilon": bound}, {}
    elif tag in ("5.3", "5.4"):
        yield toy_names(), {}
    elif tag in ("A.8", "A.9", "A.10"):
        yield parts_of_the_hessian(), {}
    elif tag == "5.5":
        U, net = np.random.default_rng(3).standard_normal((4, SIZES["D"])), TwoLayerNet(NET.params, 0.3, True)
        Z_U = U @ NET.params["W1"] + NET.params["b1"]
        moved = ratchet.movement(net, X, Y_INDEX, U, 0.2)
        yield everything() | {"U": U, "Z_U": Z_U, "eta": 0.2, "lambda": 0.3}, {"Z_U": Z_U + moved}
    elif tag == "5.6":
        rng = np.random.default_rng(0)
        eta, H = rng.uniform(0.1, 1, 40), rng.integers(2, 50, 40) / 1.0
        p = 1 / (1 + (H / 20) ** 0.7 / (2 * eta) ** 3)  # in place of the outcomes: the weights that give it are found
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rules, "RIDGE", 0.0)
            beta = rules.logistic(np.log(np.column_stack([eta, H])), p)
        for one in range(3):
            names = {"varrho": p[one], "eta": eta[one], "H": H[one]}
            yield names | {f"vartheta_{k}": value for k, value in enumerate(beta)}, {}
    else:
        y = np.repeat([0, 1, 2], [30, 50, 20])
        params = {"W1": np.zeros((1, 1)), "b1": -np.ones(1), "W2": np.zeros((1, 3)), "b2": np.zeros(3)}
        net = TwoLayerNet(params, l2=0.3, decay_biases=True)
        sgd.train(sgd.Sgd(net), [(np.zeros((100, 1)), y)] * 2000, [0.5] * 2000)
        p, pi = layers.softmax(params["b2"][None])[0], collapse.class_shares(y)
        np.testing.assert_allclose(collapse.answers_at_rest(pi, 0.3), p, rtol=1e-12)
        yield {"p": p, "Y": np.eye(3)[y], "N": len(y), "lambda": 0.3, "b_2": params["b2"]}, {}


def toy_names():
    """Return the toy's loss, gradient and curvature along a direction, as the library computes them."""
    names, v = {"W_1": 0.7, "W_2": -0.4, "X": 1.5, "Y": 0.8}, np.array([0.6, 0.8])
    dw = toy.gradient(*names.values())
    names |= {"V_1": v[0], "V_2": v[1], "kappa_v": v @ sum(toy.hessian(*names.values())) @ v}
    return names | {"L": toy.loss(0.7, -0.4, 1.5, 0.8), "dW_1": dw[0], "dW_2": dw[1]}


def parts_of_the_hessian():
    """Return the dense factors of the Gauss-Newton part, and what the library says of a direction's two products."""
    names, direction = everything(), random_direction(NET)
    for letter, times in (("G", products.gauss_newton_vector_product), ("O", products.between_layers_product)):
        found = times(NET, X, Y_INDEX, direction)
        names |= {f"{letter}_1": found["W1"], f"{letter}_2": found["W2"]}
        names |= {f"{letter.lower()}_1": found["b1"], f"{letter.lower()}_2": found["b2"]}
    plain = TwoLayerNet(NET.params)
    product, size = spectrum.flat_product(plain, X, Y_INDEX, products.gauss_newton_vector_product)
    shapes, columns = {name: array.shape for name, array in NET.params.items()}, []
    for row in np.eye(size) * 1e-20j:
        moved = {name: NET.params[name] + step for name, step in views(row, shapes).items()}
        columns.append(TwoLayerNet(moved).forward(X)[0].imag.ravel() / 1e-20)
    S = block_diag(*layers.softmax_jacobian(layers.softmax(plain.forward(X)[0])) / len(X))
    return names | {
        "bold J": np.array(columns).T,
        "bold S": S,
        "bold G": np.array([product(row) for row in np.eye(size)]),
    }


def lanczos_run(steps=4):
    """Return a symmetric matrix, the vectors that the library multiplies by it, its values and their bounds."""
    A, seen = np.random.default_rng(0).standard_normal((6, 6)), []
    H = A + A.T
    values, bounds = lanczos(lambda q: (seen.append(q), H @ q)[1], 6, steps, np.random.default_rng(1))
    return H, np.array(seen).T, values, bounds


def new_part(H, Q):
    """Return what H adds to the space of Q's columns, multiplied by the last of them: by least squares."""
    product = H @ Q[:, -1:]
    return product - Q @ np.linalg.lstsq(Q, product, rcond=None)[0]


def evidence_names(tag):
    """Some runs' scores, their comparison, and what the library says of them."""
    rng = np.random.default_rng(0)
    if tag == "7.1":
        scores = np.sort(rng.random(7))
        for k in range(1, 8):
            names = {"N_s": 7, "N_b": k, "nu": scores}
            yield names | {"E_b": statistics.expected_maximum(scores, k)}, {}
    elif tag == "7.2":
        for first, second in ((9, 2), (4, 5), (3, 3), (12, 0)):
            pair = [np.repeat([True, False, True], [first, second, 5]), np.repeat([False, True], [first, second + 5])]
            names = {"N_1": min(first, second), "N_2": max(first, second)}
            yield names | {"sigma": statistics.paired_test(*pair)[2]}, {}
    elif tag == "7.3":
        for correct, count in ((97, 100), (0, 9)):
            low, high = statistics.wilson_interval(correct, count)
            w = statistics.NORMAL_95**2 / count
            yield {"a": correct / count, "w": w, "a_-": low, "a_+": high}, {}
    else:
        confidence, right = rng.random(50), rng.random(50) < 0.6
        rows, error = statistics.reliability(confidence, right)
        count, mean, a = np.array(rows).T
        yield {"M": len(rows), "upsilon": count / 50, "a": a, "omega": mean, "ECE": error}, {}


def off_unit(before, rate, l2):
    """Return what feeds a unit after an update of the reference, if it was `before` < 0 for every example."""
    params = {"W1": np.array([[before + 1.0]]), "b1": np.array([-1.0]), "W2": np.ones((1, 2)), "b2": np.zeros(2)}
    net = TwoLayerNet(params, l2=l2, decay_biases=True)
    sgd.Sgd(net)(np.ones((2, 1)), np.array([0, 1]), rate)
    return float(net.params["W1"][0, 0] + net.params["b1"][0])


def schedule_names(schedule):
    plan = SimpleNamespace(step_factor=0.3, step_every=0.25, warmup=0.2)
    for t in range(20):
        rate = schedules.SCHEDULES[schedule](0.1, t, 20, plan)
        names = {"eta": 0.1, "eta_t": rate, "gamma": 0.3, "varphi": 0.25, "pi": np.pi}
        yield names | {"t": t, "T": 20, "T_w": 4}, {}


def check(tag, body):
    """Compare both sides of every line of a formula; return the number of comparisons."""
    count, ranges = 0, {}
    for entry in RANGES.get(tag, "").split():
        ranges[entry[0]] = SIZES[entry[2]]
    for names, after in special(tag):
        for line in re.split(r"\\\\|,\s*\\qquad", body):
            count += check_line(line, names, after, ranges)
    assert count, "nothing was compared"


def check_line(line, names, after, ranges):
    left, sign, right, note = SIDES.match(line.strip()).groups()
    if note and "(" not in note and not Formula(note, names).relation():
        return 0
    partial = PARTIAL.search(left)
    subscripts = "".join(re.findall(r"_\{?([ijk]+)", left))
    free = sorted(set(subscripts) & set(ranges), key=subscripts.index)
    for values in itertools.product(*(range(ranges[index]) for index in free)):
        indices = dict(zip(free, values, strict=True))
        value = Formula(right, names, indices, ranges).value()
        if sign == r"\leftarrow":
            names[left.strip("& \\\n")] = value
            wanted = after[left.strip("& \\\n")]
            wanted = wanted.pop(0) if isinstance(wanted, list) else wanted
        elif partial:
            wanted = names["/".join(part for part in partial.groups() if part)]
            wanted = wanted[tuple(values)] if free else wanted
        else:
            wanted = Formula(left, names, indices, ranges).value()
        np.testing.assert_allclose(value, wanted, rtol=1e-6 if sign == r"\approx" else 1e-11, atol=1e-13)
        assert np.shape(value) == np.shape(wanted)
    if note and "(" in note:
        shape = tuple(SIZES[size] for size in re.findall("[A-Z]", note))
        assert shape == (tuple(ranges[index] for index in free) if free else np.shape(value))
    return 1


@pytest.mark.parametrize("tag", [tag for tag in EQUATIONS if tag not in DEFINITIONS | {"2.20", "2.21"}])
def test_the_printed_formula_is_what_the_library_computes(tag):
    check(tag, EQUATIONS[tag])


@pytest.mark.parametrize(("tag", "draw"), [("2.20", initialization.he), ("2.21", initialization.homework)])
def test_the_printed_distributions_are_what_the_library_draws(tag, draw):
    W, b = draw(np.random.default_rng(0), 400, 300)
    printed = re.findall(r"([Wb]) (?:\\sim|=) (.*?)(?:, \\qquad|$)", EQUATIONS[tag].strip())
    assert [name for name, _ in printed] == ["W", "b"]
    for (_, text), drawn, tolerance in zip(printed, (W, b), (0.02, 0.2), strict=True):
        factor, normal, inner = text.partition(r"\mathcal{N}")
        variance = Formula(re.search(r"0, (.*?) ?(?:\\right)?\)", inner)[1], {"n": 400}).value() if normal else 0
        variance = variance * Formula(factor, {}).value() ** 2 if normal and factor else variance
        assert drawn.var() == pytest.approx(variance, rel=tolerance)


def test_every_formula_is_tested():
    assert set(EQUATIONS) >= DEFINITIONS and len(EQUATIONS) == 64


def test_the_worked_example_is_what_the_library_computes():
    """Its matrices are typed by hand: all of them are read from the page."""
    text = text_of(ROOT / "notebooks" / "02_derivation.ipynb")
    text = text[text.index("## An example with small integers") : text.index("## An opinion from outside")]
    printed = {name: matrix(body) for name, body in re.findall(r"(\w+) = \\begin\{pmatrix\}(.*?)\\end", text)}
    params = {name: printed[f"{name[0]}_{name[1]}"] for name in ("W1", "b1", "W2", "b2")}
    params |= {name: params[name][0] for name in ("b1", "b2")}
    net = TwoLayerNet(params, l2=1 / 4)
    found = quantities(net, printed["X"], printed["y"][0].astype(int))
    assert set(printed) == {"X", "W_1", "b_1", "W_2", "b_2", "y"} | set(found) - {"L"}
    for name in set(found) - {"L"}:
        np.testing.assert_allclose(np.atleast_2d(found[name]), printed[name], rtol=0, atol=1e-15, err_msg=name)
    assert r"L = \log 2 + \frac18 \cdot 10 = \log 2 + \frac54" in text
    assert found["L"] == pytest.approx(np.log(2) + 5 / 4, rel=1e-15)


def matrix(body):
    return np.array([[float(Fraction(entry)) for entry in row] for row in map(entries, body.split(r"\\"))])


def entries(row):
    return [re.sub(r"\\frac(\d)(\d)", r"\1/\2", entry).strip() for entry in row.split("&")]


EDITS = [
    (" + ", " - "),
    (" - ", " + "),
    (r"^\top", ""),
    (r"\odot", " "),
    (r"\lambda", r"2 \lambda"),
    ("_{ik}", "_{ki}"),
]
EDITS += [
    (r"\frac{1}{B}", r"\frac{1}{C}"),
    (r"\tfrac{1}{B}", "2"),
    ("{B}", "{C}"),
    ("> 0", "< 0"),
    (r"\max", r"2 \max"),
]
EDITS += [("(D, H)", "(H, D)"), ("(B, C)", "(C, B)"), ("4 B", "2 B"), ("2 h", "h"), (r"\mu", r"2 \mu"), ("t + 1", "t")]
EDITS += [
    (r"\log", ""),
    ("j = k", "j = j"),
    (r"\eta \,", r"2 \eta \,"),
    (r"\mathcal{R}\{A_1\}", "A_1"),
    (r"\varphi T", "T"),
]
EDITS += [
    (r"\operatorname{Im}", ""),
    (r"\rho", r"\mu"),
    ("1 + ", ""),
    ("^{K_i}", "^{H}"),
    (r"\, f", ""),
    ("[Z_1 > 0]", "[dA_1 > 0]"),
    ("(P - Y)", "(Y - P)"),
    ("N_b - 1", "N_b"),
    (r"\binom{N_1 + N_2}{k}", "N_1"),
    (r"\frac{2}{2^{N_1", r"\frac{1}{2^{N_1"),
    (r"\min\left(1,", r"\min\left(2,"),
    ("w^2 / 4", "w / 4"),
    (r"\lVert r \rVert", "1"),
    (r"\mathbf{H} q - Q", "q - Q"),
    (r"Q \, Q^\top", r"Q^\top Q"),
    (r"\lvert a_i - \omega_i \rvert", r"(a_i - \omega_i)"),
    (r"\mathbf{S} \mathbf{J}", r"\mathbf{J}"),
    (r"\kappa", r"2 \kappa"),
    ("W_2 X", "W_1 X"),
    ("V_1 V_2", "V_1 V_1"),
    ("V_2", "W_2"),
    (r"\mathcal{R}\{dZ_2\}", "dZ_2"),
    (r"\vartheta_2", r"\vartheta_1"),
]


@pytest.mark.parametrize("old, new", EDITS)
def test_a_misprint_is_noticed(old, new):
    found = 0
    for tag, body in EQUATIONS.items():
        if tag in DEFINITIONS | {"2.20", "2.21"}:
            continue
        for place in re.finditer(re.escape(old), body):
            misprint = body[: place.start()] + new + body[place.end() :]
            found += 1
            with pytest.raises((AssertionError, ValueError, IndexError, KeyError, TypeError)):
                check(tag, misprint)
    assert found
