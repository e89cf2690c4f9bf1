"""What the ends of the spectrum say: at the start, over seeds, and along the runs that were followed."""

import numpy as np
import pandas as pd

from ..curvature.spectrum import highest_rate

ENDS = ["smallest", "largest", "gauss_newton", "rest"]


def starts(networks):
    """Return the ends of the spectrum at the start, and the limit (5.2) that they set, from `studies.load_census`.

    The table is indexed by `hidden`: `smallest` and `largest` eigenvalue of the Hessian, the largest of its parts,
    `gauss_newton` and `rest`, and the `limit`, all medians over the `seeds`; and the `lowest` and `highest` limit.
    """
    each = networks.groupby(["hidden", "seed"])[ENDS].first()
    each["limit"] = highest_rate(each["largest"])
    limits = each.groupby("hidden")["limit"].agg(lowest="min", highest="max", seeds="size")
    return each.groupby("hidden").median().join(limits)


def outcomes(frame):
    """Return what became of each run, with the largest eigenvalue as a multiple of the limit 2 / lr, (5.2).

    For each row of `studies.load_followed`: `hidden`, `lr`; the multiple at the `start`, the `highest`, that at
    the `end`, and the share of looks at which it is within a tenth of 1, `near`; `loss` and the share of `dead`
    units at the end; the largest `bound` (A.7), as a share of the larger end of the spectrum.
    """
    rows = []
    for run in frame.to_dict("records"):
        trace = run["trace"]
        multiple = trace["largest"] * run["lr"] / 2
        size = np.fmax(np.abs(trace["largest"]), np.abs(trace["smallest"]))
        row = {"hidden": run["hidden"], "lr": run["lr"], "start": multiple[0], "highest": np.nanmax(multiple)}
        row |= {"end": multiple[-1], "near": float(np.mean(np.abs(multiple - 1) <= 0.1))}
        row |= {"loss": trace["loss"][-1], "dead": trace["dead_fraction"][-1]}
        rows.append(row | {"bound": np.nanmax(trace["error"] / size)})
    return pd.DataFrame(rows)
