// The page by keyboard alone, by its accessibility tree, by its colours, and its Content-Security-Policy.

import {
  answerYes,
  message,
  openPortal,
  run,
  sees,
  sessionCookie,
  signIn,
  userButton,
} from "./lib.mjs";
import { contrastFaults, controls, focused, smallTargets, treeFaults } from "./inspect.mjs";

const POLICY = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data:",
  "connect-src": "'self'",
  "form-action": "'self'",
  "base-uri": "'none'",
  "frame-ancestors": "'none'",
};
const MANY_TABS = 80;
const AGENT = `Keyboard ${Date.now()}`;

/** Presses Tab until the focus is on `selector`. */
async function tabTo(page, selector) {
  for (let press = 0; press < MANY_TABS; press += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`Tab never reaches ${selector}`);
}

/** Walks the page with Tab from its start: every control, in the page's order, visibly focused. */
async function walk(t, page, what) {
  const wanted = await controls(page);
  await page.evaluate(() => {
    document.activeElement.blur();
    getSelection().removeAllRanges();
  });
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
  t.ok(`${what}: there are controls to reach`, wanted.length > 2, `${wanted.length} controls`);
  t.equal(
    `${what}: Tab reaches every control in order`,
    stops.map((stop) => stop.name),
    wanted,
  );
  t.equal(
    `${what}: the focus is visible on each`,
    stops.filter((stop) => !stop.ring).map((stop) => stop.name),
    [],
  );
  t.equal(
    `${what}: the focus is never off screen or covered`,
    stops.filter((stop) => !stop.inView).map((stop) => stop.name),
    [],
  );
}

async function inspect(t, page, what) {
  t.equal(
    `${what}: every control, image, list and dialog has a name; landmarks and headings are in order`,
    await treeFaults(page),
    [],
  );
  t.equal(`${what}: every target is at least 24 by 24 pixels`, await smallTargets(page), []);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    t.equal(`${what}: text has AA contrast in ${scheme}`, await contrastFaults(page), []);
  }
  t.equal(
    `${what}: nothing moves under reduced motion`,
    await page.evaluate(() => document.getAnimations().length),
    0,
  );
  await page.setViewportSize({ width: 320, height: 640 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  t.ok(`${what}: 320 px need no sideways scrolling`, over <= 0, `${over} px too wide`);
  await page.setViewportSize({ width: 1200, height: 850 });
}

async function keyboardIn(t, page) {
  await openPortal(page, t.base, "out");
  await walk(t, page, "signed out");
  await inspect(t, page, "signed out");
  await page.reload();
  await sees(page, "out");
  await tabTo(page, "#sign-in");
  await page.keyboard.press("Enter");
  const button = userButton(page, "alice-dev");
  await button.waitFor();
  await button.focus();
  await page.keyboard.press("Enter");
  await t.holds("Enter signs in", () => sees(page, "in"));
}

async function keyboardWork(t, page) {
  await tabTo(page, "#agent-name");
  await page.keyboard.type(AGENT);
  await page.keyboard.press("Enter");
  t.ok("Enter creates an agent, and the page says so", (await message(page)).includes(AGENT));
  await walk(t, page, "signed in");
  await inspect(t, page, "signed in");
  await dialog(t, page);
  await tabTo(page, "#sign-out");
  await page.keyboard.press("Enter");
  await t.holds("Enter signs out", () => sees(page, "out"));
  t.equal(
    "after it the focus is on the new view",
    await page.evaluate(() => document.activeElement.id),
    "signed-out-title",
  );
}

async function dialog(t, page) {
  await tabTo(page, "#sign-out-everywhere");
  await page.keyboard.press("Enter");
  await page.locator("#confirm[open]").waitFor();
  t.equal(
    "the question's focus starts on Cancel",
    await page.evaluate(() => document.activeElement.id),
    "confirm-no",
  );
  t.equal("the question: names are in order", await treeFaults(page), []);
  t.equal("the question: text has AA contrast", await contrastFaults(page, "#confirm"), []);
  const inside = [];
  for (let press = 0; press < 4; press += 1) {
    await page.keyboard.press("Tab");
    inside.push(
      await page.evaluate(
        () =>
          document.activeElement === document.body ||
          Boolean(document.activeElement.closest("#confirm")),
      ),
    );
  }
  t.ok("Tab stays in the question", inside.every(Boolean));
  await page.keyboard.press("Escape");
  await page.locator("#confirm").waitFor({ state: "hidden" });
  t.equal(
    "Escape gives the focus back",
    await page.evaluate(() => document.activeElement.id),
    "sign-out-everywhere",
  );
  t.ok("Escape signs nobody out", await page.locator("#signed-in").isVisible());
}

/** A member's refused deletion is announced, with its reason and the request's id. */
async function refusal(t, page) {
  await signIn(page, t.base);
  t.expect(403, "/api/v1/agents/");
  await page.locator("#agent-list button").first().click();
  await answerYes(page);
  const text = await message(page, "alert");
  t.ok("a member's deletion is refused with the rule", text.includes("Only an admin"), text);
  t.ok("and with the request's id", /req_\S{4}/.test(text), text);
  t.equal("the refusal: names are in order", await treeFaults(page), []);
  t.equal("the refusal: text has AA contrast", await contrastFaults(page, "#notice"), []);
  await t.shot(page, "refused", { scheme: "dark", whole: false });
  await page.locator("#sign-out").click();
  await sees(page, "out");
}

async function policy(t, context) {
  const page = await context.newPage();
  const response = await page.goto(`${t.base}/portal`);
  const header = (await response.headerValue("content-security-policy")) ?? "";
  const sent = Object.fromEntries(
    header.split(";").map((part) => part.trim().split(/ (.*)/s).slice(0, 2)),
  );
  for (const [name, value] of Object.entries(POLICY))
    t.equal(`the policy's ${name} is ${value}`, sent[name], value);
  await sees(page, "out");
  t.clean("no script error, CSP violation or unexpected status on any page");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
  });
  t.equal(
    "the policy stops an injected script",
    await page.evaluate(() => window.injected),
    undefined,
  );
  t.ok(
    "and the browser reports it",
    t.problems.splice(0).some((problem) => /content security policy/i.test(problem)),
  );
}

/** Without script the page still leads to GitHub and back, with a session. */
async function withoutScript(t, browser) {
  const context = await t.device(browser, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${t.base}/portal`);
  t.ok("without script the link is there", await page.locator("#sign-in").isVisible());
  await t.shot(page, "no-script");
  await page.locator("#sign-in").click();
  await userButton(page, "alice-dev").click();
  await page.waitForURL(`${t.base}/portal`);
  t.ok("without script the sign-in still works", await sessionCookie(context, t.base));
}

await run(async (t) => {
  const browser = await t.browser();
  const context = await t.device(browser);
  const page = await context.newPage();
  await keyboardIn(t, page);
  await keyboardWork(t, page);
  await refusal(t, page);
  await withoutScript(t, browser);
  await policy(t, context);
});
