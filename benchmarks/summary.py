"""What `results.json` says, as lines of text and as the README's block."""

WORDS = {"hidden": "hidden units", "batch": "images", "examples": "examples"}


def worst_by_kind(results):
    """Return (description, worst row, number of rows) for each thing that was measured, in order.

    Rows that differ in their sizes alone are one thing; a row with no value is the worst.
    """
    kinds = {}
    for row in results["rows"]:
        kinds.setdefault((row["group"], row["what"], row["target"], row.get("threads")), []).append(row)
    found = []
    for (_, what, _, threads), rows in kinds.items():
        worst = max(rows, key=lambda row: float("inf") if row["value"] is None else row["value"])
        sizes = ", ".join(f"{worst[name]} {word}" for name, word in WORDS.items() if name in worst)
        words = f"{what}, {threads} threads" if (threads or 1) > 1 else what
        words += f" (worst of {len(rows)}: {sizes})" if len(rows) > 1 else f" ({sizes})" if sizes else ""
        found.append((words, worst, len(rows)))
    return found


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
    for words, row, _ in worst_by_kind(results):
        limit = "" if row["target"] is None else f"at most {row['target']:g}"
        limit += ": MISSED" * missed(row)
        lines.append(f"{words:105} {number(row):>9}  {limit}".rstrip())
    return "\n".join(lines)


def block(results):
    """Return the README's lines: everything that has a target."""
    lines = ["| measured, worst size | | target |", "|:---|---:|:---|"]
    for words, row, _ in worst_by_kind(results):
        if row["target"] is not None:
            lines.append(f"| {words} | {number(row)} | at most {row['target']:g}{': **missed**' * missed(row)} |")
    about = results["machine"]
    core = results.get("arithmetic", {}).get("core")
    kernels = f", with OpenBLAS's code for {core}" if core else ""
    machine = f"{about['processor']}, {about['cores']} cores{kernels}, {results['date']}"
    return "\n".join([*lines, "", f"Measured by `make bench` on {machine}; numbers without a unit are ratios."])
