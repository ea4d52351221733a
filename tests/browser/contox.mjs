// Contox' page: signing in, a project, its secret, and the lines to type, which are typed.

import { execFileSync } from "node:child_process";

import { answerYes, message, run, userButton } from "./lib.mjs";
import { contrastFaults, controls, focused, smallTargets, treeFaults } from "./inspect.mjs";

const COOKIE = "contox_session";
const NAME = `Notes <b>${Date.now()}</b>`;

const sees = (page, view) => page.locator(`html[data-view="${view}"]`).waitFor();

async function signIn(page, base) {
  await page.goto(`${base}/contox`);
  await sees(page, "out");
  await page.locator("#sign-in").click();
  await userButton(page, "alice-dev").click();
  await page.waitForURL(`${base}/contox`);
  await sees(page, "in");
}

/** Types what the page says, with the secret where it is asked for; gives the answer of curl. */
async function type(page, secret) {
  const lines = await page.locator("#ingest-code").textContent();
  return execFileSync("bash", ["-c", lines], { input: `${secret}\n`, encoding: "utf8" });
}

async function inspect(t, page, what) {
  t.equal(`${what}: names, landmarks and headings are in order`, await treeFaults(page), []);
  t.equal(`${what}: every target is at least 24 by 24 pixels`, await smallTargets(page), []);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    t.equal(`${what}: text has AA contrast in ${scheme}`, await contrastFaults(page), []);
    await t.shot(page, what.replaceAll(" ", "-"), { scheme });
  }
  await t.shot(page, what.replaceAll(" ", "-"), { width: 320 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  t.ok(`${what}: 320 px need no sideways scrolling`, over <= 0, `${over} px too wide`);
  await page.setViewportSize({ width: 1200, height: 850 });
}

/** Every control can be reached with Tab, in the page's order, visibly. */
async function walk(t, page, what) {
  const wanted = await controls(page);
  await page.locator("body").evaluate((body) => {
    body.tabIndex = -1;
    body.focus();
    body.removeAttribute("tabindex");
  });
  const stops = [];
  for (const _ of wanted) {
    await page.keyboard.press("Tab");
    stops.push(await focused(page));
  }
  const names = stops.map((stop) => stop.name);
  t.equal(`${what}: Tab reaches every control in order`, names, wanted);
  const dark = stops.filter((stop) => !stop.ring || !stop.inView).map((stop) => stop.name);
  t.equal(`${what}: the focus is visible on each`, dark, []);
}

async function projects(t, page) {
  await page.locator("#project-create").click();
  t.ok("a project needs a name", await page.locator("#project-name:invalid").isVisible());
  await page.locator("#project-name").fill("   ");
  await page.locator("#project-create").click();
  t.equal(
    "which is not white space",
    await page.locator("#project-problem").innerText(),
    "Give the project a name.",
  );
  await page.locator("#project-name").fill(NAME);
  await page.keyboard.press("Enter");
  t.ok("Enter creates a project, and the page says so", (await message(page)).includes(NAME));
  const title = await page.locator("#project-list .row-title").innerText();
  t.equal("its name is text, whatever it is", title, NAME);
}

async function secrets(t, page) {
  const show = page.locator('[data-part="show"]').first();
  const shown = page.locator('[data-part="secret"]').first();
  t.equal("a secret is not on the page unasked", await shown.textContent(), "");
  await show.click();
  await shown.filter({ hasText: /^contox_hmac_/ }).waitFor();
  const first = await shown.innerText();
  t.equal("the button says that it is shown", await show.getAttribute("aria-expanded"), "true");
  t.ok("what is to be typed is taken", /^HTTP\S* 202/.test(await type(page, first)));
  t.ok("with another secret it is not", /^HTTP\S* 401/.test(await type(page, `${first}x`)));
  await inspect(t, page, "with a secret shown");
  await walk(t, page, "with a secret shown");
  await page.locator('[data-part="rotate"]').first().click();
  await answerYes(page);
  await shown.filter({ hasNotText: first }).waitFor();
  const second = await shown.innerText();
  const until = await page.locator('[data-part="previous"]').first().innerText();
  t.ok("after a rotation it says how long the old one is good", until.includes("good until"), until);
  for (const secret of [first, second]) {
    const body = `{"at":${Math.random()}}`;
    const lines = page.locator("#ingest-code");
    await lines.evaluate((code, body) => {
      code.textContent = code.textContent.replace(/^body=.*$/m, `body='${body}'`);
    }, body);
    t.ok("old and new are taken", /^HTTP\S* 202/.test(await type(page, secret)));
  }
  await show.click();
  t.equal("hidden, it is not on the page", await shown.textContent(), "");
}

async function signOut(t, page, context) {
  await page.locator('[data-part="show"]').first().click();
  await page.locator("#sign-out").click();
  await sees(page, "out");
  const left = await page.evaluate(() => document.body.innerHTML.includes("contox_hmac_"));
  t.ok("signing out leaves no secret in the page", !left);
  const cookies = await context.cookies(t.base);
  t.ok("nor a cookie", !cookies.some((cookie) => cookie.name === COOKIE));
  await inspect(t, page, "signed out");
  await walk(t, page, "signed out");
}

async function elsewhere(t, page, context) {
  await signIn(page, t.base);
  await context.clearCookies({ name: COOKIE });
  t.expect(401, "/api/projects");
  await page.locator("#project-name").fill("late");
  await page.keyboard.press("Enter");
  await sees(page, "out");
  t.ok("a session that is over shows", (await message(page)).includes("no longer signed in"));
}

await run(async (t) => {
  const context = await t.device(await t.browser());
  const page = await context.newPage();
  t.expect(401, "/api/projects");
  await signIn(page, t.base);
  await projects(t, page);
  await secrets(t, page);
  await signOut(t, page, context);
  await elsewhere(t, page, context);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
