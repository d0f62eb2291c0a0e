"""What the owner of a job said, in a row beside the job's."""

from easel.records import Record


class Request(Record):
    """What the owner said, kept apart from the job: written once, never indexed, erased alone.

    References are keys in the asset bucket; `fetches` says of some of them from which address their bytes are still
    to be fetched, `uploads` which uploads were copied. Neither text nor keys nor addresses are ever logged.
    """

    prompt: str
    effective_prompt: str
    references: tuple[str, ...] = ()
    mask: str | None = None
    markup: str | None = None
    fetches: dict[str, str] = {}
    uploads: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
