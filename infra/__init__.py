"""What is deployed: the CDK stack, its stages and what goes into its bundles."""
