"""HTTP to parties outside this deployment that we do not trust: addresses checked, answers bounded in bytes and time.

It knows nothing of jobs, credits or callers, and it does not speak to image providers (`providers`) or AWS (`aws`).
Begin with `guarded_fetch.fetch`, which downloads a caller's reference.
"""
