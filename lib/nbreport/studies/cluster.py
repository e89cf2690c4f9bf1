"""Runs on the workers of a Dask scheduler: which of them gets which, and what is done when one is lost.

Dask carries notebooks there and files back, as bytes, and says who is there. Which worker gets a run is decided here:
one with other code, or without the data, must get none.
"""

from collections import deque

from .. import InputError
from ..kernels.actor import Actor
from ..kernels.pool import Workers
from ..kernels.scheduler import Scheduler
from . import remote
from .task import Task

RETURN = 600  # seconds that a scheduler has to come back when it is lost
LOOK = 1.0  # seconds between two looks at who is there
AHEAD = 16  # runs that wait for a worker that joins, at least


class Cluster:
    """Workers elsewhere, as `sweep.run_studies` wants its workers; a context manager.

    Parameters
    ----------
    address : str
        As for `Scheduler`.
    choice : str
        The arithmetic, as for `kernels.arithmetic.held`, under which this must be used.
    say : callable
        Told, a sentence at a time, who joins, is lost, is refused.

    Raises
    ------
    InputError
        As `Scheduler`; when it is entered, if nobody answers.
    """

    def __init__(self, address, choice="portable", say=print):
        self.scheduler, self.address, self.choice, self.say = Scheduler(address), address, choice, say
        self.actor = Actor(self.see, self.assign, self.give_up, LOOK)  # it alone changes what follows
        self.waiting, self.at = deque(), {}  # tasks; those that a worker has, by its address
        self.slots, self.refused = {}, {}  # by a worker's address: its threads; why it gets nothing
        self.told = ""  # of who is there
        self.proven = False  # whether a worker has run something
        self.here = Workers()

    @property
    def jobs(self):
        """How many runs can be under way at once, now."""
        return max(1, sum(self.usable().values()))

    @property
    def ahead(self):
        """How many more may be asked for: they wait for a worker that joins."""
        return max(AHEAD, self.jobs)

    def usable(self):
        """Return address to threads of the workers that are not refused."""
        return {address: threads for address, threads in self.slots.items() if address not in self.refused}

    def submit(self, function, source, parameters, *others):
        """Return the future of a run; as `kernels.worker.execute`, which `function` is.

        A notebook that reads other runs is executed here: these are nowhere else.
        """
        if remote.sent(source).studies(parameters):
            return self.here.submit(function, source, parameters, *others)
        task = Task((function, source, parameters, *others), remote.described(source, parameters, "."))
        self.actor.tell(lambda: self.waiting.append(task))
        return task.future

    def __enter__(self):
        try:
            self.scheduler.connect()
            self.look()
        except OSError as error:  # a time-out is one
            self.scheduler.close()
            raise InputError(f"SCHEDULER={self.address}: no Dask scheduler answers there") from error
        self.actor.start()
        return self

    def __exit__(self, *error):
        self.actor.end()
        self.scheduler.close()
        return self.here.__exit__(*error)

    def give_up(self, error):
        """Have all runs that are asked for raise an error."""
        tasks = [*self.waiting, *(task for tasks in self.at.values() for task in tasks)]
        self.waiting, self.at = deque(), {}
        for task in tasks:
            task.call = None
            task.future.set_exception(error)

    def see(self):
        """See who is there; wait for the scheduler where it is lost, and begin anew all that was under way."""
        try:
            return self.look()
        except OSError as error:
            self.say(f"{self.address}: the scheduler is lost ({error}); waiting until it is back")
        for task in [task for tasks in self.at.values() for task in tasks]:
            self.recall(task)
        self.slots, self.at, self.refused = {}, {}, {}
        try:
            return self.scheduler.connect_again(self.actor.stopped, RETURN)
        except OSError as error:
            raise InputError(f"{self.address}: the scheduler did not come back within {RETURN} s") from error

    def look(self):
        """See which workers have joined and which are lost."""
        found = self.scheduler.workers()
        for address in self.slots.keys() - found:
            if self.refused.pop(address, None) is None:
                self.say(f"worker {address} is lost; what it had is run elsewhere")
            for task in self.at.pop(address):
                task.call.cancel()
                self.lose(task, "its worker was lost")
        for address in found.keys() - self.slots:
            self.at[address] = set()
        self.slots = found
        usable = self.usable()
        told = f"workers: {len(usable)}, with {self.jobs} threads" if usable else "no worker that can be used: waiting"
        if told != self.told:
            self.say(f"{self.address}: {told}")
        self.told = told

    def assign(self):
        """Give the runs that wait to the workers with most room."""
        room = {address: threads - len(self.at[address]) for address, threads in self.usable().items()}
        while self.waiting and room and room[place := max(room, key=room.get)] > 0:
            room[place] -= 1
            task = self.waiting.popleft()
            task.place = place
            self.at[place].add(task)
            wanted = remote.identity(task.record)
            try:
                task.call = self.scheduler.call(place, remote.run, wanted, self.choice, *task.arguments)
            except OSError:
                self.recall(task)
                return self.see()
            # Called in Dask's thread, it only tells ours.
            task.call.add_done_callback(lambda call, task=task: self.actor.tell(lambda: self.receive(task, call)))
        return None

    def receive(self, task, call):
        """Take what came of a task, unless it was taken from that worker meanwhile."""
        if task.call is not call:
            return
        error = None if call.cancelled() else call.exception()
        if call.cancelled():  # the scheduler is lost
            self.recall(task)
            self.see()
        elif error is not None:
            self.at[task.place].discard(task)
            reason = "its process died" if self.scheduler.died(error) else f"{type(error).__name__}: {error}"
            self.lose(task, reason)
            if not self.scheduler.died(error):
                self.refuse(task.place, reason)
        elif isinstance(answer := call.result(), remote.Refused):
            self.recall(task)
            self.refuse(task.place, answer.sentence or remote.differences(task.record, answer.record))
        else:
            self.at[task.place].discard(task)
            self.proven, task.call = True, None
            task.future.set_result(answer)

    def recall(self, task):
        """Have a task wait again, before all others."""
        self.at[task.place].discard(task)
        self.waiting.appendleft(task)
        task.call = None

    def lose(self, task, reason):
        """Have a task that its worker did not finish wait again, at the end, as it may be its own fault."""
        if not task.lose(reason):
            self.waiting.append(task)

    def refuse(self, address, reason):
        """Give a worker nothing more; InputError if it was the only one, and none has run anything."""
        if address in self.refused:
            return
        self.refused[address] = f"worker {address} is refused: {reason}"
        if not self.usable() and not self.proven:
            raise InputError(self.refused[address])
        self.say(self.refused[address])
