"""Amazon's own DynamoDB engine (DynamoDB Local, Java 17) for the tests that otherwise run on moto."""
