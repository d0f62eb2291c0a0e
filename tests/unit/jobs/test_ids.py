"""Names that must be the same twice, or never."""

from easel.jobs import ids
from tests.support.fakes import NOON

SECRET = b"s"


def test_a_key_leads_to_one_job_of_its_owner_and_of_nobody_else() -> None:
    one = ids.keyed(SECRET, "user:a:1", "k")

    assert one == ids.keyed(SECRET, "user:a:1", "k")
    assert (
        len(
            {
                one,
                ids.keyed(SECRET, "user:a:2", "k"),
                ids.keyed(SECRET, "user:a:1", "l"),
                ids.keyed(b"t", "user:a:1", "k"),
            }
        )
        == 4
    )


def test_owner_and_key_cannot_be_shifted_into_each_other() -> None:
    assert ids.keyed(SECRET, "user:a:1", "2k") != ids.keyed(SECRET, "user:a:12", "k")


def test_fresh_ids_sort_by_time_and_never_repeat() -> None:
    early, late = ids.fresh(NOON), ids.fresh(NOON + 1)

    assert early < late
    assert len({ids.fresh(NOON) for _ in range(1000)}) == 1000
    assert len(early) == 26


def test_ids_are_good_names_for_executions() -> None:
    for job_id in (ids.fresh(NOON), ids.keyed(SECRET, "o", "k")):
        assert job_id.isascii()
        assert job_id.isalnum()
        assert len(job_id) <= 80


def test_a_provider_cannot_tell_an_owner_from_its_identifier() -> None:
    told = ids.safety_identifier(SECRET, "user:local:ann")

    assert "ann" not in told
    assert told != ids.safety_identifier(b"other", "user:local:ann")
