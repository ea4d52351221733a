// The portal: shows who is signed in and where, and the agents, from the JSON API of the same origin.
//
// 1. The credential is the HttpOnly cookie; this script never sees it and keeps nothing in storage.
// 2. What comes from the server reaches the page as text (`textContent`), never as markup.
// 3. A 401, from whatever call, shows the signed-out view once; nothing here redirects or reloads.
// 4. Signing out empties the page: no name, device or agent stays behind in it.

const API = "/api/v1";
const PAGE = 25;
const $ = (id) => document.getElementById(id);
const channel = new BroadcastChannel("masker-portal");

/** What lives as long as one signed-in view: the user, and the requests to abandon when it ends. */
let visit = null;

/** A refusal, or no answer at all (`status` 0). */
class Refusal extends Error {
  constructor(status, code, message, requestId) {
    super(message);
    Object.assign(this, { status, code, requestId });
  }
}

const UNREACHABLE = "The server could not be reached. Check your connection and try again.";

async function call(method, path, body) {
  const options = { method, cache: "no-store", redirect: "error", signal: visit?.stop.signal };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(API + path, options).catch((cause) => {
    throw cause.name === "AbortError" ? cause : new Refusal(0, "unreachable", UNREACHABLE);
  });
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

async function refusal(response) {
  const { error = {} } = await response.json().catch(() => ({}));
  const requestId = error.request_id ?? response.headers.get("x-request-id");
  const message = error.message ?? `The server answered ${response.status}.`;
  return new Refusal(response.status, error.code, message, requestId);
}

const [MINUTE, HOUR, DAY, YEAR] = [60_000, 3_600_000, 86_400_000, 31_557_600_000];
const SPANS = Object.entries({ year: YEAR, month: YEAR / 12, day: DAY, hour: HOUR, minute: MINUTE });
const relativeFormat = new Intl.RelativeTimeFormat("en");
const absoluteFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** "3 hours ago"; a unit is used from two of it on, so that no number is rounded by half. */
function relative(delta) {
  const span = SPANS.find(([, size]) => Math.abs(delta) >= 2 * size);
  if (!span) return delta > 0 ? "in a moment" : "just now";
  return relativeFormat.format(Math.round(delta / span[1]), span[0]);
}

function showTime(element, iso) {
  const when = new Date(iso);
  element.dateTime = iso;
  element.title = absoluteFormat.format(when);
  element.textContent = relative(when - Date.now());
}

// The first match names it: most browsers claim to be the ones that come after them.
const BROWSERS = { Edge: /\bEdg/, Opera: /\bOPR\//, Firefox: /\b(Firefox|FxiOS)\//,
  Chrome: /(Chrome|Chromium|CriOS)\//, Safari: /\bSafari\// };
const SYSTEMS = { iPhone: /\biPhone\b/, iPad: /\biPad\b/, Android: /\bAndroid\b/, Windows: /\bWindows\b/,
  ChromeOS: /\bCrOS\b/, macOS: /\bMac OS X\b/, Linux: /\bLinux\b/ };
const HANDHELD = ["iPhone", "iPad", "Android"];

/** A name for a person from a `User-Agent`, which is whatever the client claims: shown, never believed. */
function device(userAgent) {
  const text = userAgent ?? "";
  const named = (table) => Object.keys(table).find((name) => table[name].test(text));
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)];
  const name = browser ?? (text.split(/[\s/]/, 1)[0].slice(0, 40) || "Unknown device");
  const icon = HANDHELD.includes(system) ? "phone" : browser ? "screen" : "terminal";
  return { name: system ? `${name} on ${system}` : name, icon };
}

function say(kind, text, requestId) {
  hush();
  tell($(kind), text, requestId);
  $("notice").dataset.kind = kind;
  $("dismiss").hidden = false;
}

function hush() {
  $("status").textContent = $("alert").textContent = "";
  delete $("notice").dataset.kind;
  $("dismiss").hidden = true;
}

/** Text for a person, and the id by which the server's logs know it. */
function tell(element, text, requestId) {
  element.textContent = text;
  if (!requestId) return;
  const code = document.createElement("code");
  code.textContent = ` Reference: ${requestId}`;
  element.append(code);
}

/** Asks before what cannot be undone; true for yes. Escape and Cancel are no. */
function confirmed(title, text, yes) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const VIEWS = { in: "signed-in", out: "signed-out", error: "unavailable" };

function view(name) {
  for (const [key, id] of Object.entries(VIEWS)) $(id).hidden = key !== name;
  $("account").hidden = name !== "in";
  document.documentElement.dataset.view = name;
}

function enter(me) {
  leave();
  visit = { userId: me.user.id, stop: new AbortController() };
  showMe(me);
  view("in");
  return Promise.all([devices.load(), agents.load(), deliveries.load()]);
}

