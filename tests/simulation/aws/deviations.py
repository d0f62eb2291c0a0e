"""Where moto and the local emulator are known not to do what AWS does: pinned, so that nobody relies on them there."""

_NO_TOKENS = "moto ignores ClientRequestToken"
_LAX = "moto does not look at expression values before it needs them"
MOTO: dict[str, str] = {
    "a_repeat_by_token_succeeds_though_its_condition_no_longer_holds": _NO_TOKENS,
    "an_undefined_value_is_refused": _LAX,
    "an_unused_value_is_refused": _LAX,
    "the_same_token_and_request_apply_once": _NO_TOKENS,
    "the_same_token_with_another_request_is_refused": _NO_TOKENS,
}
EMULATOR: dict[str, str] = {
    "a_name_with_a_space_is_refused": "ministack takes any name for an execution",
    "an_input_that_is_no_json_is_refused": "ministack takes any input for an execution",
}
