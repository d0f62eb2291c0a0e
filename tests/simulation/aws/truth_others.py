"""What the double claims about S3 and about Step Functions' StartExecution."""

import json

from tests.simulation.aws.truth import S3, STATES, Services, claim, refused

CONDITIONAL = S3 + "userguide/conditional-writes.html"
VERSIONS = S3 + "userguide/versioning-workflows.html"
START = STATES + "apireference/API_StartExecution.html"


@claim(CONDITIONAL)
def if_none_match_lets_one_put_through(aws: Services) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="once", Body=b"1", IfNoneMatch="*")
    refused("PreconditionFailed", lambda: aws.s3.put_object(Bucket=aws.bucket, Key="once", Body=b"2", IfNoneMatch="*"))
    assert aws.s3.get_object(Bucket=aws.bucket, Key="once")["Body"].read() == b"1"


@claim(CONDITIONAL)
def if_none_match_passes_where_the_newest_version_is_a_delete_marker(aws: Services) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="again", Body=b"1", IfNoneMatch="*")
    aws.s3.delete_object(Bucket=aws.bucket, Key="again")
    aws.s3.put_object(Bucket=aws.bucket, Key="again", Body=b"2", IfNoneMatch="*")


@claim(S3 + "userguide/Welcome.html#ConsistencyModel")
def a_get_after_a_put_sees_it(aws: Services) -> None:
    for body in (b"1", b"2"):
        aws.s3.put_object(Bucket=aws.bucket, Key="fresh", Body=body)
        assert aws.s3.get_object(Bucket=aws.bucket, Key="fresh")["Body"].read() == body


@claim(S3 + "API/API_GetObject.html")
def a_get_of_nothing_is_no_such_key(aws: Services) -> None:
    refused("NoSuchKey", lambda: aws.s3.get_object(Bucket=aws.bucket, Key="nothing"))


@claim(S3 + "API/API_HeadObject.html")
def a_head_of_nothing_is_a_bare_404(aws: Services) -> None:
    refused("404", lambda: aws.s3.head_object(Bucket=aws.bucket, Key="nothing"))


@claim(S3 + "API/API_HeadObject.html")
def a_head_tells_size_and_type(aws: Services) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="sized", Body=b"12345", ContentType="image/png")
    head = aws.s3.head_object(Bucket=aws.bucket, Key="sized")
    assert (head["ContentLength"], head["ContentType"]) == (5, "image/png")


@claim(S3 + "API/API_CopyObject.html")
def a_copy_has_the_same_bytes_and_type(aws: Services) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="from here", Body=b"1", ContentType="image/webp")
    aws.s3.copy_object(Bucket=aws.bucket, Key="to", CopySource={"Bucket": aws.bucket, "Key": "from here"})
    copied = aws.s3.get_object(Bucket=aws.bucket, Key="to")
    assert (copied["Body"].read(), copied["ContentType"]) == (b"1", "image/webp")


@claim(VERSIONS)
def a_plain_delete_hides_and_keeps_the_versions(aws: Services) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="hidden", Body=b"1")
    aws.s3.delete_object(Bucket=aws.bucket, Key="hidden")
    refused("NoSuchKey", lambda: aws.s3.get_object(Bucket=aws.bucket, Key="hidden"))
    listed = aws.s3.list_object_versions(Bucket=aws.bucket, Prefix="hidden")
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (1, 1)


@claim(VERSIONS)
def deleting_every_version_leaves_nothing(aws: Services) -> None:
    for body in (b"1", b"2"):
        aws.s3.put_object(Bucket=aws.bucket, Key="erased/1", Body=body)
    aws.s3.delete_object(Bucket=aws.bucket, Key="erased/1")
    listed = aws.s3.list_object_versions(Bucket=aws.bucket, Prefix="erased/")
    rows = [*listed["Versions"], *listed["DeleteMarkers"]]
    doomed = [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows]
    answer = aws.s3.delete_objects(Bucket=aws.bucket, Delete={"Objects": doomed})
    assert len(answer["Deleted"]) == 3
    left = aws.s3.list_object_versions(Bucket=aws.bucket, Prefix="erased/")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


@claim(S3 + "API/API_ListObjectsV2.html")
def a_list_shows_what_is_under_a_prefix_in_order(aws: Services) -> None:
    for name in ("listed/b", "listed/a", "elsewhere"):
        aws.s3.put_object(Bucket=aws.bucket, Key=name, Body=b"")
    found = aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="listed/")
    assert [row["Key"] for row in found["Contents"]] == ["listed/a", "listed/b"]


@claim(START)
def an_execution_starts_once_for_the_same_name_and_input(aws: Services) -> None:
    request = {"stateMachineArn": aws.machine, "name": "same", "input": json.dumps({"jobId": "same"})}
    first, second = aws.states.start_execution(**request), aws.states.start_execution(**request)
    assert first["executionArn"] == second["executionArn"]


@claim(START)
def the_same_name_with_another_input_is_refused(aws: Services) -> None:
    request = {"stateMachineArn": aws.machine, "name": "other"}
    aws.states.start_execution(**request, input='{"jobId": "1"}')
    refused("ExecutionAlreadyExists", lambda: aws.states.start_execution(**request, input='{"jobId": "2"}'))


@claim(START)
def an_input_that_is_no_json_is_refused(aws: Services) -> None:
    request = {"stateMachineArn": aws.machine, "name": "bad-input", "input": "{"}
    refused("InvalidExecutionInput", lambda: aws.states.start_execution(**request))


@claim(START)
def a_name_with_a_space_is_refused(aws: Services) -> None:
    request = {"stateMachineArn": aws.machine, "name": "two words", "input": "{}"}
    refused("InvalidName", lambda: aws.states.start_execution(**request))


@claim(START)
def a_machine_that_is_not_there_is_named_so(aws: Services) -> None:
    request = {"stateMachineArn": f"{aws.machine}-absent", "name": "n", "input": "{}"}
    refused("StateMachineDoesNotExist", lambda: aws.states.start_execution(**request))
