"""Updates against their bare products, and how their cost grows. One process, one number of BLAS threads."""

import itertools

from networks import data, ours, products
from timing import in_turn, ratio, row

from twolayer.data.scaling import Scaling

HIDDEN, BATCHES = (64, 128, 256, 512, 1024), (64, 128, 256, 512)


def steps(repetitions, threads):
    """Measure an update on MNIST: as it is, with momentum, and with standardised pixels, of which none is 0."""
    pixels, labels = data()
    standard = Scaling.fit("standard", pixels)
    ways = {
        "as trained": {},
        "with momentum": {"momentum": 0.9},
        "all pixels": {"scaling": standard},
        "all pixels, with momentum": {"scaling": standard, "momentum": 0.9},
    }
    sizes = itertools.product(HIDDEN, BATCHES) if threads == 1 else [(512, 128), (512, 256)]
    rows = []
    for H, B in sizes:
        run = {way: ours(pixels, labels, H, B, **options) for way, options in ways.items()}
        times = in_turn({"products": products(H, B)} | run, repetitions)
        for way in ways:
            rows.append(
                row(
                    "step", f"an update over its bare products, {way}", ratio(times[way], times["products"]),
                    target(way, H, threads),
                    hidden=H, batch=B, threads=threads, way=way, seconds=times[way], products=times["products"],
                )
            )  # fmt: skip
    return rows


def target(way, H, threads):
    """Return what an update must not exceed of its bare products, None where nothing was set."""
    if threads == 2:
        return None if "momentum" in way else 1.1
    common_size = {"as trained": 0.85, "all pixels": 1.1, "all pixels, with momentum": 1.45}
    any_size = {"as trained": 1.15, "all pixels": 1.35, "all pixels, with momentum": 1.45}
    return (common_size if H == 512 else any_size).get(way)


def growth(repetitions):
    """Measure an epoch by number of examples, and an update by number of hidden units and by size of the batch."""
    pixels, labels = data()
    rows = []
    for count in (3000, 6000, 12000, 24000, 48000):
        step, updates = ours(pixels[:count], labels[:count], 256, 128), count // 128
        times = in_turn({"epoch": lambda step=step, updates=updates: [step() for _ in range(updates)]}, repetitions)
        rows.append(row("growth", "an epoch, by examples", times["epoch"], unit="s", examples=count, hidden=256))
    for H in (32, 64, 128, 256, 512, 1024, 2048):
        times = in_turn({"update": ours(pixels, labels, H, 128)}, repetitions)
        rows.append(row("growth", "an update, by hidden units", times["update"], unit="s", hidden=H, batch=128))
    for B in (8, 16, 32, 64, 128, 256, 512, 1024):
        times = in_turn({"update": ours(pixels, labels, 256, B)}, repetitions)
        rows.append(row("growth", "an update, by images", times["update"], unit="s", hidden=256, batch=B))
    return rows
