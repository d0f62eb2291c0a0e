"""S3: one versioned bucket with conditional puts, strongly consistent as S3 is."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from tests.simulation.aws.replies import Call, Refusal, Reply, Wire

KEYS_MAX = 1000


@dataclass(frozen=True)
class Version:
    """One version of an object; a delete marker has no content."""

    id: str
    content: bytes | None
    content_type: str
    at: int

    @property
    def etag(self) -> str:
        """The MD5 of the content, in quotes."""
        return f'"{hashlib.md5(self.content or b"", usedforsecurity=False).hexdigest()}"'

    @property
    def modified(self) -> str:
        """As XML says it."""
        return datetime.fromtimestamp(self.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class S3:
    """Objects by bucket and key, the newest version last."""

    def __init__(self, buckets: tuple[str, ...], now: Callable[[], int]) -> None:
        self.buckets = buckets
        self.objects: dict[tuple[str, str], tuple[Version, ...]] = {}
        self._now = now

    def answer(self, call: Call) -> Reply:
        """Carry out one request."""
        if call.params["Bucket"] not in self.buckets:
            raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
        operations: dict[str, Callable[[Wire], Reply]] = {
            "PutObject": self._put,
            "GetObject": self._get,
            "HeadObject": self._head,
            "CopyObject": self._copy,
            "DeleteObject": self._delete,
            "DeleteObjects": self._delete_many,
            "ListObjectVersions": self._list_versions,
            "ListObjectsV2": self._list,
        }
        return operations[call.operation](call.params)

    def newest(self, bucket: str, key: str) -> Version | None:
        """The object as it is, None where it is absent or deleted."""
        versions = self.objects.get((bucket, key), ())
        return versions[-1] if versions and versions[-1].content is not None else None

    def digest(self) -> int:
        """A number that two buckets of the same content share."""
        total = 0
        for place, versions in self.objects.items():
            total ^= hash((place, tuple(version.content for version in versions)))
        return total

    def _place(self, request: Wire) -> tuple[str, str]:
        return request["Bucket"], request["Key"]

    def _found(self, bucket: str, key: str, *, quiet: bool = False) -> Version:
        version = self.newest(bucket, key)
        if version is None:
            code = "404" if quiet else "NoSuchKey"
            raise Refusal(code, "The specified key does not exist.", status=404)
        return version

    def _add(self, place: tuple[str, str], content: bytes | None, content_type: str = "") -> Version:
        versions = self.objects.get(place, ())
        version = Version(f"v{len(versions) + 1}", content, content_type, self._now())
        self.objects[place] = (*versions, version)
        return version

    def _put(self, request: Wire) -> Reply:
        headers, place = request["headers"], self._place(request)
        now = self.newest(*place)
        if headers.get("if-none-match") == "*" and now is not None:
            raise Refusal("PreconditionFailed", "At least one of the pre-conditions did not hold", status=412)
        if "if-match" in headers and (now is None or now.etag != headers["if-match"]):
            code, status = ("NoSuchKey", 404) if now is None else ("PreconditionFailed", 412)
            raise Refusal(code, "At least one of the pre-conditions did not hold", status=status)
        version = self._add(place, request["body"], headers.get("content-type", "binary/octet-stream"))
        return Reply(b"", {"etag": version.etag, "x-amz-version-id": version.id})

    def _get(self, request: Wire) -> Reply:
        wanted = request["query"].get("versionId")
        version = self._version(request, wanted) if wanted else self._found(*self._place(request))
        return Reply(version.content or b"", self._headers(version))

    def _version(self, request: Wire, wanted: str) -> Version:
        for version in self.objects.get(self._place(request), ()):
            if version.id == wanted and version.content is not None:
                return version
        raise Refusal("NoSuchVersion", "The specified version does not exist.", status=404)

    def _head(self, request: Wire) -> Reply:
        return Reply(b"", self._headers(self._found(*self._place(request), quiet=True)))

    def _headers(self, version: Version) -> dict[str, str]:
        return {
            "content-length": str(len(version.content or b"")),
            "content-type": version.content_type,
            "etag": version.etag,
            "x-amz-version-id": version.id,
        }

    def _copy(self, request: Wire) -> Reply:
        bucket, _, key = unquote(request["headers"]["x-amz-copy-source"]).lstrip("/").partition("/")
        source = self._found(bucket, key)
        version = self._add(self._place(request), source.content, source.content_type)
        body = f"<CopyObjectResult><ETag>{escape(version.etag)}</ETag></CopyObjectResult>"
        return Reply(body.encode(), {"x-amz-version-id": version.id})

    def _delete(self, request: Wire) -> Reply:
        self._remove(self._place(request), request["query"].get("versionId"))
        return Reply(b"", status=204)

    def _remove(self, place: tuple[str, str], version_id: str | None) -> None:
        if version_id is None:
            self._add(place, None)
            return
        left = tuple(version for version in self.objects.get(place, ()) if version.id != version_id)
        if left:
            self.objects[place] = left
        else:
            self.objects.pop(place, None)

    def _delete_many(self, request: Wire) -> Reply:
        deleted = []
        for member in Xml.fromstring(request["body"]).iter():  # noqa: S314 - what botocore wrote a moment ago
            if member.tag.endswith("}Object"):
                fields = {child.tag.split("}")[1]: child.text or "" for child in member}
                self._remove((request["Bucket"], fields["Key"]), fields.get("VersionId"))
                deleted.append(f"<Deleted><Key>{escape(fields['Key'])}</Key></Deleted>")
        if len(deleted) > KEYS_MAX:
            raise Refusal("MalformedXML", "at most 1000 keys")
        return Reply(f"<DeleteResult>{''.join(deleted)}</DeleteResult>".encode())

    def _under(self, request: Wire) -> Iterator[tuple[str, tuple[Version, ...]]]:
        prefix = request["query"].get("prefix", "")
        for (bucket, key), versions in sorted(self.objects.items()):
            if bucket == request["Bucket"] and key.startswith(prefix):
                yield key, versions

    def _list_versions(self, request: Wire) -> Reply:
        marker = (request["query"].get("key-marker", ""), request["query"].get("version-id-marker", ""))
        rows = [(key, v, v is versions[-1]) for key, versions in self._under(request) for v in reversed(versions)]
        places = [(key, version.id) for key, version, _ in rows]
        rows = rows[places.index(marker) + 1 :] if marker in places else rows
        most = int(request["query"].get("max-keys", KEYS_MAX))
        body = "".join(_version_xml(*row) for row in rows[:most])
        if len(rows) > most:
            key, version, _ = rows[most - 1]
            body += (
                f"<NextKeyMarker>{quote(key)}</NextKeyMarker><NextVersionIdMarker>{version.id}</NextVersionIdMarker>"
            )
        return _listed("ListVersionsResult", body, truncated=len(rows) > most)

    def _list(self, request: Wire) -> Reply:
        after = request["query"].get("continuation-token", request["query"].get("start-after", ""))
        rows = [(k, v[-1]) for k, v in self._under(request) if v[-1].content is not None and k > after]
        most = int(request["query"].get("max-keys", KEYS_MAX))
        body = "".join(
            f"<Contents><Key>{quote(key)}</Key><Size>{len(version.content or b'')}</Size></Contents>"
            for key, version in rows[:most]
        )
        if len(rows) > most:
            body += f"<NextContinuationToken>{escape(rows[most - 1][0])}</NextContinuationToken>"
        return _listed("ListBucketResult", f"{body}<KeyCount>{len(rows[:most])}</KeyCount>", truncated=len(rows) > most)


def _version_xml(key: str, version: Version, latest: Any) -> str:
    tag = "Version" if version.content is not None else "DeleteMarker"
    facts = f"<Key>{quote(key)}</Key><VersionId>{version.id}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
    return f"<{tag}>{facts}<LastModified>{version.modified}</LastModified></{tag}>"


def _listed(tag: str, body: str, *, truncated: bool) -> Reply:
    head = f"<IsTruncated>{str(truncated).lower()}</IsTruncated><EncodingType>url</EncodingType>"
    return Reply(f"<{tag}>{head}{body}</{tag}>".encode())
