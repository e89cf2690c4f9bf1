"""The process that kernels are forked from: what it does when it is asked for one."""

import contextlib
import importlib
import json
import os
import random
import signal
import socket
import sys
import tempfile

from .lifetime import adopt_orphans, end_descendants, end_with, leave_interrupts
from .surroundings import become


def serve():
    """Fork a kernel for each request on a socket, whose number is the last word of the command; answer with its number.

    A request is a line of JSON: `modules` to import first, `argv` of the kernel, `cwd` and `env`; an answer is a
    process number in a line. Nothing else is said there, whatever is printed when Python starts or modules are
    imported. Ends when the socket is closed, and kernels, and what these have started, with it.
    """
    server = os.getpid()
    os.environ["JPY_PARENT_PID"] = str(server)  # ipykernel reads it when it is imported
    leave_interrupts()
    adopt_orphans()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels: let them vanish
    channel = socket.socket(fileno=int(sys.argv[-1]))
    requests = channel.makefile(encoding="utf-8")
    for line in requests:
        request = json.loads(line)
        for module in ("ipykernel.kernelapp", *request["modules"]):
            with contextlib.suppress(BaseException):  # the notebook itself will say so, where its reader looks
                importlib.import_module(module)
        pid = os.fork()
        if pid == 0:
            requests.close()
            channel.close()
            become_kernel(request, server)
        try:
            channel.sendall(f"{pid}\n".encode())
        except OSError:  # who asked is gone
            break
    end_descendants(server)
    os._exit(0)


def become_kernel(request, server):
    """Turn this copy of the server into a kernel, which ends with it; does not return."""
    end_with(server)  # ipykernel's own watch begins later, and would then watch nobody
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.chdir(request["cwd"])
    except OSError:  # who asked is gone
        os._exit(1)
    become(request["env"] | {"JPY_PARENT_PID": str(server)})
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # else all kernels would draw the same "random" numbers
    from ipykernel.kernelapp import IPKernelApp

    tempfile.tempdir = request["cwd"]  # IPython, where it cannot write into its own folder, makes one elsewhere
    try:
        kernel = IPKernelApp.instance()
        kernel.initialize()
        tempfile.tempdir = None
        kernel.start()
    except Exception:
        if os.path.isdir(request["cwd"]):
            raise
        os._exit(1)  # who asked is gone by now, and the folder, with all that the kernel was told to open
    os._exit(0)
