"""Command line: `python -m twolayer data`, `evaluate`, `export`, `predict`, `diagnose` and `record`; make calls it."""

import argparse
import shlex
import sys
from pathlib import Path

from . import InputError, predictions
from .analysis import diagnosis, recording
from .data import mnist, sources
from .frontier import normal
from .network import export as formats
from .network.others import load_any
from .page import picture_file
from .runs import seal
from .training.monitor import measure

MODELS = "an .npz of a run, a folder of the homework's four .npy files, or a .safetensors file"


def data(options):
    """Make sure that a data set is there, and say what it is."""
    turned = {"": None, "yes": True, "no": False}
    if options.transpose not in turned:
        raise InputError(f"TRANSPOSE must be yes or no, not {options.transpose!r}")
    name = options.dataset or "mnist"
    dataset = sources.fetch(name, options.data_dir or None, transpose=turned[options.transpose])
    sizes = f"{len(dataset.train_labels)} training and {len(dataset.test_labels)} test images"
    height, width = dataset.image_shape
    known = "SHA-256 verified" if name in mnist.KNOWN else "SHA-256 noted, as there is none to compare it with"
    for remark in mnist.remarks(dataset):
        print(f"{name}: {remark}")
    print(f"{name}: {sizes} of {height} x {width} pixels, {dataset.n_classes} classes, {known}")


def evaluate(options):
    """Print the accuracy of a saved model on the test images; nothing is trained."""
    model = asked_model(options)
    dataset = sources.fetch(
        options.dataset or (model.origin.name if model.origin else "mnist"), options.data_dir or None
    )
    pixels, labels = dataset.part("test")
    inputs, classes = model.net.params["W1"].shape[0], model.net.params["W2"].shape[1]
    if (inputs, classes) != (pixels.shape[1], dataset.n_classes):
        raise InputError(
            f"{options.model} is for {inputs} pixels and {classes} classes, "
            f"but {dataset.name} has {pixels.shape[1]} and {dataset.n_classes}"
        )
    run = Path(options.model).parent
    if (run / seal.RESULT).is_file() and (broken := seal.damage(run)):
        print(f"{run}/{broken}: these are not the numbers of that run")
    for remark in remarks(model, dataset):
        print(remark)
    if (how := normal.prepared_for(options.model)) != "plain":
        pixels = normal.prepare(pixels, dataset.image_shape, how)
        print(f"the network has learned images prepared as {how}: so are the test images")
    loss, accuracy, _ = measure(model.net, pixels, labels, model.scaling)
    print(f"{dataset.name}: test loss {loss:.4f}")
    print(f"test accuracy {accuracy:.4f} ({len(labels)} images)")


def remarks(model, dataset):
    """Return what somebody who reads the accuracy of `model` on `dataset` should know, a sentence each."""
    found, origin = [], model.origin
    if model.assumed:
        found.append(
            "the model does not say how its inputs are scaled: taken as pixels from 0 to 255 (or INPUT_SCALE=unit)"
        )
    if origin is not None and origin.name != dataset.name:
        found.append(f"the network has learned {origin.name}; it is tested on {dataset.name}")
    elif origin is not None and origin.sha256 != dataset.sha256:
        found.append(f"the network has learned another {origin.name}: the files have other hashes than those here")
    return found


def export(options):
    """Write a saved model for other tools; the last line says where."""
    if not options.format:
        raise InputError(f"say what for: make export MODEL=FILE.npz FORMAT={'|'.join(formats.FORMATS)}")
    model, source = asked_model(options), Path(options.model)
    target = Path(options.output) if options.output else source.with_suffix(f".{options.format}")
    if target.exists() and target.resolve() == source.resolve():
        raise InputError(f"{target} is the model itself: name another file by OUTPUT=FILE")
    if target.is_dir():
        raise InputError(f"OUTPUT={target} is a folder: name the file to write")
    formats.write(model, target, options.format)
    D, H = model.net.params["W1"].shape
    scaled = "" if model.scaling.name == "raw" else f", {model.scaling.name} scaling included"
    print(f"{target}: {D}-{H}-{len(model.classes)}, takes pixels from 0 to 255{scaled}")


