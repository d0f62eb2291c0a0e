"""Pure code and doors with fakes: no socket, no moto. Same folder and stem as the code."""
