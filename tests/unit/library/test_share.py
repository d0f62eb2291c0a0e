"""Who makes and ends a share, what it opens, and until when."""

from dataclasses import replace

import pytest

from easel.errors import Forbidden, InvalidRequest, JobErased, NotFound
from easel.jobs.model import Job
from easel.library.share import SECONDS, SHARES_MAX, NewShare, ShareRequest
from easel.library.views import new_share_view, shared_job_view
from tests.support.world import ANN, BOB, NOBODY, PAYMENTS, World


def made(world: World) -> Job:
    return world.run(world.begin(prompt="a secret lamp", metadata={"order": "17"}).job.id)


def share(world: World, job: Job, **said: object) -> NewShare:
    return world.shares.create(job.id, ShareRequest.model_validate(said), caller=ANN)


def opens(world: World, token: str) -> bool:
    try:
        world.open_share(token)
    except NotFound:
        return False
    return True


def test_a_share_opens_the_pictures_and_tells_nothing_of_their_owner(quick_world: World) -> None:
    token = share(quick_world, made(quick_world)).token

    view = shared_job_view(quick_world.open_share(token), quick_world.status.link).body()

    assert set(view) == {"images", "modelId", "createdAt", "sharedUntil"}
    assert set(view["images"][0]) == {
        *("url", "downloadUrl", "thumbnailUrl", "expiresAt"),
        *("width", "height", "mimeType", "bytes"),
    }
    assert not [word for word in ("ann", "secret", "17") if word in str({**view, "images": ()})]
    assert "secret" not in str(view["images"])


def test_the_prompt_is_shown_where_its_owner_says_so(quick_world: World) -> None:
    token = share(quick_world, made(quick_world), prompt=True).token

    view = shared_job_view(quick_world.open_share(token), quick_world.status.link).body()

    assert view["prompt"] == "a secret lamp"
    assert "secret%20lamp" in view["images"][0]["downloadUrl"].replace("%2520", "%20")


def test_a_share_ends_with_its_time(quick_world: World) -> None:
    job = made(quick_world)
    short, usual = share(quick_world, job, seconds=60), share(quick_world, job)

    quick_world.clock.forward(59)
    assert opens(quick_world, short.token)
    quick_world.clock.forward(1)
    assert not opens(quick_world, short.token)
    assert quick_world.shares.list(job.id, caller=ANN) == (usual.share,)
    quick_world.clock.forward(SECONDS)
    assert not opens(quick_world, usual.token)


def test_a_share_that_is_taken_back_leads_nowhere_and_leaves_the_others(quick_world: World) -> None:
    job = made(quick_world)
    first, second = share(quick_world, job), share(quick_world, job)

    for _ in range(2):
        quick_world.shares.end(job.id, first.share.id, caller=ANN)

    assert (opens(quick_world, first.token), opens(quick_world, second.token)) == (False, True)


def test_an_erased_job_is_shown_to_nobody_from_that_moment_on(quick_world: World) -> None:
    job = made(quick_world)
    token = share(quick_world, job, prompt=True).token

    quick_world.eraser.ask(job.id, caller=ANN)

    assert not opens(quick_world, token)
    assert quick_world.job(job.id).shares == ()
    with pytest.raises(JobErased):
        share(quick_world, job)
    quick_world.eraser.sweep(job.id)
    assert not opens(quick_world, token)


def test_what_opens_a_share_is_kept_nowhere_and_no_two_are_alike(quick_world: World) -> None:
    job = made(quick_world)
    tokens = [share(quick_world, job).token for _ in range(3)]
    secrets = [token.partition(".")[2] for token in tokens]

    rows = str(quick_world.dynamodb.scan(TableName="jobs")["Items"])

    assert len(set(secrets)) == 3
    assert all(len(secret) == 32 for secret in secrets)
    assert not [secret for secret in secrets if secret in rows]


@pytest.mark.parametrize(
    "near", ["{job}", "{job}.", ".{secret}", "{secret}", "{job}.{short}", "{other}.{secret}", "", "."]
)
def test_what_is_nearly_a_token_opens_nothing(quick_world: World, near: str) -> None:
    job, other = made(quick_world), made(quick_world)
    token = share(quick_world, job).token
    secret = token.partition(".")[2]

    guess = near.format(job=job.id, other=other.id, secret=secret, short=secret[:-1])

    assert not opens(quick_world, guess)
    assert opens(quick_world, token)


def test_nobody_shares_sees_or_ends_the_shares_of_another(quick_world: World) -> None:
    job = made(quick_world)
    own = share(quick_world, job)

    for caller in (BOB, NOBODY, PAYMENTS):
        with pytest.raises(NotFound):
            quick_world.shares.create(job.id, ShareRequest(), caller=caller)
        with pytest.raises(NotFound):
            quick_world.shares.list(job.id, caller=caller)
        with pytest.raises(NotFound):
            quick_world.shares.end(job.id, own.share.id, caller=caller)
    assert opens(quick_world, own.token)


def test_who_may_not_read_a_job_does_not_show_it_to_everybody(quick_world: World) -> None:
    job = made(quick_world)

    with pytest.raises(Forbidden, match="read"):
        quick_world.shares.create(job.id, ShareRequest(), caller=replace(ANN, scopes=frozenset({"generate"})))


def test_a_job_without_pictures_is_not_shared(quick_world: World) -> None:
    running, canceled = (quick_world.begin().job for _ in range(2))
    quick_world.cancel(canceled.id, caller=ANN)

    for job in (running, canceled):
        with pytest.raises(InvalidRequest, match="ended with pictures"):
            share(quick_world, job)


def test_a_job_has_so_many_shares_and_ended_ones_make_room(quick_world: World) -> None:
    job = made(quick_world)
    for _ in range(SHARES_MAX):
        share(quick_world, job, seconds=60)

    with pytest.raises(InvalidRequest, match="at most"):
        share(quick_world, job)
    quick_world.clock.forward(60)
    share(quick_world, job)

    assert len(quick_world.job(job.id).shares) == 1


def test_two_shares_made_at_once_are_both_kept(quick_world: World) -> None:
    job = made(quick_world)
    plain, others = quick_world.store.save, []

    def save(old: Job, new: Job) -> Job:
        vars(quick_world.store).pop("save")
        others.append(share(quick_world, job))
        return plain(old, new)

    vars(quick_world.store)["save"] = save
    mine = share(quick_world, job)

    assert opens(quick_world, mine.token)
    assert opens(quick_world, others[0].token)


def test_an_erasing_that_comes_in_between_wins(quick_world: World) -> None:
    job = made(quick_world)
    plain = quick_world.store.save

    def save(old: Job, new: Job) -> Job:
        vars(quick_world.store).pop("save")
        quick_world.eraser.ask(job.id, caller=ANN)
        return plain(old, new)

    vars(quick_world.store)["save"] = save

    with pytest.raises(JobErased):
        share(quick_world, job)
    assert quick_world.job(job.id).shares == ()


def test_the_address_has_the_token_in_its_query_which_no_log_holds(quick_world: World) -> None:
    new = share(quick_world, made(quick_world))

    view = new_share_view(new, lambda path: f"https://images.example{path}").body()

    assert view["address"] == f"https://images.example/api/aiimage/shared?token={new.token}"
