"""`get_job`, `get_jobs` and `list_jobs`: what services are told of jobs."""

from typing import Any

import pytest
from api import status

from easel.clock import SECOND
from tests.support.doors import ABSENT, ANN, Asked, a_done_job, invoke
from tests.support.fakes import NOON


def told(command: str, **request: Any) -> Any:
    return invoke(status, {"command": command, "owner": ANN.owner, "request": request})


def test_an_image_says_where_it_lies_in_s3(asked: Asked) -> None:
    asked.job = a_done_job()
    lies = {"bucket": "the-assets", "key": "jobs/job1/1/0.png"}

    assert told("get_job", jobId="job1")["images"][0]["s3"] == lies
    assert told("get_jobs", jobIds=["job1"])["jobs"][0]["job"]["images"][0]["s3"] == lies
    assert told("list_jobs")["jobs"][0]["images"][0]["s3"] == lies


def test_jobs_are_told_in_the_order_of_their_names_and_absent_ones_by_themselves(asked: Asked) -> None:
    jobs = told("get_jobs", jobIds=[ABSENT, "job1"])["jobs"]

    assert [each["jobId"] for each in jobs] == [ABSENT, "job1"]
    assert jobs[0]["error"]["code"] == "not_found"
    assert jobs[1]["job"]["status"] == "queued"


@pytest.mark.parametrize(("wait", "seconds"), [(0, 0), (20, 20), (60, 24)])
def test_a_wait_is_as_long_as_the_door_may_be_open(asked: Asked, wait: int, seconds: int) -> None:
    told("get_job", jobId="job1", wait=wait)

    assert asked.last["until"] == NOON + seconds * SECOND


def test_an_absent_job_is_refused_by_get_job(asked: Asked) -> None:
    assert told("get_job", jobId=ABSENT)["error"]["code"] == "not_found"


@pytest.mark.parametrize("ids", [[], ["j"] * 51, [""]])
def test_a_list_has_1_to_50_names(asked: Asked, ids: list[str]) -> None:
    assert told("get_jobs", jobIds=ids)["error"]["errors"][0]["field"].startswith("jobIds")
