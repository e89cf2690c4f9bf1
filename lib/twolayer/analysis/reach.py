"""How far the recipes of chapter 9 came: mean errors, their intervals, and what was aimed at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import paths
from . import recorded, spread


@dataclass(frozen=True)
class Aim:
    """What a recipe or a committee was to reach on MNIST, fixed before its runs."""

    says: str
    most: float  # mean test error, a share of 1
    published: float  # the smallest error that is published of the like, in percent


AIMS = {
    "plain": Aim("without new images", 0.0110, 1.14),
    "distorted": Aim("784-800-10, distorted images", 0.0062, 0.70),
    "long": Aim("more units and epochs, distorted images", 0.0050, 0.70),
    "all": Aim("committee of all", 0.0035, 0.39),
    "pupil": Aim("784-512-10, taught by networks", 0.0065, 0.70),
}
WORDS = {"prepared": "digits put upright or to one width", "ten alike": "committee of ten alike"}
WORDS["untaught"] = "784-512-10, distorted images, no teacher"


def networks(full):
    """Return by name of a recipe or a committee of a `recorded.Recorded` its wrong answers (S, N)."""
    return {name: np.atleast_2d(wrong) for name, wrong in full.wrong.items()}


def members(full):
    """Return of how many networks the last committee of a `recorded.Recorded` is made."""
    (*_, last) = full.about["committees"].values()
    return last["members"]


def in_words(name):
    """Return what a recipe or a committee is called in tables."""
    return AIMS[name].says if name in AIMS else WORDS[name]


def errors(full):
    """Return a row for each recipe and committee.

    Returns
    -------
    pandas.DataFrame
        `networks`, how many; `error`, their mean on the test images; `seeds`, `images` and `both`, 95% intervals for
        other seeds, other images and both, as (low, high); `seconds`, mean time of training one.
    """
    found = {}
    for name, wrong in networks(full).items():
        known = full.about["recipes"].get(name)
        found[name] = {
            "networks": len(wrong),
            "error": wrong.mean(),
            "seeds": spread.over_seeds(wrong),
            "images": spread.over_images(wrong),
            "both": spread.over_both(wrong),
            "seconds": np.mean(known["training"]) if known else np.nan,
        }
    return pd.DataFrame.from_dict(found, orient="index")


def shown(full):
    """Return the headline table of a `recorded.Recorded`, with its data set in the first column."""
    found = errors(full)
    columns = interval_columns(found)
    words = {"images": full.about["title"], "recipe": [in_words(name) for name in found.index]}
    return found[["networks", "error", "seconds"]].assign(**columns, **words)[
        [*words, "networks", "error", *columns, "seconds"]
    ]


def interval_columns(found):
    """Return the intervals of `errors` in words, a column each: "0.60–0.64%"."""
    columns = {"seeds": "other seeds", "images": "other images", "both": "both"}
    return {words: [_in_percent(*one) for one in found[name]] for name, words in columns.items()}


def _in_percent(low, high):
    return "" if np.isnan(low) else f"{100 * low:.2f}–{100 * high:.2f}%"


def aims(found):
    """Return a row for each aim that `errors` has: `aim`, verdicts `here`, on these images, and `like`, on others."""
    rows = {
        name: {
            "aim": aim.most,
            "error": found.loc[name, "error"],
            "here": spread.verdict(_on_these(found.loc[name]), aim.most),
            "like": spread.verdict(found.loc[name, "both"], aim.most),
            "published": aim.published / 100,
        }
        for name, aim in AIMS.items()
        if name in found.index
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def told(judged, column):
    """Return the verdicts of a column of `aims` in words: "holds for A and B; fails for C"."""
    groups = {verdict: judged.index[judged[column] == verdict] for verdict in ("holds", "fails", "undecided")}
    return "; ".join(
        f"{verdict} for {' and '.join(map(in_words, names))}" for verdict, names in groups.items() if len(names)
    )


def _on_these(row):
    """Return the interval over seeds; of one network, which is asked about these images alone, its error."""
    return (row["error"], row["error"]) if row["networks"] == 1 else row["seeds"]


def share_of_distorting(full):
    """Return by recipe the time of distorting over that of all other training, where images are distorted."""
    recipes = full.about["recipes"]
    parts = {name: (np.sum(one["distorting"]), np.sum(one["training"])) for name, one in recipes.items()}
    return {name: part / (whole - part) for name, (part, whole) in parts.items() if part}


def disagreements(full):
    """Return by how many members of the single recipes are wrong how many test images there are: (members + 1,)."""
    every = np.concatenate(
        [wrong for name, wrong in networks(full).items() if name in ("distorted", "long", "prepared")]
    )
    return np.bincount(every.sum(axis=0), minlength=len(every) + 1)


def curve(recipe):
    """Return the epochs (looks,) and test errors by epoch (S, looks) of a recipe's entry in `Recorded.about`."""
    return np.array(recipe["epochs"]), np.array(recipe["test_error_by_epoch"])


def costs(full):
    """Return by recipe and committee the seconds of one core that training took, and test errors, an entry a network.

    A committee costs what its members do; what a pupil's teachers cost is not in the pupil's.
    """
    recipes = full.about["recipes"]
    found = {name: (np.array(one["training"]), np.array(one["test_error"])) for name, one in recipes.items()}
    for name, parts in recorded.COMMITTEES.items():
        together = sum(found[one][0].sum() for one in parts)
        found[name] = np.array([together]), np.array([full.wrong[name].mean()])
    return found


def frontier(points):
    """Return the means of those of `costs` that nothing cheaper equals: (k, 2), seconds and errors, cheapest first."""
    means = sorted((np.mean(seconds), np.mean(errors)) for seconds, errors in points.values())
    best = [one for place, one in enumerate(means) if all(one[1] < before[1] for before in means[:place])]
    return np.array(best)


def published():
    """Return the published test errors of networks with one hidden layer, in percent, by words for them."""
    frame = pd.read_csv(paths.ROOT / "data" / "published_errors.csv")
    words = frame["authors"].str.replace(" and others", "") + ": " + frame["training images"]
    return dict(zip(words, frame["test error (%)"], strict=True))
