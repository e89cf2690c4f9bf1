"""Renew the README's blocks of numbers: the headline as published, the speed as measured."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "benchmarks"))
import summary  # noqa: E402

from twolayer.analysis.homework import COLLAPSED  # noqa: E402

WORDS = ("holds", "fails", "undecided")


def headline(values):
    """Return the lines of the headline numbers, a dict as `analysis.headline.numbers` returns it."""
    protocol = f"the same budget under a sound protocol ({values['final_setting']})"
    mean = "{:.4f} (mean of {} seeds)".format
    rows = [
        (f"{values['settings']} settings of the homework's search", "published", "here"),
        (":---", "---:", "---:"),
        (
            f"test accuracy at {values['best_setting']}",
            f"{values['best_published']:.4f} (one run)",
            mean(values["homework_test_mean"], values["homework_seeds"]),
        ),
        (
            f"settings that collapse (test accuracy below {COLLAPSED})",
            values["collapsed_published"],
            values["collapsed_ours"],
        ),
        ("settings that collapse in both", "", values["collapsed_both"]),
        (
            "settings that work in both, and how many of them agree within one point",
            "",
            f"{values['work_both']}, {values['work_within_a_point']}",
        ),
        (protocol, "", mean(values["final_test_mean"], values["final_seeds"])),
        (
            f"the homework's {values['claims']} claims: hold, fail, undecided (published: by its own files)",
            ", ".join(str(values[f"its_files_{word}"]) for word in WORDS),
            ", ".join(str(values[f"claims_{word}"]) for word in WORDS),
        ),
    ]
    return "\n".join(" | ".join(["", *map(str, row), ""]).strip().replace("|  |", "| |") for row in rows)


def blocks():
    """Return the lines of each block by its name."""
    published = ROOT / "report" / "published" / "headline.json"
    measured = ROOT / "benchmarks" / "results.json"
    return {
        "headline": headline(json.loads(published.read_text(encoding="utf-8"))),
        "speed": summary.block(json.loads(measured.read_text(encoding="utf-8"))),
    }


def renewed(text, lines_of):
    """Return the README's text with new lines between `<!-- NAME: ... -->` and `<!-- end of NAME -->`.

    Raises
    ------
    ValueError
        If the text has no such block, or more than one.
    """
    for name, lines in lines_of.items():
        block = re.compile(rf"(<!-- {name}: [^>]* -->\n\n).*?(\n\n<!-- end of {name} -->)", re.S)
        text, count = block.subn(lambda found, lines=lines: found[1] + lines + found[2], text)
        if count != 1:
            raise ValueError(f"README.md has {count} blocks named {name}")
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(renewed(readme.read_text(encoding="utf-8"), blocks()), encoding="utf-8")
