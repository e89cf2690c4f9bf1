"""Reading YAML files that people write: mistakes in them are named, and nothing in them takes long or much memory.

A scalar means what YAML 1.2 says (its core schema): 1e-3 is a number and 0100 is 100; yes, 1:30, 1_000 and 2020-01-31
are words. Keys are words. Aliases and tags are refused, as no file of ours needs them.
"""

import difflib
import re
import stat
from pathlib import Path

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from . import InputError

INTEGER, FLOAT = r"[-+]?[0-9]+", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
CORE = {  # which plain scalars are what, by the first match; all others are words
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": rf"{INTEGER}|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": rf"{FLOAT}|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}
LARGEST = 200_000  # bytes, which take a second to read
DEEPEST = 20  # levels


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, without duplicate keys, aliases, tags and depths."""

    yaml_implicit_resolvers = {}
    depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise ComposerError(None, None, "aliases are not read", event.start_mark)
        if event.tag is not None:
            raise ComposerError(None, None, "tags are not read", event.start_mark)
        if self.depth > DEEPEST:
            raise ComposerError(None, None, f"there are more than {DEEPEST} levels", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                raise InputError(f"{self.name}: the key {name!r} must be a word")
            if name in seen:
                raise InputError(f"{self.name}: the key {name!r} comes twice")
            seen.add(name)
        return super().construct_mapping(node, deep)


def _word(loader, node):
    try:
        node.value.encode()
    except UnicodeEncodeError as error:
        raise ConstructorError(None, None, "half a character is not read", node.start_mark) from error
    return node.value


def _integer(loader, node):
    base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
    return int(node.value, base)


def _float(loader, node):
    return float(re.sub(r"\.(?=[iInN])", "", node.value))


for _kind, _pattern in CORE.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_pattern})\Z"), None)
for _kind, _function in (("str", _word), ("int", _integer), ("float", _float)):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _function)


def read_yaml(path, allowed):
    """Read a YAML file that must be a mapping, with keys out of `allowed` unless that is None.

    Raises
    ------
    InputError
        If it cannot be read, is no such mapping, or has another key.
    """
    text = _text(Path(path))
    try:
        loader = _Loader(text)
        loader.name = str(path)
        content = loader.get_single_data()
    except InputError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    return checked(path, content, allowed)


def _text(path):
    """Return the text of a file, unless it is no regular one or too large."""
    content = None
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with open(path, "rb") as file:
                content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', error)})") from error
    if content is None:
        raise InputError(f"{path} cannot be read (it is no file)")
    if len(content) > LARGEST:
        raise InputError(f"{path} has more than {LARGEST} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from error


def checked(where, content, allowed):
    """Return `content`, a mapping with keys out of `allowed` unless that is None.

    Raises
    ------
    InputError
        If it is none, or has another key.
    """
    if not isinstance(content, dict):
        raise InputError(f"{where} must be a mapping" + (f" with the keys {', '.join(allowed)}" if allowed else ""))
    for key in content:
        if allowed and key not in allowed:
            known = f"(known are {', '.join(allowed)})"
            raise InputError(f"{where}: unknown key {key!r}{nearest(key, allowed)} {known}")
    return content


def nearest(name, names):
    """Return ", did you mean ...?" for the name most like `name`, or ""."""
    close = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
