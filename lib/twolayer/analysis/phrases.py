"""Counts and ranges as a person would say them."""


def how_many(count, of, singular, plural):
    """Return how many do something: "none works", "one works", "both work", "all work", "3 work".

    Parameters
    ----------
    count, of : int
        0 <= count <= of: how many do, and of how many.
    singular, plural : str
        What they do: "works", "work".
    """
    if count == 0:
        return f"none {singular}"
    if count == of:
        return f"the one {singular}" if of == 1 else f"{'both' if of == 2 else 'all'} {plural}"
    return f"one {singular}" if count == 1 else f"{count:,} {plural}"


def spanned(low, high, shown):
    """Return "0.40 to 1.54", or one number where both are the same as they are `shown` (a format)."""
    low, high = format(low, shown), format(high, shown)
    return low if low == high else f"{low} to {high}"
