"""What gunicorn is told: which application to serve, within which limits, and where to log."""

from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from webhook.settings import Settings

MOST_CONNECTIONS = 512
MOST_HEADERS = 64
LONGEST_HEADER = 4096
LONGEST_HEAD = (MOST_HEADERS + 1) * (LONGEST_HEADER + 2)
"""With the line of the request; gunicorn refuses what is longer."""
MEMORY = Path("/dev/shm")
"""Writable where the root file system is not: the worker insists on a file, which it never uses."""


class Service(BaseApplication):
    """A WSGI application together with the way gunicorn is to serve it."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Serve *app* as *settings* say."""
        self._app = app
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        chosen: dict[str, Any] = {
            "threads": self.settings.threads,
            "keepalive": round(self.settings.keep_alive),
            "graceful_timeout": round(self.settings.graceful_timeout),
            "worker_connections": MOST_CONNECTIONS + self.settings.threads,
            "limit_request_fields": MOST_HEADERS,
            "limit_request_field_size": LONGEST_HEADER,
            "forwarded_allow_ips": "",  # nobody stands between the API server and us
            "errorlog": None,
            "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - gunicorn's idea of an application is not Flask's
        """Return the application."""
        return self._app


class JsonLogger(Logger):
    """gunicorn's logger without handlers of its own: its lines go where all others go."""

    def setup(self, cfg: Config) -> None:
        """Leave the lines to the root logger."""
        self.cfg = cfg
        self.error_log.propagate = True