def predict(options):
    """Say what a network makes of pictures of digits, a line each; with --output or --build, a page shows each step."""
    if options.runs is not None and not options.runs.strip():
        raise InputError("RUNS= is empty: name a folder, or leave it out")
    texts = [options.image] if options.image else []
    texts += map(shlex.quote, options.pictures)
    pictures = [path for text in texts for path in picture_file.named(text)] or picture_file.named("")
    path, model = predictions.asked_model(options.model, options.input_scale or None, options.runs or "")
    found = [predictions.predict(model, one) for one in pictures]
    print(f"the network is {path}{predictions.learned(model)}")
    for one in found:
        print(f"{one.path}: {one.sentence}")
    if output := options.output or (options.build and Path(options.build, "predictions.html")):
        print(f"{predictions.write_page(output, found, path, model)}: each step")


def diagnose(options):
    """Say what ails a run, why, and what to change: by its files, nothing is trained."""
    if not options.run_folder.strip():
        raise InputError("say which run: make diagnose RUN=runs/STUDY/RUN")
    for line in diagnosis.sentences(*diagnosis.diagnose(options.run_folder)):
        print(line)


def record(options):
    """Keep what the finished runs of chapter 9's recipes have found, in data/frontier; the last line says where."""
    name = options.dataset or "mnist"
    runs = recording.folder_of(options.runs, name)
    for path in recording.write(recording.collect(runs, name), recording.pupil(runs)):
        print(path)


def asked_model(options):
    """Return the model that the options name."""
    if not options.model:
        raise InputError(f"say which model by MODEL=PATH: {MODELS}")
    return load_any(options.model, options.input_scale or None)


def main(arguments=None):
    """Run the command line; return the exit code: 0; after a sentence 2 for bad input, 1 for a disk's refusal."""
    parser = argparse.ArgumentParser(prog="python -m twolayer", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(function):
        one = commands.add_parser(function.__name__, help=function.__doc__)
        one.set_defaults(run=function)
        return one

    one = command(data)
    one.add_argument("--dataset", default="")
    one.add_argument("--data-dir", help="a local folder with the four IDX files")
    one.add_argument("--transpose", default="", help="yes or no: whether its images have rows and columns exchanged")
    for one in (tested := command(evaluate)), (exported := command(export)):
        one.add_argument("--model", required=True, help=MODELS)
        one.add_argument("--input-scale", default="", help="of a file that does not say it: raw or unit")
    tested.add_argument("--dataset", default="", help="without: the one that the model has learned")
    tested.add_argument("--data-dir", help="as for data")
    exported.add_argument("--format", default="", help=" or ".join(formats.FORMATS))
    exported.add_argument("--output", default="", help="the file to write; without: beside the model")
    one = command(predict)
    one.add_argument("pictures", nargs="*", help="files: PNG, JPEG, GIF, WebP, BMP or TIFF")
    one.add_argument("--image", default="", help="the same in one text, separated by spaces")
    one.add_argument("--model", default="", help=f"{MODELS}; without: the best run below --runs, or the recorded pupil")
    one.add_argument("--input-scale", default="", help="of a file that does not say it: raw or unit")
    one.add_argument("--runs", help="folder whose best run is asked")
    one.add_argument("--output", default="", help="the page to write, an HTML file")
    one.add_argument("--build", default="", help="without --output: the folder to write predictions.html into")
    command(diagnose).add_argument("run_folder", help="the folder of a run, with its result.json")
    one = command(record)
    one.add_argument("--runs", default="runs", help="folder of all runs")
    one.add_argument("--dataset", default="", help="what they have learned")
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, or one that is only read
        if error.errno is None:  # no disk's: a mistake of ours
            raise
        print(f"error: {': '.join(str(one) for one in (error.filename, error.strerror) if one)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
