"""The emulator process: ministack with Easel's patches for fidelity, and scripted faults."""
