"""What each operation answers: statuses, the headers that come with them, and the codes of its refusals.

FastAPI knows paths, parameters and bodies; this is the rest of what a client must know. Nothing of it is loaded before
somebody asks for the document. `tests/support/promises.py` holds every answer of every door's test against it, and
`tests/unit/openapi/test_operations.py` says what a new route lacks.
"""

from collections.abc import Mapping
from typing import NamedTuple

from easel.http import problems

SOMETIMES = "?"  # at the end of a header's name: not with every such answer


class Answer(NamedTuple):
    """An answer that is no refusal, in words, and the headers that come with it beside those of every answer."""

    description: str
    headers: tuple[str, ...] = ()


class Operation(NamedTuple):
    """What an operation answers, by status, and the codes of its refusals beside those of every operation.

    `statuses` are those of codes that its callers' libraries need to be told otherwise than the table of problems says.
    """

    answers: Mapping[str, Answer]
    errors: tuple[str, ...] = ()
    statuses: Mapping[str, int] = {}

    def status(self, code: str) -> int:
        """The HTTP status with which it refuses."""
        return self.statuses.get(code, problems.ANSWERS[code].status)


EVERYWHERE = ("forbidden", "internal")  # forbidden: past the edge of a stage that has one
DEPENDING = ("busy",)  # on tables and secrets, which can be out of reach
ASKED = ("invalid_request", "unauthenticated", "origin_not_allowed", *DEPENDING)  # who it is, and on whose behalf
SENT = ("invalid_json", "payload_too_large", "unsupported_media_type")  # a body
CHANGED = (*ASKED, *SENT)
ONE_JOB = (*ASKED, "not_found")
SEEN = (*ONE_JOB, "job_erased")
PLANNED = (*ASKED, *SENT, "unknown_model", "unsupported_option", "invalid_reference")
STARTED = (
    *PLANNED,
    "insufficient_credits",
    "job_erased",
    "content_refused",
    "idempotency_key_reused",
    "rate_limited",
    "too_many_jobs_in_flight",
    "daily_limit_reached",
    "spending_paused",
)
WAITED = ("canceled", "providers_unavailable", "provider_misconfigured", "deadline_exceeded")
MOVED = (*ASKED, *SENT, "idempotency_key_reused")

REPLAYED = f"Idempotency-Replayed{SOMETIMES}"
AGAIN = f"Retry-After{SOMETIMES}"
SHOULD_RETRY = f"X-Should-Retry{SOMETIMES}"
PREFERRED = f"Preference-Applied{SOMETIMES}"
START = Operation(
    {
        "200": Answer(
            "The job has ended, after `Prefer: wait`; `status` says how", ("Location", "Preference-Applied", REPLAYED)
        ),
        "202": Answer("The job was accepted; ask at `statusUrl` how it goes", ("Location", AGAIN, PREFERRED, REPLAYED)),
    },
    STARTED,
)
STATUS = Operation(
    {
        "200": Answer("The job", ("ETag", "Cache-Control", AGAIN)),
        "304": Answer("Nothing is new since `If-None-Match`", ("ETag", "Cache-Control", AGAIN)),
    },
    SEEN,
)
LINK = Operation(
    {"302": Answer("`Location` is a signed link, good for some minutes", ("Location", "Cache-Control"))}, SEEN
)
MOVEMENT = Answer("The credits were moved, now or under the same key before", (REPLAYED,))

AS_OPENAI = {"unknown_model": 404, "content_refused": 400, "canceled": 400}
ELSEWHERE = Answer(
    "Not ready yet, or too large for this address: follow `Location` with GET", ("Location", SHOULD_RETRY)
)
PICTURES = {"200": Answer("The pictures", ("OpenAI-Processing-Ms",)), "303": ELSEWHERE}

