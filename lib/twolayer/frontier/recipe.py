"""The parameters of a recipe of chapter 9, each declared once, and their typed, validated configuration."""

import hashlib
from dataclasses import asdict, dataclass, make_dataclass

from .. import files, paths
from ..data.idx import DataError
from ..network.model import ModelFileError
from ..network.model_file import load_model
from ..training import given
from ..training.configuration import check_sizes, load_data
from ..training.parameters import (
    BOOLEAN,
    NAME,
    Allowed,
    Parameter,
    ParameterError,
    choice,
    documentation,
    integer,
    number,
    read,
)
from .normal import PREPARED, prepared_for

NOBODY = "nobody"
TEACHER = Allowed(
    f"{NOBODY}, or the paths of saved models, separated by spaces",
    lambda value: isinstance(value, str) and bool(value.split()),
    str,
)
# fmt: off
PARAMETERS = {
    "dataset": Parameter(NAME, "mnist", "images to learn"),
    "prepared": Parameter(choice(*PREPARED), "plain", "what is done to each image first"),
    "hidden": Parameter(integer(1, 65536), 1024, "hidden units, H"),
    "epochs": Parameter(integer(1, 10_000), 60, "length of the run in passes over the training images"),
    "batch": Parameter(integer(1, 1_000_000), 128, "examples per update, B"),
    "optimizer": Parameter(choice("momentum", "adam"), "momentum", "what an update does with the gradient"),
    "lr": Parameter(number(0, 1000, low_open=True), 0.1, "learning rate, peak of the schedule"),
    "schedule": Parameter(choice("constant", "cosine"), "cosine", "course of the rate"),
    "warmup": Parameter(number(0, 1, high_open=True), 0.02, "share of the run in which the cosine rises"),
    "momentum": Parameter(number(0, 1, high_open=True), 0.95, "share of the last change in the next, adam's beta 1"),
    "l2": Parameter(number(0, 1000), 0.0, "strength of the penalty in (2.6)"),
    "norm": Parameter(number(0, 1000), 0.0, "largest norm of a column of W1, (9.7); 0 is none"),
    "drop_inputs": Parameter(number(0, 1, high_open=True), 0.0, "share of pixels that dropout takes out"),
    "drop_hidden": Parameter(number(0, 1, high_open=True), 0.0, "share of hidden units that dropout takes out"),
    "smoothing": Parameter(number(0, 1, high_open=True), 0.0, "share of the uniform distribution in targets, (9.3)"),
    "mixing": Parameter(number(0, 100), 0.0, "both parameters of the beta distribution of shares in (9.4); 0 is none"),
    "adversarial": Parameter(number(0, 1), 0.0, "largest change of a pixel in half of each batch, (9.10); 0 is none"),
    "average": Parameter(number(0, 10_000), 0.0, "epochs that a moving average of parameters remembers; 0 is none"),
    "elastic": Parameter(number(0, 20), 0.0, "elastic displacement, root mean square, in pixels"),
    "smooth": Parameter(number(0, 100, low_open=True), 4.0, "width of the Gaussian that smooths it, in pixels"),
    "turn": Parameter(number(0, 180), 0.0, "largest angle that images are turned by, in degrees"),
    "stretch": Parameter(number(0, 1, high_open=True), 0.0, "largest change of the scale of either axis, as a share"),
    "shear": Parameter(number(0, 1), 0.0, "largest shift of a row, in pixels per row"),
    "shift": Parameter(number(0, 20), 0.0, "largest shift of the image, in pixels"),
    "teacher": Parameter(TEACHER, NOBODY, "networks whose mean probabilities are learned"),
    "temperature": Parameter(number(0, 100, low_open=True), 1.0, "of the teacher's probabilities, (9.15)"),
    "taught": Parameter(number(0, 1), 0.0, "share of the teacher in the loss, (9.15)"),
    "seed": Parameter(integer(0, 2**32 - 1), 0, "of split, first parameters, batches, masks and distortions"),
    "look_every": Parameter(integer(1, 10_000), 5, "epochs between two looks", looks=True),
    "fit_on": Parameter(choice("train", "all"), "train", "what to train on; all has the validation images, too"),
    "open_test": Parameter(BOOLEAN, False, "whether the test images are looked at", looks=True),
}
# fmt: on
FIELDS = [(name, parameter.allowed.type) for name, parameter in PARAMETERS.items()]
DISTORTIONS = ("elastic", "turn", "stretch", "shear", "shift")


