"""An object written piece by piece, as S3's upload in parts: no more than one part is held at a time."""

from collections.abc import Iterable, Iterator
from typing import Any

from easel.aws.bucket import Bucket, Version

PART_BYTES = 6_000_000  # S3 takes no part of under 5 MiB, but for the last


def write(bucket: Bucket, key: str, pieces: Iterable[bytes], mime_type: str) -> Version:
    """Write an object; the version that was written.

    Nothing is left where the pieces end in an error, which is raised again.
    """
    client, where = bucket.client, dict[str, Any](Bucket=bucket.bucket, Key=key)
    where["UploadId"] = client.create_multipart_upload(**where, ContentType=mime_type)["UploadId"]
    try:
        parts: list[Any] = [
            {"PartNumber": number, "ETag": client.upload_part(**where, PartNumber=number, Body=part)["ETag"]}
            for number, part in enumerate(_parts(pieces), start=1)
        ]
        answer = client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    except BaseException:
        client.abort_multipart_upload(**where)
        raise
    return Version(key, answer.get("VersionId"))


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= PART_BYTES:
            yield bytes(held)
            held = bytearray()
    if held:
        yield bytes(held)
