"""The Lambda functions that callers reach: one file a function, its handler named `handler`."""