/** Ends the visit and empties what was private. */
function leave() {
  visit?.stop.abort();
  visit = null;
  hush();
  if ($("confirm").open) $("confirm").close("no");
  for (const element of document.querySelectorAll("[data-private]")) element.textContent = "";
  $("agent-form").reset();
  nameProblem();
  devices.clear();
  agents.clear();
  deliveries.clear();
}

/** Shows a gate. Where it takes a view's place the focus goes with it. */
function showGate(name) {
  const first = document.documentElement.dataset.view === undefined;
  leave();
  view(name);
  if (!first) $(`${VIEWS[name]}-title`).focus();
}

function showMe({ user, github_login: login }) {
  const name = user.name || login;
  $("account-login").textContent = $("me-login").textContent = `@${login}`;
  $("me-monogram").textContent = [...name][0].toUpperCase();
  $("me-title").textContent = name;
  $("me-email").textContent = user.email ?? "None verified at GitHub";
  $("me-github-id").textContent = user.github_id;
  $("me-id").textContent = user.id;
  $("me-role").textContent = user.role === "admin" ? "Admin" : "Member";
  $("me-role").dataset.role = user.role;
  $("agent-rule").hidden = user.role === "admin";
  const since = document.createElement("time");
  showTime(since, user.created_at);
  $("me-since").replaceChildren(since);
}

/** Asks who is here and shows the view for the answer. */
async function refresh() {
  const me = await call("GET", "/me");
  if (visit?.userId !== me.user.id) await enter(me);
}

/** The same unasked: if the server is out of reach, the person did nothing that could have failed. */
const recheck = () => refresh().catch((cause) => (cause.status === 401 || !visit) && trouble(cause));

const ENDED = "You are no longer signed in on this device. Sign in again to go on.";

/** The one place where a failure becomes a view or a message. */
function trouble(cause) {
  if (cause.name === "AbortError") return;
  if (cause.status === 401) return signedOut(visit && ENDED);
  const known = cause instanceof Refusal;
  if (!known) console.error(cause);
  const text = known ? cause.message : "Something went wrong on this page. Reload it to try again.";
  if (visit) return say("alert", text, cause.requestId);
  showGate("error");
  tell($("unavailable-reason"), text, cause.requestId);
}

function signedOut(message) {
  if (document.documentElement.dataset.view === "out") return;
  showGate("out");
  if (message) say("status", message);
}

/** Runs what a control stands for, once at a time: while it runs, the control says so and stays focusable. */
async function act(control, work) {
  if (control.getAttribute("aria-disabled") === "true") return;
  control.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (cause) {
    trouble(cause);
  } finally {
    control.removeAttribute("aria-disabled");
  }
}

/** A list that is read page by page: `path` to read, ids of its elements, `row` to draw an item. */
function listing({ path, list, more, empty, row }) {
  const label = $(more).textContent;
  let cursor = null;
  let failed = false;

  async function read() {
    $(list).setAttribute("aria-busy", "true");
    const query = new URLSearchParams(cursor ? { limit: PAGE, cursor } : { limit: PAGE });
    const page = await call("GET", `${path}?${query}`).catch(fail);
    for (const item of page.data) add(item, item.current);
    cursor = page.next_cursor;
    failed = false;
    settle();
  }

  function fail(cause) {
    failed = cause.name !== "AbortError";
    if (failed) settle();
    throw cause;
  }

  function add(item, first = false) {
    if ([...$(list).children].some((known) => known.dataset.id === item.id)) return;
    const element = row(item);
    element.dataset.id = item.id;
    $(list)[first ? "prepend" : "append"](element);
  }

  function settle() {
    $(list).setAttribute("aria-busy", "false");
    $(more).hidden = cursor === null && !failed;
    $(more).textContent = failed ? "Try again" : label;
    if (empty) $(empty).hidden = failed || $(list).children.length > 0 || cursor !== null;
  }

  function clear() {
    [cursor, failed] = [null, false];
    $(list).replaceChildren();
    $(list).setAttribute("aria-busy", "true");
    $(more).hidden = true;
    if (empty) $(empty).hidden = true;
  }

  const load = () => (clear(), read().catch(trouble));
  $(more).addEventListener("click", () => act($(more), read));
  return { load, clear, settle, put: (item) => (add(item, true), settle()) };
}

/** A copy of a template's row with its parts by name, its button wired. */
function draw(template, work) {
  const element = $(template).content.firstElementChild.cloneNode(true);
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  part("action")?.addEventListener("click", (event) => act(event.currentTarget, () => work(element)));
  return { element, part };
}

/** Takes a row away and moves the focus to its neighbour's button, else to the section's heading. */
function drop(element, heading) {
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  const button = neighbour?.querySelector("button");
  element.remove();
  (button ?? $(heading)).focus();
}

