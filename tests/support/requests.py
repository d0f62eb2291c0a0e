"""Request bodies as callers send them, checked as a door checks them."""

from easel.http.bodies import check
from easel.schemas import BY_COMMAND
from easel.submission.request import JobRequest, QuickRequest


def a_job_request(fields: object, *, by_command: bool = False) -> JobRequest:
    """A job's fields, checked."""
    return check(JobRequest, fields, context={BY_COMMAND: by_command})


def a_quick_request(fields: object, *, by_command: bool = False) -> QuickRequest:
    """A quick picture's fields, checked."""
    return check(QuickRequest, fields, context={BY_COMMAND: by_command})
