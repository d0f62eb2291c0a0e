"""Easel: everything the doors and the workflow's hands share."""
