"""`start_jobs`: a list of jobs by command, each answered by itself."""

from typing import Any

from api import start

from easel.errors import TooManyJobsInFlight
from tests.support.doors import ANN, LAMP, Asked, invoke


def listed(*jobs: dict[str, Any]) -> dict[str, Any]:
    return {"command": "start_jobs", "owner": ANN.owner, "request": {"jobs": list(jobs)}}


def keyed(key: str, **request: Any) -> dict[str, Any]:
    return {"idempotencyKey": key, "request": {**LAMP, **request}}


def test_each_job_is_started_under_its_own_key(asked: Asked) -> None:
    answer = invoke(start, listed(keyed("a"), keyed("b", n=2)))

    assert [each["idempotencyKey"] for each in answer["jobs"]] == ["a", "b"]
    assert answer["jobs"][0]["job"]["jobId"] == "job1"
    assert [(how["key"], how["ask"].n) for _, how in asked.calls] == [("a", 1), ("b", 2)]


def test_one_that_is_wrong_keeps_no_other_from_being_started(asked: Asked) -> None:
    answer = invoke(start, listed(keyed("a", prompt=""), keyed("with space"), keyed("c", size="no"), keyed("d")))

    refused = [each["error"]["errors"][0]["field"] for each in answer["jobs"][:3]]
    assert refused == ["prompt", "idempotencyKey", "size"]
    assert "job" in answer["jobs"][3]
    assert [how["key"] for _, how in asked.calls] == ["d"]


def test_who_has_too_many_is_told_when_to_come_again(asked: Asked) -> None:
    asked.error = TooManyJobsInFlight("200 jobs are unfinished.", retry_after_seconds=10)

    [told] = invoke(start, listed(keyed("a")))["jobs"]

    assert (told["error"]["code"], told["error"]["retryAfterSeconds"]) == ("too_many_jobs_in_flight", 10)


def test_what_has_no_time_left_is_not_begun_and_says_so(asked: Asked) -> None:
    note = asked._note

    def slow(name: str, **what: Any) -> None:
        asked.clock.forward(20)
        note(name, **what)

    asked._note = slow  # type: ignore[method-assign]

    answer = invoke(start, listed(keyed("a"), keyed("b"), keyed("c")))

    assert ["job" in each for each in answer["jobs"]] == [True, True, False]
    assert (answer["jobs"][2]["error"]["code"], answer["jobs"][2]["error"]["retryAfterSeconds"]) == ("busy", 2)
    assert len(asked.calls) == 2


def test_what_nobody_foresaw_is_told_of_one_job_alone(asked: Asked) -> None:
    asked.error = RuntimeError("boom")

    answer = invoke(start, listed(keyed("a"), keyed("b")))

    assert [each["error"]["code"] for each in answer["jobs"]] == ["internal", "internal"]


def test_an_empty_list_is_refused(asked: Asked) -> None:
    assert invoke(start, listed())["error"]["errors"][0]["field"] == "jobs"


def test_a_list_has_100_jobs_at_most(asked: Asked) -> None:
    told = {f"name{i}": "value" for i in range(16)}

    answer = invoke(start, listed(*(keyed(f"k{i}", metadata=told) for i in range(100))))
    refused = invoke(start, listed(*(keyed(f"k{i}") for i in range(101))))

    assert len(asked.calls) == 100
    assert all("job" in each for each in answer["jobs"])
    assert "more than 100 entries" in refused["error"]["detail"]


def test_one_request_of_a_list_may_be_no_larger_than_alone(asked: Asked) -> None:
    many = {"references": [{f"name{i}": i for i in range(90)} for _ in range(15)]}

    [told] = invoke(start, listed(keyed("a", **many)))["jobs"]

    assert "more than 1,000 values" in told["error"]["detail"]
