"""Test digits as pictures of all kinds, written to files and read back: how many a network gets right.

`python tools/pictures.py --model MODEL.npz` prints a row for each kind: with the paper that `twolayer.page.picture`
looks for around each place, and with one threshold for all of the picture (Otsu 1979).
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from twolayer import InputError
from twolayer.data import mnist
from twolayer.network.model_file import load_model
from twolayer.page import drawing, papers, picture, picture_file


def otsu_threshold(grey):
    """Return the threshold, 0 to 254, above which pixels are bright: the variance between both classes is largest.

    Otsu (1979): with the share w of pixels up to a level, their sum m (over all pixels) and the mean M of all,
    that is (M w - m)^2 / (w (1 - w)).
    """
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    w, m = shares.cumsum()[:-1], (shares * np.arange(256)).cumsum()[:-1]
    mean = shares @ np.arange(256)
    inside = (w > 1e-9) & (w < 1 - 1e-9)
    between = np.where(inside, (mean * w - m) ** 2 / np.where(inside, w * (1 - w), 1), 0)
    return int(between.argmax())


def by_otsu(pixels):
    """Return the image (28, 28) of a picture (h, w, 3) by one threshold on its brightness; ink is the lesser part."""
    few = picture_file.reduced(pixels, -(-max(pixels.shape[:2]) // picture.SIDE))
    grey = np.rint(few @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    bright = grey > otsu_threshold(grey)
    ink = bright if bright.mean() < 0.5 else ~bright
    return drawing.centred(picture.cleaned(255 * ink.astype(np.uint8)))


def ours(pixels):
    """Return the image (28, 28) of a picture (h, w, 3) as `make predict` does; blank where it refuses."""
    try:
        return picture.steps(pixels).image
    except picture_file.PictureError:
        return np.zeros((28, 28), np.uint8)


def read_back(images, kind, folder, seed=0):
    """Yield the pixels of each image as a picture of a kind, after it has been a file."""
    for place, image in enumerate(images):
        path = Path(folder, f"digit.{kind.ending}")
        options = {"quality": 70} if kind.ending == "jpg" else {}
        papers.picture(image, kind, np.random.default_rng([seed, place])).save(path, **options)
        yield picture_file.read(path)


def trial(model, images, labels, kinds=papers.KINDS, seed=0):
    """Yield for each kind its name, and the accuracies of ours and of Otsu's."""
    for name in kinds:
        with tempfile.TemporaryDirectory() as folder:
            made = [(ours(one), by_otsu(one)) for one in read_back(images, papers.KINDS[name], folder, seed)]
        right = [np.mean(model.net.predict(model.scaling(np.array(x).reshape(len(x), -1))) == labels)
                 for x in zip(*made, strict=True)]  # fmt: skip
        yield name, *map(float, right)


def main():
    """Print the table; end with 1 where a kind misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--goal", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=list(papers.KINDS), metavar="KIND")
    options = parser.parse_args()
    try:
        model, data = load_model(options.model), mnist.load("mnist")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    images, labels = data.test_images[: options.count], data.test_labels[: options.count]
    as_they_are = np.mean(model.net.predict(model.scaling(images.reshape(len(images), -1))) == labels)
    print(f"{len(images)} test digits; as they are {as_they_are:.3f}\n\n| picture | ours | Otsu |\n|:--|--:|--:|")
    missed = []
    for name, right, otsu in trial(model, images, labels, options.kinds, options.seed):
        print(f"| {name} | {right:.3f} | {otsu:.3f} |", flush=True)
        missed += [name] if right < options.goal else []
    if missed:
        print(f"\nbelow {options.goal}: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