const devices = listing({
  path: "/sessions", list: "device-list", more: "device-more",
  row(session) {
    const { name, icon } = device(session.user_agent);
    const { element, part } = draw("device-row", (row) => revoke(session.id, name, row));
    part("icon").setAttribute("href", `#icon-${icon}`);
    part("name").textContent = name;
    part("name").title = session.user_agent ?? "";
    showTime(part("seen"), session.last_seen_at);
    showTime(part("created"), session.created_at);
    showTime(part("expires"), session.expires_at);
    part("action").setAttribute("aria-label", `Revoke ${name}, last seen ${part("seen").textContent}`);
    part(session.current ? "action" : "here").remove();
    return element;
  },
});

const agents = listing({
  path: "/agents", list: "agent-list", more: "agent-more", empty: "agent-empty",
  row(agent) {
    const { element, part } = draw("agent-row", (row) => removeAgent(agent, row));
    part("name").textContent = agent.name;
    part("id").textContent = agent.id;
    showTime(part("created"), agent.created_at);
    part("action").setAttribute("aria-label", `Delete ${agent.name}`);
    return element;
  },
});

const deliveries = listing({
  path: "/deliveries", list: "delivery-list", more: "delivery-more", empty: "delivery-empty",
  row(delivery) {
    const { element, part } = draw("delivery-row");
    part("status").textContent = delivery.status < 400 ? `Taken, ${delivery.status}` : `Refused, ${delivery.status}`;
    part("path").textContent = delivery.path;
    showTime(part("at"), delivery.at);
    if (delivery.reason) part("reason").textContent = delivery.reason;
    else part("reason").remove();
    return element;
  },
});

async function revoke(id, name, row) {
  const warning = `${name} is signed out at once and has to sign in again.`;
  if (!(await confirmed("Revoke this device?", warning, "Revoke"))) return;
  await call("DELETE", `/sessions/${encodeURIComponent(id)}`).catch(unlessGone);
  drop(row, "devices-title");
  say("status", `${name} was signed out.`);
}

async function removeAgent(agent, row) {
  const warning = `“${agent.name}” is deleted for everybody. This cannot be undone.`;
  if (!(await confirmed("Delete this agent?", warning, "Delete"))) return;
  try {
    await call("DELETE", `/agents/${encodeURIComponent(agent.id)}`).catch(unlessGone);
  } catch (cause) {
    if (cause.code !== "forbidden") throw cause;
    const rule = "Only an admin can delete an agent.";
    return say("alert", `${rule} The server said: “${cause.message}”`, cause.requestId);
  }
  drop(row, "agents-title");
  agents.settle();
  say("status", `“${agent.name}” was deleted.`);
}

/** What somebody else removed first is removed. */
const unlessGone = (cause) => cause.status === 404 || Promise.reject(cause);

async function createAgent() {
  const field = $("agent-name");
  const name = field.value.trim();
  nameProblem(name ? "" : "Give the agent a name.");
  if (!name) return field.focus();
  try {
    agents.put(await call("POST", "/agents", { name }));
  } catch (cause) {
    if (cause.status !== 400 && cause.status !== 422) throw cause;
    nameProblem(cause.message, cause.requestId);
    return field.focus();
  }
  field.value = "";
  say("status", `“${name}” was created.`);
}

function nameProblem(text = "", requestId) {
  $("agent-name").setAttribute("aria-invalid", String(text !== ""));
  tell($("agent-problem"), text, requestId);
}

async function signOut() {
  await call("POST", "/auth/logout");
  signedOut("You are signed out on this device.");
  channel.postMessage("signed out");
}

async function signOutEverywhere() {
  const warning = "Every browser that is signed in as you is signed out at once, this one too.";
  if (!(await confirmed("Sign out everywhere?", warning, "Sign out everywhere"))) return;
  await call("POST", "/auth/logout-all");
  signedOut("You are signed out on all your devices.");
  channel.postMessage("signed out");
}

const DENIED = "You cancelled the sign-in at GitHub. Nothing was changed; you can try again.";

/** Reads what the sign-in left in the address, and takes it away so that a reload doesn't repeat it. */
function signInProblem() {
  const error = new URLSearchParams(location.search).get("error");
  if (error === null) return null;
  history.replaceState(null, "", location.pathname);
  return error === "access_denied" ? DENIED : "The sign-in did not finish. Please try again.";
}

async function start() {
  const problem = signInProblem();
  await refresh().catch(trouble);
  if (problem) say("status", problem);
}

$("sign-out").addEventListener("click", (event) => act(event.currentTarget, signOut));
$("sign-out-everywhere").addEventListener("click", (event) => act(event.currentTarget, signOutEverywhere));
$("retry").addEventListener("click", (event) => act(event.currentTarget, refresh));
$("dismiss").addEventListener("click", () => (hush(), $("main").focus()));
$("agent-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act($("agent-create"), createAgent);
});
// Another tab signed out, this one comes back into view or back from the browser's history: ask again.
channel.addEventListener("message", recheck);
addEventListener("pageshow", (event) => event.persisted && recheck());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && recheck());
setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime]")) showTime(time, time.dateTime);
}, MINUTE);
start();
