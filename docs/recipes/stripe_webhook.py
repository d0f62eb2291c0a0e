"""A Lambda behind Stripe's webhook that gives the credits a customer paid for, once, however often Stripe calls.

Checkout sessions carry `metadata: {"owner": "user:<issuer>:<id>", "credits": "500"}`. The signature scheme is Stripe's
own (docs.stripe.com/webhooks/signature): HMAC-SHA256 over `<time>.<body>`, accepted for five minutes.

To deploy it: a Python function in the stage's account with a function URL (auth type NONE: the signature is the
authentication), this file as its code, `STRIPE_SECRET` (the endpoint's `whsec_…`) and `EASEL_CREDITS` (the value of
the SSM parameter `/easel/<stage>/functions/credits`) in its environment, and `lambda:InvokeFunction` on that one
function as its only right. Give its address to Stripe for the two events in `PAID`. A refund or a dispute takes nothing
back by itself: the credits may be spent by then. Look at `easel credits show OWNER`, and take back what is left
with `adjust`.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

import boto3

PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Stripe's event in, an HTTP answer out; anything but 2xx makes Stripe repeat."""
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"].encode()
    headers = {name.lower(): value for name, value in event["headers"].items()}  # REST APIs keep case, others lower it
    sent = [part.split("=", 1) for part in headers.get("stripe-signature", "").split(",") if "=" in part]
    at = next((value for name, value in sent if name == "t"), "0")
    wanted = hmac.new(os.environ["STRIPE_SECRET"].encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    known = any(hmac.compare_digest(wanted, value) for name, value in sent if name == "v1")
    if not known or not at.isdigit() or abs(time.time() - int(at)) > 300:
        return {"statusCode": 400, "body": "not Stripe's"}
    told = json.loads(body)
    session = told["data"]["object"]
    if told["type"] in PAID and session["payment_status"] == "paid":
        owner, amount = session["metadata"]["owner"], int(session["metadata"]["credits"])
        order = {"command": "grant", "owner": owner, "request": {"amount": amount}, "idempotencyKey": session["id"]}
        order["by"] = "stripe"
        answer = boto3.client("lambda").invoke(FunctionName=os.environ["EASEL_CREDITS"], Payload=json.dumps(order))
        if answer.get("FunctionError") or "error" in json.loads(answer["Payload"].read()):
            return {"statusCode": 500, "body": "try again"}  # Stripe repeats, and the session's id makes that harmless
    return {"statusCode": 200, "body": "ok"}
