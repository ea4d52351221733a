// Senders and receivers of webhooks that others wrote, for as long as standard input lasts.
//
// A line of input is a question in JSON, the line of output that answers it too:
//   {peer, do: "sign", secret, body, url, id, at}     -> {headers}
//   {peer, do: "verify", secret, body, url, headers}  -> {verified}
// `body` is in hex, `at` in seconds. {failed} is an answer that no question should have: the peer
// did not refuse the delivery, it broke.

import { createInterface } from "node:readline";
import { sign as githubSign, verify as githubVerify } from "@octokit/webhooks-methods";
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import { createSHA256HMAC, HashFormat } from "@shopify/shopify-api/runtime";
import slack from "@slack/bolt/dist/receivers/verify-request.js";
import discord from "discord-interactions";
import OpenAI, { InvalidWebhookSignatureError } from "openai";
import standard from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as Svix } from "svix";
import twilio from "twilio/lib/webhooks/webhooks.js";

const stripe = new Stripe("sk_test_of_nobody").webhooks;

/** Whether `work` goes through; what else than a refusal it throws is thrown on. */
async function accepts(work, isRefusal) {
  try {
    await work();
    return true;
  } catch (cause) {
    if (isRefusal(cause)) return false;
    throw cause;
  }
}

const isVerificationError = (cause) => cause instanceof standard.WebhookVerificationError;

/** A peer of the Standard Webhooks family: its headers begin with `prefix`. */
const family = (Webhook, prefix) => ({
  sign: ({ secret, text, id, at }) => ({
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(at),
    [`${prefix}-signature`]: new Webhook(secret).sign(id, new Date(at * 1000), text),
  }),
  verify: ({ secret, text, headers }) =>
    accepts(
      () => new Webhook(secret).verify(text, headers, { jsonParse: false }),
      isVerificationError,
    ),
});

/** What Shopify sends beside the signature, which its library wants to be there. */
const ofShopify = {
  "x-shopify-api-version": "2026-01",
  "x-shopify-shop-domain": "shop.example.com",
  "x-shopify-topic": "orders/create",
  "x-shopify-webhook-id": "1",
};

const shopify = (apiSecretKey) =>
  shopifyApi({
    apiKey: "key",
    apiSecretKey,
    apiVersion: Object.values(ApiVersion)[0],
    hostName: "app.example.com",
    isEmbeddedApp: true,
    logger: { log: () => {} },
  });

/** The fields of a form as a web framework gives them: several of one name are a list. */
function fields(text) {
  const all = new URLSearchParams(text);
  const value = (name) => (all.getAll(name).length > 1 ? all.getAll(name) : all.get(name));
  return Object.fromEntries([...all.keys()].map((name) => [name, value(name)]));
}

/** Whether Twilio sends the body as it is, with its hash in the URL. */
const hasHash = (url) => new URL(url).searchParams.has("bodySHA256");

const peers = {
  "@octokit/webhooks-methods": {
    sign: async ({ secret, text }) => ({ "x-hub-signature-256": await githubSign(secret, text) }),
    verify: ({ secret, text, headers }) =>
      githubVerify(secret, text, headers["x-hub-signature-256"]),
  },
  "@shopify/shopify-api": {
    sign: async ({ secret, text }) => ({
      "x-shopify-hmac-sha256": await createSHA256HMAC(secret, text, HashFormat.Base64),
    }),
    verify: async ({ secret, text, headers }) => {
      const rawRequest = { method: "POST", url: "/in", headers: { ...ofShopify, ...headers } };
      const { validate } = shopify(secret).webhooks;
      const { valid, reason } = await validate({ rawBody: text, rawRequest });
      if (!valid && reason !== "invalid_hmac") throw new Error(reason);
      return valid;
    },
  },
  "@slack/bolt": {
    verify: ({ secret, text, headers }) =>
      accepts(
        () => {
          // Whoever calls it made a number of the header.
          const timed = { ...headers };
          timed["x-slack-request-timestamp"] = Number(headers["x-slack-request-timestamp"]);
          slack.verifySlackRequest({ signingSecret: secret, body: text, headers: timed });
        },
        (cause) => cause.message.startsWith("Failed to verify authenticity"),
      ),
  },
  "discord-interactions": {
    verify: ({ secret, bytes, headers }) =>
      discord.verifyKey(
        bytes,
        headers["x-signature-ed25519"],
        headers["x-signature-timestamp"],
        secret,
      ),
  },
  openai: {
    verify: ({ secret, text, headers }) => {
      const { webhooks } = new OpenAI({ apiKey: "key", webhookSecret: secret });
      const isRefusal = (cause) => cause instanceof InvalidWebhookSignatureError;
      return accepts(() => webhooks.verifySignature(text, headers), isRefusal);
    },
  },
  standardwebhooks: family(standard.Webhook, "webhook"),
  stripe: {
    sign: ({ secret, text, at }) => ({
      "stripe-signature": stripe.generateTestHeaderString({ payload: text, secret, timestamp: at }),
    }),
    verify: ({ secret, text, headers }) =>
      accepts(
        // As `constructEvent` does it, without reading the body as an event.
        () => stripe.signature.verifyHeader(text, headers["stripe-signature"], secret),
        (cause) => cause instanceof Stripe.errors.StripeSignatureVerificationError,
      ),
  },
  svix: family(Svix, "svix"),
  twilio: {
    sign: ({ secret, text, url }) => {
      const signed = hasHash(url) ? null : fields(text);
      return { "x-twilio-signature": twilio.getExpectedTwilioSignature(secret, url, signed) };
    },
    verify: ({ secret, text, url, headers }) => {
      const signature = headers["x-twilio-signature"];
      return hasHash(url)
        ? twilio.validateRequestWithBody(secret, signature, url, text)
        : twilio.validateRequest(secret, signature, url, fields(text));
    },
  },
};

async function answer(question) {
  const bytes = Buffer.from(question.body, "hex");
  // Like everything else that a web framework hands on as text.
  const given = { ...question, bytes, text: bytes.toString("utf8") };
  const work = peers[question.peer][question.do];
  return question.do === "sign" ? { headers: await work(given) } : { verified: await work(given) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answered = await answer(JSON.parse(line)).catch((cause) => ({ failed: cause.stack }));
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}
