/** Signing in by code and PKCE at the issuer that this stage names. No secret is ours to keep, and none is kept.
 *
 * @typedef {{name: string, issuer: string, clientId: string, authorizeUrl: string|null, tokenUrl: string|null,
 *   scope: string, parameters: Record<string, string>, token: "access_token"|"id_token"}} Issuer
 */

import { Problem } from "./client.js";

const PENDING = "easel.signin";
const TIMEOUT_MS = 15_000;

/** Where people sign in, and the site key of the challenge that others solve. @param {string} base
 * @returns {Promise<{signIn: Issuer[], anonymous: boolean, turnstile: string|null}>} */
export async function config(base) {
  try {
    const answer = await fetch(new URL("web/config.json", base), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.ok) return await answer.json();
  } catch (error) {
    console.warn("nobody says where to sign in", error); // pasting a token still works
  }
  return { signIn: [], anonymous: false, turnstile: null };
}

/** Leave for the issuer's own pages; it sends the browser back here. @param {Issuer} issuer @param {string} base */
export async function leave(issuer, base) {
  const { authorizeUrl } = await endpoints(issuer);
  const [state, verifier] = [random(), random()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem(PENDING, JSON.stringify({ name: issuer.name, state, verifier }));
  const address = new URL(authorizeUrl);
  const asked = {
    response_type: "code",
    client_id: issuer.clientId,
    redirect_uri: here(base),
    scope: issuer.scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...issuer.parameters,
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/** The token of somebody who comes back from there; null for everybody else. @param {Issuer[]} issuers
 * @param {string} base @returns {Promise<string|null>} */
export async function arrive(issuers, base) {
  const query = new URLSearchParams(location.search);
  if (!query.has("state") || !(query.has("code") || query.has("error"))) return null;
  history.replaceState(null, "", here(base)); // a code works once, and belongs into nobody's history
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  const issuer = issuers.find(({ name }) => name === pending?.name);
  if (!issuer || pending.state !== query.get("state")) throw refused("It was not begun in this tab; sign in again.");
  if (!query.has("code")) throw refused(query.get("error_description") || "The sign-in pages said no; try again.");
  return exchange(issuer, { code: query.get("code"), code_verifier: pending.verifier, redirect_uri: here(base) });
}

async function exchange(issuer, given) {
  const { tokenUrl } = await endpoints(issuer);
  const body = new URLSearchParams({ grant_type: "authorization_code", client_id: issuer.clientId, ...given });
  try {
    const answer = await fetch(tokenUrl, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const token = (await answer.json())[issuer.token];
    if (answer.ok && token) return token;
  } catch (error) {
    console.warn("no token came", error);
  }
  throw refused("The sign-in pages gave no token; try again.");
}

/** @param {Issuer} issuer */
async function endpoints(issuer) {
  if (issuer.authorizeUrl && issuer.tokenUrl) return issuer;
  try {
    const address = `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const found = await (await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })).json();
    return { authorizeUrl: found.authorization_endpoint, tokenUrl: found.token_endpoint };
  } catch {
    throw refused("The sign-in pages could not be found; try again, or paste a token.");
  }
}

const here = (base) => new URL("./", base).href.split(/[?#]/)[0];
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const refused = (detail) => new Problem({ code: "unauthenticated", title: "You are not signed in", detail });
