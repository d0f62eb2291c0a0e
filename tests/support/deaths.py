"""Workers and doors that die where a test says."""

from easel.providers.protocol import Made, Order


class WorkerDied(BaseException):
    """SIGKILL, as a test can have it."""


def killed(*_: object) -> None:
    raise WorkerDied


def dies(_order: Order) -> Made:
    raise WorkerDied
