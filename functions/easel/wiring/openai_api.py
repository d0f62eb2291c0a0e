"""Answers for clients of OpenAI's images API."""

from easel.jobs.read import JobReader
from easel.openai_api.answers import Answers
from easel.openai_api.claims import Claims
from easel.openai_api.collect import Collect
from easel.openai_api.kept_answers import KeptAnswers
from easel.wiring import reading
from easel.wiring.parts import Parts


def collect(parts: Parts, reader: JobReader, *, seats: int) -> Collect:
    """Waiting for a job in one of so many seats, and its answer."""
    answers = Answers(parts.assets, reader.link)
    return Collect(
        wait=reading.wait_for_end(parts, seats_for_waiting=seats),
        answers=answers,
        kept=KeptAnswers(answers, parts.assets, parts.store, parts.clock),
        claims=claims(parts),
        clock=parts.clock,
    )


def claims(parts: Parts) -> Claims:
    """The rows by which a repeat finds the job that it left behind."""
    return Claims(parts.database, parts.limits_table, parts.store, parts.clock, parts.secret)
