"""Shipped forms made in the programme's own account, each once, and bound at once.

First a plan (``plan_forms``: nothing is changed), then ``make``. A tool is only ever
asked to make something: no form that stands there is changed or deleted.
"""

from connector.making.once import Made, hook_up, make
from connector.making.planning import Job, Wish, plan_forms, wishes

__all__ = ["Job", "Made", "Wish", "hook_up", "make", "plan_forms", "wishes"]
