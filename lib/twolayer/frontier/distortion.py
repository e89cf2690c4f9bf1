"""Images that are turned, stretched and bent anew each time they are used: Simard, Steinkraus and Platt 2003.

Each pixel of the new image looks at a place of the old one. The displacements of all pixels, those of the affine map
and those of the elastic field alike, are weighted sums of a few fixed images, so that the fields of a whole batch are
one matrix product.
"""

import numpy as np

LOST = 1e-3  # of the elastic field's variance, at most: what the eigenvectors that are left out would add
MARGIN = 1  # pixels of paper around an image; what looks farther out finds paper, too


def smoothing_roots(length, width):
    """Return A of shape (length, k), with A A^T the correlations of a smoothed line, equations (9.12) and (9.13).

    White noise that is smoothed by a Gaussian of the standard deviation `width` has the correlation
    exp(-(i - j)^2 / (4 width^2)) between places i and j. The columns of A are eigenvectors of this matrix,
    times the roots of their eigenvalues, the largest first, as many as leave at most `LOST` of the variance out.

    Parameters
    ----------
    length : int
        Pixels of the line.
    width : float
        In pixels, above 0.
    """
    places = np.arange(length)
    correlations = np.exp(-((places[:, None] - places) ** 2) / (4 * width**2))
    values, vectors = np.linalg.eigh(correlations)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    left_out = 1 - np.cumsum(values) / length
    k = int(np.argmax(left_out <= LOST / 2)) + 1  # twice, for rows and for columns
    return vectors[:, :k] * np.sqrt(values[:k])


class Distortion:
    """Distorts batches of images.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of an image.
    elastic : float
        Root mean square of the elastic displacement along each axis, in pixels; 0 is none.
    width : float
        Of the Gaussian that smooths it, in pixels.
    turn : float
        Largest angle, in degrees.
    stretch : float
        Largest change of the scale at which either axis is looked up, as a share: with 0.15 an image becomes up to
        1 / 0.85 as long, and down to 1 / 1.15.
    shear : float
        Largest shift of a row, in pixels per row.
    shift : float
        Largest shift of the whole image along each axis, in pixels.
    """

    def __init__(self, shape, elastic=0.0, width=4.0, turn=0.0, stretch=0.0, shear=0.0, shift=0.0):
        self.shape, self.elastic = shape, elastic
        self.turn, self.stretch, self.shear, self.shift = np.radians(turn), stretch, shear, shift
        height, across = shape
        rows, columns = (axis.ravel().astype(np.float32) for axis in np.indices(shape))
        self.places = rows, columns
        self.centred = rows - (height - 1) / 2, columns - (across - 1) / 2
        fields = np.zeros((0, rows.size), np.float32)
        if elastic:
            vertical, horizontal = smoothing_roots(height, width), smoothing_roots(across, width)
            fields = np.einsum("ik,jl->klij", vertical, horizontal).reshape(-1, rows.size)
        # One product makes all displacements: the elastic fields, rows, columns and a constant, each an image.
        self.basis = np.concatenate([fields, [*self.centred], np.ones((1, rows.size))]).astype(np.float32)

    def coefficients(self, count, rng):
        """Draw what one distortion is, for each of `count` images; shape (2, count, k): of rows and of columns."""
        k = len(self.basis)
        drawn = np.empty((2, count, k), np.float32)
        drawn[:, :, : k - 3] = self.elastic * rng.standard_normal((2, count, k - 3), np.float32)
        turn, shear = self.turn * _symmetric(rng, count), self.shear * _symmetric(rng, count)
        longer = 1 + self.stretch * _symmetric(rng, (2, count))
        cosine, sine = np.cos(turn), np.sin(turn)
        shift = self.shift * _symmetric(rng, (2, count))
        down = cosine * longer[0] - 1, -sine * longer[1], shift[0]  # times row, column and 1
        across = (sine + shear * cosine) * longer[0], (cosine - shear * sine) * longer[1] - 1, shift[1]
        drawn[0, :, k - 3 :], drawn[1, :, k - 3 :] = np.transpose(down), np.transpose(across)
        return drawn

    def displacements(self, coefficients):
        """Return how far each pixel looks: rows and columns, each (count, D), in pixels."""
        return coefficients[0] @ self.basis, coefficients[1] @ self.basis

    def __call__(self, pixels, rng):
        """Return distorted images.

        Parameters
        ----------
        pixels : ndarray of shape (B, D), uint8

        Returns
        -------
        ndarray of shape (B, D), float32
            In levels of grey, from 0 to 255.
        """
        return looked_up(pixels, self.shape, *self.displacements(self.coefficients(len(pixels), rng)))


def looked_up(pixels, shape, down, across):
    """Return what pixels see that look elsewhere, by bilinear interpolation, equation (9.11).

    Parameters
    ----------
    pixels : ndarray of shape (B, D)
        Row by row; beyond the image there is paper, 0.
    shape : tuple of int
        (height, width), with height * width = D.
    down, across : ndarray of shape (B, D)
        How far each looks, in pixels. They are changed.

    Returns
    -------
    ndarray of shape (B, D), float32
    """
    count, (height, width) = len(pixels), shape
    wide = width + 2 * MARGIN
    padded = np.zeros((count, height + 2 * MARGIN, wide), np.float32)
    padded[:, MARGIN:-MARGIN, MARGIN:-MARGIN] = pixels.reshape(count, height, width)
    rows, columns = (axis.ravel().astype(np.float32) + MARGIN for axis in np.indices(shape))
    down += rows
    across += columns
    np.clip(down, 0, height + 2 * MARGIN - 1.001, out=down)
    np.clip(across, 0, wide - 1.001, out=across)
    above, left = down.astype(np.int32), across.astype(np.int32)
    down -= above
    across -= left
    place = above * wide + left + (np.arange(count, dtype=np.int32) * padded[0].size)[:, None]
    flat = padded.ravel()
    top = _between(flat.take(place), flat[1:].take(place), across)
    bottom = _between(flat[wide:].take(place), flat[wide + 1 :].take(place), across)
    return _between(top, bottom, down)


def _between(one, other, share):
    """Return one + share (other - one), in the memory of `other`."""
    other -= one
    other *= share
    other += one
    return other


def _symmetric(rng, shape):
    return rng.uniform(-1, 1, shape)
