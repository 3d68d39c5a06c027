"""What the parts of the HubSpot client share."""

from typing import Any

from connector.clients.door import Call, Door
from connector.clients.hubspot.paths import LATEST, PATHS, path


class Base:
    """A door and a version of the path table."""

    def __init__(self, door: Door, version: str = LATEST) -> None:
        if version not in PATHS:
            raise ValueError(f"no paths for HubSpot version {version!r}")
        self.door = door
        self.version = version

    def _path(self, name: str, **parts: str) -> str:
        return path(self.version, name, **parts)

    def _list(self, name: str, **parts: str) -> list[dict[str, Any]]:
        data = self.door.get(self._path(name, **parts))
        return list(self.door.part(data, "results"))

    def _send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Make one call that must not happen twice, such as a create."""
        call = Call(method, path, body=body, repeatable=method != "POST")
        return dict(self.door.call(call).data or {})
