"""What tests share: fakes, builders, the world of use cases on moto, and reports of proofs. No test is in here."""
