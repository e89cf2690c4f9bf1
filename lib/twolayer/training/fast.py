"""The updates of `sgd.Sgd` close to the cost of their matrix products: what experiments run.

The reference says what is computed; this module says how. It is held to the reference to rounding
(tests/test_fast.py), and what each shortcut gives is in appendix C:

- results go into arrays made once; the learning rate and 1/B travel in the gradient of the logits;
- decay is a factor on the parameters, with momentum too, equations (C.1) and (C.2);
- zeros at the end of images, and columns of units that are off in the whole batch, are left out
  of the products, equation (C.3): best for pixels in the order of `sparsity.by_use` and images
  by extent;
- logits are kept a column an example, so that reductions over the classes run along memory.
"""

import math

import numpy as np

from .sparsity import stairs

DEAD_SHARE = 4  # columns are left out when at most one in four is live: copying them costs, too


class FastSgd:
    """SGD with momentum, equation (2.17), for a `TwoLayerNet` on pixels as they are stored.

    Parameters
    ----------
    net : TwoLayerNet
        Its parameters are moved into one vector; `net.params` then holds views of it, which
        every update changes.
    scaling : Scaling
        With a shift no input is 0, and all pixels take part in the products.
    batch : int
        B, the size of every batch.
    momentum : float
        0 <= momentum < 1.
    """

    def __init__(self, net, scaling, batch, momentum=0.0):
        (D, H), C = net.params["W1"].shape, len(net.params["b2"])
        # In this order the part that an update touches, K rows of W1 and all the rest, is one slice.
        shapes = {name: net.params[name].shape for name in ("b1", "b2", "W2", "W1")}
        self.theta = np.concatenate([net.params[name].ravel() for name in shapes])
        self.gradient = np.empty_like(self.theta)
        self.velocity = np.zeros_like(self.theta) if momentum else None
        params = views(self.theta, shapes)
        self.params = net.params = {name: params[name] for name in net.params}  # in the order they came
        self.grads = views(self.gradient, shapes)
        self.exempt = 0 if "b1" in net.decayed else H + C
        self.scaling, self.l2, self.momentum = scaling, net.l2, momentum
        self.share, self.factor = 0.0, 1.0  # xi and rho of (C.2)
        self.X, self.A1, self.dA1, self.on = (np.empty((batch, width), net.dtype) for width in (D, H, H, H))
        self.Z2, self.P, self.Y = (np.empty((C, batch), net.dtype) for _ in range(3))
        self.row, self.ones = np.empty(batch, net.dtype), np.ones(batch, net.dtype)
        self.live, self.classes = np.empty((batch, H), bool), np.arange(C)[:, None]

    def __call__(self, pixels, y, rate):
        """Do one update on a batch; return its mean cross-entropy before it, in nats.

        The penalty is not added to what is returned: it would cost a pass over all weights.

        Parameters
        ----------
        pixels : ndarray of shape (B, D), uint8
        y : ndarray of shape (B,)
            Labels, 0 <= y[i] < C.
        rate : float
            Learning rate.
        """
        steps = stairs(pixels) if self.scaling.keeps_zeros else [(slice(0, len(y)), pixels.shape[1])]
        X = self.scaling(pixels, out=self.X)
        self._forward(X, steps)
        loss = self._logit_gradient(y, rate / len(y))
        self._backward(X, steps)
        self._descend(rate * self.l2, len(self.theta) - self.params["W1"][steps[0][1] :].size)
        return loss

    def _forward(self, X, steps):
        A1, on, Z2, params = self.A1, self.on, self.Z2, self.params
        for rows, K in steps:
            np.matmul(X[rows, :K], params["W1"][:K], A1[rows])
        A1 += params["b1"]
        np.greater(A1, 0, self.live)
        np.copyto(on, self.live)
        A1 *= on  # quicker than maximum(), and the mask serves the way back
        np.matmul(params["W2"].T, A1.T, Z2)
        Z2 += params["b2"][:, None]

    def _logit_gradient(self, y, rate):
        """Leave rate * (P - Y)^T in `P`; return the mean cross-entropy."""
        Z2, P, Y, row = self.Z2, self.P, self.Y, self.row
        np.maximum.reduce(Z2, axis=0, out=row)
        Z2 -= row
        np.exp(Z2, P)
        np.add.reduce(P, axis=0, out=row)
        P /= row
        np.equal(self.classes, y, Y)
        P -= Y
        P *= rate
        np.log(row, row)
        return (float(np.add.reduce(row)) - float(np.vdot(Z2, Y))) / len(y)

    def _backward(self, X, steps):
        """Leave the changes of all parameters, penalty apart, in `grads`."""
        P, dZ1, grads = self.P, self.dA1, self.grads
        np.matmul(self.A1.T, P.T, grads["W2"])
        np.add.reduce(P, axis=1, out=grads["b2"])
        np.matmul(P.T, self.params["W2"].T, dZ1)
        dZ1 *= self.on
        np.matmul(self.ones, dZ1, grads["b1"])
        dW1 = grads["W1"][: steps[0][1]]
        if DEAD_SHARE * np.count_nonzero(self.live) <= self.live.size:  # cheap to see, and true of dead units
            live = np.logical_or.reduce(self.live, axis=0)
            if DEAD_SHARE * np.count_nonzero(live) <= len(live):
                dW1[:] = 0
                dW1[:, live] = X[:, : len(dW1)].T @ dZ1[:, live]
                return
        _stepwise_product(X, dZ1, steps, dW1)

    def _descend(self, decay, end):
        """Move the parameters by (C.1), or by (C.2), whose delta is `change`; the gradient is 0 from `end` on."""
        theta, change, exempt = self.theta, self.velocity, self.exempt
        if change is None:
            if decay:
                theta[exempt:] *= 1 - decay
            theta[:end] -= self.gradient[:end]
            return
        change[:exempt] *= self.momentum
        change[exempt:] *= self.momentum / self.factor
        change[:end] -= self.gradient[:end]
        pull = self.momentum * self.share - decay
        if pull < -0.5:  # rho below 1/2, under a strong decay: 1 / rho would blow up rounding errors
            change[exempt:] += pull * theta[exempt:]
            pull = 0.0
        self.factor, self.share = 1 + pull, pull / (1 + pull)
        if pull:
            theta[exempt:] *= self.factor
        theta += change


def _stepwise_product(X, dZ, steps, dW):
    """Write X^T dZ into `dW`, by (C.3): of each block of pixels only the images that reach it."""
    lower = [K for _, K in steps[1:]] + [0]
    for (rows, K), low in zip(steps, lower, strict=True):
        np.matmul(X[: rows.stop, low:K].T, dZ[: rows.stop], dW[low:K])


def views(vector, shapes):
    """Return arrays of the given shapes that lie in `vector` one after the other."""
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    parts = np.split(vector, ends[:-1])
    return {name: part.reshape(shape) for part, (name, shape) in zip(parts, shapes.items(), strict=True)}
