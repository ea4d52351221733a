// A person signs in with GitHub, stays signed in over a reload, signs out, and the cookie is dead.
// A third argument names another login than alice-dev, for another GitHub.

import {
  COOKIE,
  LOGINS,
  finishSignIn,
  message,
  openPortal,
  replay,
  run,
  sees,
  sessionCookie,
  startSignIn,
  userButton,
} from "./lib.mjs";

const THIRTY_DAYS = 2_592_000;
const LOOKS = [
  ["light", 1200],
  ["dark", 1200],
  ["light", 360],
  ["dark", 360],
];

async function shots(t, page, name) {
  for (const [scheme, width] of LOOKS) {
    await t.shot(page, name, { scheme, width });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(`${name} fits ${width} px in ${scheme}`, over <= 0, `${over} px too wide`);
  }
}

function checkCookie(t, cookie, base) {
  const { value, expires, ...attributes } = cookie;
  delete attributes.partitionKey;
  const wanted = {
    name: COOKIE,
    domain: new URL(base).hostname,
    path: "/",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
  };
  t.equal("the cookie is HttpOnly, Secure, SameSite=Lax, Path=/ and host-only", attributes, wanted);
  const left = expires - Date.now() / 1000;
  t.ok("the cookie expires in 30 days", Math.abs(left - THIRTY_DAYS) < 120, `${left} s are left`);
  t.ok(
    "the cookie's value is at least 256 bits long",
    value.length >= 43,
    `${value.length} characters`,
  );
}

async function signOutAndReplay(t, page, context, login) {
  const { value } = await sessionCookie(context, t.base);
  const alive = await replay(t.base, value);
  t.equal(
    "outside the browser the live cookie is its user",
    [alive.status, alive.body?.github_login],
    [200, login],
  );
  await page.locator("#sign-out").click();
  await sees(page, "out");
  t.ok("signing out says so", (await message(page)).includes("signed out"));
  t.equal(
    "the browser has no session cookie left",
    await sessionCookie(context, t.base),
    undefined,
  );
  const dead = await replay(t.base, value);
  t.equal(
    "the replayed cookie gets 401 unauthenticated",
    [dead.status, dead.code],
    [401, "unauthenticated"],
  );
  t.ok(
    "nothing private stays in the page",
    !(await page.content()).includes(login),
    `${login} is still in the page`,
  );
}

await run(async (t) => {
  const login = t.rest[0] ?? LOGINS[0];
  const context = await t.device(await t.browser());
  const page = await context.newPage();

  await openPortal(page, t.base, "out");
  t.ok(
    "signed out, the page offers to sign in",
    await page.getByRole("link", { name: "Sign in with GitHub" }).isVisible(),
  );
  t.equal("a visit alone sets no session cookie", await sessionCookie(context, t.base), undefined);
  await shots(t, page, "signed-out");

  await startSignIn(page);
  for (const name of LOGINS)
    t.equal(`GitHub's page has one button for ${name}`, await userButton(page, name).count(), 1);
  await t.shot(page, "github");
  await finishSignIn(page, t.base, login);
  t.equal("the sign-in ends on the portal", page.url(), `${t.base}/portal`);
  t.equal("the page shows who signed in", await page.locator("#me-login").innerText(), `@${login}`);
  t.equal("the page marks this device", await page.getByText("This device").count(), 1);
  checkCookie(t, await sessionCookie(context, t.base), t.base);
  t.ok(
    "scripts cannot read the cookie",
    !(await page.evaluate(() => document.cookie)).includes(COOKIE),
  );
  await shots(t, page, "signed-in");

  const before = await sessionCookie(context, t.base);
  await page.reload();
  await sees(page, "in");
  const after = await sessionCookie(context, t.base);
  t.ok(
    "a reload stays signed in, by the same cookie",
    after.value === before.value,
    "the value changed",
  );
  t.ok(
    "the reload moved the cookie's expiry",
    after.expires > before.expires,
    `${before.expires} to ${after.expires}`,
  );

  await signOutAndReplay(t, page, context, login);
  await t.shot(page, "after");
  await page.reload();
  await sees(page, "out");
  t.ok("a reload stays signed out", await page.locator("#sign-in").isVisible());
  t.clean("no script error, CSP violation or unexpected status on the way");
});
