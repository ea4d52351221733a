// A session cookie with SameSite=Strict: the browser sends none with a redirect that comes from GitHub, so the
// callback answers with a page that leads on by itself, and the page after it knows who signed in (o29). Wants
// the small site of the tests with such a cookie, not the portal.

import { run, userButton } from "./lib.mjs";

const CALLBACK = "/auth/github/callback";
const COOKIE = "__Host-session";

/** What the page spares its user: the first request from another site comes without the cookie. */
async function fromAnotherSite(t) {
  const context = await t.device(await t.browser());
  const page = await context.newPage();
  await page.goto(`${t.base}/auth/github/login?return_to=/me`);
  await userButton(page, "alice-dev").click();
  await page.waitForURL(`${t.base}/me`);
  t.expect(401, "/me");
  await page.goto(`${t.rest[0]}/`);
  await page.evaluate((address) => {
    location.href = address;
  }, `${t.base}/me`);
  await page.waitForURL(`${t.base}/me`);
  const text = await page.locator("body").innerText();
  t.ok("from another site the cookie is not sent", text.includes("unauthenticated"), text);
}

await run(async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const what = javaScriptEnabled ? "with script" : "without script";
    const context = await t.device(await t.browser(), { javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(`${t.base}/auth/github/login?return_to=/me`);
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === CALLBACK);
    await userButton(page, "alice-dev").click();
    const { status, policy } = await answer.then(async (response) => ({
      status: response.status(),
      policy: (await response.headerValue("content-security-policy")) ?? "",
    }));
    t.equal(`${what}: the callback is no redirect`, status, 200);
    t.ok(`${what}: its policy allows no script`, /^default-src 'none'/.test(policy), policy);
    await t.holds(`${what}: it leads on by itself`, () => page.waitForURL(`${t.base}/me`));
    const text = await page.locator("body").innerText();
    t.ok(`${what}: the next page knows who signed in`, text.includes("alice-dev"), text);
    const cookies = await context.cookies(t.base);
    t.equal(
      `${what}: by a cookie that is Strict, and the flow's is gone`,
      cookies.map(({ name, sameSite, secure }) => [name, sameSite, secure]),
      [[COOKIE, "Strict", true]],
    );
    await context.close();
  }
  await fromAnotherSite(t);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
