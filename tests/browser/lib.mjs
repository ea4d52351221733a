// What the browser scripts share: arguments, one line a check, Chromium, watched pages, signing in.
//
// Each script runs as `node <script>.mjs <base_url> <artifacts_dir>`, prints `ok <what>` or
// `not ok <what>: <why>` a check and exits 0 if every check held, else 1. Nothing here sleeps: a script
// waits for a condition, at most `PATIENCE`. A session cookie's value is never printed.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

const { chromium } = createRequire(new URL("../peers/package.json", import.meta.url))(
  "playwright-core",
);

export const COOKIE = "masker_session";
export const LOGINS = ["alice-dev", "bob-ops", "carol-admin"];
export const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 " +
  "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const PATIENCE = 15_000;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What a healthy run may log: the portal asks who is here, and a stand-in has no icon. */
const EXPECTED = [
  [401, "/api/v1/me"],
  [404, "/favicon.ico"],
];

const oneLine = (value) => String(value).replace(/\s+/g, " ").slice(0, 600);

/** The checks of one script, and the browsers they run in. */
class Script {
  failed = 0;
  passed = 0;
  browsers = [];
  pages = [];
  problems = [];
  expected = [...EXPECTED];

  constructor(base, artifacts, rest) {
    Object.assign(this, { base: new URL(base).origin, artifacts, rest });
    this.name = path.basename(process.argv[1], ".mjs");
  }

  ok(what, holds, why = "it does not hold") {
    if (holds) this.passed += 1;
    else this.failed += 1;
    console.log(holds ? `ok ${what}` : `not ok ${what}: ${oneLine(why)}`);
    return Boolean(holds);
  }

  equal(what, actual, wanted) {
    const why = `got ${JSON.stringify(actual)}, wanted ${JSON.stringify(wanted)}`;
    return this.ok(what, isDeepStrictEqual(actual, wanted), why);
  }

  /** Waits for what `work` awaits; its failure is a failed check and not the end of the script. */
  async holds(what, work) {
    try {
      await work();
      return this.ok(what, true);
    } catch (cause) {
      return this.ok(what, false, cause.message);
    }
  }

  /** From here on an answer with this status on this path is no problem. */
  expect(status, pathname) {
    this.expected.push([status, pathname]);
  }

  /** A browser with a fresh profile; `bfcache` keeps pages alive for Back, as people's browsers do. */
  async browser({ bfcache = false } = {}) {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: FLAGS,
      ignoreDefaultArgs: bfcache ? ["--disable-back-forward-cache"] : [],
    });
    this.browsers.push(browser);
    return browser;
  }

  /** A device: a context with cookies of its own, whose pages are watched. */
  async device(browser, options = {}) {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 850 },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    context.on("page", (page) => this.watch(page));
    return context;
  }

  watch(page) {
    this.pages.push(page);
    page.on("pageerror", (error) => this.problems.push(`script error: ${error.message}`));
    page.on("console", (message) => this.hear(message));
    page.on("response", (response) => this.see(response));
  }

  hear(message) {
    const known = message.text().startsWith("Failed to load resource");
    if (known && new URL(message.location().url).pathname !== "/favicon.ico") return; // `see` judges those
    if (known || !["error", "warning"].includes(message.type())) return;
    this.problems.push(`console: ${message.text()}`);
  }

  see(response) {
    const { pathname } = new URL(response.url());
    const fine = this.expected.some(
      ([status, known]) => status === response.status() && pathname.startsWith(known),
    );
    if (response.status() >= 400 && !fine)
      this.problems.push(`${response.status()} from ${pathname}`);
  }

  /** No script error, console error, CSP violation or unexpected status on any page so far. */
  clean(what) {
    this.equal(what, this.problems.splice(0), []);
  }

  async shot(page, name, { scheme = "light", width = 1200, whole = true } = {}) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: width < 600 ? 740 : 850 });
    const file = path.join(this.artifacts, `${this.name}-${name}-${width}-${scheme}.png`);
    await page.screenshot({ path: file, fullPage: whole, animations: "disabled" });
  }

  async close() {
    if (this.failed) await this.showPages();
    await Promise.all(this.browsers.map((browser) => browser.close()));
    if (this.passed + this.failed === 0) this.ok("checks something", false);
    process.exitCode = this.failed ? 1 : 0;
  }

  async showPages() {
    for (const [index, page] of this.pages.entries()) {
      const file = path.join(this.artifacts, `${this.name}-failed-${index}.png`);
      await page.screenshot({ path: file, timeout: PATIENCE }).catch(() => {});
    }
  }
}

/** Runs a script's `main` with its checks. */
export async function run(main) {
  const [base, artifacts, ...rest] = process.argv.slice(2);
  if (!base || !artifacts) {
    console.error(`usage: node ${path.basename(process.argv[1])} <base_url> <artifacts_dir>`);
    process.exit(2);
  }
  mkdirSync(artifacts, { recursive: true });
  const script = new Script(base, artifacts, rest);
  try {
    await main(script);
  } catch (cause) {
    script.ok("runs to its end", false, cause.stack ?? cause);
  } finally {
    await script.close();
  }
}

/** Waits until the portal shows this view (`in`, `out` or `error`) and, signed in, has filled its lists. */
export async function sees(page, view) {
  await page.locator(`html[data-view="${view}"]`).waitFor();
  if (view !== "in") return;
  for (const list of ["#device-list", "#agent-list"]) {
    await page.locator(`${list}[aria-busy="false"]`).waitFor({ state: "attached" });
  }
}

export async function openPortal(page, base, view) {
  await page.goto(`${base}/portal`);
  await sees(page, view);
}

/** A button of the stand-in's page, by the login it shows. */
export const userButton = (page, login) => page.getByRole("button", { name: login });

/** Follows the link to GitHub's page and waits for its buttons. */
export async function startSignIn(page) {
  await page.locator("#sign-in").click();
  await userButton(page, LOGINS[0]).waitFor();
}

export async function finishSignIn(page, base, login) {
  await userButton(page, login).click();
  await page.waitForURL(`${base}/portal`);
  await sees(page, "in");
}

/** The whole way in, from the portal signed out to the portal signed in. */
export async function signIn(page, base, login = LOGINS[0]) {
  await openPortal(page, base, "out");
  await startSignIn(page);
  await finishSignIn(page, base, login);
}

/** Waits for a message of this kind (`status` or `alert`) and gives its text. */
export async function message(page, kind = "status") {
  const element = page.locator(`#${kind}`);
  await element.filter({ hasText: /\S/ }).waitFor();
  return element.innerText();
}

export const answerYes = (page) => page.locator("#confirm-yes").click();

export async function sessionCookie(context, base) {
  const cookies = await context.cookies(base);
  return cookies.find((cookie) => cookie.name === COOKIE);
}

/** What the server says to this cookie value alone, asked without a browser. */
export async function replay(base, value, pathname = "/api/v1/me") {
  const response = await fetch(base + pathname, {
    headers: { cookie: `${COOKIE}=${value}` },
    redirect: "manual",
  });
  const body = await response.json().catch(() => null);
  return { status: response.status, code: body?.error?.code, body };
}

/** JSON from the page itself, with the browser's own cookie. */
export const fetchJson = (page, pathname) =>
  page.evaluate(async (url) => (await fetch(url, { cache: "no-store" })).json(), pathname);
