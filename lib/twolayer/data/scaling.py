"""Input scalings: from pixels 0..255 (uint8) to the network's inputs, equation (1.1)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

SCALINGS = ("raw", "unit", "standard", "centred")


@dataclass(frozen=True)
class Scaling:
    """`X = (pixels - shift) * factor`.

    raw: pixels as they are; unit: in [0, 1]; standard: mean 0, variance 1 over the training pixels; centred: raw
    without the mean training image, the only one with a shift for each pixel.
    """

    name: str
    shift: float | np.ndarray  # in pixel units; (D,) where each pixel has its own
    factor: float  # above 0

    @classmethod
    def fit(cls, name, pixels):
        """Make the scaling called `name` for training pixels, an array of uint8."""
        if name == "raw":
            return cls(name, 0.0, 1.0)
        if name == "unit":
            return cls(name, 0.0, 1 / 255)
        if name == "centred":
            return cls(name, np.reshape(pixels, (len(pixels), -1)).mean(axis=0), 1.0)
        # From counts of the 256 values: exact, and no float copy of the data.
        counts = np.bincount(np.ravel(pixels), minlength=256)
        mean = float(counts @ np.arange(256) / counts.sum())
        variance = float(counts @ (np.arange(256) - mean) ** 2 / counts.sum())
        return cls(name, mean, 1 / max(variance**0.5, 1e-12))

    @cached_property
    def keeps_zeros(self):
        """Whether pixels that are 0 are inputs that are 0, and take part in no product."""
        return not np.any(self.shift)

    def reordered(self, order):
        """Return the same scaling for pixels in another order, `pixels[:, order]`."""
        return replace(self, shift=self.shift[order]) if np.ndim(self.shift) else self

    def __call__(self, pixels, dtype=np.float32, out=None):
        """Return scaled inputs of `dtype` for `pixels` (uint8), of the same shape: equation (1.1).

        They are written into `out`, if given, whose dtype then counts.
        """
        X = np.empty(pixels.shape, dtype) if out is None else out
        np.copyto(X, pixels)
        if not self.keeps_zeros:
            X -= self.shift
        if self.factor != 1:
            X *= self.factor
        return X
