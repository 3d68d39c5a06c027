"""Gunicorn, started from here: one process, threads, and our way of logging."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from connector import logs
from connector.settings import Settings

STOP_S = 10
"""How long requests under way may take after SIGTERM; all has ended 5 s later."""


class OneLineLogger(Logger):  # type: ignore[misc]
    """Gunicorn's messages in the service's own form."""

    form = "text"

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's loggers up, then have them written as ours are."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter(self.form))
        self.error_log.setLevel(max(self.error_log.level, logging.INFO))


class JsonLogger(OneLineLogger):
    """The same as JSON."""

    form = "json"


LOGGERS: Mapping[str, type[OneLineLogger]] = {
    "text": OneLineLogger,
    "json": JsonLogger,
}


class Web(BaseApplication):  # type: ignore[misc]
    """The web side under gunicorn. On SQLite one process is the fastest."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings over; nothing is opened yet."""
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options; none comes from a file or the command line."""
        for name, value in self.options().items():
            self.cfg.set(name, value)

    def options(self) -> dict[str, Any]:
        """Return gunicorn's options."""
        return {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": self.settings.web_threads,
            "timeout": 30,
            "graceful_timeout": STOP_S,
            "preload_app": False,
            "accesslog": None,
            "control_socket_disable": True,
            # Whose header SCRIPT_NAME would move every address (gunicorn takes it).
            "forwarder_headers": "",
            "logger_class": LOGGERS[self.settings.log_format],
            "proc_name": "vidensbro",
        }

    def load(self) -> Any:
        """Return the application; called in the process that serves it."""
        from connector.app import create_app

        logs.configure(self.settings.log_level, form=self.settings.log_format)
        return create_app(self.settings)
