"""The same network in other hands: time of an epoch, and until a test accuracy is reached."""

import functools
import importlib.util
import itertools
import time

import compiled
import numpy as np
from networks import L2, LR, UNIT, data, jax_epoch, ours, sklearn_network, torch_step
from timing import in_turn, ratio, row

from twolayer.data.scaling import Scaling

HIDDEN, BATCHES = (64, 128, 256, 512), (64, 128, 256)
GOAL, EPOCHS = 0.9794, 30
NAMES = {"torch": "PyTorch", "jax": "JAX", "sklearn": "scikit-learn"}
WIDE = list(itertools.product((64, 256, 512, 1024), (64, 256, 1024)))


def missing(module):
    """Return why a rival cannot be measured, or None."""
    if importlib.util.find_spec(module):
        return None
    return f"{NAMES[module]} is not installed: pip install -e '.[bench]'"


def epoch(step, updates):
    """Return a function that does an epoch."""
    return lambda: [step() for _ in range(updates)]


def torch_epochs(repetitions):
    """Measure an epoch against PyTorch, on the CPU, eager, one thread both."""
    rows, why = [], missing("torch")
    pixels, labels = data()
    for H, B in itertools.product(HIDDEN, BATCHES):
        what, limit = "an epoch over PyTorch's", 0.38
        if why:
            rows.append(row("PyTorch", what, None, limit, hidden=H, batch=B, threads=1, why=why))
            continue
        hands, updates = {"ours": ours, "theirs": torch_step}, len(labels) // B
        times = in_turn({name: epoch(make(pixels, labels, H, B), updates) for name, make in hands.items()}, repetitions)
        rows.append(
            row(
                "PyTorch", what, ratio(times["ours"], times["theirs"]), limit, hidden=H, batch=B, threads=1,
                updates=updates, seconds=times["ours"], theirs=times["theirs"],
            )
        )  # fmt: skip
    return rows


def jax_epochs(repetitions):
    """Measure an epoch against JAX's, compiled, on one core: whole or batch by batch, whichever is quicker."""
    rows, why = [], missing("jax")
    pixels, labels = data()
    for H, B in WIDE:
        what = "an epoch over JAX's"
        if why:
            rows.append(row("JAX", what, None, 0.8, hidden=H, batch=B, threads=1, why=why))
            continue
        updates = len(labels) // B
        hands = {"ours": epoch(ours(pixels, labels, H, B), updates)}
        hands |= {name: jax_epoch(pixels, labels, H, B, name == "whole") for name in ("whole", "by batch")}
        times = in_turn(hands, repetitions)
        quicker = min(("whole", "by batch"), key=lambda name: np.median(times[name]))
        rows.append(
            row(
                "JAX", what, ratio(times["ours"], times[quicker]), 0.8, hidden=H, batch=B, threads=1, updates=updates,
                seconds=times["ours"], theirs=times[quicker], way=quicker,
            )
        )  # fmt: skip
    return rows


def c_epochs(repetitions):
    """Measure an epoch against a loop in C over the same OpenBLAS, as trained and with standardised pixels."""
    rows, why = [], compiled.missing()
    pixels, labels = data()
    ways = {"as trained": {}, "all pixels": {"scaling": Scaling.fit("standard", pixels)}}
    for H, B in WIDE:
        if why:
            what = "an epoch over a loop in C, as trained"
            rows.append(row("C", what, None, 1.1, hidden=H, batch=B, threads=1, why=why))
            continue
        updates = len(labels) // B
        hands = {way: epoch(ours(pixels, labels, H, B, **more), updates) for way, more in ways.items()}
        times = in_turn(hands | {"C": compiled.c_epoch(pixels, labels, H, B, LR, l2=L2)}, repetitions)
        for way in ways:
            rows.append(
                row(
                    "C", f"an epoch over a loop in C, {way}", ratio(times[way], times["C"]), 1.1, hidden=H, batch=B,
                    threads=1, updates=updates, way=way, seconds=times[way], theirs=times["C"],
                )
            )  # fmt: skip
    return rows


def sklearn_epochs(repetitions):
    """Measure an epoch against `partial_fit` of scikit-learn's MLPClassifier, which is one epoch, too."""
    rows, why = [], missing("sklearn")
    pixels, labels = data()
    for H in HIDDEN:
        what, limit = "an epoch over scikit-learn's", 0.45
        if why:
            rows.append(row("scikit-learn", what, None, limit, hidden=H, batch=256, threads=1, why=why))
            continue
        X, updates = UNIT(pixels), len(labels) // 256
        rival, mine = sklearn_network(H, 256), epoch(ours(pixels, labels, H, 256), updates)
        theirs = functools.partial(rival.partial_fit, X, labels, classes=range(10))
        times = in_turn({"ours": mine, "theirs": theirs}, repetitions)
        rows.append(
            row(
                "scikit-learn", what, ratio(times["ours"], times["theirs"]), limit, hidden=H, batch=256, threads=1,
                updates=updates, seconds=times["ours"], theirs=times["theirs"],
            )
        )  # fmt: skip
    return rows


def until_goal(repetitions):
    """Measure the seconds of training until the homework's best test accuracy is reached, one seed a repetition.

    The same settings in all hands: 512 hidden units, batches of 128, a constant rate of 0.1 with
    momentum 0.9, l2 1e-4. The test set is looked at after every epoch, off the clock.
    """
    (pixels, labels), (images, answers) = data(), data("test")
    X, T = UNIT(pixels), UNIT(images)

    def stepped(make, predict):
        def start(seed):
            step = make(pixels, labels, 512, 128, 0.9, seed=seed)
            return (
                epoch(step, len(labels) // 128),
                lambda: predict(step.net),
            )

        return start

    def of_torch(net):
        import torch

        with torch.no_grad():
            return net(torch.from_numpy(T)).argmax(dim=1).numpy()

    def sklearn_start(seed):
        net = sklearn_network(512, 128, 0.9, seed=seed)
        return lambda: net.partial_fit(X, labels, classes=range(10)), lambda: net.predict(T)

    hands = {
        "ours": (None, stepped(ours, lambda net: net.predict(T))),
        "PyTorch": (missing("torch"), stepped(torch_step, of_torch)),
        "scikit-learn": (missing("sklearn"), sklearn_start),
    }
    rows = []
    for name, (why, start) in hands.items():
        found = None if why else [reach(*start(seed), answers) for seed in range(repetitions)]
        details = {"why": why} if why else {"epochs": [epochs for _, epochs in found]}
        seconds = None if why else [seconds for seconds, _ in found]
        what = f"until {GOAL} on test, {name}"
        rows.append(row("goal", what, seconds, unit="s", hand=name, hidden=512, batch=128, threads=1, **details))
    return rows


def reach(train_epoch, predict, answers):
    """Return seconds of training and epochs until the goal; raise RuntimeError if it is not reached."""
    seconds = 0.0
    for number in range(1, EPOCHS + 1):
        start = time.perf_counter()
        train_epoch()
        seconds += time.perf_counter() - start
        if np.mean(predict() == answers) >= GOAL:
            return seconds, number
    raise RuntimeError(f"{GOAL} was not reached in {EPOCHS} epochs")
