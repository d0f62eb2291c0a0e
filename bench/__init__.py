"""How fast Easel is: figures, never tests. Compare two things in one run; timings on shared machines are noisy."""
