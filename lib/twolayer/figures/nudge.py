"""What a nudge of one weight does, from step to step, beside what its derivatives foretell."""

import numpy as np
from matplotlib.patches import Rectangle

from ..network import TwoLayerNet, layers
from .diagram import BACKWARD, FORWARD, arrow, box, number, sheet
from .style import styled


def follow(net, x, label, weight, nudge):
    """Return what becomes of one entry of W1, and of all that it acts on, when it is nudged.

    Parameters
    ----------
    net : TwoLayerNet
    x : ndarray of shape (D,)
        One example.
    label : int
    weight : tuple of int
        Row and column in W1: from which input, to which hidden unit.
    nudge : float

    Returns
    -------
    dict
        What is followed ("weight", "z", "a", "logit 0", ..., "loss", the cross-entropy) to a dict of its value `before`
        and `after`, and of its `slope` by the weight, the product of those of the steps: the chain rule.
    """
    k, j = weight
    moved = {name: array.copy() for name, array in net.params.items()}
    moved["W1"][k, j] += nudge
    before, after = (_values(TwoLayerNet(params), x, label, weight) for params in (net.params, moved))
    Z2, (_, Z1, _) = net.forward(x[None])
    dz = x[k]
    da = dz * layers.relu_backward(np.ones_like(Z1), Z1)[0, j]
    dlogits = da * net.params["W2"][j]
    dloss = layers.softmax_cross_entropy(Z2, np.array([label]))[1][0] @ dlogits
    slopes = (1.0, dz, da, *dlogits, dloss)
    return {
        name: {"before": before[name], "after": after[name], "slope": float(slope)}
        for name, slope in zip(before, slopes, strict=True)
    }


def _values(net, x, label, weight):
    k, j = weight
    Z2, (_, Z1, (A1, _)) = net.forward(x[None])
    logits = {f"logit {place}": one for place, one in enumerate(Z2[0])}
    loss, _ = layers.softmax_cross_entropy(Z2, np.array([label]))
    return (
        {"weight": float(net.params["W1"][k, j]), "z": float(Z1[0, j]), "a": float(A1[0, j])} | logits | {"loss": loss}
    )


@styled
def steps(net, x, label, weight, nudge):
    """Draw what `follow` returns: each value before and after, its change, and the change by the derivative."""
    found, factors = follow(net, x, label, weight, nudge), _factors(net, x, label, weight)
    logits = [name for name in found if name.startswith("logit")]
    height = 3.44 + 0.42 * len(logits)
    figure, axis = sheet(4.6, height)
    changes = {name: (one["after"] - one["before"], nudge * one["slope"]) for name, one in found.items()}
    inch = 0.85 / np.ptp([*changes.values(), (0.0, 0.0)])  # of a bar, for a change of 1
    y = height - 0.13
    for left, words in ((1.15, "value"), (2.5, "change"), (3.55, "by derivative")):
        axis.text(left, y, words, va="center", fontweight="bold")
    y += 0.08
    for name, lines in (("weight", ["weight"]), ("z", ["z"]), ("a", ["a"]), ("logits", logits), ("loss", ["loss"])):
        if name in factors:
            arrow(axis, (0.5, y), (0.5, y - 0.34))
            axis.text(0.62, y - 0.16, factors[name], va="center", fontsize=8.5)
            y -= 0.14
        box(axis, 0.5, y - 0.21 - 0.21 * len(lines), 0.85, 0.42 * len(lines) - 0.02, name)
        for line in lines:
            y -= 0.42
            axis.text(1.15, y, "{before:.3g} → {after:.3g}".format(**found[line]), va="center", gid=f"{line} value")
            _draw_bars(axis, y, line, changes[line], inch, min(0, np.min([*changes.values()])))
        y -= 0.2
    return figure


def _draw_bars(axis, y, name, changes, inch, lowest):
    looks = {"color": FORWARD}, {"facecolor": "white", "edgecolor": BACKWARD}
    for left, value, kind, look in zip((2.5, 3.55), changes, ("change", "derivative"), looks, strict=True):
        zero = left - inch * lowest
        place = min(zero, zero + inch * value), y - 0.15
        axis.add_patch(Rectangle(place, inch * abs(value), 0.11, linewidth=1.2, gid=f"{name} {kind} bar", **look))
        axis.plot([zero, zero], [y - 0.18, y - 0.01], color="#333333", linewidth=0.8)
        axis.text(left, y + 0.07, f"{value:.3f}".replace("-", "−"), va="center", gid=f"{name} {kind}")


def _factors(net, x, label, weight):
    """Return the local derivative of each step in words."""
    k, j = weight
    Z2, (_, Z1, _) = net.forward(x[None])
    errors = layers.softmax_cross_entropy(Z2, np.array([label]))[1][0]
    outgoing, errors = (", ".join(map(number, values)) for values in (net.params["W2"][j], errors))
    found = {"z": f"times the input, {number(x[k])}", "a": f"times $[z > 0]$, {number(Z1[0, j] > 0)}"}
    found["logits"] = f"times the unit's weights in $W_2$: {outgoing}"
    return found | {"loss": f"times $P - Y$ ({errors}), and added"}
