// Not a test: makes the pictures of the portal for the README, `picture-portal-…png`. Wants a fresh server.

import { message, run, sees, signIn, PHONE } from "./lib.mjs";

const AGENTS = ["Booking line", "Front desk", "Night shift"];

await run(async (t) => {
  const browser = await t.browser();
  const phone = await t.device(browser, { userAgent: PHONE });
  await signIn(await phone.newPage(), t.base);
  const page = await (await t.device(browser)).newPage();
  await signIn(page, t.base);
  for (const name of AGENTS) {
    await page.locator("#agent-name").fill(name);
    await page.locator("#agent-create").click();
    t.ok(`the picture has ${name}`, (await message(page)).includes("was created"));
    await page.locator("#dismiss").click();
  }
  await page.reload();
  await sees(page, "in");
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 360]) await t.shot(page, "portal", { scheme, width });
  }
});
