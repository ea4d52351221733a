"""Senders and receivers of webhooks that others wrote, for as long as standard input lasts.

The questions and answers are those of `webhooks.mjs`.
"""

import json
import sys
import traceback
from datetime import datetime, timezone

import nacl.exceptions
import nacl.signing
import slack_sdk.signature
import standardwebhooks
import stripe
import svix


def accepts(work, refusal):
    """Whether `work` goes through; what else than a refusal it raises is raised on."""
    try:
        work()
    except refusal:
        return False
    return True


class Family:
    """A peer of the Standard Webhooks family: its headers begin with `prefix`."""

    def __init__(self, module, prefix):
        self.module, self.prefix = module, prefix

    def sign(self, secret, body, id, at):
        webhook = self.module.Webhook(secret)
        signature = webhook.sign(id, datetime.fromtimestamp(at, timezone.utc), body.decode())
        return {
            f"{self.prefix}-id": id,
            f"{self.prefix}-timestamp": str(at),
            f"{self.prefix}-signature": signature,
        }

    def verify(self, secret, body, headers):
        webhook = self.module.Webhook(secret)
        more = {} if self.module is svix else {"json_parse": False}
        return accepts(
            lambda: webhook.verify(body, headers, **more),
            self.module.WebhookVerificationError,
        )


class Nacl:
    """What Discord's documentation verifies with; its keys are in hex."""

    def sign(self, secret, body, id, at):
        key = nacl.signing.SigningKey(bytes.fromhex(secret))
        signature = key.sign(str(at).encode() + body).signature.hex()
        return {"x-signature-ed25519": signature, "x-signature-timestamp": str(at)}

    def verify(self, secret, body, headers):
        key = nacl.signing.VerifyKey(bytes.fromhex(secret))
        message = headers["x-signature-timestamp"].encode() + body
        signature = bytes.fromhex(headers["x-signature-ed25519"])
        return accepts(lambda: key.verify(message, signature), nacl.exceptions.BadSignatureError)


class Slack:
    def sign(self, secret, body, id, at):
        verifier = slack_sdk.signature.SignatureVerifier(secret)
        signature = verifier.generate_signature(timestamp=str(at), body=body)
        return {"x-slack-signature": signature, "x-slack-request-timestamp": str(at)}

    def verify(self, secret, body, headers):
        return slack_sdk.signature.SignatureVerifier(secret).is_valid_request(body, headers)


class Stripe:
    def sign(self, secret, body, id, at):
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
        return {"stripe-signature": header}

    def verify(self, secret, body, headers):
        # As `construct_event` does it, without reading the body as an event.
        return accepts(
            lambda: stripe.WebhookSignature.verify_header(
                body, headers["stripe-signature"], secret, stripe.Webhook.DEFAULT_TOLERANCE
            ),
            stripe.SignatureVerificationError,
        )


PEERS = {
    "pynacl": Nacl(),
    "slack_sdk": Slack(),
    "standardwebhooks": Family(standardwebhooks, "webhook"),
    "stripe": Stripe(),
    "svix": Family(svix, "svix"),
}


def answer(peer, do, body, url, **rest):
    # None of them signs the URL.
    try:
        done = getattr(PEERS[peer], do)(body=bytes.fromhex(body), **rest)
        return {"headers": done} if do == "sign" else {"verified": done}
    except Exception:
        return {"failed": traceback.format_exc()}


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
