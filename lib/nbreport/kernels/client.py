"""A kernel's client that is ready as soon as its kernel is."""

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient


class PromptClient(AsyncKernelClient):
    """Differs from its base class in one thing: that one waits another 0.2 s for messages that nobody sent."""

    async def wait_for_ready(self, timeout=None):
        """Wait until the kernel answers, and what it prints arrives here.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits as long as the kernel lives.

        Raises
        ------
        RuntimeError
            If the kernel dies, or does not answer in time.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < deadline:
            request = self.kernel_info()
            try:
                self._handle_kernel_info_reply(await _answer(self.get_shell_msg, request, 1.0))
                # The last of what a request prints; all that came before it is read with it.
                while (await _answer(self.get_iopub_msg, request, 0.03))["content"].get("execution_state") != "idle":
                    continue
                return
            except Empty:  # not there yet, or what it printed was lost as nobody was connected yet
                if not await self.is_alive():
                    raise RuntimeError("the kernel died before it was ready") from None
        raise RuntimeError(f"the kernel did not answer within {timeout} seconds")


async def _answer(receive, request, seconds):
    """Return the next message that answers `request`."""
    while True:
        message = await receive(timeout=seconds)
        if message["parent_header"].get("msg_id") == request:
            return message
