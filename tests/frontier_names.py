"""Values for the formulas of chapter 9, as the library computes them."""

import numpy as np

import examples
from twolayer.frontier import adversarial, committee, distortion, layers, training
from twolayer.network import layers as network_layers
from twolayer.network.layers import softmax

B, C, H = 6, 3, 4


def names(tag):
    """Yield pairs for a formula: values by name, and values after its assignments."""
    made = {"9.1": _dropout, "9.2": _dropout, "9.4": _mixing, "9.5": _plain, "9.6": _plain, "9.7": _norm}
    made |= {"9.8": _average, "9.9": _pixels, "9.10": _hardened}
    made |= {"9.11": _looked_up, "9.12": _smooth, "9.13": _smooth, "9.14": _committee}
    yield from made[tag](tag) if tag in made else [(_others(), {})]


def _dropout(tag):
    rng = np.random.default_rng(0)
    A, mask, keep = rng.standard_normal((B, H)), rng.random((B, H)) < 0.6, 0.6
    out, cache = layers.dropout_forward(A, mask, keep)
    found = {"A_1": out} if tag == "9.1" else {"dA_1": layers.dropout_backward(A, cache)}
    yield {"A_1": A, "dA_1": A, "bold M": mask / 1.0, "Gamma": keep}, found


def _mixing(tag):
    rng = np.random.default_rng(0)
    X, T, share = rng.random((B, H)), rng.dirichlet(np.ones(C), B), rng.random(B)
    order = rng.permutation(B)
    mixed, targets = layers.mixed(X, T, share, order)
    for example, partner in enumerate(order):
        for k in range(C):  # columns of T; X has one more
            before = {"X": X, "bold T": T, "Phi": share, "i": example, "j": partner, "k": k}
            yield before, {"X_{ik}": mixed[example, k], "mathbf{T}_{ik}": targets[example, k]}


def _norm(tag):
    W = np.random.default_rng(0).standard_normal((5, H)) * [0.1, 1, 3, 1]
    for j in range(H):
        yield {"W_1": W, "Xi": 2.0, "j": j}, {r"(W_1)_{\cdot j}": layers.limited(W, 2.0)[:, j]}


def _average(tag):
    rng = np.random.default_rng(0)
    old, new = rng.standard_normal((2, 7))
    for share in (1.0, 0.25):
        yield {"bar theta": old, "theta": new, "Psi": share}, {r"bar{\theta}": training.averaged(old, new, share)}


def _pixels(tag):
    net, X, y = examples.example(B=B, D=5, H=H, C=C, l2=0.3)
    dX = adversarial.input_gradient(net.params, X, np.eye(C)[y])
    _, (_, kink, second) = net.forward(X)
    dZ2 = network_layers.softmax_cross_entropy(net.forward(X)[0], y)[1]
    dZ1 = network_layers.relu_backward(network_layers.affine_backward(dZ2, second)[0], kink)
    yield {"dX": dX, "dZ_1": dZ1, "W_1": net.params["W1"]}, {}


def _hardened(tag):
    rng = np.random.default_rng(0)
    X, dX = rng.random((B, H)), rng.standard_normal((B, H))
    yield {"X": X, "dX": dX, "bold h": 0.2}, {"X": adversarial.hardened(X, dX, 0.2)}


def _looked_up(tag):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, 30), dtype=np.uint8)
    down, across = (rng.integers(-8, 9, (2, 1, 30)) / 8).astype(np.float32)  # exact in 32 bits
    seen = distortion.looked_up(image, (5, 6), down.copy(), across.copy()).reshape(5, 6).astype(float)
    for i in range(1, 4):
        for j in range(1, 5):
            row, column = i + down.reshape(5, 6)[i, j].astype(float), j + across.reshape(5, 6)[i, j].astype(float)
            k, l = int(row), int(column)  # noqa: E741 -- as printed
            place = {"i": i, "j": j, "k": k, "l": l, "bold r": row - k, "bold s": column - l}
            yield place | {"I": image.reshape(5, 6) / 1.0, "J": seen}, {}


def _smooth(tag):
    """Correlations as measured: of white noise on a long line, smoothed by a Gaussian."""
    width, lines = 2.0, B
    reach = np.arange(-12, 13)
    weights = np.exp(-(reach**2) / (2 * width**2))
    smoothed = np.array([np.convolve(row, weights, "full") for row in np.eye(lines)])
    sigma = smoothed @ smoothed.T / (weights @ weights)
    roots = distortion.smoothing_roots(lines, width)
    yield {"Sigma": sigma if tag == "9.12" else roots @ roots.T, "Upsilon": width, "bold a": roots}, {}


def _committee(tag):
    members = np.random.default_rng(0).dirichlet(np.ones(C), (5, B))
    yield {"P": members, "bar P": committee.mean_probabilities(members), "Lambda": 5}, {}


def _plain(tag):
    found = _others()
    loss, dZ = layers.soft_cross_entropy(found["Z"], found["bold T"])
    yield found | {"L": loss, "dZ_2": dZ}, {}


def _others():
    rng = np.random.default_rng(0)
    Z, y, beta, temperature, share = rng.standard_normal((B, C)), rng.integers(0, C, B), 0.2, 3.0, 0.7
    T, Q = layers.targets(y, C, beta), rng.dirichlet(np.ones(C), B)
    found = {"Z": Z, "B": B, "C": C, "Y": np.eye(C)[y], "beta": beta, "bold T": T, "bold Q": Q, "P": softmax(Z)}
    found |= {"bold P": softmax(Z / temperature), "Omega": temperature, "Pi": share}
    loss, dZ = layers.distillation(Z, T, Q, temperature, share)
    return found | {"L": loss, "dZ_2": dZ}
