// A member's passes, asked for and finished by Cloudflare's client of RFC 9577 and 9578.
//
//   node foreign_passes.mjs LIBRARY SITE ORIGIN EPOCH COOKIES TOKEN
//
// Prints, as a JSON array, what it would put into `Authorization` for each pass of the epoch.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Debian 12's node has it under this name only

const [library, site, origin, epoch, cookies, csrf] = process.argv.slice(2);
const { AuthorizationHeader, MediaType, TokenChallenge, publicVerif } = await import(library);
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64url"));

async function challenge() {
  const answer = await fetch(`${origin}/anon/posts`, { method: "POST", body: "{}" });
  const told = answer.headers.get("WWW-Authenticate") ?? "";
  const found = /^PrivateToken challenge="([\w=-]+)"$/.exec(told);
  if (answer.status !== 401 || found === null) throw new Error(`${answer.status} ${told}`);
  return TokenChallenge.deserialize(bytes(found[1]));
}

async function directory() {
  const answer = await fetch(`${site}/.well-known/private-token-issuer-directory`);
  const kind = answer.headers.get("Content-Type");
  if (kind !== MediaType.PRIVATE_TOKEN_ISSUER_DIRECTORY) throw new Error(kind);
  return answer.json();
}

const asked = await challenge();
const published = await directory();
const key = published["token-keys"].find((each) => String(each.epoch) === epoch);
const clients = Array.from(
  { length: published.passes },
  () => new publicVerif.Client(publicVerif.BlindRSAMode.PSS),
);
const requests = [];
for (const client of clients) {
  const request = await client.createTokenRequest(asked, bytes(key["token-key"]));
  requests.push(Buffer.from(request.serialize()).toString("base64url"));
}
const issued = await fetch(site + published["issuer-request-uri"], {
  method: "POST",
  headers: { Cookie: cookies, "X-CSRFToken": csrf, "Content-Type": "application/json" },
  body: JSON.stringify(requests),
});
if (issued.status !== 200) throw new Error(`${issued.status} ${await issued.text()}`);
const responses = await issued.json();
const headers = [];
for (const [at, client] of clients.entries()) {
  const response = client.deserializeTokenResponse(bytes(responses[at]));
  headers.push(new AuthorizationHeader(await client.finalize(response)).toString());
}
console.log(JSON.stringify(headers));
