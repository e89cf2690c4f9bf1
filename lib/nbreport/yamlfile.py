"""Reading YAML files that people write: mistakes in them are named."""

import difflib

import yaml

from . import InputError


class _Loader(yaml.SafeLoader):
    """YAML without duplicate keys."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise InputError(f"{self.name}: the key {twice!r} comes twice")
        return super().construct_mapping(node, deep)


def read_yaml(path, allowed):
    """Read a YAML file that must be a mapping, with keys out of `allowed` unless that is None.

    Raises
    ------
    InputError
        If it cannot be read, is no such mapping, or has another key.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, _Loader)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    return checked(path, content, allowed)


def checked(where, content, allowed):
    """Return `content`, a mapping with keys out of `allowed` unless that is None.

    Raises
    ------
    InputError
        If it is none, or has another key.
    """
    if not isinstance(content, dict):
        raise InputError(f"{where} must be a mapping" + (f" with the keys {', '.join(allowed)}" if allowed else ""))
    if unknown := next((key for key in content if allowed and key not in allowed), None):
        known = f"(known are {', '.join(allowed)})"
        raise InputError(f"{where}: unknown key {unknown!r}{nearest(unknown, allowed)} {known}")
    return content


def nearest(name, names):
    """Return ", did you mean ...?" for the name most like `name`, or ""."""
    close = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
