"""Five hands that train on MNIST from its files, each in its own quickest way, for `make speedrun`.

Each function is given the part of the data to learn, the settings and a seed, and returns a function that classifies
pixels. What it does until then is on the clock: reading, scaling, training. Importing and compiling is not.
"""

import json
import sys
import time

import numpy as np
from networks import UNIT

from twolayer.data import mnist
from twolayer.network import TwoLayerNet
from twolayer.training.configuration import Configuration
from twolayer.training.fast import FastSgd
from twolayer.training.schedules import learning_rates
from twolayer.training.sgd import batches
from twolayer.training.sparsity import by_use, extents


def rates(count, batch, epochs, lr, warmup=0.0):
    """Return the learning rate of every update: a cosine after a linear start, equation (2.19)."""
    config = Configuration.resolve(lr=lr, schedule="cosine", warmup=warmup)
    return learning_rates(config, round(count // batch * epochs))


def ours(part, seed, hidden, batch, epochs, lr, momentum, warmup=0.0, l2=0.0):
    """The project's network and updates."""
    pixels, labels = mnist.load().part(part)
    order, rng = by_use(pixels), np.random.default_rng(seed)
    pixels, steps = pixels.take(order, axis=1), rates(len(labels), batch, epochs, lr, warmup)
    net = TwoLayerNet.initialized(pixels.shape[1], hidden, 10, rng, l2=l2)
    sgd, config = FastSgd(net, UNIT, batch, momentum), Configuration.resolve(batch=batch, sampling="shuffle")
    for (some, of_class), rate in zip(
        batches(pixels, labels, config, len(steps), rng, extents(pixels)), steps, strict=True
    ):
        sgd(some, of_class, rate)
    return lambda images: net.predict(UNIT(images.take(order, axis=1)))


def pytorch(part, seed, hidden, batch, epochs, lr, momentum, warmup=0.0, l2=0.0):
    """PyTorch, eager, fused updates."""
    import torch

    torch.manual_seed(seed)
    pixels, labels = mnist.load().part(part)
    X, y = torch.from_numpy(UNIT(pixels)), torch.from_numpy(labels.astype(np.int64))
    net = torch.nn.Sequential(torch.nn.Linear(X.shape[1], hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    for layer in (net[0], net[2]):
        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum, weight_decay=l2, fused=True)
    loss, steps, per_epoch = torch.nn.CrossEntropyLoss(), rates(len(y), batch, epochs, lr, warmup), len(y) // batch
    for t, rate in enumerate(steps):
        if t % per_epoch == 0:
            order = torch.randperm(len(y))[: per_epoch * batch].reshape(per_epoch, batch)
        index = order[t % per_epoch]
        optimizer.param_groups[0]["lr"] = float(rate)
        optimizer.zero_grad()
        loss(net(X[index]), y[index]).backward()
        optimizer.step()

    def predict(images):
        with torch.no_grad():
            return net(torch.from_numpy(UNIT(images))).argmax(dim=1).numpy()

    return predict


def jax_epoch():
    """Return the compiled function that does the updates of an epoch, `lax.scan` over its batches."""
    import jax
    import jax.numpy as jnp

    def loss(theta, X, y):
        W1, b1, W2, b2 = theta
        Z = jnp.maximum(X @ W1 + b1, 0) @ W2 + b2
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1))

    def epoch(state, X, y, order, steps, momentum, l2):
        def update(state, one):
            (theta, velocity), (index, rate) = state, one
            grads = jax.grad(loss)(theta, X[index], y[index])
            velocity = [momentum * v - rate * (g + l2 * p) for v, g, p in zip(velocity, grads, theta, strict=True)]
            return ([p + v for p, v in zip(theta, velocity, strict=True)], velocity), None

        return jax.lax.scan(update, state, (order, steps))[0]

    return jax.jit(epoch, donate_argnums=0)


_epoch = None


def jax(part, seed, hidden, batch, epochs, lr, momentum, warmup=0.0, l2=0.0):
    """JAX on the CPU: an epoch is one compiled call."""
    global _epoch
    import jax.numpy as jnp

    _epoch = _epoch or jax_epoch()
    rng = np.random.default_rng(seed)
    pixels, labels = mnist.load().part(part)
    X, y, per_epoch = jnp.asarray(UNIT(pixels)), jnp.asarray(labels.astype(np.int32)), len(labels) // batch
    net = TwoLayerNet.initialized(pixels.shape[1], hidden, 10, rng)
    theta = [jnp.asarray(net.params[name]) for name in ("W1", "b1", "W2", "b2")]
    state, steps = (theta, [jnp.zeros_like(one) for one in theta]), rates(len(labels), batch, epochs, lr, warmup)
    for start in range(0, len(steps), per_epoch):
        some = steps[start : start + per_epoch].astype(np.float32)
        order = rng.permutation(len(labels))[: len(some) * batch].reshape(len(some), batch).astype(np.int32)
        state = _epoch(state, X, y, order, some, momentum, l2)
    W1, b1, W2, b2 = (np.asarray(one) for one in state[0])
    return lambda images: (np.maximum(UNIT(images) @ W1 + b1, 0) @ W2 + b2).argmax(axis=1)


def sklearn(part, seed, hidden, batch, epochs, lr):
    """scikit-learn's MLPClassifier, with Adam, the quickest of its solvers here."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    pixels, labels = mnist.load().part(part)
    net = MLPClassifier(
        hidden, batch_size=batch, learning_rate_init=lr, max_iter=epochs, alpha=0.0, random_state=seed, tol=0.0
    )
    net.fit(UNIT(pixels), labels)
    return lambda images: net.predict(UNIT(images))


def elm(part, seed, hidden, ridge, fields=True):
    """An extreme learning machine: fixed random features, and least squares for the second layer.

    With the two devices that make it strong (McDonnell et al., Fast, simple and accurate handwritten digit
    classification, 2015): a unit sees a random rectangle of the image, and its weights are the difference of two
    training images of different classes.
    """
    rng, (pixels, labels) = np.random.default_rng(seed), mnist.load().part(part)
    W, b = elm_features(pixels, labels, hidden, rng, fields)
    gram, right = np.zeros((hidden, hidden), np.float32), np.zeros((hidden, 10), np.float32)
    Y = np.eye(10, dtype=np.float32)[labels]
    for start in range(0, len(labels), 4000):
        A = np.maximum(UNIT(pixels[start : start + 4000]) @ W + b, 0)
        gram += A.T @ A  # NumPy takes the product that uses its symmetry
        right += A.T @ Y[start : start + 4000]
    gram[np.diag_indices(hidden)] += ridge * np.trace(gram) / hidden
    W2 = np.linalg.solve(gram.astype(np.float32), right)
    return lambda images: (np.maximum(UNIT(images) @ W + b, 0) @ W2).argmax(axis=1)


def elm_features(pixels, labels, hidden, rng, fields):
    """Return the fixed weights (784, hidden) and biases (hidden,) of the extreme learning machine."""
    first, second = rng.integers(0, len(labels), (2, 2 * hidden + 100))
    other = labels[first] != labels[second]
    first, second = first[other][:hidden], second[other][:hidden]
    W = UNIT(pixels[first]) - UNIT(pixels[second])
    if fields:
        ends = np.sort(rng.integers(0, 29, (hidden, 2, 2)), axis=2)
        short = (ends[..., 1] - ends[..., 0]) < 8
        ends[short] = np.clip(ends[short].mean(axis=1, keepdims=True).round() + [-5, 5], 0, 28)
        rows, columns = ((ends[:, axis, :1] <= np.arange(28)) & (np.arange(28) < ends[:, axis, 1:]) for axis in (0, 1))
        W *= (rows[:, :, None] & columns[:, None, :]).reshape(hidden, -1)
    length = np.sqrt(np.square(W).sum(axis=1, keepdims=True))
    middle = (UNIT(pixels[first]) + UNIT(pixels[second])) / 2
    W /= np.maximum(length, 1e-6)
    return np.ascontiguousarray(W.T), -(W * middle).sum(axis=1)


HANDS = {"ours": ours, "PyTorch": pytorch, "JAX": jax, "scikit-learn": sklearn, "extreme learning machine": elm}


def serve(name, part, settings):
    """Train for each seed that comes in, a line each; answer a line with seconds and test accuracy.

    What has to be compiled is, before the first seed is read.
    """
    hand = HANDS[name]
    images, labels = mnist.load().part("test" if part == "all" else "validation")
    hand(part, 0, **settings | ({"epochs": 1} if "epochs" in settings else {}))
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        predict = hand(part, int(line), **settings)
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, float(np.mean(predict(images) == labels))]), flush=True)
