"""Gradient and Hessian-vector product against `autograd`, from a loss written without our layers."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from examples import example, random_direction
from twolayer.checking.gradient_check import relative_error
from twolayer.curvature.products import hessian_vector_product
from twolayer.training import sgd

NAMES = ("W1", "b1", "W2", "b2")


def objective(params, X, y, l2, decayed):
    """The objective (2.6), written for autograd: nothing of ours in it, not even the shift by the largest logit."""
    W1, b1, W2, b2 = params
    logits = anp.dot(anp.maximum(anp.dot(X, W1) + b1, 0.0), W2) + b2
    right = logits[anp.arange(len(y)), y]
    penalty = sum(anp.sum(array**2) for name, array in zip(NAMES, params, strict=True) if name in decayed)
    return anp.mean(anp.log(anp.sum(anp.exp(logits), axis=1)) - right) + l2 / 2 * penalty


@pytest.mark.parametrize("updates", [0, 15])
@pytest.mark.parametrize("options", [{}, {"l2": 0.3}, {"l2": 0.3, "decay_biases": True}])
@pytest.mark.parametrize("sizes", [{}, {"B": 1}, {"H": 1}, {"C": 2}, {"D": 1}, {"B": 40, "D": 30, "H": 20, "C": 10}])
def test_gradient_and_hessian_vector_product(options, sizes, updates):
    net, X, y = example(**options, **sizes)
    sgd.train(sgd.Sgd(net), [(X, y)] * updates, [0.1] * updates)
    params, direction = [net.params[name] for name in NAMES], random_direction(net)
    loss, grads = net.loss(X, y)
    product = hessian_vector_product(net, X, y, direction)

    def theirs(params):
        return objective(params, X, y, net.l2, net.decayed)

    def slope(params):
        gradient = autograd.grad(theirs)(params)
        return sum(anp.sum(g * direction[name]) for g, name in zip(gradient, NAMES, strict=True))

    assert loss == pytest.approx(theirs(params), rel=1e-13)
    for name, gradient, curved in zip(NAMES, autograd.grad(theirs)(params), autograd.grad(slope)(params), strict=True):
        assert relative_error(grads[name], gradient) < 1e-10
        assert relative_error(product[name], np.asarray(curved)) < 1e-10
