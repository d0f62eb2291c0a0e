"""The same stack on this machine: an emulated AWS, a front door, stand-in providers, and what starts them."""
