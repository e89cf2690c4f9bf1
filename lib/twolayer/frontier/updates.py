"""One update of a recipe: the reference, which is read, and its fast twin, which runs."""

from dataclasses import dataclass

import numpy as np

from ..network.layers import affine_backward, affine_forward, relu_backward, relu_forward
from ..training.fast import views
from .layers import distillation, dropout_backward, dropout_forward, limited

LIMIT_EVERY = 10  # updates between two looks at the norms of W1's columns
BETA2, EPSILON = 0.999, 1e-8  # Adam's, Kingma and Ba 2015


@dataclass(frozen=True)
class Batch:
    """What an update learns from."""

    X: np.ndarray  # (B, D), scaled, distorted and mixed
    T: np.ndarray  # (B, C), target probabilities
    kept: tuple  # masks of inputs (B, D) and hidden units (B, H), bool; None where nothing is taken out
    Q: np.ndarray | None = None  # (B, C), the teacher's probabilities


def gradients(params, batch, recipe):
    """Return loss and gradients of a batch by the layers, a line each: the reference.

    Parameters
    ----------
    params : dict
        W1, b1, W2, b2.
    batch : Batch
    recipe : Recipe

    Returns
    -------
    loss : float
        Without the penalty, in nats.
    grads : dict
        The penalty's among them.
    """
    masks = [np.ones((), bool) if mask is None else mask for mask in batch.kept]
    X, _ = dropout_forward(batch.X, masks[0], recipe.keep_inputs)
    Z1, first = affine_forward(X, params["W1"], params["b1"])
    A1, kink = relu_forward(Z1)
    D1, dropped = dropout_forward(A1, masks[1], recipe.keep_hidden)
    Z2, second = affine_forward(D1, params["W2"], params["b2"])
    Q = batch.T if batch.Q is None else batch.Q
    loss, dZ2 = distillation(Z2, batch.T, Q, recipe.temperature, recipe.taught)
    dD1, dW2, db2 = affine_backward(dZ2, second)
    dZ1 = relu_backward(dropout_backward(dD1, dropped), kink)
    _, dW1, db1 = affine_backward(dZ1, first, input_gradient=False)
    grads = {"W1": dW1 + recipe.l2 * params["W1"], "b1": db1, "W2": dW2 + recipe.l2 * params["W2"], "b2": db2}
    return loss, grads


class Updates:
    """The updates that `gradients` and momentum or Adam make, close to the cost of their matrix products.

    Results go into arrays made once; the mask of the rectifier and that of dropout are one; the learning rate travels
    in the gradient of the logits where the optimizer is linear in it.

    Parameters
    ----------
    params : dict
        W1, b1, W2, b2 of one dtype; moved into one vector, of which `self.params` then holds views.
    recipe : Recipe
    """

    def __init__(self, params, recipe):
        shapes = {name: value.shape for name, value in params.items()}
        self.theta = np.concatenate([value.ravel() for value in params.values()])
        self.gradient, self.velocity = np.empty_like(self.theta), np.zeros_like(self.theta)
        self.squares = np.zeros_like(self.theta) if recipe.optimizer == "adam" else None
        self.params, self.grads = views(self.theta, shapes), views(self.gradient, shapes)
        self.recipe, self.done = recipe, 0
        (_, H), dtype = shapes["W1"], self.theta.dtype
        self.A1, self.dA1, self.on = (np.empty((recipe.batch, H), dtype) for _ in range(3))
        self.live = np.empty((recipe.batch, H), bool)

    def __call__(self, batch, rate):
        """Do one update; return the loss before it, without the penalty. `batch.X` is changed.

        Parameters
        ----------
        batch : Batch
            Of `recipe.batch` examples.
        rate : float
            Learning rate.
        """
        X = self._forward(batch)
        Z2 = self.A1 @ self.params["W2"] + self.params["b2"]
        Q = batch.T if batch.Q is None else batch.Q
        loss, dZ2 = distillation(Z2, batch.T, Q, self.recipe.temperature, self.recipe.taught)
        self._backward(X, dZ2)
        self._adam(rate) if self.squares is not None else self._momentum(rate)
        self.done += 1
        if self.recipe.norm and self.done % LIMIT_EVERY == 0:
            self.params["W1"][:] = limited(self.params["W1"], self.recipe.norm)
        return loss

    def _forward(self, batch):
        X, A1, on, live = batch.X, self.A1, self.on, self.live
        inputs, units = batch.kept
        if inputs is not None:
            X *= inputs
            X *= 1 / self.recipe.keep_inputs
        np.matmul(X, self.params["W1"], A1)
        A1 += self.params["b1"]
        np.greater(A1, 0, live)
        if units is not None:
            live &= units
        np.copyto(on, live)
        if units is not None:
            on *= 1 / self.recipe.keep_hidden
        A1 *= on
        return X

    def _backward(self, X, dZ2):
        params, grads, dZ1 = self.params, self.grads, self.dA1
        np.matmul(self.A1.T, dZ2, grads["W2"])
        np.add.reduce(dZ2, axis=0, out=grads["b2"])
        np.matmul(dZ2, params["W2"].T, dZ1)
        dZ1 *= self.on
        np.add.reduce(dZ1, axis=0, out=grads["b1"])
        np.matmul(X.T, dZ1, grads["W1"])
        if self.recipe.l2:
            for name in ("W1", "W2"):
                grads[name] += self.recipe.l2 * params[name]

    def _momentum(self, rate):
        self.velocity *= self.recipe.momentum
        self.gradient *= rate
        self.velocity -= self.gradient
        self.theta += self.velocity

    def _adam(self, rate):
        """Kingma and Ba 2015, with their order of operations that needs no further array."""
        first, second, t = self.recipe.momentum, BETA2, self.done + 1
        self.velocity *= first
        self.velocity += (1 - first) * self.gradient
        self.gradient *= self.gradient
        self.squares *= second
        self.squares += (1 - second) * self.gradient
        np.sqrt(self.squares, out=self.gradient)
        self.gradient += EPSILON * (1 - second**t) ** 0.5
        np.divide(self.velocity, self.gradient, out=self.gradient)
        self.gradient *= rate * (1 - second**t) ** 0.5 / (1 - first**t)
        self.theta -= self.gradient
