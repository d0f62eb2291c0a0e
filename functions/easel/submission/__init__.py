"""From a request to a held, started job: checked, planned, admitted, moderated, paid for, launched.

It ends where the workflow's execution begins. Begin with `start.Start`.
"""
