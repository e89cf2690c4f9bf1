"""A run that is asked of a cluster."""

from concurrent.futures import Future
from dataclasses import dataclass, field

from ..kernels.worker import Outcome

LOSSES = 3  # of its worker, after which a run has failed


@dataclass(eq=False)
class Task:
    """A run that is asked for."""

    arguments: tuple  # of `kernels.worker.execute`, that function first
    record: dict  # as `remote.described`
    future: Future = field(default_factory=Future)
    place: str | None = None  # the worker that has it
    call: Future | None = None  # ... and what Dask will say of it
    losses: int = 0

    def lose(self, reason):
        """Count that a worker did not finish it; return whether that was once too often, and its run has failed."""
        self.call = None
        self.losses += 1
        if self.losses < LOSSES:
            return False
        self.future.set_result(
            Outcome({}, f"it was begun {LOSSES} times and never finished; the last time {reason}", 0.0)
        )
        return True
