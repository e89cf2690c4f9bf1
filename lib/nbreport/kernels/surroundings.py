"""What of the environment reaches Python and the runs: what they need of the machine, and none of the user's settings.

Settings would change runs unseen: PYTHONOPTIMIZE drops assertions, a matplotlibrc redraws all figures, a `random.py`
on PYTHONPATH takes the place of Python's own. `python -EPB -m nbreport.kernels.surroundings WORDS ...` becomes
`python WORDS ...` without them.
"""

import contextlib
import functools
import importlib.util
import os
import pkgutil
import signal
import sys
import sysconfig

# Of the variables of this beginning: where bytecode goes and how text is written, not what a program does. The last
# is make's option, not Python's.
HARMLESS = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHON")
# What runs get of the user's variables: where things are, how the net is reached, how many threads.
NEEDED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV")
NEEDED += ("SOURCE_DATE_EPOCH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "XDG_CACHE_HOME", "MPLCONFIGDIR")
BEGINNINGS = (
    "LD_",
    "DYLD_",
    "CONDA_",
    "COVERAGE_",
    "PIP_",
    "SSL_CERT_",
    "MUTANT_",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
)
BEGINNINGS += ("PYTHONDONTWRITEBYTECODE", "OPENBLAS_", "GOTO", "OMP_", "MKL_", "VECLIB_", "NPY_")
ENDINGS = ("_proxy", "_PROXY")
# The same for everybody: order of sets, encoding of files, no packages but the environment's, its kernels first.
FIXED = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
FLAGS = ("-P", "-s")  # no module from the current folder, none from the user's own packages


def without_settings(variables, say=lambda line: None):
    """Return variables without those that change what Python does; of PYTHONPATH what hides nothing is kept.

    Parameters
    ----------
    variables : dict
        Name to value.
    say : callable
        Told in a sentence which folder of PYTHONPATH is left out, and why.
    """
    kept = {name: value for name, value in variables.items() if not name.startswith("PYTHON") or name in HARMLESS}
    places = []
    for place in filter(None, variables.get("PYTHONPATH", "").split(os.pathsep)):
        hidden = next((one.name for one in pkgutil.iter_modules([place]) if one.name in _taken()), None)
        if hidden is None:
            places.append(os.path.abspath(place))
        else:
            say(f"PYTHONPATH: {place} is left out, as its {hidden} would take the place of the environment's own")
    return kept | ({"PYTHONPATH": os.pathsep.join(places)} if places else {})


@functools.lru_cache
def _taken():
    """Return the names of modules that nobody else's may take: Python's, the installed, and what Python starts with."""
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    names = {one.name for one in pkgutil.iter_modules(installed)}
    return names | sys.stdlib_module_names | {"sitecustomize", "usercustomize"}


def of_runs(variables, package=""):
    """Return the environment of kernels.

    Parameters
    ----------
    variables : dict
        The user's.
    package : str
        Variables whose names begin with that of this package, in capitals, are for the runs.
    """
    own = (f"{package.upper()}_",) if package else ()

    def needed(name):
        return name in NEEDED or name.startswith((*BEGINNINGS, *own)) or name.endswith(ENDINGS)

    kept = {name: value for name, value in without_settings(variables).items() if needed(name)}
    return kept | FIXED | _of_matplotlib()


@functools.lru_cache
def _of_matplotlib():
    """Return the variable that has matplotlib read its own settings, not those in the user's folder."""
    found = importlib.util.find_spec("matplotlib")
    if found is None:
        return {}
    return {"MATPLOTLIBRC": os.path.join(found.submodule_search_locations[0], "mpl-data", "matplotlibrc")}


@contextlib.contextmanager
def held(variables):
    """Have these variables, and no others, be this process's environment, and so that of all that it starts."""
    before = dict(os.environ)
    become(variables)
    try:
        yield
    finally:
        become(before)


def become(variables):
    """Make a dict of variables this process's environment."""
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def enter(words):
    """Become `python WORDS` without the user's settings, unless this process is that already.

    Interrupts wait meanwhile, and until `lifetime.heed` lets them through.
    """
    found = without_settings(dict(os.environ), lambda line: print(line, file=sys.stderr))
    wrong = sys.flags.optimize or sys.flags.ignore_environment or sys.flags.inspect or sys.flags.dev_mode
    if found == dict(os.environ) and sys.flags.safe_path and sys.flags.no_user_site and not wrong:
        return
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    os.execve(sys.executable, [sys.executable, *FLAGS, *words], found)


if __name__ == "__main__":
    clean = without_settings(dict(os.environ), lambda line: print(line, file=sys.stderr))
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *FLAGS, *sys.argv[1:]], clean)
