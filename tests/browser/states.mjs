// What the page says when a sign-in was declined, the server is ill, or the network is gone. The answers of
// an ill server are put in by the browser; everything else is the real server.

import { message, openPortal, run, sees, signIn } from "./lib.mjs";

const ILL = {
  error: {
    code: "unavailable",
    message: "The session store <b>does not</b> answer.",
    request_id: "req_states",
  },
};
const answer = (status, body) => (route) =>
  route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });

async function declined(t, page) {
  await page.goto(`${t.base}/portal?error=access_denied`);
  await sees(page, "out");
  t.ok(
    "a declined sign-in gets a polite notice",
    (await message(page)).includes("You cancelled the sign-in at GitHub"),
  );
  t.equal("the notice's cause leaves the address", page.url(), `${t.base}/portal`);
  await t.shot(page, "declined");
  await page.locator("#dismiss").click();
  t.equal("the notice can be dismissed", await page.locator("#status").innerText(), "");
  await page.goto(`${t.base}/portal?error=%3Cb%3Eanything`);
  t.equal(
    "any other error is told without its text",
    await message(page),
    "The sign-in did not finish. Please try again.",
  );
}

async function ill(t, page) {
  t.expect(503, "/api/v1/");
  await page.route("**/api/v1/me", answer(503, ILL));
  await openPortal(page, t.base, "error");
  const text = await page.locator("#unavailable-reason").innerText();
  t.ok("an ill server is not taken for signed out", await page.locator("#sign-in").isHidden());
  t.ok("its reason is shown as text", text.includes("<b>does not</b>"), text);
  t.ok("with the request's id", text.includes("req_states"), text);
  await t.shot(page, "unavailable");
  await page.unroute("**/api/v1/me");
  await page.locator("#retry").click();
  await t.holds("Try again recovers", () => sees(page, "out"));
}

async function illLater(t, page) {
  await signIn(page, t.base);
  await page.route("**/api/v1/auth/logout", answer(503, ILL));
  await page.locator("#sign-out").click();
  t.ok(
    "a sign-out that failed is not called done",
    (await message(page, "alert")).includes("req_states"),
  );
  t.ok("and the page stays signed in", await page.locator("#signed-in").isVisible());
  await page.unroute("**/api/v1/auth/logout");

  await page.route("**/api/v1/agents?*", answer(503, ILL));
  await page.reload();
  await sees(page, "in");
  t.equal(
    "a list that failed offers to try again",
    await page.locator("#agent-more").innerText(),
    "Try again",
  );
  t.ok("and is not called empty", await page.locator("#agent-empty").isHidden());
  await page.unroute("**/api/v1/agents?*");
  await page.locator("#agent-more").click();
  await page.locator("#agent-more").filter({ hasText: "Try again" }).waitFor({ state: "hidden" });
  t.ok(
    "trying again fills it",
    await page.locator("#agent-list > li, #agent-empty:visible").first().isVisible(),
  );
}

/** A sign-out in one tab reaches the other tab without a click. */
async function otherTab(t, context, page) {
  const other = await context.newPage();
  await openPortal(other, t.base, "in");
  await page.locator("#sign-out").click();
  await sees(page, "out");
  await t.holds("a sign-out in one tab shows in the other", () => sees(other, "out"));
}

async function offline(t, context, page) {
  await signIn(page, t.base);
  await context.setOffline(true);
  await page.locator("#sign-out").click();
  t.ok(
    "without a network the page says so",
    (await message(page, "alert")).includes("could not be reached"),
  );
  await context.setOffline(false);
  await page.locator("#sign-out").click();
  await t.holds("with it the same button works", () => sees(page, "out"));
}

await run(async (t) => {
  const context = await t.device(await t.browser());
  const page = await context.newPage();
  await declined(t, page);
  await ill(t, page);
  await illLater(t, page);
  await otherTab(t, context, page);
  await offline(t, context, page);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
