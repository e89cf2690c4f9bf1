"""How far the recipes of chapter 9 came: mean errors, their intervals, and what was aimed at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import paths
from . import recorded, spread


@dataclass(frozen=True)
class Aim:
    """What the networks of a recipe or a committee were to reach on MNIST, fixed before its runs."""

    most: float  # test error, a share of 1; of several networks their mean


AIMS = {"plain": Aim(0.0110), "distorted": Aim(0.0062), "long": Aim(0.0050), "all": Aim(0.0035), "pupil": Aim(0.0065)}
WORDS = {
    "plain": "without new images",
    "distorted": "distorted images",
    "long": "distorted, larger, longer",
    "prepared": "upright or of one width",
    "pupil": "taught by networks",
    "untaught": "as the pupil, untaught",
    "ten alike": "committee of one recipe",
    "all": "committee of all",
}
# Of the parameters those that the table of recipes has, and what it calls them.
SHOWN = {
    "hidden": "H", "epochs": "epochs", "lr": "rate", "drop_hidden": "dropped", "norm": "norm", "adversarial": "h",
    "elastic": "elastic", "turn": "turn", "stretch": "stretch", "shear": "shear",
}  # fmt: skip


def networks(full):
    """Return by name of a recipe or a committee of a `recorded.Recorded` its wrong answers (S, N)."""
    return {name: np.atleast_2d(wrong) for name, wrong in full.wrong.items()}


def in_words(name):
    """Return what a recipe or a committee is called in tables."""
    return WORDS[name]


def recipes(full):
    """Return the table of what recipes differ in, and how many networks of each there are."""
    found = full.about["recipes"]
    rows = {in_words(name): [len(one["test_error"]), *map(one["parameters"].get, SHOWN)] for name, one in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["networks", *SHOWN.values()])


def errors(full):
    """Return a row for each recipe and committee.

    Returns
    -------
    pandas.DataFrame
        `networks`, how many; `error`, their mean on the test images; `seeds`, `images` and `both`, 95% intervals for
        other seeds, other images and both, as (low, high); `seconds`, mean time of training one. A committee is one,
        and networks whose images are prepared otherwise differ in more than seeds: what other seeds would do is open.
    """
    found = {}
    for name, wrong in networks(full).items():
        known = full.about["recipes"].get(name)
        alike = not (known and "prepared" in known["varied"])
        found[name] = {
            "networks": len(wrong),
            "error": wrong.mean(),
            "seeds": spread.over_seeds(wrong) if alike else spread.OPEN,
            "images": spread.over_images(wrong),
            "both": spread.over_both(wrong) if alike else spread.OPEN,
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
    """Return a row for each aim that `errors` has: `aim`, `error`, verdicts `here` and `like`, and what is `published`.

    `here` is about other seeds on these images, and of a committee about itself; `like` about other seeds on images
    like these, and of a committee about itself on such images.
    """
    rows = {}
    for name in AIMS.keys() & found.index:
        row, most = found.loc[name], AIMS[name].most
        alone = row["networks"] == 1
        here, like = ((row["error"],) * 2, row["images"]) if alone else (row["seeds"], row["both"])
        judged = {"here": spread.verdict(here, most), "like": spread.verdict(like, most)}
        rows[name] = {"aim": most, "error": row["error"], **judged, "published": published_for(name) / 100}
    return pd.DataFrame.from_dict(rows, orient="index").reindex([name for name in AIMS if name in rows])


def told(judged, column):
    """Return the verdicts of a column of `aims` in words: 'holds for "A", "B"; fails for "C"'."""
    groups = {verdict: judged.index[judged[column] == verdict] for verdict in ("holds", "fails", "undecided")}
    quoted = {verdict: ", ".join(f'"{in_words(name)}"' for name in names) for verdict, names in groups.items()}
    return "; ".join(f"{verdict} for {names}" for verdict, names in quoted.items() if names)


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

    A committee costs what its members do, and a pupil also what its teachers do.
    """
    recipes = full.about["recipes"]
    found = {name: (np.array(one["training"]), np.array(one["test_error"])) for name, one in recipes.items()}
    for name, teachers in recorded.TEACHERS.items():
        found[name] = found[name][0] + found[teachers][0].sum(), found[name][1]
    for name, parts in recorded.COMMITTEES.items():
        together = sum(found[one][0].sum() for one in parts)
        found[name] = np.array([together]), np.array([full.wrong[name].mean()])
    return found


def frontier(points):
    """Return the means of those of `costs` that nothing cheaper equals: (k, 2), seconds and errors, cheapest first."""
    means = sorted((np.mean(seconds), np.mean(errors)) for seconds, errors in points.values())
    best = [one for place, one in enumerate(means) if all(one[1] < before[1] for before in means[:place])]
    return np.array(best)


def published_for(name):
    """Return the smallest published test error that is known here of the like of an aim, in percent."""
    frame = _published()
    return float(
        frame.loc[frame["like"].fillna("").str.split().map(lambda names: name in names), "test error (%)"].min()
    )


def _published():
    return pd.read_csv(paths.ROOT / "data" / "published_errors.csv")


def published():
    """Return the published test errors of networks with one hidden layer, in percent, by words for them."""
    frame = _published()
    words = frame["authors"].str.replace(" and others", "") + ": " + frame["training images"]
    return dict(zip(words, frame["test error (%)"], strict=True))
