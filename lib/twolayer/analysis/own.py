"""The report's own claims in the ledger, judged like the homework's."""

import numpy as np
import pandas as pd

from . import rules
from .homework import TOO_LARGE
from .measured import Share
from .samples import Sample
from .selection import SETTING

NARROW, WIDE, RATE = 64, 512, 0.005  # sizes and rate at which chapter 5 compares how often networks collapse


def samples(homework, finalists, tested):
    """Return the samples of the report's claims about protocols and choices, by claim.

    Parameters
    ----------
    homework : replication.Runs
    finalists : pandas.DataFrame
        Runs at the finalists of our search.
    tested : pandas.DataFrame
        Runs at the setting that was selected, trained on all images.
    """
    best = homework.best
    found = {"R1": [_difference(tested["test"], best["test"], ("tested", "best"))]}
    by_setting = {setting: runs.sort_values("seed") for setting, runs in finalists.groupby(SETTING)}
    chosen = by_setting.pop(tuple(tested.iloc[0][SETTING]))
    both = chosen.merge(best, on="seed", suffixes=("", " of the homework"))
    if len(both):
        gain = both["validation"] - both["validation of the homework"]
        found["R2"] = [Sample((gain.to_numpy(),), units=("finalists",))]
    others = [runs["validation"].to_numpy() - chosen["validation"].to_numpy() for runs in by_setting.values()]
    if others:
        found["R3"] = [Sample((other,), units=("finalists",)) for other in others]
    return found | choice(homework.rivals)


def _difference(first, second, units):
    return Sample((first.to_numpy(), second.to_numpy()), (1.0, -1.0), units)


def choice(rivals):
    """Return the sample of R4: for each seed, what choosing by validation gives more than choosing by test.

    What a setting is worth is its mean test accuracy over the other seeds: the seed that chooses does not count.
    """
    columns = ("validation", "test")
    validation, test = (rivals.pivot(index=SETTING, columns="seed", values=name).to_numpy() for name in columns)
    seeds = test.shape[1]
    if seeds < 3 or len(test) < 2:
        return {}
    elsewhere = (test.sum(axis=1, keepdims=True) - test) / (seeds - 1)
    by_validation, by_test = (elsewhere[each.argmax(axis=0), np.arange(seeds)] for each in (validation, test))
    return {"R4": [Sample((by_validation - by_test,), units=("best",))]}


def collapse(networks, new, centred):
    """Return the samples of the claims of chapter 5, from censuses as `studies.load_census` returns them.

    Parameters
    ----------
    networks, new : pandas.DataFrame
        Under the homework's protocol: where rules are found, and other seeds on which they are judged.
    centred : pandas.DataFrame
        Without the mean image.
    """
    narrow, wide = (
        pd.concat(frames).query("lr == @RATE and hidden == @size")["collapsed"].to_numpy(float)
        for size, frames in ((NARROW, [networks, new]), (WIDE, [networks]))
    )
    if not len(narrow) or not len(wide):
        return {}
    found = {"R5": [Sample((narrow, wide), (1.0, -1.0), ("narrow", "wide"))]}
    pairs = centred[centred["init"] == "homework"].merge(networks, on=["seed", "lr", "hidden"], suffixes=("", " raw"))
    high = pairs[pairs["lr"] >= TOO_LARGE]
    saved = (high["collapsed raw"] & ~high["collapsed"]).groupby(high["seed"]).all()  # networks of a seed share images
    found["R6"] = [Share(saved.to_numpy(), "centred")] if len(saved) else []
    right, judged = rules.right_by_seed(networks, new), rules.judge(networks, new)
    for claim, waits in (("R7", False), ("R8", True)):
        gain = right[rules.best(judged, waits)["rule"]] - right[rules.CONSTANT]
        found[claim] = [Sample((gain.to_numpy(),), units=("new",))]
    return found


def speed(results):
    """Return the sample of the claim of appendix C, from the content of `benchmarks/results.json`."""
    wanted = {"what": "an update over its bare products, as trained", "hidden": 512, "batch": 128, "threads": 1}
    wanted |= {"arithmetic": "native"}
    rows = [row for row in results["rows"] if wanted.items() <= row.items()]
    return {
        "R9": [Sample((np.log(np.array(row["seconds"]) / row["products"]),), units=("repetitions",)) for row in rows]
    }
