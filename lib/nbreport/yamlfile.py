"""Reading YAML files that people write: mistakes in them are named."""

import yaml

from . import InputError
from .notebook import nearest


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
    if not isinstance(content, dict):
        raise InputError(f"{path} must be a mapping" + (f" with the keys {', '.join(allowed)}" if allowed else ""))
    for key in content if allowed else ():
        if key not in allowed:
            raise InputError(f"{path}: unknown key {key!r}{nearest(key, allowed)} (known are {', '.join(allowed)})")
    return content
