"""A failure as an operator reads it: one sentence, one remedy, and the code that the program ends with. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)

from easel.aws.dynamodb import Contended
from easel.errors import CallerError
from infra.stages import StageError
from ops.errors import AnotherAccount, CommandRefused, NotDeployed, Refused, WrongUse

DONE, REFUSED, WRONG_USE, NO_ACCESS = 0, 1, 2, 3
SIGN_IN = (
    "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure sso` and `aws sso login` make them"
)
AGAIN = "sign in again: `aws sso login`, or export new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
THROTTLED = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
RIGHT = re.compile(r"not authorized to perform:? (?P<action>[\w:-]+)(?: on resource:? (?P<resource>\S+))?")


@dataclass(frozen=True)
class Failure:
    """What went wrong, what to do about it ("" where the sentence says so), and the exit code."""

    sentence: str
    remedy: str = ""
    code: int = REFUSED

    @property
    def text(self) -> str:
        """Both in a line."""
        return f"{self.sentence}\n  remedy: {self.remedy}" if self.remedy else self.sentence


def told(error: BaseException) -> Failure | None:
    """A failure that was foreseen; None for any other, which is a bug."""
    if isinstance(error, WrongUse | StageError):
        return Failure(str(error), code=WRONG_USE)
    if isinstance(error, AnotherAccount):
        return Failure(str(error), code=NO_ACCESS)
    if isinstance(error, CommandRefused):
        return Failure(_refusal(error.answer))
    if isinstance(error, ClientError):
        return _of_aws(error)
    if isinstance(error, BotoCoreError):
        return _of_boto(error)
    if isinstance(error, Contended):
        return Failure(f"{error}: too many write to it at once", "run the same command again in a minute")
    if isinstance(error, CallerError | NotDeployed | Refused):
        return Failure(str(error))
    return None


def unforeseen(error: BaseException) -> Failure:
    """A bug of ours, without its stack trace."""
    said = " ".join(str(error).split())[:300]
    return Failure(f"easel failed unexpectedly: {type(error).__name__}: {said}", "EASEL_DEBUG=1 shows where; report it")


def _of_aws(error: ClientError) -> Failure:
    found = error.response.get("Error", {})
    code, message = str(found.get("Code")), str(found.get("Message"))
    if code in EXPIRED:
        return Failure("these AWS credentials have expired", AGAIN, NO_ACCESS)
    if code in UNKNOWN_KEYS:
        return Failure(f"AWS does not know these credentials ({code})", SIGN_IN, NO_ACCESS)
    if code in DENIED:
        return _denied(error.operation_name, message)
    if code in THROTTLED:
        return Failure(f"AWS throttles {error.operation_name} ({code})", "run the same command again in a minute")
    return Failure(f"AWS refuses {error.operation_name}: {code}: {message}")


def _denied(operation: str, message: str) -> Failure:
    right = RIGHT.search(message)
    action = right["action"] if right else operation
    on = f" on {right['resource']}" if right and right["resource"] else ""
    remedy = f"have a policy of yours allow {action}{on}, or sign in as somebody who may"
    return Failure(f"these AWS credentials may not {action}{on}", remedy, NO_ACCESS)


def _of_boto(error: BotoCoreError) -> Failure:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Failure(f"there are no AWS credentials here ({error})", SIGN_IN, NO_ACCESS)
    if isinstance(error, ProfileNotFound):
        return Failure(str(error), "`aws configure list-profiles` names those there are; set AWS_PROFILE", NO_ACCESS)
    if isinstance(error, NoRegionError):
        remedy = "name the stage's `region` in infra/stages.toml, or set AWS_REGION"
        return Failure("nothing says in which AWS region the stage is", remedy, NO_ACCESS)
    if isinstance(error, SSOError | TokenRetrievalError):
        return Failure(f"the sign-in at AWS is over ({error})", AGAIN, NO_ACCESS)
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        remedy = "look at the network; for a stage of this machine: `make up`"
        return Failure(f"AWS cannot be reached: {error}", remedy)
    return Failure(f"AWS cannot be asked: {error}")


def _refusal(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if not isinstance(error, Mapping):
        return f"the function failed: {answer}; its log says where: `easel logs`"
    fields = "; ".join(f"{each['field']}: {each['message']}" for each in error.get("errors", ()))
    return " ".join(filter(None, (f"{error.get('code')}: {error.get('detail')}", f"({fields})" if fields else "")))
