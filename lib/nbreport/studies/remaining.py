"""How long what is missing will take."""


def seconds(parts):
    """Return the seconds that the missing runs of some `part.Part`s will take one worker.

    A run takes as long as its study's others have taken, on average; where none is finished, what the study's file
    says, times what the runs of all such studies took more than theirs said; where it says nothing, the mean of all.
    """
    known = [one for part in parts for one in part.seconds]
    told = [part for part in parts if part.study.seconds and part.seconds]
    foreseen = sum(part.study.seconds * len(part.seconds) for part in told)
    slower = sum(sum(part.seconds) for part in told) / foreseen if told else 1.0
    return sum((len(part.waiting) + part.under_way) * _mean(part, slower, known) for part in parts)


def foreseen(parts):
    """Return whether something is missing, and the files of all studies that lack it say how long a run takes."""
    lacking = [part for part in parts if part.waiting]
    return bool(lacking) and all(part.study.seconds for part in lacking)


def _mean(part, slower, known):
    if part.study.seconds and not part.seconds:
        return slower * part.study.seconds
    values = part.seconds or known
    return sum(values) / max(1, len(values))
