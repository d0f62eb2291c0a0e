"""The Lambda functions of the workflow and of the schedule: one file a function, its handler named `handler`."""
