"""One form made once: the wish is committed before the tool is asked, its id after.

Whatever is cut off, the next run goes on from there. A wish without an id is looked for
in the account, and not asked for again while it may still appear there; a form with an
id only needs its link, its lines in the city's files, and its webhook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connector.boundaries import reached
from connector.clients import RemoteError
from connector.clients.errors import RemoteAnswerError
from connector.db import utcnow
from connector.making.asked import Asked, CannotMakeError, wait_for
from connector.making.makers import Maker
from connector.making.planning import Job
from connector.service import Service
from connector.sources.tools import in_words
from connector.sync.setup import apply_all
from connector.sync.setup.steps import SetupPlan
from mappings.bindings_file import CannotWriteError, binding_lines, write_lines
from mappings.drift import compare
from mappings.live import LiveForm
from mappings.loading import load_programme
from mappings.plan import ProgrammeMap
from mappings.suggest import suggest_files


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job. ``problems`` are sentences for a person.

    ``files`` were written; ``lines`` are those that could not be, by file name.
    """

    job: Job
    fresh: bool = False
    files: tuple[Path, ...] = ()
    lines: Mapping[str, str] | None = None
    problems: tuple[str, ...] = ()


def make(
    service: Service, key: str, jobs: list[Job], maker: Maker, *, again: bool = False
) -> Iterator[Made]:
    """Make what is open, one after the other, and yield what came of each.

    A tool that is busy or refuses ends it: the rest would meet the same. ``again`` says
    that staff have looked for what was asked for before, and that it is not there.
    """
    client = maker.source.connect(service, key)
    plan = load_programme(key, service.settings.programmes_dir)
    try:
        for job in jobs:
            making = _Making(service, plan, maker, client, job, again)
            try:
                yield making.done()
                plan = making.plan
            except CannotMakeError as error:
                yield Made(job, problems=(str(error),))
            except RemoteError as error:
                # What had been made by then is told as made.
                fresh = bool(making.job.form and not job.form)
                yield Made(making.job, fresh, problems=(_refused(maker, error),))
                return
    finally:
        client.door.close()


def hook_up(
    service: Service, key: str, jobs: Iterable[Job], maker: Maker
) -> tuple[list[str], list[str]]:
    """Let the tool call us about these forms, where it can.

    Return what was done or is as it is, and what a person has to do. Without a public
    address nothing is done: the answers are fetched.
    """
    plan = SetupPlan(service, key)
    try:
        maker.hook(plan, [job.binding() for job in jobs])
    except RemoteError as error:
        plan.notes.append(_refused(maker, error))
    done = apply_all(plan)
    return [*done, *plan.remarks], plan.notes


def _refused(maker: Maker, error: RemoteError) -> str:
    said = f"{in_words(maker.source.label, error).rstrip('.')}."
    if getattr(error, "status", 0) in (401, 403):
        return f"{said} The credential needs {maker.scopes}."
    return f"{said} Run it again: nothing is made twice."


@dataclass
class _Making:
    service: Service
    plan: ProgrammeMap
    maker: Maker
    client: Any
    job: Job
    again: bool
    live: LiveForm | None = None

    @property
    def asked(self) -> Asked:
        return Asked(self.service, self.plan.key, self.job.wish)

    def done(self) -> Made:
        """Do all that is left of the job."""
        fresh = self.job.state in ("new", "begun", "gone")
        if fresh:
            self.job = self._existing()
        job = self.job
        link, problems = self._link(job)
        files: tuple[Path, ...] = ()
        lines = None
        if not job.bound:
            try:
                files = tuple(self._bind(job, link))
            except CannotWriteError as error:
                lines = self._lines(job, link)
                problems = (*problems, str(error))
            problems = (*problems, *self._lacks(job))
        return Made(replace(job, link=link), fresh, files, lines, problems)

    def _existing(self) -> Job:
        """Return the job with the id of its form, which is made where there is none."""
        job = self.job
        form = self._found() if job.state == "begun" else ""
        if not form:
            if not self.again:
                wait_for(job, self.maker.source.label)
            self.asked.take(job)
            reached("forms.asked")
            form = self._post()
        reached("forms.made")
        self.asked.keep(form=form, made_at=utcnow())
        reached("forms.known")
        return job.made(form)

    def _post(self) -> str:
        """Ask the tool for the form; a clear no leaves no wish behind."""
        wish = self.job.wish
        definition = self.maker.definition(self.job.form_map, wish.language)
        try:
            return self.maker.post(self.client, {**definition, "title": self.job.title})
        except RemoteError as error:
            if not getattr(error, "maybe_done", False):
                self.asked.forget()
            raise

    def _found(self) -> str:
        """Return the form that a run before this one asked for, "" for none.

        By its exact title and our questions; what another wish or another team made is
        none of it.
        """
        title, taken = self.job.asked_as, self.asked.elsewhere()
        found = [
            form
            for form, named in self.maker.source.others(self.client)
            if named.strip() == title
            and form not in taken
            and self.maker.is_ours(self.client, form, self.job.form_map)
        ]
        if len(found) > 1:
            raise CannotMakeError(
                f"{self.maker.source.label} has {len(found)} forms called "
                f"“{title}” ({', '.join(found)}), and which one was made here is not "
                "known. Delete those there that are not wanted, and run this again."
            )
        return found[0] if found else ""

    def _link(self, job: Job) -> tuple[str, tuple[str, ...]]:
        """Return where the form is answered; why not, where there is no address."""
        if job.link:
            return job.link, ()
        try:
            link = self.maker.link(self.client, job.form, job.title)
        except RemoteAnswerError as error:
            link, said = "", in_words(self.maker.source.label, error)
        else:
            said = ""
        if link:
            reached("forms.linked")
            self.asked.keep(link=link)
            return link, ()
        return "", (
            f"{said} The form has no address yet. Make one there "
            f"({self.maker.collect}), or run this again.".strip(),
        )

    def _bind(self, job: Job, link: str) -> list[Path]:
        if (job.wish.provider, job.form) in self.plan.bound:
            return []
        written, self.plan = write_lines(
            self.plan,
            self._lines(job, link),
            self.service.settings.programmes_dir,
            lambda: reached("forms.half_written"),
        )
        reached("forms.written")
        return written

    def _live(self, form: str) -> LiveForm:
        """Return the form as the tool has made it; read once."""
        if self.live is None:
            self.live = self.maker.read(self.client, form)
        return self.live

    def _lacks(self, job: Job) -> tuple[str, ...]:
        """Return what the tool left out of what it was asked for."""
        form_map = self.plan.form_for(job.wish.provider, job.form)
        if form_map is None:
            return ()
        found = compare(form_map, self._live(job.form), self.plan)
        return tuple(
            one.text[self.plan.locale] for one in found if one.severity != "notes"
        )

    def _lines(self, job: Job, link: str) -> dict[str, str]:
        """Return the city's lines by file: the ids of its questions, and the binding.

        Where the form bears our refs there are no ids to tell.
        """
        live = self.maker.read(self.client, job.form)
        suggested = suggest_files(self.plan, live, job.wish.mapping, job.wish.language)
        files = {n: t for n, t in suggested.items() if n.startswith("forms/")}
        binding = job.binding(self.maker.personal(link))
        files["programme.toml"] = binding_lines(binding, job.title)
        return files
