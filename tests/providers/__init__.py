"""Each adapter through its real SDK over a socket, against a stand-in."""
