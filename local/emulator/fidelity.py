"""Where ministack 1.5.33 differs from AWS in ways that Easel would notice, made right.

Each patch reaches into a private function, so the emulator refuses to start with another version.
"""

import functools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import ministack.core.iam_actions as rights
import ministack.core.lambda_runtime as runtime
import ministack.services.cloudformation.engine as engine
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.cloudformation.stacks as stacks
import ministack.services.lambda_svc as lambdas
import ministack.services.stepfunctions as states
from ministack.core.responses import get_account_id, get_region

LOG_WAIT_SECONDS = 0.004
DIED = "Worker process died"
STARTING_SECONDS, POLL_SECONDS = 60.0, 0.05


def apply() -> None:
    """Install all patches."""
    _keep_exception_names()
    _do_not_wait_for_silent_handlers()
    _answer_a_running_execution()
    _name_throttles()
    _name_secrets_by_their_arn()
    _ask_for_the_right_to_a_version()
    _move_aliases_to_versions_that_have_started()


def _keep_exception_names() -> None:
    """A failed invocation carries its exception's class as `errorType`; a process that died is `Runtime.ExitError`."""
    reply = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
    named = '{"status": "error", "error": str(e), "type": type(e).__name__, "trace": traceback.format_exc()}'
    if reply not in runtime._PYTHON_WORKER_SCRIPT:
        raise RuntimeError("ministack's worker script is not the one this patch was written for")
    runtime._PYTHON_WORKER_SCRIPT = runtime._PYTHON_WORKER_SCRIPT.replace(reply, named)
    said = threading.local()
    invoke, execute = runtime.Worker.invoke, lambdas._execute_function_warm

    @functools.wraps(invoke)
    def remembering(worker: Any, *args: Any, **kwargs: Any) -> Any:
        said.last = invoke(worker, *args, **kwargs)
        return said.last

    @functools.wraps(execute)
    def naming(func: Any, event: Any, request_id: str, *args: Any, **kwargs: Any) -> Any:
        said.last = None
        result = execute(func, event, request_id, *args, **kwargs)
        if result.get("error") and said.last:
            result["body"] = _error_body(said.last, request_id) or result["body"]
        return result

    runtime.Worker.invoke = remembering
    lambdas._execute_function_warm = naming


def _error_body(reply: dict[str, Any], request_id: str) -> dict[str, Any] | None:
    if reply.get("error") == DIED:
        message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        return {"errorMessage": message, "errorType": "Runtime.ExitError"}
    if not reply.get("type"):
        return None
    trace = reply.get("trace", "").splitlines()[1:-1]
    return {
        "errorMessage": reply["error"],
        "errorType": reply["type"],
        "requestId": request_id,
        "stackTrace": trace,
    }


def _do_not_wait_for_silent_handlers() -> None:
    """A handler that logs nothing is not held back 50 ms for lines that never come."""
    drain = runtime.Worker._drain_stderr_bounded
    runtime.Worker._drain_stderr_bounded = functools.partialmethod(drain, first_line_wait=LOG_WAIT_SECONDS)


def _answer_a_running_execution() -> None:
    """StartExecution with the name and input of a running execution answers that execution."""
    start = states._start_execution

    @functools.wraps(start)
    def starting(data: dict[str, Any]) -> Any:
        answer = start(data)
        running = _running(data) if answer[0] != 200 and b"ExecutionAlreadyExists" in answer[2] else None
        return states.json_response(running) if running else answer

    states._start_execution = starting


def _running(data: dict[str, Any]) -> dict[str, Any] | None:
    machine = states._state_machines[states._resolve_state_machine_arn(data["stateMachineArn"])]
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine['name']}:{data['name']}"
    execution = states._executions[arn]
    same = json.loads(execution["input"]) == json.loads(data.get("input", "{}"))
    if execution["status"] != "RUNNING" or not same:
        return None
    return {"executionArn": arn, "startDate": execution["startDate"]}


def _name_throttles() -> None:
    """A task whose function is at its concurrency limit fails with `Lambda.TooManyRequestsException`."""
    call: Callable[..., Any] = states._call_lambda

    @functools.wraps(call)
    def calling(func_ref: Any, event: Any) -> Any:
        try:
            return call(func_ref, event)
        except states._ExecutionError as failure:
            if failure.error != "Lambda.Unknown" or "TooManyRequestsException" not in str(failure.cause):
                raise
            raise states._ExecutionError("Lambda.TooManyRequestsException", failure.cause) from failure

    states._call_lambda = calling


def _name_secrets_by_their_arn() -> None:
    """In a template, `Ref` of a secret is its ARN: policies name it so, and match nothing else."""
    resolve = engine._resolve_refs

    @functools.wraps(resolve)
    def naming(value: Any, resources: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"Ref"}:
            arn = (resources.get(value["Ref"]) or {}).get("Attributes", {}).get("Arn", "")
            if str(arn).startswith("arn:aws:secretsmanager:"):
                return arn
        return resolve(value, resources, *args, **kwargs)

    engine._resolve_refs = naming


def _ask_for_the_right_to_a_version() -> None:
    """Deleting several objects, the first too is a right of its own where it names a version."""
    extract = rights.extract_iam_action

    @functools.wraps(extract)
    def extracting(service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any) -> str | None:
        action: str | None = extract(service, method, path, headers, body, query_params)
        if service == "s3" and action == "s3:DeleteObject" and "delete" in query_params:
            first = rights._s3_batch_delete_targets("", body)[:1]
            return "s3:DeleteObjectVersion" if any(version for _, version in first) else action
        return action

    rights.extract_iam_action = extracting


def _move_aliases_to_versions_that_have_started() -> None:
    """During a deployment the old version answers until the new one can: CloudFormation waits for its snapshot."""
    alias, on_a_thread = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"], stacks._runs_on_worker_thread
    update = alias["update"]

    def updating(physical_id: str, old: Any, new: Any, *args: Any, **kwargs: Any) -> Any:
        function = provisioners._lambda_function_for_cfn_ref(new.get("FunctionName", ""))[0] or {}
        version = function.get("versions", {}).get(str(new.get("FunctionVersion")), {"config": {}})
        until = time.monotonic() + STARTING_SECONDS
        while version["config"].get("State") == "Pending" and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return update(physical_id, old, new, *args, **kwargs)

    alias["update"] = updating
    stacks._runs_on_worker_thread = lambda name: name == "AWS::Lambda::Alias" or on_a_thread(name)
