"""HubSpot's error answers.

Shape {status, message, correlationId, category, errors[{message, code, context}]}
as in the schemas `Error` and `StandardError` of HubSpot's public 2026-09 specs.
"""

from typing import Any
from uuid import uuid4

Detail = dict[str, Any]


class HubError(Exception):
    """A request, or one input of a batch, that HubSpot refuses."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str = "VALIDATION_ERROR",
        *,
        errors: list[Detail] | None = None,
        context: dict[str, list[str]] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.errors = errors or []
        self.context = context or {}
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        """The answer when the whole request is refused."""
        body: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid4()),
            "category": self.category,
        }
        if self.errors:
            body["errors"] = self.errors
        if self.context:
            body["context"] = self.context
        return body | self.extra

    def item(self, trace: str | None = None) -> dict[str, Any]:
        """The same as one entry of a 207's `errors`."""
        context = dict(self.context)
        if trace is not None:
            context["objectWriteTraceId"] = [trace]
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context,
            "errors": self.errors,
            "links": {},
        } | self.extra


def property_error(name: str, code: str, message: str) -> HubError:
    """One property's value is refused; `code` says how."""
    detail = {"message": message, "code": code, "context": {"propertyName": [name]}}
    return HubError(400, f"Property values were not valid: {message}", errors=[detail])


def not_found(kind: str, key: str) -> HubError:
    """No such record."""
    return HubError(
        404, f"{kind} {key} was not found", "OBJECT_NOT_FOUND", context={"ids": [key]}
    )


def read_only(name: str) -> HubError:
    """A value that HubSpot sets itself."""
    message = f'"{name}" is a read only property; its value cannot be set.'
    return property_error(name, "READ_ONLY_VALUE", message)


def no_option(name: str, value: str, allowed: list[str]) -> HubError:
    """A value that is none of an enumeration's."""
    message = f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    return property_error(name, "INVALID_OPTION", message)


def category_of(status: int) -> str:
    """The category that goes with a status, for faults made to order."""
    known = {409: "CONFLICT", 404: "OBJECT_NOT_FOUND", 429: "RATE_LIMITS"}
    return known.get(status, "VALIDATION_ERROR" if status < 500 else "SERVER_ERROR")
