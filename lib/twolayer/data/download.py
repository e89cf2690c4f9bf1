"""Downloads, and programs that download: they end, well or with a sentence."""

import http.client
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from .wheel import SourceError

CONNECT_SECONDS = 4  # also bounds the look-up of the name
READ_SECONDS = 20  # without a byte
COMMAND_SECONDS = 900  # pip's or apt-get's, which have time limits of their own while they wait
LARGEST = 100_000_000  # bytes: no file of these data sets comes near


def check_reachable(address):
    """Connect once, in a thread of its own: a name look-up knows no time-out."""
    if urllib.request.getproxies():
        return  # then the proxy connects, not we
    parts = urlsplit(address)
    outcome = [f"no connection within {CONNECT_SECONDS} s"]

    def connect():
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            socket.create_connection((parts.hostname, port), timeout=CONNECT_SECONDS).close()
            outcome[0] = None
        except (OSError, ValueError, KeyError) as error:  # or a name that is none
            outcome[0] = f"cannot be reached ({getattr(error, 'strerror', None) or error})"

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if outcome[0] is not None:
        raise SourceError(outcome[0])


def download(url, target):
    """Write what is at an address to the file `target`; a SourceError where it cannot be had whole."""
    try:
        with urllib.request.urlopen(url, timeout=READ_SECONDS) as response, open(target, "wb") as file:
            expected = response.length  # None where the server does not say
            while block := response.read(1 << 20):
                file.write(block)
                if file.tell() > LARGEST:
                    raise SourceError(f"{url} is larger than {LARGEST} bytes")
            if expected is not None and file.tell() != expected:
                raise SourceError(f"{url} broke off after {file.tell()} of {expected} bytes")
    except urllib.error.HTTPError as error:
        raise SourceError(f"{url} answered {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError is an OSError
        raise SourceError(f"{url} failed ({error})") from error


def called(command, **options):
    """Run a command to its end, in `COMMAND_SECONDS` at most; return what subprocess says of it."""
    options |= {"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": COMMAND_SECONDS}
    try:
        return subprocess.run(command, encoding="utf-8", errors="replace", **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(str(error)) from error
