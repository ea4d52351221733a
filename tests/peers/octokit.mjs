// GitHub's own client code goes through the web flow at the stand-in, which must be a GitHub to it:
// `node octokit.mjs <api_url> <oauth_app> <github_app> <secret> <redirect_uri>`.
//
// Prints `ok <what>` or `not ok <what>: <why>` a check and exits 0 if every check held, else 1.

import assert from "node:assert/strict";
import * as oauth from "@octokit/oauth-methods";
import { request as plain } from "@octokit/request";

const [baseUrl, oauthApp, githubApp, clientSecret, redirectUrl] = process.argv.slice(2);
const request = plain.defaults({ baseUrl });
const ALICE = 1001;

async function check(what, work) {
  try {
    await work();
    console.log(`ok ${what}`);
  } catch (cause) {
    process.exitCode = 1;
    console.log(`not ok ${what}: ${cause.stack}`);
  }
}

/** Presses the user's button on the page that the address names; gives the code. */
async function approve(url, user) {
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), new RegExp(`name="user" value="${user}"`));
  const { origin, pathname, searchParams } = new URL(url);
  searchParams.set("user", user);
  const answer = await fetch(origin + pathname, {
    method: "POST",
    body: searchParams,
    redirect: "manual",
  });
  const callback = new URL(answer.headers.get("location"));
  assert.equal(callback.origin + callback.pathname, redirectUrl);
  assert.equal(callback.searchParams.get("state"), searchParams.get("state"));
  return callback.searchParams.get("code");
}

const app = (clientType, clientId) => ({ clientType, clientId, clientSecret, request });

async function signIn(client, more = {}) {
  const { url } = oauth.getWebFlowAuthorizationUrl({ ...client, redirectUrl, ...more });
  const code = await approve(url, ALICE);
  const { authentication } = await oauth.exchangeWebFlowCode({ ...client, code, redirectUrl });
  return { code, ...authentication };
}

const fails = (promise, status, text) =>
  assert.rejects(promise, (cause) => {
    assert.equal(cause.status, status, cause.message);
    assert.match(cause.message, text);
    return true;
  });

async function user(token, path = "/user") {
  const { data } = await request(`GET ${path}`, { headers: { authorization: `token ${token}` } });
  return data;
}

const classic = app("oauth-app", oauthApp);

await check("the web flow of an OAuth app gives a token that is its user's", async () => {
  const { token, code } = await signIn(classic, { scopes: ["user:email", "read:org"], state: "xyz" });
  assert.match(token, /^gho_/);
  const me = await user(token);
  assert.deepEqual([me.id, me.login, me.type], [ALICE, "alice-dev", "User"]);
  assert.deepEqual(
    (await user(token, "/user/emails")).map(({ email, primary, verified }) => [email, primary, verified]),
    [["alice@example.com", true, true]],
  );
  assert.equal((await user(token, "/user/memberships/orgs/acme-labs")).state, "active");
  await fails(
    oauth.exchangeWebFlowCode({ ...classic, code, redirectUrl }),
    400,
    /bad_verification_code/,
  );
});

await check("a wrong client secret is told with status 200, which the client takes for a failure", async () => {
  const { url } = oauth.getWebFlowAuthorizationUrl({ ...classic, redirectUrl });
  const code = await approve(url, ALICE);
  const wrong = { ...classic, clientSecret: "wrong", code, redirectUrl };
  await fails(oauth.exchangeWebFlowCode(wrong), 400, /incorrect_client_credentials/);
});

await check("a token is checked, replaced and deleted", async () => {
  const { token } = await signIn(classic, { scopes: ["user:email"] });
  const { data } = await oauth.checkToken({ ...classic, token });
  assert.deepEqual([data.user.id, data.scopes, data.app.client_id], [ALICE, ["user:email"], oauthApp]);
  const { authentication } = await oauth.resetToken({ ...classic, token });
  assert.notEqual(authentication.token, token);
  await fails(user(token), 401, /Bad credentials/);
  assert.equal((await user(authentication.token)).id, ALICE);
  const { status } = await oauth.deleteToken({ ...classic, token: authentication.token });
  assert.equal(status, 204);
  await fails(user(authentication.token), 401, /Bad credentials/);
  await fails(oauth.checkToken({ ...classic, token }), 404, /Not Found/);
});

await check("deleting the authorization ends every token of the user", async () => {
  const first = await signIn(classic);
  const second = await signIn(classic);
  assert.equal((await oauth.deleteAuthorization({ ...classic, token: first.token })).status, 204);
  await fails(user(first.token), 401, /Bad credentials/);
  await fails(user(second.token), 401, /Bad credentials/);
});

await check("the token of a GitHub App expires and is renewed once", async () => {
  const client = app("github-app", githubApp);
  const { token, refreshToken, expiresAt, refreshTokenExpiresAt } = await signIn(client);
  assert.match(token, /^ghu_/);
  const hours = (time) => Math.round((new Date(time) - Date.now()) / 3_600_000);
  assert.deepEqual([hours(expiresAt), hours(refreshTokenExpiresAt)], [8, 183 * 24]);
  const { authentication } = await oauth.refreshToken({ ...client, refreshToken });
  assert.equal((await user(authentication.token)).login, "alice-dev");
  await fails(user(token), 401, /Bad credentials/);
  await fails(oauth.refreshToken({ ...client, refreshToken }), 400, /bad_refresh_token/);
});
