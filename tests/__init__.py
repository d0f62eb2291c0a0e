"""Tests. They are sentences, run offline, and any folder runs alone.

| folder | write one there when | takes about |
|---|---|---|
| unit | a rule, a door or a view can be tried with fakes, in milliseconds: same folder and stem as the code | 15 s |
| integration | a use case meets DynamoDB or S3 (moto), or a rule big pictures or many examples; same names | 180 s |
| providers | an adapter meets its real SDK over a socket | 10 s |
| outbound | an address is fetched over real sockets | 5 s |
| local | a tool of this machine changes: front door, stand-ins | 10 s |
| docs | a document promises something, or the layout of the code changes | 20 s |
| interface | what is published of the interface changes: real answers as examples, linters, generated clients | 60 s |
| infra | the template changes | 90 s |
| simulation | a crash, a race or a repeat could lose a job or a credit; `make prove WHAT=crash` | 160 s (slices) |
| adversarial | somebody would want to break it; `make prove WHAT=tokens` | 150 s (slices) |
| browser | the page changes | 60 s |
| stack | only the deployed stack can tell | 5 min |

`make mutants PACKAGE=credits` says which small bugs the first two folders of a package would miss.
`support` holds what they share. `make unit` runs the quick ones,
`make check PACKAGE=credits` all that concern a package, `make test-dynamodb-local` the use cases' tests on Amazon's own
DynamoDB engine (`dynamodb_local`, which installs it; 3 min).
"""
