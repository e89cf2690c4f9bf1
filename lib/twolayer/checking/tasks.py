"""The checks of each function of a network: shapes, numbers by hand, central differences in float64, the library.

Each takes a dict of functions by name, calls the one that it is about, and has its own formulas for all else.
"""

import numpy as np

from ..network import TwoLayerNet, layers
from . import witness
from .gradient_check import check_network, numerical_gradient
from .witness import CLOSE, Example, Wrong, check, same, several


@check("affine_forward", "Z, the sum over k for each entry")
def _affine_by_index(f):
    e = Example()
    Z, _ = several("Z, cache", f["affine_forward"](e.X, e.W, e.b), 2)
    same("Z", Z, [[sum(row * column) + b for column, b in zip(e.W.T, e.b, strict=True)] for row in e.X])


@check("affine_forward", "Z1 of the example with small integers")
def _affine_by_hand(f):
    same("Z1", f["affine_forward"](witness.X, witness.PARAMETERS["W1"], witness.PARAMETERS["b1"])[0], witness.Z1)


@check("affine_forward", "Z of the library, one example and another shape")
def _affine_as_in_the_library(f):
    e = Example(1, B=1, D=3, H=7)
    same("Z", f["affine_forward"](e.X, e.W, e.b)[0], layers.affine_forward(e.X, e.W, e.b)[0])


@check("relu_forward", "-1, 0 and 2 become 0, 0 and 2")
def _relu_by_hand(f):
    A, _ = several("A, cache", f["relu_forward"](np.array([-1.0, 0.0, 2.0])), 2)
    same("A", A, np.array([0.0, 0.0, 2.0]))


@check("relu_forward", "Z stays as it was, as the gradient needs it")
def _relu_leaves_its_argument(f):
    Z = np.array([-1.0, 0.0, 2.0])
    f["relu_forward"](Z)
    same("Z", Z, np.array([-1.0, 0.0, 2.0]))


@check("relu_forward", "A of the library")
def _relu_as_in_the_library(f):
    same("A", f["relu_forward"](Example().Z)[0], layers.relu_forward(Example().Z)[0])


@check("forward", "Z2 and A1 of the example with small integers")
def _logits_by_hand(f):
    Z2, caches = several("Z2, caches", witness.network(f, witness.PARAMETERS).forward(witness.X), 2)
    same("Z2", Z2, witness.Z2)
    same("caches[2][0], which others read as A1,", several("three caches", caches, 3)[2][0], witness.A1)


@check("forward", "Z2 of the library")
def _logits_as_in_the_library(f):
    e = Example()
    same("Z2", witness.network(f, e.params).forward(e.X)[0], TwoLayerNet(e.params).forward(e.X)[0])


@check("log_softmax", "The logarithm of the quotient (2.4)")
def _log_softmax_by_definition(f):
    e = Example()
    same("log P", f["log_softmax"](e.logits), np.log(witness.exponentials(e.logits)))


@check("log_softmax", "Logits of 1000, -1000 and 0, which the quotient cannot do")
def _log_softmax_far_out(f):
    with np.errstate(all="ignore"):
        same("log P", f["log_softmax"](np.array([[1000.0, -1000.0, 0.0]])), np.array([[0.0, -2000.0, -1000.0]]))


@check("softmax", "Equal logits: each of four classes has a quarter")
def _softmax_by_hand(f):
    same("P", f["softmax"](np.full((2, 4), 3.0)), np.full((2, 4), 0.25))


@check("softmax", "The quotient (2.4); rows sum to 1")
def _softmax_by_definition(f):
    P = f["softmax"](Example().logits)
    same("P", P, witness.exponentials(Example().logits))
    same("the sum of each row", P.sum(axis=1), np.ones(len(P)))


@check("softmax_jacobian", "Central differences of the softmax")
def _jacobian_by_differences(f):
    e = Example()
    jacobian = f["softmax_jacobian"](witness.exponentials(e.logits))
    columns = [numerical_gradient(lambda j=j: witness.exponentials(e.logits)[:, j].sum(), e.logits) for j in range(3)]
    same("the Jacobian", jacobian, np.stack(columns, axis=1), CLOSE)


@check("softmax_cross_entropy", "The example with small integers: log 2, and quarters in dZ2")
def _entropy_by_hand(f):
    loss, dZ = several("loss, dZ", f["softmax_cross_entropy"](witness.Z2, witness.Y), 2)
    same("the loss", loss, np.log(2))
    same("dZ2", dZ, witness.DZ2)


