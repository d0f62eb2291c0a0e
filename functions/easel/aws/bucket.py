"""Images and evidence in S3, and the short-lived links to them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from easel.clock import SECOND
from easel.errors import ImageRejected
from easel.jobs.model import Attempt, Call, Job, Outcome, StoredImage
from easel.records import Row

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFERENCE_BYTES_MAX = 25_000_000
LINK_SECONDS = 300
LINK_WINDOW_SECONDS = 120  # links made within one window are the same, so that a browser's cache can help


class Evidence(Row):
    """What a worker stored in one attempt, written once, after the images and before anything else."""

    job: str
    attempt: int
    provider: str
    model: str
    images: tuple[StoredImage, ...]
    calls: tuple[Call, ...]
    at: int


@dataclass(frozen=True)
class Link:
    """A signed address and when it stops working (ms)."""

    url: str
    expires_at: int


@dataclass(frozen=True)
class Form:
    """Where to post a file, and the fields that go before it."""

    url: str
    fields: dict[str, str]


class Assets:
    """One bucket.

    Keys: `jobs/{id}/{attempt}/…` for what was made, `incoming/{id}/…` for what was sent with a job or fetched for it,
    `uploads/{owner's folder}/{upload}` for what was sent before.
    """

    def __init__(self, client: "S3Client", unsigned: "S3Client", bucket: str) -> None:
        self._client = client
        self._unsigned = unsigned  # knows addresses, holds no credentials
        self.bucket = bucket

    def put(self, key: str, content: bytes, mime_type: str) -> None:
        """Store bytes; storing the same again is the same."""
        self._client.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=mime_type)

    def copy_in(self, bucket: str, source: str, key: str) -> None:
        """Copy an object; raises ImageRejected where it is absent, barred, too large, or just then replaced."""
        try:
            found = self._client.head_object(Bucket=bucket, Key=source)
            size = found["ContentLength"]
            if size > REFERENCE_BYTES_MAX:
                raise ImageRejected(f"has {size:,} bytes; at most {REFERENCE_BYTES_MAX:,} are allowed")
            origin: Any = {"Bucket": bucket, "Key": source}
            self._client.copy_object(
                Bucket=self.bucket,
                Key=key,
                CopySource=origin,
                CopySourceIfMatch=found["ETag"],
                MetadataDirective="REPLACE",
            )
        except ClientError as error:
            raise ImageRejected("cannot be read: it is not there, or Easel's role may not read it") from error

    def form(self, key: str, mime_type: str, *, bytes_min: int, bytes_max: int, seconds: int) -> Form:
        """A form that uploads one object of this type and size to this key, by whoever holds it."""
        made = self._client.generate_presigned_post(
            Bucket=self.bucket,
            Key=key,
            Fields={"Content-Type": mime_type},
            Conditions=[{"Content-Type": mime_type}, ["content-length-range", bytes_min, bytes_max]],
            ExpiresIn=seconds,
        )
        return Form(url=made["url"], fields=made["fields"])

    def read(self, key: str) -> bytes | None:
        """The bytes at a key, None where nothing is."""
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None

    def below(self, prefix: str) -> tuple[str, ...]:
        """The first keys below a prefix, in order; for prefixes that hold few."""
        found = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=10)
        return tuple(one["Key"] for one in found.get("Contents", []))

    def erase(self, prefix: str) -> None:
        """Delete every version of every object below a prefix."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            doomed: list[Any] = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if doomed:
                answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": doomed, "Quiet": True})
                if answer.get("Errors"):
                    raise RuntimeError(f"{len(answer['Errors'])} objects could not be deleted")

    def put_evidence(self, evidence: Evidence) -> None:
        """Write an attempt's evidence; a second writer changes nothing."""
        key = _evidence_key(evidence.job, evidence.attempt)
        body = evidence.model_dump_json().encode()
        try:
            self._client.put_object(
                Bucket=self.bucket, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise

    def evidence(self, job_id: str, attempt: int) -> Evidence | None:
        """An attempt's evidence, None while there is none."""
        content = self.read(_evidence_key(job_id, attempt))
        return Evidence.model_validate_json(content) if content is not None else None

    def link(self, key: str, *, now: int, download: str | None = None) -> Link:
        """A signed GET link for LINK_SECONDS, its time rounded down to the window (AWS Signature Version 4)."""
        signed_at = window(now)
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if download:
            params["ResponseContentDisposition"] = f'attachment; filename="{download}"'
        url = self._unsigned.generate_presigned_url("get_object", Params=params)
        request = AWSRequest(method="GET", url=url)
        signer = self._client._request_signer  # type: ignore[attr-defined] # the one holder of current credentials
        credentials = signer._credentials.get_frozen_credentials()
        _RoundedAuth(credentials, self._client.meta.region_name, signed_at).add_auth(request)
        return Link(url=str(request.url), expires_at=signed_at + LINK_SECONDS * SECOND)


def window(now: int) -> int:
    """The start of the signing window a time (ms) lies in."""
    return now - now % (LINK_WINDOW_SECONDS * SECOND)


def with_evidence(job: Job, assets: Assets) -> Job:
    """The job as it is once evidence of attempts nobody heard the end of is taken into account."""
    for attempt in job.attempts:
        if attempt.evidence_may_come and (evidence := assets.evidence(job.id, attempt.number)):
            job = job.closing(
                attempt.number,
                outcome=Outcome.DELIVERED,
                images=evidence.images,
                calls=evidence.calls,
                ended_at=evidence.at,
            )
    return job


def image_key(job: Job, attempt: Attempt, slot: int, extension: str) -> str:
    """Where an attempt's image goes."""
    return f"jobs/{job.id}/{attempt.number}/{slot}.{extension}"


def preview_key(job: Job, attempt: Attempt, index: int) -> str:
    """Where a partial image of an attempt goes."""
    return f"{previews_prefix(job, attempt)}{index}.webp"


def previews_prefix(job: Job, attempt: Attempt) -> str:
    """Where an attempt's partial images are."""
    return f"jobs/{job.id}/{attempt.number}/previews/"


def _evidence_key(job_id: str, attempt: int) -> str:
    return f"jobs/{job_id}/{attempt}/evidence.json"


class _RoundedAuth(S3SigV4QueryAuth):
    """S3's query signature at a time of our choosing."""

    def __init__(self, credentials: Any, region: str, signed_at: int) -> None:
        super().__init__(credentials, "s3", region, expires=LINK_SECONDS)
        self._signed_at = datetime.fromtimestamp(signed_at / SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = self._signed_at
        super()._modify_request_before_signing(request)  # type: ignore[misc] # the stubs leave it out
