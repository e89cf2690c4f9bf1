"""The arithmetic of all processes that compute: one that is the same on many machines, or the machine's own.

NumPy and OpenBLAS choose their code by the processor when NumPy is imported, and so differ in the last bits from
one processor to the next. Variables of the environment hold them to code that every x86-64 with AVX2 can run.
`python -m nbreport.kernels.arithmetic portable COMMAND ...` runs a command under them.
"""

import contextlib
import functools
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from .. import InputError
from . import surroundings

CHOICES = ("portable", "native")
# One BLAS thread a process: two processes with one thread each beat one with two, and two
# libraries with threads of their own fight. Products also differ by the number of threads.
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}
# NumPy, told what to enable, uses no more; told to disable what a processor lacks, it may complain.
HELD = {"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3"}
# Beginnings of the variables by which a user may decide the same: number of threads, sizes of blocks, other features.
DECIDE = ("OPENBLAS_", "GOTO", "NPY_ENABLE_CPU_FEATURES", "NPY_DISABLE_CPU_FEATURES")
# What the processor must have, as Linux calls it: without, OpenBLAS held to Haswell would crash.
FLAGS = ("avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe")
ASK = """
import json, numpy, threadpoolctl
blas = next((one for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"), {})
known = numpy.show_config("dicts")["SIMD Extensions"]
library, core, threads = (blas.get(key) for key in ("version", "architecture", "num_threads"))
features = " ".join(known.get("baseline", []) + known.get("found", []))
print(json.dumps({"openblas": library, "core": core, "features": features, "threads": threads}))
"""


@contextlib.contextmanager
def held(choice, say=print):
    """Have this process's environment, and so that of all processes it starts, be that of an arithmetic.

    Where portable arithmetic cannot be had, native is taken, and `say` is told so in a sentence.

    Raises
    ------
    InputError
        If `choice` is none of `CHOICES`, or as `in_use`.
    """
    if choice not in CHOICES:
        raise InputError(f"ARITHMETIC must be portable or native, not {choice!r}")
    hindrance = why_native(platform.machine(), platform.system(), processor_flags())
    if choice == "portable" and hindrance:
        say(f"arithmetic: native, as portable needs Linux and an x86-64 processor with AVX2, and {hindrance}")
    with surroundings.held(environment("native" if hindrance else choice, dict(os.environ))):
        if choice == "native":
            in_use()  # refused before anything starts
        yield


def why_native(machine, system, flags):
    """Return why portable arithmetic cannot be had on a machine, None where it can.

    Parameters
    ----------
    machine, system : str
        As `platform` calls them.
    flags : collection of str
        Of the processor, as Linux calls them.
    """
    if system != "Linux" or machine != "x86_64":
        return f"this is {system} on {machine}"
    missing = [flag for flag in FLAGS if flag not in flags]
    return f"this processor has no {missing[0]}" if missing else None


def processor_flags():
    """Return the processor's flags, none where Linux does not say them."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("flags"):
                return line.split()
    return []


def environment(choice, variables):
    """Return a user's variables, a dict, with those that an arithmetic needs and without those that may not count."""
    if choice == "native":
        return variables | THREADS
    return {name: value for name, value in variables.items() if not name.startswith(DECIDE)} | THREADS | HELD


def in_use():
    """Return what NumPy computes with in processes that this one starts, asked of one of them.

    Returns
    -------
    dict
        `openblas`, its version, and `core`, the processor that its code is for (None where NumPy has another
        library for products), `features`, those of the processor that NumPy uses, and `threads`.

    Raises
    ------
    InputError
        If NumPy cannot be imported there: a user may have asked for features that cannot be.
    """
    return dict(_asked(tuple(sorted((name, os.environ[name]) for name in os.environ if name.startswith(DECIDE)))))


@functools.lru_cache
def _asked(variables):
    command = [sys.executable, *surroundings.FLAGS, "-c", ASK]
    answer = subprocess.run(command, env=os.environ | THREADS, capture_output=True, encoding="utf-8", errors="replace")
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or [f"its process ended with {answer.returncode} and without a word"]
        raise InputError(f"NumPy cannot be used: {said[-1]}")
    return json.loads(answer.stdout)


def in_words(used):
    """Return a phrase for what `in_use` returns."""
    if not used:
        return "an arithmetic that was not recorded"
    threads = f"{used['threads']} thread{'' if used['threads'] == 1 else 's'}"
    products = f"OpenBLAS {used['openblas']} for {used['core']}, {threads}" if used["core"] else "no OpenBLAS"
    return f"{products}, NumPy for {used['features']}"


def main(words):
    """Become a command, `words[1:]`, under the arithmetic `words[0]`; return 2 after a sentence about bad input."""
    try:
        if len(words) < 2:
            raise InputError("an arithmetic, portable or native, and a command are needed")
        with held(words[0]):
            sys.stdout.flush()
            os.execvp(words[1], words[1:])
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {words[1]} cannot be run ({error.strerror})", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