@check("softmax_cross_entropy", "dZ by central differences of the loss (2.6)")
def _entropy_by_differences(f):
    e = Example()
    loss, dZ = f["softmax_cross_entropy"](e.logits, e.y)
    same("the loss", loss, witness.entropy(e.logits, e.y))
    same("dZ", dZ, numerical_gradient(lambda: witness.entropy(e.logits, e.y), e.logits), CLOSE)


@check("softmax_cross_entropy", "A label that is no class is refused")
def _entropy_of_labels_that_are_none(f):
    try:
        f["softmax_cross_entropy"](witness.Z2, np.array([0, -1]))
    except ValueError:
        return
    raise Wrong("the label -1 is taken for a class: call check_labels first")


@check("affine_backward", "dX, dW and db by central differences")
def _affine_gradients_by_differences(f):
    e = Example()
    gradients = f["affine_backward"](e.dZ, f["affine_forward"](e.X, e.W, e.b)[1])
    several("dX, dW, db", gradients, 3)
    for name, found, variable in zip(("dX", "dW", "db"), gradients, (e.X, e.W, e.b), strict=True):
        same(name, found, numerical_gradient(lambda: np.sum(e.dZ * (e.X @ e.W + e.b)), variable), CLOSE)


@check("affine_backward", "input_gradient=False leaves dX out: None")
def _affine_gradients_without_the_input(f):
    e = Example()
    dX, dW, _ = f["affine_backward"](e.dZ, f["affine_forward"](e.X, e.W, e.b)[1], input_gradient=False)
    same("dW", dW, layers.affine_backward(e.dZ, (e.X, e.W))[1])
    if dX is not None:
        raise Wrong("dX is computed all the same")


@check("relu_backward", "Off, kink, on: nothing, nothing, all of dA")
def _relu_gradient_at_the_kink(f):
    Z = np.array([-1.0, 0.0, 2.0])
    same("dZ", f["relu_backward"](np.full(3, 5.0), f["relu_forward"](Z)[1]), np.array([0.0, 0.0, 5.0]))


@check("relu_backward", "dZ by central differences")
def _relu_gradient_by_differences(f):
    e = Example()
    found = f["relu_backward"](e.dZ, f["relu_forward"](e.Z)[1])
    same("dZ", found, numerical_gradient(lambda: np.sum(e.dZ * np.maximum(e.Z, 0)), e.Z), CLOSE)


@check("l2_penalty", "The example with small integers: 10 / 8")
def _penalty_by_hand(f):
    same("the penalty", f["l2_penalty"]([witness.PARAMETERS["W1"], witness.PARAMETERS["W2"]], 0.25), 1.25)


@check("l2_penalty", "Its derivative is l2 W, by central differences")
def _penalty_by_differences(f):
    W = Example().W
    same("the slope", numerical_gradient(lambda: f["l2_penalty"]([W], 0.3), W), 0.3 * W, CLOSE)


@check("loss", "L and the four gradients of the example with small integers")
def _objective_by_hand(f):
    found = witness.network(f, witness.PARAMETERS, l2=0.25).loss(witness.X, witness.Y)
    loss, gradients = several("loss, grads", found, 2)
    same("L", loss, np.log(2) + 1.25)
    for name, wanted in witness.GRADIENTS.items():
        same(f"d{name}", gradients[name], np.array(wanted, float))


@check("loss", "Every gradient by central differences, without a penalty, with one, and with one on the biases, too")
def _gradients_by_differences(f):
    e = Example()
    for penalty in ({}, {"l2": 0.3}, {"l2": 0.3, "decay_biases": True}):
        net = witness.network(f, e.params, **penalty)
        for name, error in check_network(net, e.X, e.y).items():
            if not error <= CLOSE:
                raise Wrong(f"d{name} has a relative error of {error:.1e}, where {CLOSE:g} is allowed, with {penalty}")


@check("loss", "L and the four gradients of the library")
def _objective_as_in_the_library(f):
    e = Example()
    loss, gradients = witness.network(f, e.params, l2=0.3).loss(e.X, e.y)
    theirs = TwoLayerNet(e.params, l2=0.3).loss(e.X, e.y)
    same("L", loss, theirs[0])
    for name, wanted in theirs[1].items():
        same(f"d{name}", gradients[name], wanted)


CHECKS = tuple(witness.ADDED)  # all of the above
