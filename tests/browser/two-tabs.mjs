// Two tabs of one browser start a sign-in before either finishes; both finish, in both orders (o23, o24).

import {
  finishSignIn,
  fetchJson,
  openPortal,
  replay,
  run,
  sees,
  sessionCookie,
  startSignIn,
} from "./lib.mjs";

const ORDERS = [
  ["first started, first finished", [0, 1], ["alice-dev", "alice-dev"]],
  ["first started, last finished", [1, 0], ["alice-dev", "alice-dev"]],
  ["the second finishes as somebody else", [0, 1], ["alice-dev", "bob-ops"]],
];

async function bothFinish(t, browser, [name, order, logins]) {
  const context = await t.device(browser);
  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) await openPortal(tab, t.base, "out");
  for (const tab of tabs) await startSignIn(tab);
  for (const index of order) {
    await t.holds(`${name}: tab ${index + 1} ends on the portal, signed in`, () =>
      finishSignIn(tabs[index], t.base, logins[index]),
    );
    t.equal(
      `${name}: tab ${index + 1} shows its user`,
      await tabs[index].locator("#me-login").innerText(),
      `@${logins[index]}`,
    );
    t.equal(
      `${name}: tab ${index + 1} shows no error`,
      await tabs[index].locator("#alert").innerText(),
      "",
    );
  }
  await lastOneCounts(t, context, tabs, name, logins[order.at(-1)]);
  await t.shot(tabs[0], name.replaceAll(/\W+/g, "-"));
  await context.close();
}

/** The browser has one cookie, so after a reload both tabs are whoever finished last. */
async function lastOneCounts(t, context, tabs, name, login) {
  for (const [index, tab] of tabs.entries()) {
    await tab.reload();
    await t.holds(`${name}: tab ${index + 1} is signed in after a reload`, () => sees(tab, "in"));
    t.equal(
      `${name}: tab ${index + 1} is then the last user`,
      await tab.locator("#me-login").innerText(),
      `@${login}`,
    );
  }
  const { value } = await sessionCookie(context, t.base);
  t.equal(
    `${name}: the cookie is the last user's`,
    (await replay(t.base, value)).body?.github_login,
    login,
  );
  const { data } = await fetchJson(tabs[0], "/api/v1/sessions");
  t.equal(`${name}: one session is this one`, data.filter((session) => session.current).length, 1);
}

await run(async (t) => {
  const browser = await t.browser();
  for (const order of ORDERS) await bothFinish(t, browser, order);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