@dataclass(frozen=True)
class Recipe(make_dataclass("Values", FIELDS, frozen=True, kw_only=True)):
    """One run of chapter 9, made with `resolve` or `from_namespace`: a value for each of `PARAMETERS`."""

    @classmethod
    def resolve(cls, **parameters):
        """Check `parameters` and fill those that are left out from their defaults.

        Raises
        ------
        ParameterError
            Naming the first parameter that is unknown or out of its range, or those that do not fit together.
        """
        recipe = cls(**({name: one.default for name, one in PARAMETERS.items()} | read(PARAMETERS, parameters)))
        if recipe.fit_on == "all" and not recipe.open_test:
            raise ParameterError("open_test must be true where fit_on is all: no images are left to judge the run by")
        if bool(recipe.teachers) != (recipe.taught > 0):
            given_both = f"{recipe.taught:g} where teacher is {recipe.teacher}"
            raise ParameterError(f"taught must be above 0 with a teacher and 0 without, not {given_both}")
        _check_acting(recipe)
        _check_masks(recipe)
        return recipe

    @classmethod
    def from_namespace(cls, namespace):
        """Resolve what `namespace` has of the parameters: a notebook's `globals()`."""
        return cls.resolve(**given.values(namespace, PARAMETERS))

    @property
    def teachers(self):
        """The paths of the networks whose probabilities are learned, from the project's root unless absolute."""
        names = self.teacher.split()
        return [] if names == [NOBODY] else [paths.resolve(name) for name in names]

    @property
    def distorted(self):
        """Whether images are distorted anew each time."""
        return any(getattr(self, name) for name in DISTORTIONS)

    @property
    def keep_inputs(self):
        """Share of the pixels that dropout keeps: masks are made of random bytes, so it is a multiple of 1/256."""
        return 1 - round(256 * self.drop_inputs) / 256

    @property
    def keep_hidden(self):
        """Share of the hidden units that dropout keeps, a multiple of 1/256, too."""
        return 1 - round(256 * self.drop_hidden) / 256

    def as_dict(self):
        """Return the values by name."""
        return asdict(self)


# What acts only together with something else, and whether that is there.
ACTS_WITH = {
    "smooth": ("elastic above 0", lambda recipe: recipe.elastic > 0),
    "temperature": ("a teacher", lambda recipe: recipe.teachers),
    "warmup": ("the schedule cosine", lambda recipe: recipe.schedule == "cosine"),
}


def _check_acting(recipe):
    for name, (other, is_there) in ACTS_WITH.items():
        if getattr(recipe, name) != PARAMETERS[name].default and not is_there(recipe):
            raise ParameterError(f"{name} acts only with {other}: leave it out")


def _check_masks(recipe):
    for name, keep in (("drop_inputs", recipe.keep_inputs), ("drop_hidden", recipe.keep_hidden)):
        if keep == 0 or (keep == 1 and getattr(recipe, name)):
            raise ParameterError(f"{name} must be 0, or from 1/256 to 255/256, not {getattr(recipe, name):g}")


Recipe.__doc__ += "\n\n" + documentation(PARAMETERS)


def check(parameters):
    """Check the notebook's parameters before anything starts; return the hashes of the data, and of the teachers.

    Raises
    ------
    ParameterError, DataError, ModelFileError
        With one sentence for the person who typed them.
    """
    recipe = Recipe.resolve(**parameters)
    dataset = load_data(recipe)
    check_sizes(recipe, dataset, batch=recipe.batch)
    if dataset.image_shape[0] < 2 or dataset.image_shape[1] < 2:
        raise DataError(f"dataset: images of {dataset.name} must have two rows and columns to be distorted")
    names = zip(recipe.teacher.split(), recipe.teachers, strict=False)  # as given: a project may move
    taught = {"teacher": {name: _hash_of_teacher(path, recipe, dataset) for name, path in names}}
    return {"data": dataset.hashes} | (taught if recipe.teachers else {})


def _hash_of_teacher(path, recipe, dataset):
    shapes = [value.shape for value in load_model(path).net.params.values()]
    inputs, classes = shapes[0][0], shapes[-1][0]
    if (inputs, classes) != (dataset.train_images[0].size, dataset.n_classes):
        raise ModelFileError(
            f"teacher: {path} is a network for {inputs} pixels and {classes} classes, not for {dataset.name}"
        )
    if (prepared := prepared_for(path)) != recipe.prepared:
        raise ModelFileError(f"teacher: {path} has learned images prepared as {prepared}, not {recipe.prepared}")
    with files.opened(path) as file:
        return hashlib.sha256(file.read()).hexdigest()
