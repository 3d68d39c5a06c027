"""`POST /lists/{id}`: up to 500 members in one call, each with its own outcome."""

from typing import Any

from sandbox.faults import Fault, partial_fault
from sandbox.mailchimp import members, show
from sandbox.mailchimp.addresses import check_address, subscriber_hash
from sandbox.mailchimp.audience import Audience
from sandbox.mailchimp.members import Write
from sandbox.mailchimp.problems import EXISTS, ProblemError, invalid

Doc = dict[str, Any]
MOST = 500


def run(audience: Audience, body: Doc, *, skip_checks: bool, skip_twins: bool) -> Doc:
    """Write the members one by one. The answer is a 200 whatever became of them."""
    items = body.get("members")
    if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
        raise invalid("members", "This value should be of type array.")
    if len(items) > MOST:
        raise invalid("members", f"This collection should contain {MOST} or less.")
    batch = _Batch(audience, bool(body.get("update_existing", False)), skip_checks)
    for position, item in enumerate(items):
        batch.take(position, item, skip_twins)
    return batch.answer()


class _Batch:
    def __init__(self, audience: Audience, update: bool, skip_checks: bool) -> None:
        self._audience = audience
        self._update = update
        self._skip_checks = skip_checks
        self._fault: Fault | None = partial_fault()
        self._seen: set[str] = set()
        self._new: list[Doc] = []
        self._updated: list[Doc] = []
        self._errors: list[Doc] = []

    def take(self, position: int, item: Doc, skip_twins: bool) -> None:
        """One member of the request; a refusal is written down, not raised."""
        email = str(item.get("email_address", ""))
        try:
            self._refuse_if_ordered(position, email)
            check_address(email)
            if self._is_twin(email):
                if skip_twins:
                    return
                raise _generic(f"{email} appears more than once in this request.")
            self._write(email, Write(item, self._skip_checks))
        except ProblemError as problem:
            self._errors.append(_error(email, problem))

    def _refuse_if_ordered(self, position: int, email: str) -> None:
        names = {email, email.lower(), subscriber_hash(email)}
        if self._fault is not None and self._fault.picks(position, names):
            raise _generic("An unknown error occurred, please try again.")

    def _is_twin(self, email: str) -> bool:
        key = subscriber_hash(email)
        twin = key in self._seen
        self._seen.add(key)
        return twin

    def _write(self, email: str, write: Write) -> None:
        known = members.find(self._audience, email)
        back = self._audience.box.option("mailchimp.batch_unarchives", True)
        archived = known is not None and known["status"] == "archived"
        if known is None or (archived and back and not self._update):
            self._new.append(self._create(known, write))
            return
        if not self._update:
            raise ProblemError(
                400,
                "Member Exists",
                f"{email} is already a list member, do you want to update? "
                "please provide update_existing:true in the request body",
                code=EXISTS,
            )
        status = write.status() or self._absent_status(known)
        self._updated.append(members.change(self._audience, known, write, status))

    def _create(self, known: Doc | None, write: Write) -> Doc:
        status = write.status()
        if self._audience.box.option("mailchimp.batch_status_if_new", True):
            status = write.status("status_if_new") or status
        if known is None:
            return members.create(self._audience, write, status)
        if status is None:
            raise invalid("status", "This value should not be blank.")
        return members.change(self._audience, known, write, status)

    def _absent_status(self, known: Doc) -> str | None:
        """Nobody has seen what a known member without a status gets: play all."""
        rule = self._audience.box.option("mailchimp.no_status", "keeps")
        if rule == "refuses":
            raise invalid("status", "This value should not be blank.")
        return "subscribed" if rule == "subscribes" else None

    def answer(self) -> Doc:
        """The outcome of all, as Mailchimp counts it."""
        shown = self._audience
        return {
            "new_members": [show.member(shown, doc) for doc in self._new],
            "updated_members": [show.member(shown, doc) for doc in self._updated],
            "errors": self._errors,
            "total_created": len(self._new),
            "total_updated": len(self._updated),
            "error_count": len(self._errors),
        }


def _generic(text: str) -> ProblemError:
    return ProblemError(400, "Invalid Resource", text)


def _error(email: str, problem: ProblemError) -> Doc:
    field, message = problem.where
    return {
        "email_address": email,
        "error": f"{problem.detail} {message}".strip(),
        "error_code": problem.code,
        "field": field,
        "field_message": message,
    }
