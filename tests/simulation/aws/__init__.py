"""The model of AWS that the proofs run on, and the truth table that holds it, moto and the emulator to one account."""
