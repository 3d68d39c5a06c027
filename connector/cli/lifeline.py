"""A process ends with the one that started it, however suddenly that one ends.

The starter holds one end of a pipe and writes nothing to it. When it is gone, killed
or out of memory, the system closes that end and whoever holds the other notices.
"""

from __future__ import annotations

import os
import signal
import threading

SETTING = "VIDENSBRO_LIFELINE"
"""Names, for a process that is started, its end of the pipe."""


def follow() -> None:
    """Ask this process to stop, as SIGTERM does, once its starter is gone.

    Nothing happens in a process that was started by itself.
    """
    # Taken out: a process started from here has not inherited the pipe.
    number = os.environ.pop(SETTING, "")
    if number:
        threading.Thread(target=_wait, args=(int(number),), daemon=True).start()


def _wait(pipe: int) -> None:
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
