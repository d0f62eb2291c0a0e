"""The asset bucket: bytes in and out, forms to upload by, and short-lived links."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from easel.clock import SECOND
from easel.errors import ImageRejected

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFERENCE_BYTES_MAX = 25_000_000
LINK_SECONDS = 300  # how long a link is good at most, where the stage says nothing else
LINK_WINDOW_SECONDS = 120  # links made within one window are the same, so that a browser's cache can help

PUT_ONCE_TRIES = 4
LISTED_MAX = 30  # an attempt leaves two objects for each of ten images, and its evidence
UNREADABLE = "cannot be read: it is not there, or Easel's role may not read it"


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


@dataclass(frozen=True)
class Source:
    """An object as it was found: where, which state of it, and how many bytes."""

    bucket: str
    key: str
    etag: str
    bytes: int


@dataclass(frozen=True)
class Version:
    """One version of an object; `id` is None in a bucket that keeps one alone."""

    key: str
    id: str | None


class Bucket:
    """One bucket.

    Keys: `jobs/{id}/{attempt}/…` for what was made, `incoming/{id}/…` for what was sent with a job or fetched for it,
    `uploads/{owner's folder}/{upload}` for what was sent before, `answers/{id}.…` for answers too large for a door.
    """

    def __init__(
        self, client: "S3Client", unsigned: "S3Client", bucket: str, *, link_seconds: int = LINK_SECONDS
    ) -> None:
        self.client = self._client = client  # the name without a mark is for `object_writer`
        self._link_seconds = link_seconds
        self._unsigned = unsigned  # knows addresses, holds no credentials
        self.bucket = bucket

    def put(self, key: str, content: bytes, mime_type: str) -> Version:
        """Store bytes; storing the same again is the same."""
        answer = self._client.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=mime_type)
        return Version(key, answer.get("VersionId"))

    def holds(self, key: str) -> bool:
        """Whether anything is at a key."""
        try:
            self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
        return True

    def find(self, bucket: str, key: str) -> Source:
        """An object to copy; raises ImageRejected where it is absent, barred or too large."""
        try:
            found = self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise ImageRejected(UNREADABLE) from error
        size = found["ContentLength"]
        if size > REFERENCE_BYTES_MAX:
            raise ImageRejected(f"has {size:,} bytes; at most {REFERENCE_BYTES_MAX:,} are allowed")
        return Source(bucket, key, found["ETag"], size)

    def copy(self, source: Source, key: str) -> Version:
        """Copy an object as it was found; raises ImageRejected where it is gone, or was replaced since."""
        origin: Any = {"Bucket": source.bucket, "Key": source.key}
        try:
            answer = self._client.copy_object(
                Bucket=self.bucket,
                Key=key,
                CopySource=origin,
                CopySourceIfMatch=source.etag,
                MetadataDirective="REPLACE",
            )
        except ClientError as error:
            raise ImageRejected(UNREADABLE) from error
        return Version(key, answer.get("VersionId"))

    def delete(self, versions: Iterable[Version]) -> bool:
        """Delete what was stored just now and nobody else's copy under the same key; False where S3 did not.

        A bucket without versions cannot tell the two apart: there nothing is deleted.
        """
        doomed: list[Any] = [{"Key": version.key, "VersionId": version.id} for version in versions if version.id]
        if not doomed:
            return True
        try:
            answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": doomed, "Quiet": True})
        except (ClientError, ConnectionError, HTTPClientError):
            return False
        return not answer.get("Errors")

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

    def below(self, prefix: str) -> dict[str, int]:
        """The first keys below a prefix, in order, each with how many bytes it has; for prefixes that hold few."""
        found = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=LISTED_MAX)
        return {one["Key"]: one["Size"] for one in found.get("Contents", [])}

    def erase(self, prefix: str) -> None:
        """Delete every version of every object below a prefix. Raises RuntimeError."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            doomed: list[Any] = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if doomed:
                answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": doomed, "Quiet": True})
                if answer.get("Errors"):
                    raise RuntimeError(f"{len(answer['Errors'])} objects could not be deleted")

    def put_once(self, key: str, content: bytes, mime_type: str) -> None:
        """Store bytes where nothing is yet; a second writer changes nothing. Raises ClientError.

        While another's write or deletion of the key is under way, S3 answers 409 ConditionalRequestConflict and asks
        for another try (S3 API reference, PutObject); PUT_ONCE_TRIES of them are made.
        """
        for left in reversed(range(PUT_ONCE_TRIES)):
            try:
                self._client.put_object(
                    Bucket=self.bucket, Key=key, Body=content, ContentType=mime_type, IfNoneMatch="*"
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "PreconditionFailed":
                    return
                if code != "ConditionalRequestConflict" or not left:
                    raise
            else:
                return

    def link(self, key: str, *, now: int, disposition: str | None = None) -> Link:
        """A signed GET link for the stage's time, counted from the window's beginning (AWS Signature Version 4).

        `disposition` is the Content-Disposition that S3 answers with, in ASCII.
        """
        signed_at = window(now)
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if disposition:
            params["ResponseContentDisposition"] = disposition
        url = self._unsigned.generate_presigned_url("get_object", Params=params)
        request = AWSRequest(method="GET", url=url)
        signer = self._client._request_signer  # type: ignore[attr-defined] # the one holder of current credentials
        credentials = signer._credentials.get_frozen_credentials()
        seconds = self._link_seconds
        _RoundedAuth(credentials, self._client.meta.region_name, signed_at, seconds).add_auth(request)
        return Link(url=str(request.url), expires_at=signed_at + seconds * SECOND)


def window(now: int) -> int:
    """The start of the signing window a time (ms) lies in."""
    return now - now % (LINK_WINDOW_SECONDS * SECOND)


class _RoundedAuth(S3SigV4QueryAuth):
    """S3's query signature at a time of our choosing."""

    def __init__(self, credentials: Any, region: str, signed_at: int, seconds: int) -> None:
        super().__init__(credentials, "s3", region, expires=seconds)
        self._signed_at = datetime.fromtimestamp(signed_at / SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = self._signed_at
        super()._modify_request_before_signing(request)  # type: ignore[misc] # the stubs leave it out
