"""The promises, kept by what CDK deployed: over HTTP, by lambda:Invoke, and with processes killed."""
