/** Cloudflare's Turnstile, where the stage asks whoever has not signed in for a sign of being human.
 *
 * Its script is fetched when somebody first needs it, so that whoever signs in never meets Cloudflare.
 */

import { Problem } from "./client.js";

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
const LOAD_MS = 15_000;
const SOLVE_MS = 180_000; // somebody may have to come back to the tab and tick a box

let loading = null;

/** Solve one challenge in `place`, and use its token, which is good once; the widget is gone afterwards.
 * @template T @param {string} siteKey @param {HTMLElement} place
 * @param {{onAsked: () => void, use: (token: string) => Promise<T>}} then `onAsked` when there is a box to tick
 * @returns {Promise<T>} Throws Problem where the challenge cannot be had or is not passed. */
export async function challenged(siteKey, place, { onAsked, use }) {
  const turnstile = await (loading ??= load());
  let widget;
  try {
    const token = await new Promise((resolve, reject) => {
      const failed = () => (reject(unsolved()), true); // true: we have told them, so that it logs nothing
      setTimeout(failed, SOLVE_MS);
      widget = turnstile.render(place, {
        sitekey: siteKey,
        appearance: "interaction-only",
        size: place.clientWidth < 300 ? "compact" : "flexible", // which is 300 pixels wide at least
        retry: "never",
        "response-field": false,
        "refresh-expired": "never",
        callback: resolve,
        "before-interactive-callback": onAsked,
        "error-callback": failed,
        "timeout-callback": failed,
        "unsupported-callback": failed,
      });
    });
    return await use(token);
  } finally {
    if (widget) turnstile.remove(widget);
  }
}

/** Cloudflare's object, once its script has run; after a failure the next call tries again. */
async function load() {
  const script = Object.assign(document.createElement("script"), { src: SCRIPT, async: true });
  try {
    await new Promise((resolve, reject) => {
      Object.assign(script, { onload: resolve, onerror: reject });
      setTimeout(reject, LOAD_MS);
      document.head.append(script);
    });
    if (window.turnstile) return window.turnstile;
  } catch {
    // told below: the browser says in its console why
  }
  script.remove();
  loading = null;
  throw new Problem({
    code: "no_challenge",
    title: "The check for strangers could not be loaded",
    detail:
      "This server asks whoever has not signed in to pass a check by Cloudflare, and the check did not load. " +
      "Let this browser reach challenges.cloudflare.com and try again, or sign in.",
  });
}

const unsolved = () =>
  new Problem({
    code: "no_challenge",
    title: "The check for strangers was not passed",
    detail: "Cloudflare could not tell that a person is asking. Try again, or sign in.",
  });
