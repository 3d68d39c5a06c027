"""Where the sandbox keeps its records: documents by kind and id.

In memory, so that reads are quick, and written through to a SQLite file when a
path is given, so that a second start of the demo goes on where the first ended.
"""

import sqlite3
from threading import RLock
from typing import Any

import orjson

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID
"""
_COUNTERS = "_counter"


class Store:
    """Documents by kind and id, JSON values only.

    `get` and `all` hand out the documents themselves: whoever changes one puts
    it back, under `lock` where several steps belong together.
    """

    def __init__(self, path: str | None = None) -> None:
        self.lock = RLock()
        self._kinds: dict[str, dict[str, Document]] = {}
        self._file = self._open(path) if path else None

    def _open(self, path: str) -> sqlite3.Connection:
        file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        file.execute("PRAGMA journal_mode = WAL")
        # A demo's records are worth no fsync per write.
        file.execute("PRAGMA synchronous = OFF")
        file.execute(_SCHEMA)
        for kind, key, body in file.execute("SELECT kind, id, body FROM document"):
            self._kinds.setdefault(kind, {})[key] = orjson.loads(body)
        return file

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        with self.lock:
            return self._kinds.get(kind, {}).get(key)

    def put(self, kind: str, key: str, doc: Document) -> None:
        """Keep the document under this kind and id, in place of any before it."""
        with self.lock:
            self._kinds.setdefault(kind, {})[key] = doc
            if self._file:
                self._file.execute(
                    "INSERT OR REPLACE INTO document VALUES (?, ?, ?)",
                    (kind, key, orjson.dumps(doc)),
                )

    def delete(self, kind: str, key: str) -> None:
        """Forget the document; no complaint when there is none."""
        with self.lock:
            self._kinds.get(kind, {}).pop(key, None)
            if self._file:
                self._file.execute(
                    "DELETE FROM document WHERE kind = ? AND id = ?", (kind, key)
                )

    def all(self, kind: str) -> dict[str, Document]:
        """Every document of the kind by id, in the order they were first put."""
        with self.lock:
            return dict(self._kinds.get(kind, {}))

    def next_number(self, kind: str) -> int:
        """1, 2, 3 … for each kind; never the same number twice, even when reopened."""
        with self.lock:
            number = int((self.get(_COUNTERS, kind) or {"last": 0})["last"]) + 1
            self.put(_COUNTERS, kind, {"last": number})
            return number

    def clear(self) -> None:
        """Forget everything, the counters too."""
        with self.lock:
            self._kinds.clear()
            if self._file:
                self._file.execute("DELETE FROM document")

    def close(self) -> None:
        """Let go of the file; the documents in memory stay readable."""
        with self.lock:
            if self._file:
                self._file.close()
                self._file = None
