"""One worker for everybody: jobs wait for it, and none is lost."""

from collections.abc import Iterator

import pytest

from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins


@pytest.fixture
def one_worker(stack: Stack) -> Iterator[None]:
    name, client = stack.function_name("attempt"), stack.aws("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    yield
    client.delete_function_concurrency(FunctionName=name)


@pytest.mark.usefixtures("one_worker")
def test_three_jobs_and_one_worker_all_succeed(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("slow", times=None, seconds=2)

    jobs = [ann.start() for _ in range(3)]

    assert [ann.wait(job)["status"] for job in jobs] == ["succeeded"] * 3
    assert ann.credits()["available"] == 12
    assert len(stack.first.calls()) == 3
