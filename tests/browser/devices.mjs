// One person on two devices: one revokes the other, then one signs out everywhere; another person is untouched.

import {
  answerYes,
  fetchJson,
  message,
  openPortal,
  replay,
  run,
  sees,
  sessionCookie,
  signIn,
  PHONE,
} from "./lib.mjs";

async function newDevice(t, browser, login, options) {
  const context = await t.device(browser, options);
  const page = await context.newPage();
  await signIn(page, t.base, login);
  return { context, page };
}

async function signOutEverywhere(page) {
  await page.locator("#sign-out-everywhere").click();
  await answerYes(page);
  await sees(page, "out");
}

/** Ends what earlier runs left behind, so that the counts below are this run's. */
async function startAlone(t, browser) {
  const { context, page } = await newDevice(t, browser, "alice-dev");
  await signOutEverywhere(page);
  await context.close();
}

async function revokeTheOther(t, here, there) {
  await here.page.reload();
  await sees(here.page, "in");
  const rows = here.page.locator("#device-list > li");
  t.equal("both devices are listed", await rows.count(), 2);
  t.equal("one is marked as this device", await rows.filter({ hasText: "This device" }).count(), 1);
  t.equal(
    "this device has no Revoke button",
    await rows.filter({ hasText: "This device" }).getByRole("button").count(),
    0,
  );
  const phone = rows.filter({ hasText: "Safari on iPhone" });
  t.equal("the other is named for a person", await phone.count(), 1);
  await t.shot(here.page, "listed");

  const { value } = await sessionCookie(there.context, t.base);
  const { data } = await fetchJson(here.page, "/api/v1/sessions");
  t.ok(
    "no listed id is a cookie's value",
    data.every(({ id }) => id !== value && !value.includes(id)),
  );
  await phone.getByRole("button", { name: "Revoke Safari on iPhone" }).click();
  await t.shot(here.page, "asked", { whole: false });
  await here.page.locator("#confirm-no").click();
  t.equal("Cancel revokes nothing", (await replay(t.base, value)).status, 200);
  await phone.getByRole("button").click();
  await answerYes(here.page);
  t.ok("revoking says so", (await message(here.page)).includes("Safari on iPhone was signed out"));
  t.equal("the revoked device leaves the list", await rows.count(), 1);
  t.equal("the revoked cookie gets 401", (await replay(t.base, value)).code, "unauthenticated");
}

async function nextActionShowsIt(t, there) {
  t.ok(
    "the revoked device does not know it yet",
    await there.page.locator("#signed-in").isVisible(),
  );
  t.expect(401, "/api/v1/agents");
  await there.page.locator("#agent-name").fill("Never created");
  await there.page.locator("#agent-create").click();
  await t.holds("the revoked device's next action shows the signed-out view", () =>
    sees(there.page, "out"),
  );
  t.ok("and says why", (await message(there.page)).includes("no longer signed in"));
  t.ok("and keeps nothing private", !(await there.page.content()).includes("alice-dev"));
  await t.shot(there.page, "revoked", { width: 360 });
}

async function everywhere(t, here, there, other) {
  await signIn(there.page, t.base, "alice-dev");
  const values = [];
  for (const { context } of [here, there])
    values.push((await sessionCookie(context, t.base)).value);
  await signOutEverywhere(here.page);
  t.ok("signing out everywhere says so", (await message(here.page)).includes("all your devices"));
  for (const value of values)
    t.equal("a cookie from before gets 401", (await replay(t.base, value)).code, "unauthenticated");
  await openPortal(there.page, t.base, "out");
  t.ok("the other device is signed out", await there.page.locator("#sign-in").isVisible());
  await openPortal(other.page, t.base, "in");
  t.equal(
    "somebody else stays signed in",
    await other.page.locator("#me-login").innerText(),
    "@bob-ops",
  );
}

await run(async (t) => {
  const browser = await t.browser();
  await startAlone(t, browser);
  const here = await newDevice(t, browser, "alice-dev");
  const there = await newDevice(t, browser, "alice-dev", { userAgent: PHONE });
  const other = await newDevice(t, browser, "bob-ops");
  await revokeTheOther(t, here, there);
  await nextActionShowsIt(t, there);
  await everywhere(t, here, there, other);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
