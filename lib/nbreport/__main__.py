"""Command line: `python -m nbreport run`, `sweep`, `report` and `verify`; make calls it.

What must hold before anything else is imported, which takes most of a second: no setting of the user's, the end of
make, Ctrl-C. Signals and the parent's end concern this process alone: `main` can be called in any.
"""

import signal
import sys

if __name__ == "__main__":  # Ctrl-C waits until `begin` heeds it: in an import it would be a traceback
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))

from .kernels import lifetime, surroundings  # noqa: E402


def main(arguments=None):
    """Run the command line; see `commands.main`."""
    from . import commands

    return commands.main(arguments)


def begin():
    """Run the command line of this process; does not return."""
    surroundings.enter(["-m", __package__, *sys.argv[1:]])
    lifetime.end_with_parent()
    lifetime.heed()
    from . import commands

    sys.exit(lifetime.interruptible(commands.main))


if __name__ == "__main__":
    begin()