OPERATIONS: Mapping[str, Operation] = {
    "generateImage": Operation(
        {
            "200": Answer("The picture", (REPLAYED,)),
            "202": Answer("Not ready in time: ask at `statusUrl`", ("Location", "Retry-After", REPLAYED)),
        },
        (*STARTED, *WAITED),
    ),
    "startJob": START,
    "startJobAtOldAddress": START,
    "quoteJob": Operation({"200": Answer("What it would cost; nothing is held")}, PLANNED),
    "cancelJob": Operation(
        {
            "200": Answer("The job was canceled, and its credits are back"),
            "202": Answer("A provider's call is in flight; its end is the job's"),
        },
        (*ONE_JOB, "job_not_cancelable"),
    ),
    "changeJob": Operation({"200": Answer("The job as it is now")}, (*SEEN, *SENT)),
    "shareJob": Operation({"201": Answer("The address, told this once")}, (*SEEN, *SENT)),
    "listShares": Operation({"200": Answer("The addresses that have not ended")}, SEEN),
    "endShare": Operation({"204": Answer("The address leads nowhere")}, SEEN),
    "getSharedJob": Operation({"200": Answer("The pictures")}, ("invalid_request", "not_found", *DEPENDING)),
    "eraseJob": Operation({"202": Answer("Nobody sees the job any more")}, ONE_JOB),
    "eraseAccountData": Operation({"202": Answer("It has been noted, and is final at `finalAt`")}, ASKED),
    "keepAccountData": Operation({"200": Answer("Nothing is erased")}, ONE_JOB),
    "getAccountErasure": Operation({"200": Answer("Whether it is to be erased, and when")}, ASKED),
    "createUpload": Operation({"201": Answer("Where to post the file")}, (*ASKED, *SENT, "rate_limited")),
    "getJob": STATUS,
    "getJobByQuery": STATUS,
    "listJobs": Operation(
        {
            "200": Answer("A page of jobs", ("ETag", "Cache-Control")),
            "304": Answer("Nothing is new since `If-None-Match`", ("ETag", "Cache-Control")),
        },
        ASKED,
    ),
    "getImage": LINK,
    "getThumbnail": LINK,
    "getBalance": Operation({"200": Answer("The balance")}, ASKED),
    "listCreditEntries": Operation({"200": Answer("A page of the ledger")}, ASKED),
    "grantCredits": Operation({"201": MOVEMENT}, MOVED),
    "adjustCredits": Operation({"201": MOVEMENT}, (*MOVED, "insufficient_credits")),
    "refundJob": Operation({"201": MOVEMENT}, (*MOVED, "not_found")),
    "createWebhook": Operation({"201": Answer("The webhook with its secret, which is shown this once")}, CHANGED),
    "listWebhooks": Operation({"200": Answer("The webhooks")}, ASKED),
    "getWebhook": Operation({"200": Answer("The webhook")}, ONE_JOB),
    "changeWebhook": Operation({"200": Answer("The webhook, changed")}, (*CHANGED, "not_found")),
    "deleteWebhook": Operation({"204": Answer("Nothing is sent there any more")}, ONE_JOB),
    "rotateWebhookSecret": Operation({"200": Answer("The webhook with its new secret")}, ONE_JOB),
    "listDeliveries": Operation({"200": Answer("A page of deliveries")}, ONE_JOB),
    "repeatDelivery": Operation({"202": Answer("The delivery, which is tried again at once")}, ONE_JOB),
    "testWebhook": Operation({"202": Answer("The delivery, which is tried at once")}, ONE_JOB),
    "beginSession": Operation({"200": Answer("The session has begun", ("Set-Cookie",))}, ASKED),
    "getSession": Operation({"200": Answer("Who that is, or that it is nobody")}, ASKED),
    "endSession": Operation({"204": Answer("The session has ended", ("Set-Cookie",))}, ("origin_not_allowed",)),
    "createImage": Operation(
        PICTURES, tuple(code for code in (*STARTED, *WAITED) if code != "invalid_reference"), AS_OPENAI
    ),
    "createImageEdit": Operation(PICTURES, (*STARTED, *WAITED), AS_OPENAI),
    "collectImages": Operation(PICTURES, (*SEEN, "content_refused", *WAITED), AS_OPENAI),
    "listOpenaiModels": Operation({"200": Answer("The models")}, ASKED),
    "getOpenaiModel": Operation({"200": Answer("The model")}, (*ASKED, "unknown_model"), AS_OPENAI),
    "listModels": Operation({"200": Answer("The models", ("Cache-Control",))}),
    "listFeatures": Operation({"200": Answer("The presets", ("Cache-Control",))}),
    "getInterface": Operation({"200": Answer("The document", ("Cache-Control",))}),
    "getDocumentation": Operation({"200": Answer("The page", ("Cache-Control",))}),
    "getHealth": Operation({"200": Answer("It answers")}),
}
UNTOLD = Operation({}, (*ASKED, *SENT))  # of a route that has no entry yet: what most routes answer
