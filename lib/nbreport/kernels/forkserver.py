"""Kernels forked from a process that has the slow imports behind it, in place of fresh ones.

A kernel of its own takes half a second to start, and a notebook's first imports as long again. The
server imports both once; each kernel is then a copy of it, made before anything ran, and as separate
from the others as any process. It plugs into jupyter_client as a kernel provisioner (an entry point
of this package); on systems where forking is not safe kernels start as always.
"""

import asyncio
import contextlib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
from importlib.metadata import entry_points

from jupyter_client.provisioning import LocalProvisioner

from .lifetime import end_with

NAME, GROUP = "nbreport-forked", "jupyter_client.kernel_provisioners"  # of the entry point in pyproject.toml


def available():
    """Return whether kernels can be forked here: on Linux, where this package is installed with its entry points."""
    return sys.platform == "linux" and bool(entry_points(group=GROUP, name=NAME))


def serve():
    """Fork a kernel for each request on standard input, and answer with its process number on standard output.

    A request is a line of JSON: `modules` to import first, `argv` of the kernel, `cwd` and `env`.
    Ends with its input; its kernels then see that their parent is gone, and end too.
    """
    server = os.getpid()
    os.environ["JPY_PARENT_PID"] = str(server)  # ipykernel reads it when it is imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels: let them vanish
    requests, answers = private_channel()
    for line in requests:
        request = json.loads(line)
        for module in ("ipykernel.kernelapp", *request["modules"]):
            with contextlib.suppress(BaseException):  # the notebook itself will say so, where its reader looks
                importlib.import_module(module)
        pid = os.fork()
        if pid == 0:
            requests.close()
            answers.close()
            become_kernel(request, server)
        try:
            print(pid, file=answers, flush=True)
        except BrokenPipeError:  # who asked is gone
            os._exit(0)


def private_channel():
    """Return standard input and output as files that imports do not find: theirs are nothing and standard error."""
    requests, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def become_kernel(request, server):
    """Turn this copy of the server into a kernel, which ends with it; does not return."""
    end_with(server)  # ipykernel's own watch begins later, and would then watch nobody
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(request["cwd"])
    os.environ.update(request["env"] | {"JPY_PARENT_PID": str(server)})
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # else all kernels would draw the same "random" numbers
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()
    os._exit(0)


class Server:
    """The server as its clients see it; started by the first of them, it ends with this process."""

    process = None
    modules = ()  # to be imported before the next fork

    @classmethod
    def fork(cls, argv, cwd, env):
        """Return a new kernel's process number.

        Raises
        ------
        RuntimeError
            If the server gives none, and a fresh one neither.
        """
        request = {"argv": argv, "cwd": cwd, "env": env, "modules": list(cls.modules)}
        for _ in range(2):  # it may have been killed
            answer = cls.ask(json.dumps(request) + "\n")
            if answer.strip().isdecimal():
                return int(answer)
            cls.end()
        names, what = ", ".join(("ipykernel", *cls.modules)), f"said {answer.strip()[:80]!r}" if answer else "ended"
        raise RuntimeError(f"no kernel could be forked: the process that imports {names} for it {what}, twice")

    @classmethod
    def ask(cls, request):
        """Return the server's answer to a line, "" where it has ended; start it if there is none."""
        if cls.process is None or cls.process.poll() is not None:
            command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            cls.process = subprocess.Popen(command, **pipes, encoding="utf-8", errors="replace")
        try:
            cls.process.stdin.write(request)
            cls.process.stdin.flush()
        except BrokenPipeError:
            return ""
        return cls.process.stdout.readline()

    @classmethod
    def end(cls):
        """End a server that is of no use."""
        cls.process.kill()
        cls.process.wait()
        for pipe in (cls.process.stdin, cls.process.stdout):
            with contextlib.suppress(BrokenPipeError):  # what it has not read
                pipe.close()
        cls.process = None


class Forked:
    """What a provisioner needs of `subprocess.Popen`, for a process that is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """Return None while the process is there, else 0: how it ended nobody knows."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    wait = poll

    def send_signal(self, number):
        """Send a signal to the process, if it is there."""
        os.kill(self.pid, number)

    def kill(self):
        """Kill the process."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):
    """Launches Python kernels by forking; everything else is jupyter_client's own."""

    async def launch_kernel(self, cmd, **kwargs):
        """Launch the kernel of a command, in the way of its base class if it is not ipykernel's."""
        if "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        place = kwargs.get("cwd") or os.getcwd()
        pid = await asyncio.to_thread(Server.fork, argv, place, kwargs.get("env") or dict(os.environ))
        self.process, self.pid, self.pgid = Forked(pid), pid, pid  # a session of its own: setsid
        return self.connection_info

    async def kill(self, restart=False):
        """Kill the process and wait until it is gone: its manager would look only after a tenth of a second."""
        await super().kill(restart)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.wait(), timeout=2)

    async def wait(self):
        """Wait until the process is gone, looking more often than the base class."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.002)
        self.process = None
        return 0
