"""Questions to the reader: exercises that the page can check, and predictions before a chapter answers.

In JupyterLab, and on a page without scripts, they are plain text with the solution folded; in print the solution is
left out. The template's `exercise.js` adds a field or radio buttons and says whether an answer is right.
"""

import base64
import json
from math import isfinite

from IPython.display import display

from . import reads

KINDS = ("number", "shape", "choice")


def exercise(question, answer, kind="number", choices=(), tolerance=0.0, solution=""):
    """Display an exercise.

    Parameters
    ----------
    question : str
        Markdown.
    answer : float, tuple of int, or str
        As `kind` says: a finite number; a shape; or one of `choices`. To be computed where it can be.
    kind : {"number", "shape", "choice"}
    choices : sequence of str
        For "choice": Markdown of a line each, at least two, all different.
    tolerance : float
        For "number": how far from the answer a right one may be, at least 0; rounding in the ninth digit always may.
    solution : str
        Markdown: why. The answer itself is put before it.

    Raises
    ------
    ValueError
        If these do not fit together; the message is a sentence.
    """
    answer = _checked(answer, kind, choices, tolerance)
    if not solution.strip():
        raise ValueError("an exercise needs a solution, in Markdown")
    text = f"**{in_words(answer, kind)}.** {solution.strip()}"
    _show("exercise", "Exercise.", "Solution", question, answer, kind, choices, text, tolerance)


def predict(question, answer, choices, finding):
    """Display the question that opens a chapter: the reader chooses, and is then told what the chapter finds.

    Parameters
    ----------
    question : str
        Markdown.
    answer : str
        The choice that is right, computed from what the chapter finds.
    choices : sequence of str
        As for `exercise`.
    finding : str
        Markdown: what the chapter finds, and where.

    Raises
    ------
    ValueError
        As `exercise`.
    """
    answer = _checked(answer, "choice", choices, 0.0)
    title, folded = "Before you read.", "What the chapter finds"
    _show("prediction", title, folded, question, answer, "choice", choices, finding.strip(), 0.0)


def in_words(answer, kind):
    """Return an answer as the solution says it: a number in up to five significant digits, whole ones in all."""
    if kind == "choice":
        return answer.rstrip(".")
    if kind == "shape":
        return str(answer)
    whole = float(answer).is_integer() and abs(answer) < 1e15
    return format(answer, ",.0f" if whole else ".5g").replace("-", "−")


def _checked(answer, kind, choices, tolerance):
    """Return the answer as JSON has it; refuse what cannot be asked."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if (kind == "choice") != (len(choices) > 1) or len(set(choices)) < len(choices):
        raise ValueError('choices are for the kind "choice", which needs two or more, all different')
    if kind == "choice" and answer not in choices:
        raise ValueError(f"the answer must be one of the choices, not {answer!r}")
    if kind == "number":
        if not isfinite(answer) or not 0 <= tolerance < float("inf"):
            raise ValueError(f"answer and tolerance must be finite, and the latter at least 0: {answer}, {tolerance}")
        return float(answer)
    return tuple(map(int, answer)) if kind == "shape" else answer


def _show(kind, title, folded, question, answer, asks, choices, solution, tolerance):
    made = reads.record()
    about = {"kind": kind, "asks": asks, "question": question.strip(), "choices": list(choices), "solution": solution}
    about |= {"key": _encoded(answer, tolerance)} | ({"made": made} if made else {})
    listed = "".join(f"\n- {choice}" for choice in choices)
    hidden = f"<details><summary>{folded}</summary>\n\n{solution}\n\n</details>"
    text = f"**{title}** {about['question']}\n{listed}\n\n{hidden}"
    display({"text/markdown": text, "text/plain": about["question"]}, raw=True, metadata={"nbreport": about})


def _encoded(answer, tolerance):
    """Return what a typed answer is compared with, so that nobody reads it by chance."""
    content = json.dumps({"answer": answer, "tolerance": tolerance})
    return base64.b64encode(content.encode()).decode()
