// The dashboard of Contox: projects, their secrets, and how to send what they sign.
//
// 1. The credential is the HttpOnly cookie; this script never sees it and keeps nothing in storage.
// 2. What comes from the server reaches the page as text (`textContent`), never as markup.
// 3. A secret is on the page only while it is shown: hiding it, signing out or a 401 takes it away.

const API = "/api";
const $ = (id) => document.getElementById(id);

/** A refusal, or no answer at all (`status` 0). */
class Refusal extends Error {
  constructor(status, message, requestId) {
    super(message);
    Object.assign(this, { status, requestId });
  }
}

const UNREACHABLE = "The server could not be reached. Check your connection and try again.";

async function call(method, path, body) {
  const options = { method, cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(API + path, options).catch(() => {
    throw new Refusal(0, UNREACHABLE);
  });
  if (response.ok) return response.status === 204 ? null : response.json();
  const { error } = await response.json().catch(() => ({}));
  const message = error ?? `The server answered ${response.status}.`;
  throw new Refusal(response.status, message, response.headers.get("x-request-id"));
}

const VIEWS = { in: "signed-in", out: "signed-out", error: "unavailable" };

function view(name) {
  const first = document.documentElement.dataset.view === undefined;
  for (const [key, id] of Object.entries(VIEWS)) $(id).hidden = key !== name;
  $("account").hidden = name !== "in";
  document.documentElement.dataset.view = name;
  if (!first && name !== "in") $(`${VIEWS[name]}-title`).focus();
}

const isIn = () => document.documentElement.dataset.view === "in";

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

/** Empties what was private, and shows the view in its place. */
function leave(name) {
  hush();
  if ($("confirm").open) $("confirm").close("no");
  $("project-form").reset();
  nameProblem();
  $("project-list").replaceChildren();
  $("project-list").setAttribute("aria-busy", "true");
  showLines();
  view(name);
}

/** The one place where a failure becomes a view or a message. */
function trouble(cause) {
  const known = cause instanceof Refusal;
  if (!known) console.error(cause);
  const text = known ? cause.message : "Something went wrong on this page. Reload it to try again.";
  if (cause.status === 401) {
    const wasIn = isIn();
    leave("out");
    if (wasIn) say("status", "You are no longer signed in on this device. Sign in again to go on.");
    return;
  }
  if (isIn()) return say("alert", text, cause.requestId);
  leave("error");
  tell($("unavailable-reason"), text, cause.requestId);
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

/** Asks for the projects, and with them whether somebody is signed in. */
async function load() {
  const projects = await call("GET", "/projects");
  $("project-list").replaceChildren(...projects.map(row));
  $("project-list").setAttribute("aria-busy", "false");
  settle();
  showLines();
  view("in");
}

const settle = () => ($("project-empty").hidden = $("project-list").children.length > 0);

function row({ id, name }) {
  const element = $("project-row").content.firstElementChild.cloneNode(true);
  const part = (wanted) => element.querySelector(`[data-part="${wanted}"]`);
  const path = `/projects/${encodeURIComponent(id)}/hmac-secret`;
  part("name").textContent = name;
  part("id").textContent = id;
  part("shown").id = `secret-${id}`;
  part("show").setAttribute("aria-controls", `secret-${id}`);
  label(false);

  /** A button's name begins with what it shows, and says for which project. */
  function label(shown) {
    part("show").textContent = shown ? "Hide secret" : "Show secret";
    part("show").setAttribute("aria-label", `${part("show").textContent} of ${name}`);
    part("rotate").setAttribute("aria-label", `Rotate secret of ${name}`);
    part("show").setAttribute("aria-expanded", String(shown));
    part("shown").hidden = !shown;
  }

  function reveal({ secret, previousValidUntil }) {
    part("secret").textContent = secret;
    part("previous").textContent = previousValidUntil
      ? `The one before it is good until ${new Date(previousValidUntil).toLocaleString("en")}.`
      : "";
    label(true);
    showLines(id);
  }

  async function toggle() {
    if (part("shown").hidden) return reveal(await call("GET", path));
    part("secret").textContent = part("previous").textContent = "";
    label(false);
  }

  async function rotate() {
    const warning = `“${name}” gets a new secret. The present one is good for 24 hours more. Older ones keep the time they have.`;
    if (!(await confirmed("Rotate the secret?", warning))) return;
    reveal(await call("POST", `${path}/rotate`));
    say("status", `“${name}” has a new secret.`);
  }

  part("show").addEventListener("click", (event) => act(event.currentTarget, toggle));
  part("rotate").addEventListener("click", (event) => act(event.currentTarget, rotate));
  return element;
}

/** Asks before what cannot be undone; true for yes. Escape and Cancel are no. */
function confirmed(title, text) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** What to type to send an event; the secret is asked for, so that no history keeps it. */
function showLines(project = "proj_…") {
  $("ingest-code").textContent = `read -rs SECRET   # paste the secret, then Enter
body='{"type":"note","text":"hello"}'
time=$(date +%s)
hmac=$(printf '%s.%s' "$time" "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')
curl -i ${location.origin}/api/v2/ingest -H 'Content-Type: application/json' \\
  -H 'X-Contox-Project: ${project}' -H "X-Contox-Timestamp: $time" \\
  -H "X-Contox-Signature: sha256=$hmac" -d "$body"`;
}

async function create() {
  const field = $("project-name");
  const name = field.value.trim();
  nameProblem(name ? "" : "Give the project a name.");
  if (!name) return field.focus();
  try {
    $("project-list").append(row(await call("POST", "/projects", { name })));
  } catch (cause) {
    if (![400, 409, 422].includes(cause.status)) throw cause;
    nameProblem(cause.message, cause.requestId);
    return field.focus();
  }
  settle();
  field.value = "";
  say("status", `“${name}” was created.`);
}

function nameProblem(text = "", requestId) {
  $("project-name").setAttribute("aria-invalid", String(text !== ""));
  tell($("project-problem"), text, requestId);
}

async function signOut() {
  await call("POST", "/auth/logout");
  leave("out");
  say("status", "You are signed out on this device.");
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
  await load().catch(trouble);
  if (problem) say("status", problem);
}

/** Asks again whether somebody is signed in; if the server is out of reach, nobody asked it anything. */
const recheck = () => isIn() && call("GET", "/projects").catch((cause) => cause.status === 401 && trouble(cause));

$("sign-out").addEventListener("click", (event) => act(event.currentTarget, signOut));
$("retry").addEventListener("click", (event) => act(event.currentTarget, load));
$("dismiss").addEventListener("click", () => (hush(), $("main").focus()));
$("project-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act($("project-create"), create);
});
addEventListener("pageshow", (event) => event.persisted && recheck());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && recheck());
start();
