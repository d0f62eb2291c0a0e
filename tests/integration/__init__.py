"""Use cases on moto, the state machine included. Same folder and stem as the code."""
