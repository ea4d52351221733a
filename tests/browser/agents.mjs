// Agents in the page: created, shown as text whatever their names, listed page by page, deleted by an admin
// alone. Wants a server on which carol-admin is an admin and alice-dev is not.

import { answerYes, fetchJson, message, run, sees, signIn } from "./lib.mjs";

const TAG = Date.now();
const HOSTILE = `<img src=x onerror="window.injected = true"> ${TAG}`;
const row = (page, name) => page.locator("#agent-list > li").filter({ hasText: name });

async function create(page, name) {
  await page.locator("#agent-name").fill(name);
  await page.locator("#agent-create").click();
  await row(page, name).waitFor();
}

async function asMember(t, page) {
  await signIn(page, t.base, "alice-dev");
  t.equal("alice-dev is a member", await page.locator("#me-role").innerText(), "Member");
  t.ok("a member is told the rule", await page.locator("#agent-rule").isVisible());
  await page.locator("#agent-name").fill("   ");
  await page.locator("#agent-create").click();
  t.equal(
    "a blank name is refused in place",
    await page.locator("#agent-problem").innerText(),
    "Give the agent a name.",
  );
  await create(page, `Front desk ${TAG}`);
  t.ok("creating says so", (await message(page)).includes(`Front desk ${TAG}`));
  await create(page, HOSTILE);
  t.equal("markup in a name is text", await row(page, HOSTILE).locator("img").count(), 0);
  t.equal("and does not run", await page.evaluate(() => window.injected), undefined);

  t.expect(403, "/api/v1/agents/");
  await row(page, `Front desk ${TAG}`).getByRole("button").click();
  await answerYes(page);
  const text = await message(page, "alert");
  t.ok(
    "a member's deletion is refused, with rule and request id",
    /Only an admin.*req_/s.test(text),
    text,
  );
  t.equal("what was not deleted stays", await row(page, `Front desk ${TAG}`).count(), 1);
  await t.shot(page, "member");
  await page.locator("#sign-out").click();
  await sees(page, "out");
}

async function asAdmin(t, page) {
  await signIn(page, t.base, "carol-admin");
  if (!t.equal("carol-admin is an admin", await page.locator("#me-role").innerText(), "Admin"))
    return;
  for (const name of [`Front desk ${TAG}`, HOSTILE]) {
    await create(page, `${name} again`);
    await row(page, `${name} again`).getByRole("button").click();
    await answerYes(page);
    await row(page, `${name} again`).waitFor({ state: "detached" });
    t.ok("an admin's deletion takes the agent away", (await message(page)).includes("was deleted"));
  }
  const { data } = await fetchJson(page, "/api/v1/agents?limit=100");
  t.ok(
    "the server has deleted it too",
    data.every(({ name }) => !name.includes(`${TAG} again`)),
  );
}

/** The list reads on from the cursor until there is none. */
async function pageByPage(t, page) {
  for (let count = (await everyAgent(page)).length; count < 26; count += 1) {
    const status = await page.evaluate(async (name) => {
      const headers = { "content-type": "application/json" };
      return (
        await fetch("/api/v1/agents", { method: "POST", headers, body: JSON.stringify({ name }) })
      ).status;
    }, `Filler ${count} ${TAG}`);
    if (status !== 201) throw new Error(`creating an agent gave ${status}`);
  }
  const wanted = (await everyAgent(page)).map(({ id }) => id);
  await page.reload();
  await sees(page, "in");
  const shown = page.locator("#agent-list > li");
  t.equal("the first page shows 25 agents", await shown.count(), 25);
  const more = page.locator("#agent-more");
  while (await more.isVisible()) {
    const count = await shown.count();
    await more.click();
    await shown.nth(count).waitFor();
    await page.locator('#agent-list[aria-busy="false"]').waitFor();
  }
  const ids = await shown.evaluateAll((rows) => rows.map((element) => element.dataset.id));
  t.equal("in the end every agent is shown once", ids, wanted);
}

/** Takes away what this script made, as the admin it ends as. */
async function tidy(page) {
  const made = (await everyAgent(page)).filter(({ name }) => name.includes(TAG));
  await page.evaluate(async (agents) => {
    for (const { id } of agents) await fetch(`/api/v1/agents/${id}`, { method: "DELETE" });
  }, made);
}

async function everyAgent(page) {
  const agents = [];
  let cursor = null;
  do {
    const query = cursor ? `?limit=100&cursor=${encodeURIComponent(cursor)}` : "?limit=100";
    const { data, next_cursor: next } = await fetchJson(page, `/api/v1/agents${query}`);
    agents.push(...data);
    cursor = next;
  } while (cursor !== null);
  return agents;
}

await run(async (t) => {
  const context = await t.device(await t.browser());
  const page = await context.newPage();
  await asMember(t, page);
  await asAdmin(t, page);
  await pageByPage(t, page);
  await tidy(page);
  t.clean("no script error, CSP violation or unexpected status on the way");
});
