"""What `results.json` says, as lines of text and as the README's block."""

from nbreport.kernels.arithmetic import in_words

WORDS = {"hidden": "hidden units", "batch": "images", "examples": "examples", "runs": "runs"}


def worst_by_kind(results):
    """Return (description, worst row by arithmetic, number of rows) for each thing that was measured, in order.

    Rows that differ in their sizes alone are one thing; a row with no value is the worst. The description
    has the sizes of the worst in native arithmetic.
    """
    kinds = {}
    for row in results["rows"]:
        kind = kinds.setdefault((row["group"], row["what"], row["target"], row.get("threads")), {})
        kind.setdefault(row.get("arithmetic", "native"), []).append(row)
    found = []
    for (_, what, _, threads), rows in kinds.items():
        worst = {choice: max(each, key=_weight) for choice, each in rows.items()}
        first, count = worst.get("native") or worst["portable"], len(rows.get("native") or rows["portable"])
        sizes = ", ".join(f"{first[name]} {word}" for name, word in WORDS.items() if name in first)
        words = f"{what}, {threads} threads" if (threads or 1) > 1 else what
        words += f" (worst of {count}: {sizes})" if count > 1 else f" ({sizes})" if sizes else ""
        found.append((words, worst, count))
    return found


def _weight(row):
    return float("inf") if row["value"] is None else row["value"]


def number(row):
    """Return a row's value as text, or why there is none."""
    unit = "" if row["unit"] == "ratio" else f" {row['unit']}"
    return row["why"] if row["value"] is None else f"{row['value']:.3g}{unit}"


def missed(row):
    """Return whether a row has a value and a target, and is above it."""
    return None not in (row["value"], row["target"]) and row["value"] > row["target"]


def table(results):
    """Return the lines that `make bench` prints."""
    lines = []
    for words, worst, _ in worst_by_kind(results):
        for choice, row in worst.items():
            limit = "" if row["target"] is None else f"at most {row['target']:g}"
            limit += ": MISSED" * missed(row)
            name = words if choice == "native" else f"... {choice}"
            lines.append(f"{name:105} {number(row):>9}  {limit}".rstrip())
    return "\n".join(lines)


def block(results):
    """Return the README's lines: everything that has a target."""
    lines = ["| measured, worst size | native | portable | target |", "|:---|---:|---:|:---|"]
    for words, worst, _ in worst_by_kind(results):
        row, other = worst.get("native"), worst.get("portable")
        if row and row["target"] is not None:
            held = number(other) if other and other["value"] is not None else ""
            limit = f"at most {row['target']:g}{': **missed**' * missed(row)}"
            lines.append(f"| {words} | {number(row)} | {held} | {limit} |")
    about = results["machine"]
    clock = f" (governor {about['governor']})" if "governor" in about else ""
    machine = f"{about['processor']}, {about['cores']} cores{clock}, {results['date']}"
    used = "; ".join(f"{choice}: {in_words(results.get(choice))}" for choice in ("native", "portable"))
    targets = "Targets are for native arithmetic; numbers without a unit are ratios."
    return "\n".join([*lines, "", f"Measured by `make bench` on {machine}; {used}. {targets}"])
