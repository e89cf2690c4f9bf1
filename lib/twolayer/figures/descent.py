"""Figures of descent: on a parabola, by the product of rate and curvature, and away from a saddle."""

import numpy as np

from .style import LAYER_COLOURS, new_figure, styled

LEVELS = [0.02, 0.1, 0.25, 0.5, 1, 2, 4]


def on_parabola(product, updates, start=1.0):
    """Return the distances from the lowest point of a parabola on which plain descent lands, (2.17) with no momentum.

    Parameters
    ----------
    product : float
        Learning rate times curvature; nothing else counts.
    updates : int
    start : float

    Returns
    -------
    ndarray of shape (updates + 1,)
    """
    path = [start]
    for _ in range(updates):
        path.append(path[-1] - product * path[-1])
    return np.array(path)


@styled
def valley(products, updates=5):
    """Draw steps of plain descent on the parabola of curvature 1, a panel for each product of rate and curvature."""
    figure, axes = new_figure(4.8, 2.45, 1, len(products), sharex=True, sharey=True, squeeze=False)
    paths = [on_parabola(product, updates) for product in products]
    reach = 1.12 * max(np.abs(path).max() for path in paths)
    grid = np.linspace(-reach, reach, 121)
    for axis, product, path in zip(axes[0], products, paths, strict=True):
        axis.plot(grid, grid**2 / 2, color="#999999", linewidth=1)
        for begin, end in zip(path[:-1], path[1:], strict=True):
            ends = (end, end**2 / 2), (begin, begin**2 / 2)
            look = {"arrowstyle": "-|>", "color": LAYER_COLOURS[1], "linewidth": 1, "shrinkA": 2, "shrinkB": 2}
            axis.annotate("", *ends, arrowprops=look)
        axis.plot(path, path**2 / 2, "o", color=LAYER_COLOURS[0], markersize=4, gid="path")
        axis.plot(path[0], path[0] ** 2 / 2, "o", color="white", markeredgecolor=LAYER_COLOURS[0], markersize=5)
        factor = f"{1 - product:g}".replace("-", "−")
        axis.set_title(f"$\\eta \\kappa$ = {product:g}\ndistance times {factor}")
        axis.set(xlabel="distance", yticks=[], xticks=[-1, 0, 1])
        axis.grid(False)
    axes[0, 0].set_ylabel("objective")
    return figure


@styled
def saddle(loss, paths):
    """Draw the contours of the toy's loss and paths of descent, a panel a learning rate, and the loss along them.

    Parameters
    ----------
    loss : callable
        Takes two arrays, the weights.
    paths : dict
        Learning rate to a list of paths, shape (T + 1, 2) each; at most three rates, and two paths of each.
    """
    figure, axes = new_figure(4.8, 5.0, 2, 2)
    panels, along = axes.flat[: len(paths)], axes.flat[-1]
    w1, w2 = np.meshgrid(np.linspace(-1.8, 1.8, 181), np.linspace(-1.8, 1.8, 181))
    for axis, (rate, lines), style in zip(panels, paths.items(), ("-", "--", ":"), strict=False):
        axis.contour(w1, w2, loss(w1, w2), LEVELS, colors="#999999", linewidths=0.7)
        for colour, mark, path in zip(LAYER_COLOURS, "os", lines, strict=False):
            axis.plot(*path.T, f"{mark}-", color=colour, markersize=3, linewidth=0.9)
            axis.plot(*path[0], mark, color="white", markeredgecolor=colour, markersize=6)
        axis.plot(0, 0, "k+", markersize=11, markeredgewidth=1.5)
        axis.set(title=f"lr {rate:g}", xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal")
        axis.set(xlabel="$W_1$", ylabel="$W_2$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        along.plot(loss(*lines[-1].T), style, color=LAYER_COLOURS[len(lines) - 1], label=f"lr {rate:g}")
    along.set(title="loss, from the square", xlabel="update", yscale="log", ylim=(1e-6, None), box_aspect=1)
    along.legend(fontsize=8.5)
    return figure
