"""The reconciler's order: who waits comes before what only has to be deleted."""

from easel.jobs.model import Job, Status
from easel.jobs.store import OPEN_SHARDS
from tests.support.world import ANN, BOB, World

ERASED = 60  # more than the reconciler once read of a shard in one run


def erased_jobs(world: World, shard: str) -> None:
    """Many erased and finished jobs of one owner in a shard, all due earlier than anything else."""
    job = world.run(world.begin().job.id)
    world.eraser.ask(job.id, caller=ANN)
    (row,) = world.dynamodb.scan(
        TableName="jobs",
        FilterExpression="pk = :pk AND sk = :sk",
        ExpressionAttributeValues={":pk": {"S": f"job#{job.id}"}, ":sk": {"S": "job"}},
    )["Items"]
    for number in range(ERASED):
        name = f"{job.id[:-3]}{number:03}"
        copy = {**row, "pk": {"S": f"job#{name}"}, "id": {"S": name}, "openShard": {"S": shard}}
        world.dynamodb.put_item(TableName="jobs", Item=copy)


def test_one_owner_who_erases_much_does_not_keep_anothers_job_from_being_recovered(world: World) -> None:
    world.give(BOB)
    world.workflow.down = True
    lost = world.begin(caller=BOB).job
    world.workflow.down = False
    row = world.dynamodb.get_item(TableName="jobs", Key={"pk": {"S": f"job#{lost.id}"}, "sk": {"S": "job"}})["Item"]
    erased_jobs(world, row["openShard"]["S"])
    recovered_before: list[bool] = []
    sweep = world.eraser.sweep

    def noted(job_id: str) -> Job:
        recovered_before.append(lost.id in world.workflow.started)
        return sweep(job_id)

    object.__setattr__(world.eraser, "sweep", noted)
    world.clock.forward(world.clocks.queued + world.clocks.grace)

    world.reconcile(until=world.clock.now() + 50_000)

    assert lost.id in world.workflow.started
    assert recovered_before  # some were swept as well
    assert all(recovered_before)
    assert world.run(lost.id).status is Status.SUCCEEDED


def test_a_run_that_ends_early_does_not_always_leave_the_same_shards(world: World) -> None:
    seen: set[int] = set()
    due = world.store.due

    def noted(shard: int, *, now: int, limit: int) -> tuple[str, ...]:
        firsts.append(shard)
        return due(shard, now=now, limit=limit)

    object.__setattr__(world.store, "due", noted)
    for part in range(OPEN_SHARDS):
        firsts: list[int] = []
        object.__setattr__(world.clock, "jitter", lambda part=part: part / OPEN_SHARDS)
        world.reconcile(until=world.clock.now() + 50_000)
        seen.add(firsts[0])
        assert sorted(firsts) == list(range(OPEN_SHARDS))

    assert seen == set(range(OPEN_SHARDS))
