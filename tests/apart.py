"""A process of its own for what must stop dead, with the imports made beforehand."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping

PATIENCE_S = 60
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.crashing", "tests.crashing_forms"])


def run_apart(main: Callable[..., None], env: Mapping[str, str], *args: object) -> int:
    """Run ``main`` with these arguments, all as text; return its exit code."""
    told = (main, {**os.environ, **env}, os.getcwd(), [str(arg) for arg in args])
    process = _CONTEXT.Process(target=_begin, args=told)
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"{main.__module__} did not end in {PATIENCE_S} s")
    return process.exitcode


def _begin(
    main: Callable[..., None], env: Mapping[str, str], here: str, args: list[str]
) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(here)
    main(*args)
