"""The same training step in several hands: bare products, ours, PyTorch, JAX, scikit-learn, the homework."""

import warnings
from types import SimpleNamespace

import numpy as np

from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.training.fast import FastSgd
from twolayer.training.sgd import batches
from twolayer.training.sparsity import by_use, extents

LR, L2 = 0.1, 1e-4
UNIT = Scaling("unit", 0.0, 1 / 255)


def data(part="train", order=None):
    """Return MNIST's pixels, by use or in the order given, and labels."""
    pixels, labels = mnist.load().part(part)
    order = by_use(mnist.load().part("train")[0]) if order is None else order
    return pixels.take(order, axis=1), labels


def products(H, B, D=784, C=10):
    """Return a function that does the five bare matrix products of a step, into ready arrays."""
    rng = np.random.default_rng(0)
    X, W1, W2 = (rng.random(shape, dtype=np.float32) for shape in ((B, D), (D, H), (H, C)))
    A1, Z2, dA1 = (np.empty(shape, np.float32) for shape in ((B, H), (B, C), (B, H)))
    dW1, dW2 = np.empty_like(W1), np.empty_like(W2)

    def floor():
        np.matmul(X, W1, A1)
        np.matmul(A1, W2, Z2)
        np.matmul(A1.T, Z2, dW2)
        np.matmul(Z2, W2.T, dA1)
        np.matmul(X.T, dA1, dW1)

    return floor


def ours(pixels, labels, H, B, momentum=0.0, l2=L2, seed=0, scaling=UNIT):
    """Return a function `step()`: draw a shuffled batch, scale it, one update."""
    net = TwoLayerNet.initialized(pixels.shape[1], H, 10, np.random.default_rng(seed), l2=l2)
    sgd, config = FastSgd(net, scaling, B, momentum), SimpleNamespace(batch=B, sampling="shuffle")
    stream = batches(pixels, labels, config, 10**9, np.random.default_rng(seed), extents(pixels))

    def step():
        sgd(*next(stream), LR)

    step.net = net
    return step


def torch_step(pixels, labels, H, B, momentum=0.0, l2=L2, seed=0):
    """Return `step()` in PyTorch on the CPU, eager, with the inputs scaled beforehand."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    X, y = torch.from_numpy(UNIT(pixels)), torch.from_numpy(labels.astype(np.int64))
    net = torch.nn.Sequential(torch.nn.Linear(pixels.shape[1], H), torch.nn.ReLU(), torch.nn.Linear(H, 10))
    for layer in (net[0], net[2]):
        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)
    weights, biases = [net[0].weight, net[2].weight], [net[0].bias, net[2].bias]
    groups = [{"params": weights, "weight_decay": l2}, {"params": biases}]
    optimizer, loss = torch.optim.SGD(groups, lr=LR, momentum=momentum), torch.nn.CrossEntropyLoss()

    def drawn():
        while True:
            yield from torch.randperm(len(y))[: len(y) // B * B].reshape(-1, B)

    stream = drawn()

    def step():
        index = next(stream)
        optimizer.zero_grad()
        loss(net(X[index]), y[index]).backward()
        optimizer.step()

    step.net = net
    return step


def jax_epoch(pixels, labels, H, B, scanned, seed=0):
    """Return `epoch()` in JAX: one compiled call, `lax.scan` over its batches, or a compiled call for each batch."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(seed)
    net = TwoLayerNet.initialized(pixels.shape[1], H, 10, rng)
    X, y, count = jnp.asarray(UNIT(pixels)), jnp.asarray(labels.astype(np.int32)), len(labels) // B

    def loss(weights, biases, X, y):
        Z = jnp.maximum(X @ weights[0] + biases[0], 0) @ weights[1] + biases[1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1))

    def update(state, index):
        slopes = jax.grad(loss, (0, 1))(*state, X[index], y[index])
        weights = [W - LR * (g + L2 * W) for W, g in zip(state[0], slopes[0], strict=True)]
        return (weights, [b - LR * g for b, g in zip(state[1], slopes[1], strict=True)]), None

    whole = jax.jit(lambda state, order: jax.lax.scan(update, state, order)[0], donate_argnums=0)
    single = jax.jit(lambda state, index: update(state, index)[0], donate_argnums=0)
    state = tuple([jnp.asarray(net.params[name]) for name in names] for names in (("W1", "W2"), ("b1", "b2")))

    def epoch():
        nonlocal state
        order = jnp.asarray(rng.permutation(len(labels))[: count * B].reshape(count, B).astype(np.int32))
        if scanned:
            state = whole(state, order)
        else:
            for index in order:
                state = single(state, index)
        jax.block_until_ready(state)

    epoch.state = lambda: state
    return epoch


def sklearn_network(H, B, momentum=0.0, l2=L2, seed=0):
    """Return scikit-learn's classifier with the same settings; it draws its own batches."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    return MLPClassifier(
        H, solver="sgd", batch_size=B, learning_rate_init=LR, momentum=momentum, nesterovs_momentum=False,
        alpha=l2, random_state=seed, max_iter=1,
    )  # fmt: skip


def homework(pixels, labels, H, B=256, lr=0.001, l2=0.01, input_gradient=True):
    """Return `step()` and `accuracy(pixels, labels)` with the homework's own arithmetic.

    64-bit numbers, pixels as bytes, batches drawn with replacement, gradients averaged over the
    batch, then `+ l2 * theta` for weights and biases, in separate arrays; a fully-connected layer
    that always returns dW, db and dX. Written from the description of its protocol, not its code.
    """
    rng = np.random.default_rng(0)
    params = [rng.standard_normal(s) * f for s, f in (((784, H), 1e-3), (H, 1.0), ((H, 10), 1e-3), (10, 1.0))]

    def forward(X):
        Z1 = X @ params[0] + params[1]
        A1 = np.maximum(Z1, 0)
        return Z1, A1, A1 @ params[2] + params[3]

    def softmax(Z):
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)

    def backward(dZ, X, W, input_gradient=True):
        return dZ @ W.T if input_gradient else None, X.T @ dZ, dZ.sum(axis=0)

    def step():
        index = rng.integers(0, len(pixels), B)
        X, Y = pixels[index], np.eye(10)[labels[index]]
        Z1, A1, Z2 = forward(X)
        P = softmax(Z2)
        loss = -np.sum(Y * np.log(P + 1e-300)) / B
        dA1, dW2, db2 = backward((P - Y) / B, A1, params[2])
        _, dW1, db1 = backward(dA1 * (Z1 > 0), X, params[0], input_gradient)
        for value, gradient in zip(params, (dW1, db1, dW2, db2), strict=True):
            value -= lr * (gradient + l2 * value)
        return loss

    def accuracy(X, y):
        return np.mean(softmax(forward(X)[2]).argmax(axis=1) == y)

    step.params = params
    return step, accuracy
