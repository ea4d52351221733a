// After the callback: Back, Forward, reload, a used sign-in finished again, a used callback opened again (o22).

import { fetchJson, openPortal, run, sees, sessionCookie, signIn, userButton } from "./lib.mjs";

const CALLBACK = "/api/v1/auth/github/callback";

/** The URL of the callback that this page goes through next. */
function nextCallback(page) {
  return page
    .waitForRequest((request) => new URL(request.url()).pathname === CALLBACK)
    .then((request) => request.url());
}

/** What a second exchange would change: the cookie's value, and the session that is this one. */
async function identity(t, context, page) {
  const { data } = await fetchJson(page, "/api/v1/sessions");
  const { value } = await sessionCookie(context, t.base);
  return { value, current: data.find((session) => session.current)?.id, sessions: data.length };
}

async function unchanged(t, context, page, before, what) {
  await t.holds(`${what}: the portal, signed in`, async () => {
    await page.waitForURL(`${t.base}/portal`);
    await sees(page, "in");
  });
  t.equal(`${what}: still alice-dev`, await page.locator("#me-login").innerText(), "@alice-dev");
  t.equal(`${what}: no error`, await page.locator("#alert").innerText(), "");
  const after = await identity(t, context, page);
  t.ok(`${what}: the same cookie`, after.value === before.value, "the value changed");
  t.equal(
    `${what}: the same sessions`,
    [after.current, after.sessions],
    [before.current, before.sessions],
  );
}

async function backAndForth(t, browser) {
  const context = await t.device(browser);
  const page = await context.newPage();
  const callback = nextCallback(page);
  await signIn(page, t.base);
  const before = await identity(t, context, page);

  await page.goBack();
  await t.holds("Back goes to GitHub's page, not to the callback", () =>
    userButton(page, "bob-ops").waitFor(),
  );
  await page.goForward();
  await unchanged(t, context, page, before, "Back, Forward");
  await page.reload();
  await unchanged(t, context, page, before, "Back, Forward, reload");

  await page.goBack();
  await userButton(page, "alice-dev").click();
  await unchanged(t, context, page, before, "the same sign-in finished again");
  await page.goBack();
  await userButton(page, "bob-ops").click();
  await unchanged(t, context, page, before, "the same sign-in finished again as somebody else");
  await page.goto(await callback);
  await unchanged(t, context, page, before, "the used callback opened again");
  await t.shot(page, "signed-in");
  t.clean("no script error, CSP violation or error page on the way");
  await afterSignOut(t, context, page, await callback);
}

async function afterSignOut(t, context, page, callback) {
  await page.locator("#sign-out").click();
  await sees(page, "out");
  t.expect(400, CALLBACK);
  const answer = await page.goto(callback);
  t.equal("signed out, the used callback is 400", answer.status(), 400);
  t.equal(
    "signed out, the used callback sets no session",
    await sessionCookie(context, t.base),
    undefined,
  );
  await t.shot(page, "used-callback");
  await openPortal(page, t.base, "out");
  t.ok("signed out, the portal stays signed out", await page.locator("#sign-in").isVisible());
}

/** A browser that keeps whole pages for Back must not show a private page again after a sign-out. */
async function keptPages(t) {
  const context = await t.device(await t.browser({ bfcache: true }));
  await context.addInitScript(() =>
    addEventListener("pageshow", (event) => {
      window.kept = event.persisted;
    }),
  );
  const page = await context.newPage();
  await signIn(page, t.base);
  const caching = (await (await page.reload()).headerValue("cache-control")) ?? "";
  await sees(page, "in");
  await page.goto(`${t.base}/health`);
  const answer = await context.request.post(`${t.base}/api/v1/auth/logout`);
  t.equal("beside the kept page, the session is ended", answer.status(), 204);
  await page.goBack({ waitUntil: "commit" }); // a kept page has loaded long ago
  await t.holds("Back after a sign-out shows the signed-out view", () => sees(page, "out"));
  const kept = await page.evaluate(() => window.kept);
  t.ok(
    "the browser had kept the page, unless told not to",
    kept || caching.includes("no-store"),
    "it was loaded again",
  );
  t.ok(
    "the kept page is emptied",
    !(await page.content()).includes("alice-dev"),
    "alice-dev is still in the page",
  );
}

await run(async (t) => {
  await backAndForth(t, await t.browser());
  await keptPages(t);
  t.clean("no script error or CSP violation after the sign-out");
});
