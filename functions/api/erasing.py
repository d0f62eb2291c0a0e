"""The part of the door `start` that erases: one job, or everything of an owner, and what takes the latter back."""

from dataclasses import replace
from typing import Annotated, Any, Protocol

from fastapi import Depends
from starlette.responses import JSONResponse, Response

from easel.errors import Unauthenticated
from easel.http import parameters
from easel.http.commands import Command, CommandCall, JobNamed, Nothing
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.identity.callers import Caller
from easel.maintenance.erase_job import Erase
from easel.maintenance.erasure_store import ErasureRequest
from easel.maintenance.request_erasure import RequestErasure
from easel.maintenance.views import ErasedJobView, ErasureView
from easel.schemas import instant

SCOPE = "erase"


class Erasing(Protocol):
    """What these routes work with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def erase(self) -> Erase:
        """Erases a job."""

    @property
    def forget(self) -> RequestErasure:
        """Has everything of an owner erased."""


DATA: dict[str, Any] = {"tags": ["jobs"], "response_model": ErasureView}


def add_to(door: Door[Any]) -> None:
    """Add the routes and the commands that erase to a door whose `deps` are `Erasing`."""
    _add_job_routes(door)
    _add_account_routes(door)
    told: dict[str, Any] = {"answer": ErasureView}
    door.command(
        Command(
            "erase_job",
            JobNamed,
            lambda order: _erase_by_command(_use(door), order),
            anonymous=True,
            answer=ErasedJobView,
        )
    )
    door.command(Command("erase_data", Nothing, lambda order: _view(_use(door).forget(caller=order.caller)), **told))
    door.command(Command("keep_data", Nothing, lambda order: _keep(_use(door), order.caller), **told))


def _add_job_routes(door: Door[Any]) -> None:
    may_erase = door.caller(SCOPE)

    @door.app.delete(
        "/api/aiimage/jobs/{jobId}",
        operation_id="eraseJob",
        summary="Erase a job",
        tags=["jobs"],
        status_code=202,
        response_model=ErasedJobView,
    )
    def erase(
        job_id: Annotated[str, Depends(parameters.in_path)],
        caller: Annotated[Caller, Depends(may_erase)],
        job_token: parameters.JobToken = None,
    ) -> Response:
        """Nobody sees it from now on; prompt, references and images are deleted within minutes. Its amounts stay."""
        if caller.anonymous and not job_token:
            raise Unauthenticated("Sign in, or send the job's token as `Easel-Job-Token`, to erase it.")
        erased = _use(door).erase.ask(job_id, caller=replace(caller, job_token=job_token or ""))
        return JSONResponse(ErasedJobView(job_id=erased.id, erased=True).body(), status_code=202)


def _add_account_routes(door: Door[Any]) -> None:
    path, owner = "/api/account/data", door.caller(SCOPE)

    @door.app.delete(
        path, operation_id="eraseAccountData", summary="Erase everything of yours", status_code=202, **DATA
    )
    def forget(caller: Annotated[Caller, Depends(owner)]) -> Response:
        """Every job and upload of yours from until now, as if each were erased; credits and their entries stay.

        From `finalAt` on, and for good; until then nothing happens, and `POST /api/account/data/keep` takes it back.
        """
        return JSONResponse(_view(_use(door).forget(caller=caller)), status_code=202)

    @door.app.post(f"{path}/keep", operation_id="keepAccountData", summary="Erase nothing after all", **DATA)
    def keep(caller: Annotated[Caller, Depends(owner)]) -> Response:
        """Takes back `DELETE /api/account/data`, as long as that is not final; 404 once it is."""
        return JSONResponse(_keep(_use(door), caller))

    @door.app.get(path, operation_id="getAccountErasure", summary="Whether your data is to be erased", **DATA)
    def scheduled(caller: Annotated[Caller, Depends(door.caller("read"))]) -> Response:
        """And when that is final."""
        return JSONResponse(_view(_use(door).forget.scheduled(caller=caller)))


def _use(door: Door[Any]) -> Erasing:
    use: Erasing = door.deps()
    return use


def _erase_by_command(use: Erasing, order: CommandCall) -> dict[str, Any]:
    return ErasedJobView(job_id=use.erase.ask(order.ask.job_id, caller=order.caller).id, erased=True).body()


def _keep(use: Erasing, caller: Caller) -> dict[str, Any]:
    use.forget.take_back(caller=caller)
    return _view(None)


def _view(request: ErasureRequest | None) -> dict[str, Any]:
    if request is None:
        return ErasureView(erasing=False).body()
    return ErasureView(erasing=True, asked_at=instant(request.asked_at), final_at=instant(request.final_at)).body()
