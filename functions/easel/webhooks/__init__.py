"""Telling owners' servers that a job has ended: endpoints, signed events, deliveries that are tried for a day.

It ends no job and moves no credits (`settlement`), and opens no connection (`outbound`, in the function `post`). Begin
with `deliver.Deliver`.
"""
