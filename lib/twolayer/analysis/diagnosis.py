"""What ails a run: the first symptom of the table that its numbers show, and the sentences on it."""

import pandas as pd

from . import examination, symptoms

# Of a run without any.
WELL = (
    "accuracy {m.final:.4f} on images that are held out, {m.train:.4f} on training images; loss "
    "{m.first_loss:.3f} at first, {m.end_loss:.3f} in the end; {m.dead:.0%} of the hidden units dead"
)


def diagnose(folder):
    """Return the Measures of a run and the first Symptom that they show, or None; errors as `examination.measures`."""
    measured = examination.measures(folder)
    return measured, symptoms.first(measured)


def sentences(measured, symptom):
    """Return what there is to say of a run with these Measures and this Symptom, or None: lines of plain text."""
    if symptom is None:
        well, none = measured.fit >= symptoms.LOW, f"none of {len(symptoms.TABLE)} symptoms"
        low = f"{none}, but an accuracy below {symptoms.LOW:g}: the images may be harder than MNIST's"
        parts = {"healthy" if well else "undecided": none if well else low, "measured": WELL.format(m=measured)}
    else:
        parts = {
            "symptom": symptom.seen,
            "measured": symptom.numbers.format(m=measured),
            "what it means": symptom.means,
            "what to change": symptom.change,
        }
    return [f"{name}: {text.replace('`', '')}" for name, text in parts.items()]


def frame():
    """Return the table as a pandas.DataFrame, a row a symptom, for people."""
    rows = [(one.seen, one.rule[0].upper() + one.rule[1:] + ".", one.means, one.change) for one in symptoms.TABLE]
    return pd.DataFrame(rows, columns=["symptom", "what to measure", "what it means", "what to change"])
