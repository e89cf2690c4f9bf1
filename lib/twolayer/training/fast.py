"""The updates of `sgd.Sgd` close to the cost of their matrix products: what experiments run.

The reference says what is computed; this module says how. It is held to the reference to rounding
(tests/test_fast.py), and what each shortcut gives is in appendix C:

- results go into arrays made once; the learning rate and 1/B travel in the gradient of the logits;
- decay is a factor on the parameters, with momentum too, equations (C.1) and (C.2), and what is
  done to the same parameters is done to a part of them at a time, which fits in the cache;
- zeros at the end of images, and columns of units that are off in the whole batch, are left out
  of the products, equation (C.3): best for pixels in the order of `sparsity.by_use` and images
  by extent;
- velocities too small for full precision, on which a processor is slow, are set to 0;
- logits are kept a column an example, so that reductions over the classes run along memory.
"""

import math

import numpy as np

from .descent import PART, Descent
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
    product : callable
        `product(left, right, out)`: a matrix product, such as `products.Products`, which has a clock.
    """

    def __init__(self, net, scaling, batch, momentum=0.0, product=np.matmul):
        (D, H), C = net.params["W1"].shape, len(net.params["b2"])
        shapes = {name: net.params[name].shape for name in ("b1", "b2", "W2", "W1")}
        self.theta = np.concatenate([net.params[name].ravel() for name in shapes])
        self.descent = Descent(self.theta, momentum)
        params, self.grads = views(self.theta, shapes), views(self.descent.gradient, shapes)
        self.params = net.params = {name: params[name] for name in net.params}  # in the order they came
        self.exempt = 0 if "b1" in net.decayed else H + C
        self.scaling, self.l2, self.product = scaling, net.l2, product
        self.X, self.A1, self.dA1, self.on = (np.empty((batch, width), net.dtype) for width in (D, H, H, H))
        self.Z2, self.P, self.Y = (np.empty((C, batch), net.dtype) for _ in range(3))
        self.W2T = np.empty((C, H), net.dtype)
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
        blocks = stairs(pixels) if self.scaling.keeps_zeros else [(len(y), slice(0, pixels.shape[1]))]
        X = self.scaling(pixels, out=self.X)
        self._forward(X, blocks)
        loss = self._logit_gradient(y, rate / len(y))
        self._backward()
        self._descend(X, blocks, rate * self.l2)
        return loss

    def _forward(self, X, blocks):
        """Leave the outputs of both layers in `A1` and `Z2`, the sums of (C.3) block by block."""
        A1, on, Z2, params = self.A1, self.on, self.Z2, self.params
        for count, used in blocks:
            part = (self.dA1 if used.start else A1)[:count]
            self.product(X[:count, used], params["W1"][used], part)
            if used.start:
                A1[:count] += part
        A1 += params["b1"]
        np.greater(A1, 0, self.live)
        np.copyto(on, self.live)
        A1 *= on  # quicker than maximum(), and the mask serves the way back
        self.product(params["W2"].T, A1.T, Z2)
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

    def _backward(self):
        """Leave dZ1 in `dA1`, and the changes of all parameters but W1, penalty apart, in `grads`."""
        P, dZ1, grads = self.P, self.dA1, self.grads
        self.product(self.A1.T, P.T, grads["W2"])
        np.add.reduce(P, axis=1, out=grads["b2"])
        np.copyto(self.W2T, self.params["W2"].T)  # so small a copy makes the product three times as quick
        self.product(P.T, self.W2T, dZ1)
        dZ1 *= self.on
        np.matmul(self.ones, dZ1, grads["b1"])

    def _descend(self, X, blocks, decay):
        """Move all parameters, those of a part as soon as their gradient is there, while it is in the cache."""
        descent, live, dW1, done = self.descent, self._few_live(), self.grads["W1"], self.exempt
        descent.begin(decay)
        descent.move(0, done, exempt=True)
        for count, used in blocks:
            rows, dZ1 = X[:count, used].T, self.dA1[:count]
            if live is None:
                self.product(rows, dZ1, dW1[used])
            else:
                dW1[used] = 0
                dW1[used, live] = self.product(rows, dZ1[:, live])
            end = len(self.theta) - dW1[used.stop :].size
            if end - done >= PART:
                descent.move(done, end)
                done = end
        descent.move(done, end)
        descent.move(end, len(self.theta), still=True)  # pixels that are 0 in the whole batch

    def _few_live(self):
        """Return which hidden units are on for an image of the batch, or None where it is many."""
        if DEAD_SHARE * np.count_nonzero(self.live) > self.live.size:  # cheap to see, and true of dead units
            return None
        live = np.logical_or.reduce(self.live, axis=0)
        return live if DEAD_SHARE * np.count_nonzero(live) <= len(live) else None


def views(vector, shapes):
    """Return arrays of the given shapes that lie in `vector` one after the other."""
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    parts = np.split(vector, ends[:-1])
    return {name: part.reshape(shape) for part, (name, shape) in zip(parts, shapes.items(), strict=True)}
