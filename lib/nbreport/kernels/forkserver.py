"""Kernels forked from a process that has the slow imports behind it, in place of fresh ones.

A kernel of its own takes half a second to start, and a notebook's first imports as long again. The
server imports both once; each kernel is then a copy of it, made before anything ran, and as separate
from the others as any process. It plugs into jupyter_client as a kernel provisioner (an entry point
of this package); on systems where forking is not safe kernels start as always.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from importlib.metadata import entry_points

from jupyter_client.provisioning import LocalProvisioner

from . import serving
from .lifetime import end_descendants, spared
from .surroundings import FLAGS

NAME, GROUP = "nbreport-forked", "jupyter_client.kernel_provisioners"  # of the entry point in pyproject.toml


def available():
    """Return whether kernels can be forked here: on Linux, where this package is installed with its entry points."""
    return sys.platform == "linux" and bool(entry_points(group=GROUP, name=NAME))


class Server:
    """The server as its clients see it; started by the first of them, it ends with this process."""

    process = None
    channel = None  # our end of the socket
    modules = ()  # to be imported before the next fork
    patience = 300  # seconds for an answer: imports may be slow
    alone = False  # whether this process starts nothing else, and adopts what the server leaves when it is killed

    @classmethod
    def fork(cls, argv, cwd, env):
        """Return a new kernel's process number.

        Raises
        ------
        RuntimeError
            If the server gives none, and a fresh one neither; or if it does not answer.
        """
        request = {"argv": argv, "cwd": cwd, "env": env, "modules": list(cls.modules)}
        names = ", ".join(("ipykernel", *cls.modules))
        failed = f"no kernel could be forked: the process that imports {names} for it"
        for _ in range(2):  # it may have been killed
            try:
                answer = cls.ask(json.dumps(request) + "\n")
            except TimeoutError:
                cls.end()
                raise RuntimeError(f"{failed} did not answer within {cls.patience} seconds") from None
            if answer.strip().isdecimal():
                return int(answer)
            cls.end()
        raise RuntimeError(f"{failed} {f'said {answer.strip()[:80]!r}' if answer else 'ended'}, twice")

    @classmethod
    def ask(cls, request):
        """Return the server's answer to a line, "" where it has ended; start it if there is none.

        Raises
        ------
        TimeoutError
            If it does not answer.
        """
        if cls.process is None or cls.process.poll() is not None:
            cls.start()
        answer = b""
        try:
            cls.channel.sendall(request.encode())
            while not answer.endswith(b"\n") and (more := cls.channel.recv(4096)):
                answer += more
        except ConnectionError:
            return ""
        return answer.decode(errors="replace")

    @classmethod
    def start(cls):
        """Start a server, in a folder from which nothing is read; what it prints goes to standard error."""
        if cls.channel is not None:
            cls.channel.close()
        cls.channel, theirs = socket.socketpair()
        cls.channel.settimeout(cls.patience)
        number = theirs.fileno()
        command = [sys.executable, *FLAGS, "-c", f"from {serving.__name__} import serve; serve()", str(number)]
        with theirs, spared():
            cls.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=[number], cwd=os.path.dirname(__file__)
            )

    @classmethod
    def end_kernels(cls):
        """End what its kernels have started and left, in whatever session, and kernels that are still there."""
        server = cls.process.pid if cls.process is not None else None
        if cls.alone:
            end_descendants(os.getpid(), spare=server)
        elif server is not None:
            end_descendants(server)

    @classmethod
    def end(cls):
        """End a server that is of no use, and its kernels."""
        end_descendants(cls.process.pid)
        cls.process.kill()
        cls.process.wait()
        cls.channel.close()
        cls.process = cls.channel = None


class Forked:
    """What a provisioner needs of `subprocess.Popen`, for a process that is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """Return None while the process is there, else 0: how it ended nobody knows."""
        with contextlib.suppress(ChildProcessError):  # it is ours where its server was killed, and stays till we look
            os.waitpid(self.pid, os.WNOHANG)
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
