"""The date in a PDF: that of SOURCE_DATE_EPOCH, where it is set, so that the same page gives the same bytes."""

import os
import re
from datetime import UTC, datetime

from .. import InputError

NAME = "SOURCE_DATE_EPOCH"  # https://reproducible-builds.org/specs/source-date-epoch/
DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}(?:[+-]\d{2}'\d{2}'|Z)?(?=\))")


def epoch():
    """Return SOURCE_DATE_EPOCH, seconds since 1970; None where it is not set.

    Raises
    ------
    InputError
        If it is no such number.
    """
    text = os.environ.get(NAME, "")
    try:
        return int(text) if text and datetime.fromtimestamp(int(text), UTC) else None
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"{NAME} must be a number of seconds since 1970, not {text!r}") from error


def dated(pdf, seconds):
    """Return a PDF, bytes, whose dates are so many seconds after 1970, of the same length; as it is for None."""
    if seconds is None:
        return pdf
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d%H%M%S}".encode()
    return DATES.sub(lambda found: found[1] + (text + b"+00'00'")[: len(found[0]) - len(found[1])], pdf)
