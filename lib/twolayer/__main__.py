"""Command line: `python -m twolayer data` and `evaluate`; make calls it."""

import argparse
import sys

from . import InputError
from .data import mnist, sources
from .network.model_file import load_model
from .training.monitor import measure


def data(options):
    """Make sure that a data set is there, and say what it is."""
    dataset = sources.fetch(options.dataset, options.data_dir or None)
    sizes = f"{len(dataset.train_labels)} training and {len(dataset.test_labels)} test images"
    height, width = dataset.image_shape
    print(f"{dataset.name}: {sizes} of {height} x {width} pixels, {dataset.n_classes} classes, SHA-256 verified")


def evaluate(options):
    """Print the accuracy of a saved model on the test images; nothing is trained."""
    if not options.model:
        raise InputError("say which model to test: make evaluate MODEL=FILE.npz")
    model = load_model(options.model)
    dataset = mnist.load(options.dataset)
    pixels, labels = dataset.part("test")
    inputs, classes = model.net.params["W1"].shape[0], model.net.params["W2"].shape[1]
    if (inputs, classes) != (pixels.shape[1], dataset.n_classes):
        raise InputError(
            f"{options.model} is for {inputs} pixels and {classes} classes, "
            f"but {dataset.name} has {pixels.shape[1]} and {dataset.n_classes}"
        )
    loss, accuracy, _ = measure(model.net, pixels, labels, model.scaling)
    print(f"test loss {loss:.4f}")
    print(f"test accuracy {accuracy:.4f} ({len(labels)} images)")


def main(arguments=None):
    """Run the command line; return the exit code: 0, or 2 after a sentence about bad input."""
    parser = argparse.ArgumentParser(prog="python -m twolayer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("data", help=data.__doc__)
    command.add_argument("--dataset", default="mnist")
    command.add_argument("--data-dir", help="a local folder with the four IDX files")
    command.set_defaults(run=data)
    command = commands.add_parser("evaluate", help=evaluate.__doc__)
    command.add_argument("--model", required=True, help="an .npz file of a run")
    command.add_argument("--dataset", default="mnist")
    command.set_defaults(run=evaluate)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
