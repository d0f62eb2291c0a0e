"""What operators run against a deployed stage, with their own AWS credentials."""
