"""The tools of this machine: the front door, and the providers' stand-ins."""
