"""Rules and estimates of the ledger in words."""

from math import exp, inf

SHARED = 0.95  # share of bootstrap ledgers that must give the same verdict
DECIDE = "times as many runs would decide it"


def number(rule, value):
    """Return a value of what a rule estimates in digits, with a minus sign where it has one."""
    if abs(value) == inf:
        return "no bound"
    text = format(exp(value), ".2f") if rule.shown == "factor" else format(value, rule.shown)
    return text.replace("-", "−") if float(text) else text.replace("-", "")


def evidence(rule, samples, error):
    """Return estimate, interval and number of runs in words; of several samples, of the one closest to failing.

    Parameters
    ----------
    rule : ledger.Rule
    samples : list
        Of `samples.Sample` and its kind.
    error : float
        1 minus the level of the interval, which holds for all of them together.
    """
    worst, (value, low, high) = closest(rule, samples, error)
    found = number(rule, value)
    if low < high:
        found += f" ({1 - error:.0%} interval {number(rule, low)} to {number(rule, high)}"
        found += f"; {worst.count:,} runs)" if worst.count > 1 else "; one run)"
    if len(samples) > 1:
        found += f", of {len(samples)} the closest to failing, in standard errors"
    return found + (more_runs(rule, value, low, high) if worst.count > 1 else "")


def more_runs(rule, value, low, high):
    """Return in words how many runs would decide, if the estimate stays; "" where its interval has no border in it."""
    reach = [(value - low if border < value else high - value, abs(border - value)) for border, _ in rule.borders()]
    inside = [border for border, _ in rule.borders() if low < border < high]
    if not inside or value in inside:
        return ""
    times = max((half / distance) ** 2 for half, distance in reach if half > distance)
    about = "more than 100" if times > 100 else f"about {max(2, round(times))}"
    return f"; {about} {DECIDE}, if the estimate stays"


def closest(rule, samples, error):
    """Return the sample that is closest to failing, and its estimate and interval; parameters as for `evidence`."""
    worst = min(samples, key=lambda sample: _room(rule, sample))
    return worst, (float(worst.value_and_error()[0]), *worst.interval(1 - error / len(samples)))


def _room(rule, sample):
    """Return how far inside the region an estimate lies, in standard errors."""
    value, error = sample.value_and_error()
    return min((value - border) * (1 if is_low else -1) / max(error, 1e-300) for border, is_low in rule.borders())


def region(rule):
    """Return where a claim is true, without and with its margin, in a sentence."""
    low, high = (None if abs(end) == inf else end for end in (rule.low, rule.high))
    borders = {is_low: border for border, is_low in rule.borders()}
    widened = _between(rule, borders.get(True), borders.get(False))
    return f"True if it is {_between(rule, low, high)}; with the margin, {widened}."


def _between(rule, low, high):
    if low is None:
        return f"at most {number(rule, high)}"
    return f"at least {number(rule, low)}" if high is None else f"from {number(rule, low)} to {number(rule, high)}"


def said(rule, columns):
    """Return what became of a claim as Markdown; of bootstrap ledgers only where some disagree.

    Parameters
    ----------
    rule : ledger.Rule
    columns : dict
        Name of a column to the claim's Verdict there.
    """
    lines = [f"*{rule.says}*", f"Estimate: {rule.estimand}. {region(rule)} {rule.reason}"]
    for name, verdict in columns.items():
        agree = f"{verdict.share:.1%}"
        needed = "" if verdict.share >= SHARED or DECIDE in verdict.evidence else f", and a verdict needs {SHARED:.0%}"
        shared = f"; {agree} of the bootstrap ledgers say so{needed}" if verdict.share and agree != "100.0%" else ""
        lines.append(f"- By {name}: **{verdict.verdict}**. {verdict.evidence}{shared}.")
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])
