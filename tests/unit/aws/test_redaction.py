"""What the workflow's hands leave in the log: the job, the outcome and the time; of an error its kind."""

import json
import logging
from typing import Any

import pytest

from easel.aws.redaction import Broken, logged, redact_errors

JOB = "01m7vzt1pfxbywsyjm9mqt0f8y"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_task_leaves_one_line_with_its_job_and_its_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    hand = logged("settle")(lambda event, context: {"outcome": "done", "seconds": 0})

    assert hand({"jobId": JOB, "prompt": "a lamp"}, None) == {"outcome": "done", "seconds": 0}

    [line] = lines(capsys)
    assert (line["message"], line["task"], line["jobId"], line["outcome"]) == ("task", "settle", JOB, "done")
    assert "lamp" not in json.dumps(line)


def test_a_task_that_broke_leaves_its_job_and_no_words(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def breaking(event: dict[str, Any], context: object) -> dict[str, Any]:
        raise RuntimeError("the prompt was a lamp")

    with caplog.at_level(logging.ERROR), pytest.raises(Broken):
        logged("attempt")(redact_errors(breaking))({"jobId": JOB}, None)

    [line] = lines(capsys)
    assert (line["jobId"], line["outcome"]) == (JOB, "failed")
    assert json.loads(caplog.records[-1].message)["jobId"] == JOB
    assert "lamp" not in caplog.text


@pytest.mark.parametrize("strange", [None, 7, "a lamp", "x" * 81, {"a": 1}])
def test_what_is_no_job_id_is_not_written_down(capsys: pytest.CaptureFixture[str], strange: object) -> None:
    logged("settle")(lambda event, context: {})({"jobId": strange}, None)

    [line] = lines(capsys)
    assert "jobId" not in line


def test_a_stage_that_logs_warnings_alone_has_no_such_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "WARNING")

    logged("settle")(lambda event, context: {})({"jobId": JOB}, None)

    assert not lines(capsys)
