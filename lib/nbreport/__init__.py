"""Notebooks as a report: parameters, runs and sweeps through papermill, pages through nbconvert.

Knows nothing of what the notebooks compute. A notebook says what it needs in its metadata,
under `nbreport`:

check : "package.module:function"
    Called with the parameters before anything starts. Raises `package.InputError` with a sentence where
    they are wrong; returns what a run depends on besides parameters and code (data hashes). Variables of the
    environment that begin with PACKAGE_ reach its kernels; of others those alone that a machine needs.
fetch : "package.module:function"
    Called with the parameters on another machine whose data `check` finds missing; errors as `check`.
inputs : list of str
    Globs, from the project's root, of the data files whose change makes a run stale. The code that
    a notebook imports is traced and need not be named.
studies : list of str
    Names of the studies, below the folder that the parameter `runs` names, whose results it reads;
    "NAME if PARAMETER" where it does so only if that parameter is true.
only_draws : list of str
    Modules that it imports and on which no result depends: their change makes no run stale.
files : list of str
    What the notebook writes into the folder that its parameter `output` names, or into folders below it. A run
    without all of them has failed.
preload : list of str
    Modules that are slow to import and do not change: sweeps import them once a worker.
"""

import sys

# jsonschema imports it if it can, to check international addresses, of which notebooks have none.
# It compiles a grammar for a second, in every process that reads a notebook.
sys.modules.setdefault("rfc3987_syntax", None)


class InputError(ValueError):
    """Bad input: the message is one sentence for the person who typed it."""
