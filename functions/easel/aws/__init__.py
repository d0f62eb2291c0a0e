"""AWS as Easel uses it: DynamoDB, bucket, Step Functions, secrets, metrics, each with its refusals told apart.

It knows rows, keys and bytes, and nothing about what a job or a credit is. Begin with `dynamodb.Database`.
"""
