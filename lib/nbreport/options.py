"""What is said on the command line, read: each wrong value is refused in a sentence."""

import re
from pathlib import Path

from . import InputError


def place(option, text):
    """Read the name of a folder, which need not be there."""
    try:
        text.encode()
        missing = [path for path in (Path(text), *Path(text).parents) if path.exists() and not path.is_dir()]
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(f"{option}={text!r:.80} is no folder ({getattr(error, 'strerror', 'not UTF-8')})") from error
    if missing:
        raise InputError(f"{option}={text} is no folder: {missing[0]} is a file")
    if not text.strip():
        raise InputError(f"{option}= is empty: name a folder, or leave it out")
    return Path(text)


def positive(text):
    """Read a number of worker processes."""
    return counted(text, "JOBS", 1)


def counted(text, name, least):
    """Read an integer from `least` to 256."""
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= 256:
        raise InputError(f"{name} must be an integer from {least} to 256, not {text!r}")
    return int(text)


def seconds(text):
    """Read how long a run may take: None for "", where its study decides, and 0 for "none"."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh]?)", text.strip())
    length = float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
    if text.strip() in ("", "none"):
        return 0 if text.strip() else None
    if not length:
        raise InputError(f"TIMEOUT must be a time that a run may take, such as 90s, 15m or 2h, or none, not {text!r}")
    return length
