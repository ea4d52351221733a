// `emulate`, which others wrote, plays GitHub for one redirect URI until its standard input ends:
// `node emulate.mjs <client_id> <client_secret> <redirect_uri>` prints its address.

import { createServer } from "node:net";
import { once } from "node:events";
import { createEmulator } from "emulate";

const [client_id, client_secret, redirect_uri] = process.argv.slice(2);

/** A port that was free a moment ago: emulate wants to be told one. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const users = [
  { login: "alice-dev", name: "Alice Developer", email: "alice@example.com" },
  { login: "bob-ops", name: "Bob Operator", email: "bob@example.org" },
  { login: "carol-admin", name: "Carol Admin", email: "carol@example.com" },
];
const app = { client_id, client_secret, name: "Masker", redirect_uris: [redirect_uri] };
const seed = { github: { users, oauth_apps: [app] } };

const github = await createEmulator({ service: "github", port: await freePort(), seed });
console.log(github.url);
process.stdin.on("end", () => process.exit()).resume();
