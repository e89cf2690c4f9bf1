"""Bytes and texts for the front doors: valid ones with edits, and such as never were valid."""

import json
import re
import struct

from hypothesis import strategies as st

# What is at the limits of the integers that headers are made of.
EXTREME = [0, 1, 2, 255, 256, 2**15, 2**16 - 1, 2**16, 2**31 - 1, 2**31, 2**32 - 1]
WIDE = [*EXTREME, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
PIECES = [struct.pack(f"{order}I", number) for number in EXTREME for order in "<>"]
PIECES += [struct.pack(f"{order}Q", number) for number in WIDE for order in "<>"]
ZEROS = 1 << 24  # bytes in a member of what grows when it is unpacked
KINDS = ("flip", "set", "piece", "insert", "delete", "repeat", "cut", "append", "token")


@st.composite
def edited(draw, valid, tokens=()):
    """Return one of some valid contents after one to four edits; `tokens` are what may be put in."""
    content = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 4))):
        content = _edit(draw, content, tokens)
    return content


def _edit(draw, content, tokens):
    # Heads decide most: half of all edits are there.
    at = draw(st.integers(0, min(64, len(content))) | st.integers(0, len(content)))
    kind = draw(st.sampled_from(KINDS))
    if kind == "flip" and at < len(content):
        return content[:at] + bytes([content[at] ^ 1 << draw(st.integers(0, 7))]) + content[at + 1 :]
    if kind == "set":
        return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
    if kind == "piece":
        piece = draw(st.sampled_from(PIECES))
        return content[:at] + piece + content[at + len(piece) :]
    if kind == "delete":
        return content[:at] + content[at + draw(st.integers(1, 40)) :]
    if kind == "repeat":
        return content[:at] + content[at : at + draw(st.integers(1, 40))] * draw(st.integers(2, 50)) + content[at:]
    if kind == "cut":
        return content[:at]
    if kind == "append":
        return content + draw(st.binary(max_size=20))
    if kind == "token" and tokens:
        length = draw(st.sampled_from([0, 0, 1, 4]))
        return content[:at] + draw(st.sampled_from(tokens)) + content[at + length :]
    return content[:at] + draw(st.binary(max_size=20)) + content[at:]


@st.composite
def worded(draw, valid, tokens):
    """Return one of some valid texts after one to three of its words were exchanged, repeated or left out."""
    words = re.split(rb"([\s,:\[\]{}\"]+)", draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(1, 3))):
        at = 2 * draw(st.integers(0, len(words) // 2))
        words[at : at + 1] = draw(st.sampled_from([[], words[at : at + 1] * 2, *([token] for token in tokens)]))
    return b"".join(words)


def rare(few, others):
    """Return one of `few`, which take long, once in some hundred times."""
    return st.integers(0, 250).flatmap(lambda number: st.sampled_from(few) if number == 123 else others)


def nonsense(*heads):
    """Return random bytes, with or without one of some beginnings."""
    return st.builds(bytes.__add__, st.sampled_from([b"", *heads]), st.binary(max_size=200))


def chosen(parts):
    """Return inputs for doors of several files: a byte that says which, and that file's content."""
    return st.one_of(*(one.map(lambda content, place=place: bytes([place]) + content) for place, one in parts.items()))


def plain():
    """Return plain values as JSON and YAML have them, lists and mappings of them included."""
    numbers = st.integers() | st.floats() | st.sampled_from([*WIDE, -1, 10**400])
    words = st.text(max_size=8) | st.sampled_from(["nan", "inf", "1e999", "1_0", "none", "true", "𝟙", "\x00"])

    def several(one):
        return st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3)

    return st.recursive(st.none() | st.booleans() | numbers | words, several, max_leaves=5)


def in_json(values):
    """Return values as the bytes of their JSON."""
    return values.map(lambda one: json.dumps(one).encode())
