"""MNIST's digits as people bring them: on paper of all kinds, in files of all kinds, to try `picture` on."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

SHEET = (300, 400)  # pixels: height and width
SMALLEST = 60  # pixels of the field of 28 by 28, on the sheet


@dataclass(frozen=True)
class Kind:
    """A kind of picture: paper and ink (red, green, blue), and what happened to them."""

    paper: tuple = (255, 255, 255)
    ink: tuple = (0, 0, 0)
    ending: str = "png"  # of the file
    scale: int = 1  # times SHEET
    shade: float = 1.0  # light at the darker end, over that at the brighter
    edge: float = 0  # width of the shadow's edge, as a share of the sheet's diagonal; 0: as wide as the sheet
    noise: float = 0.0  # standard deviation, of 255
    mode: str = "RGB"  # how Pillow keeps it
    thin: bool = False  # as of a thin pen
    close: bool = False  # the field of 28 by 28 is all that there is


KINDS = {
    "white paper": Kind(mode="L"),
    "grey paper, 235": Kind(paper=(235, 235, 235), mode="L"),
    "light ink on dark paper": Kind(paper=(30, 32, 36), ink=(230, 230, 220)),
    "blue ink on cream": Kind(paper=(250, 240, 205), ink=(40, 60, 170)),
    "red ink on green": Kind(paper=(70, 150, 90), ink=(215, 70, 60)),
    "transparent, dark ink": Kind(ink=(20, 20, 60), mode="RGBA"),
    "transparent, light ink": Kind(ink=(255, 250, 240), mode="RGBA"),
    "JPEG": Kind(paper=(246, 244, 238), ink=(35, 40, 70), ending="jpg"),
    "GIF of 16 colours": Kind(paper=(240, 235, 225), ink=(60, 30, 90), ending="gif", mode="P"),
    "1200 x 1600": Kind(paper=(240, 240, 240), ink=(50, 50, 50), scale=4, noise=10, ending="jpg"),
    "shadow and noise": Kind(paper=(228, 224, 214), ink=(60, 60, 75), shade=0.4, noise=8, ending="jpg"),
    "hard shadow": Kind(paper=(228, 224, 214), ink=(45, 45, 60), shade=0.6, edge=0.04, noise=4, ending="jpg"),
    "light ink, shadow": Kind(paper=(60, 70, 62), ink=(225, 225, 215), shade=0.5, noise=5, ending="jpg"),
    "pencil": Kind(paper=(235, 233, 228), ink=(150, 150, 155), noise=6, ending="jpg"),
    "thin pen": Kind(paper=(240, 240, 235), ink=(30, 40, 110), thin=True, ending="jpg"),
    "cut out": Kind(paper=(235, 235, 235), ink=(20, 20, 20), close=True),
}


def picture(image, kind, rng):
    """Return a digit as a picture of a Kind, a PIL.Image.

    Parameters
    ----------
    image : ndarray of shape (28, 28), uint8
        255 is ink.
    kind : Kind
    rng : numpy.random.Generator
        Decides where it lies and how large, where the shadow falls, and the noise.
    """
    height, width = np.array(image.shape) if kind.close else np.multiply(SHEET, kind.scale)
    cover = image / 255 if kind.close else pasted(image, height, width, rng, kind.thin)
    if kind.mode == "RGBA":
        colours = np.broadcast_to(np.array(kind.ink, float), (height, width, 3))
        return Image.fromarray(_bytes(np.dstack([colours, 255 * cover])))
    colours = np.array(kind.paper) + cover[..., None] * np.subtract(kind.ink, kind.paper)
    colours = colours * light(height, width, kind, rng)[..., None]
    if kind.noise:
        colours = colours + rng.normal(0, kind.noise, (height, width, 1)) + rng.normal(0, kind.noise / 2, colours.shape)
    made = Image.fromarray(_bytes(colours))
    return made.quantize(16) if kind.mode == "P" else made.convert(kind.mode)


def pasted(image, height, width, rng, thin=False):
    """Return how much ink covers each place of a sheet, (height, width), from 0 to 1."""
    side = int(rng.integers(SMALLEST * height // SHEET[0], int(0.85 * height)))
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    digit = np.asarray(large) / 255
    if thin:
        digit = np.asarray(Image.fromarray(_bytes(255 * (digit > 0.85))).filter(ImageFilter.BoxBlur(1))) / 255
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    cover = np.zeros((height, width))
    cover[top : top + side, left : left + side] = digit
    return cover


def light(height, width, kind, rng):
    """Return the light at each place, (height, width), from `kind.shade` to 1: the shadow comes from any side."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width]
    along = (x - width / 2) * np.cos(turn) + (y - height / 2) * np.sin(turn)
    along = along / np.hypot(height, width) / (kind.edge or 1) + 0.5
    return kind.shade + (1 - kind.shade) * along.clip(0, 1)


def _bytes(values):
    return np.rint(values.clip(0, 255)).astype(np.uint8)
