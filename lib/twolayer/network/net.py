"""The two-layer network: fully-connected, ReLU, fully-connected, softmax cross-entropy, L2."""

import numpy as np

from .initialization import initial_parameters
from .layers import (
    affine_backward,
    affine_forward,
    l2_penalty,
    relu_backward,
    relu_forward,
    softmax,
    softmax_cross_entropy,
)


class TwoLayerNet:
    """Parameters and the objective (2.6) with its gradient (2.13).

    Parameters
    ----------
    params : dict
        W1 (D, H), b1 (H,), W2 (H, C), b2 (C,), of one floating-point dtype, which is the
        dtype of all arithmetic. The arrays are kept, not copied: training changes them.
    l2 : float
        Strength of the penalty, >= 0.
    decay_biases : bool
        True adds the biases to the penalty, as the homework's code does.
    """

    def __init__(self, params, l2=0.0, decay_biases=False):
        self.params = params
        self.l2 = l2
        self.decayed = ("W1", "b1", "W2", "b2") if decay_biases else ("W1", "W2")

    @classmethod
    def initialized(cls, n_inputs, n_hidden, n_classes, rng, init="he", dtype=np.float32, **penalty):
        """Make a network with fresh parameters; arguments as `initial_parameters` has them."""
        return cls(initial_parameters(init, n_inputs, n_hidden, n_classes, rng, dtype), **penalty)

    @property
    def dtype(self):
        """Floating-point type of the parameters."""
        return self.params["W1"].dtype

    def forward(self, X):
        """Logits, equations (2.1), (2.2) and (2.3).

        Parameters
        ----------
        X : ndarray of shape (B, D)
            Scaled inputs.

        Returns
        -------
        Z2 : ndarray of shape (B, C)
        caches : tuple
            Those of the three layers; `caches[2][0]` is A1, the hidden activations (B, H).
        """
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        Z1, first = affine_forward(X, W1, b1)
        A1, kink = relu_forward(Z1)
        Z2, second = affine_forward(A1, W2, b2)
        return Z2, (first, kink, second)

    def loss(self, X, y):
        """Objective (2.6) and its gradient (2.13) on a batch.

        Parameters
        ----------
        X : ndarray of shape (B, D)
            Scaled inputs, of the network's dtype.
        y : ndarray of shape (B,)
            Labels, 0 <= y[i] < C.

        Returns
        -------
        loss : float
            Mean cross-entropy in nats plus penalty.
        grads : dict
            Gradient arrays, with the keys and shapes of `params`.
        """
        Z2, (first, kink, second) = self.forward(X)
        loss, dZ2 = softmax_cross_entropy(Z2, y)
        dA1, dW2, db2 = affine_backward(dZ2, second)
        dZ1 = relu_backward(dA1, kink)
        _, dW1, db1 = affine_backward(dZ1, first, input_gradient=False)
        grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
        for name in self.decayed:
            grads[name] += self.l2 * self.params[name]
        return loss + l2_penalty((self.params[name] for name in self.decayed), self.l2), grads

    def probabilities(self, X):
        """Softmax of the logits, shape (B, C), equation (2.4)."""
        return softmax(self.forward(X)[0])

    def predict(self, X):
        """Most probable class of every row, integers of shape (B,)."""
        return self.forward(X)[0].argmax(axis=1)
