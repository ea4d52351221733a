// What accessibility.mjs measures in a page: controls, focus, names, sizes, contrast.

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** The names of the controls a person should reach, in the page's order. */
export function controls(page) {
  return page.evaluate(
    (selector) =>
      [...document.querySelectorAll(selector)]
        .filter(
          (element) =>
            element.tabIndex >= 0 &&
            !element.disabled &&
            element.checkVisibility({ visibilityProperty: true }),
        )
        .map(
          (element) =>
            element.id || element.getAttribute("aria-label") || element.textContent.trim(),
        ),
    FOCUSABLE,
  );
}

/** The control with the focus: its name, whether a ring shows it, whether it can be seen where it is. */
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
      name: element.id || element.getAttribute("aria-label") || element.textContent.trim(),
      ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      inView:
        top !== null &&
        (element.contains(top) ||
          (top.contains(element) && top !== document.documentElement && top !== document.body)),
    };
  });
}

const NAMED = ["button", "link", "textbox", "list", "image", "dialog"];

/** What the browser tells assistive technology: controls without a name, landmarks, headings that skip a level. */
export async function treeFaults(page) {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  await client.detach();
  const seen = nodes.filter((node) => !node.ignored);
  const faults = seen
    .filter((node) => NAMED.includes(node.role.value) && !node.name?.value?.trim())
    .map((node) => `a ${node.role.value} has no name`);
  const modal = seen.some((node) => node.role.value === "dialog");
  return [...faults, ...(modal ? [] : outlineFaults(seen)), ...doubles(seen)];
}

function outlineFaults(seen) {
  const count = (role) => seen.filter((node) => node.role.value === role).length;
  const faults = ["banner", "main", "contentinfo"]
    .filter((role) => count(role) !== 1)
    .map((role) => `${count(role)} of ${role}`);
  const levels = seen.filter((node) => node.role.value === "heading").map(level);
  if (levels.filter((one) => one === 1).length !== 1) faults.push(`headings of level ${levels}`);
  if (levels.some((one, index) => one - (levels[index - 1] ?? 0) > 1))
    faults.push(`a heading skips a level: ${levels}`);
  return faults;
}

const level = (node) => node.properties.find(({ name }) => name === "level").value.value;

/** Two buttons of one name that do different things cannot be told apart by ear. */
function doubles(seen) {
  const names = seen.filter((node) => node.role.value === "button").map((node) => node.name.value);
  return names
    .filter((name, index) => names.indexOf(name) !== index && !/^(Revoke|Delete) /.test(name))
    .map((name) => `two buttons named ${name}`);
}

/** Controls smaller than 24 by 24 CSS pixels (WCAG 2.2 §2.5.8). */
export function smallTargets(page) {
  return page.evaluate(
    (selector) =>
      [...document.querySelectorAll(selector)]
        .filter((element) => element.tabIndex >= 0 && element.checkVisibility())
        .filter((element) => Math.min(element.offsetWidth, element.offsetHeight) < 24)
        .map((element) => element.id || element.textContent.trim()),
    FOCUSABLE,
  );
}

/** Text whose contrast is under 4.5:1 (3:1 if large), and edges of fields under 3:1 (WCAG 2.2 §1.4.3, §1.4.11). */
export function contrastFaults(page, root = "body") {
  return page.evaluate((selector) => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = (color) => {
      const [r, g, b] = parse(color)
        .slice(0, 3)
        .map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const behind = (element) => {
      for (let up = element; up; up = up.parentElement) {
        const color = getComputedStyle(up).backgroundColor;
        if ((parse(color)[3] ?? 1) === 1) return color;
      }
      return "rgb(255, 255, 255)";
    };
    const faults = [];
    const walker = document.createTreeWalker(
      document.querySelector(selector),
      NodeFilter.SHOW_TEXT,
    );
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (
        !node.data.trim() ||
        !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      )
        continue;
      const style = getComputedStyle(element);
      const large =
        parseFloat(style.fontSize) >= 24 ||
        (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      const got = ratio(style.color, behind(element));
      if (got < (large ? 3 : 4.5)) faults.push(`${got.toFixed(2)}: ${node.data.trim()}`);
    }
    for (const field of document.querySelector(selector).querySelectorAll("input")) {
      if (!field.checkVisibility()) continue;
      const got = ratio(getComputedStyle(field).borderTopColor, behind(field.parentElement));
      if (got < 3) faults.push(`${got.toFixed(2)}: the edge of #${field.id}`);
    }
    return faults;
  }, root);
}
