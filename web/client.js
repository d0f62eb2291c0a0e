/**
 * A small client of Easel's API. Addresses are relative to `base`, so it works under a path prefix too.
 *
 * @typedef {{prompt: string, aspectRatio?: string, quality?: string, modelId?: string, n?: number}} JobRequest
 * @typedef {{url: string, expiresAt: string, address: string, thumbnailUrl: string, width: number, height: number,
 *   mimeType: string, bytes: number}} Picture
 * @typedef {{jobId: string, status: "queued"|"running"|"succeeded"|"failed"|"canceled", modelId: string,
 *   provider: string|null, warnings: string[], effectivePrompt?: string, images: Picture[], createdAt: string,
 *   attempts: {provider: string, model: string, outcome: string|null}[],
 *   progress: {stage: "waiting"|"preparing"|"generating"|"storing", attempt: number},
 *   charge: {held: number, charged: number, returned: number}, error?: {code: string, message: string},
 *   cancelRequested?: boolean, requestId?: string}} Job
 * @typedef {{jobId: string, status: string, credits: {held: number, available: number}, warnings: string[]}} Started
 * @typedef {{jobId: string, jobToken?: string, status?: string, image: string|null, imageUrl?: string,
 *   mimeType?: string, width?: number, height?: number, provider: string|null, modelId?: string,
 *   warnings?: string[]}} Quick
 * @typedef {{id: string, title: string, modes: string[], qualities: string[], nMax: number, until?: string,
 *   promptCharactersMax: number, prices: {size: string, quality: string, credits: number}[]}} Model
 * @typedef {{available: number, held: number, buyUrl?: string}} Credits
 */

const TIMEOUT_MS = 40_000; // the gateway answers within 30 s, whatever happens behind it
const TRIES = 4; // of a request that is safe to repeat, over about 7 seconds
const TRIES_WATCHING = 10; // of a look at a job that goes on anyway, over about a minute
const PAUSE_MAX_MS = 8_000;
const REPEATABLE = new Set(["no_answer", "busy", "internal", "rate_limited"]);
export const FINAL = new Set(["succeeded", "failed", "canceled"]);

/** An error as the API words it (RFC 9457); `code` is stable, `message` says the remedy. */
export class Problem extends Error {
  /** @param {Record<string, any>} members @param {number} [retryAfter] seconds */
  constructor(members, retryAfter = 0) {
    super(String(members.detail ?? ""));
    this.name = "Problem";
    this.title = String(members.title ?? "That did not work");
    this.code = String(members.code);
    this.requestId = String(members.requestId ?? "");
    this.status = Number(members.status ?? 0);
    this.retryAfter = retryAfter;
    /** @type {{field: string, message: string}[]} */
    this.errors = Array.isArray(members.errors) ? members.errors : [];
    this.facts = members;
  }

  /** Whether the same request may succeed in a moment. */
  get passing() {
    return REPEATABLE.has(this.code);
  }
}

/** A key for one submit: sent again with it, a request starts nothing new and costs nothing more. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** About how many credits a request costs by the model's price list: the listed size nearest to its shape decides.
 * @param {Model} model @param {{aspectRatio: string, quality: string, n: number}} wish @returns {number|null} */
export function priceOf(model, { aspectRatio, quality, n }) {
  const ratio = (text, by) => text.split(by).map(Number).reduce((width, height) => width / height);
  const off = (size) => Math.round(1000 * Math.abs(Math.log(ratio(size, "x") / ratio(aspectRatio, ":"))));
  const pixels = (size) => size.split("x").map(Number).reduce((width, height) => width * height);
  const listed = model.prices.filter((price) => price.quality === quality);
  listed.sort((a, b) => off(a.size) - off(b.size) || pixels(a.size) - pixels(b.size));
  return listed.length ? listed[0].credits * n : null;
}

/** One stage's API. Every method throws Problem, and AbortError when its `signal` is used. */
export class Easel {
  #base;
  #token;

  /** @param {{base: string|URL, token?: () => string}} options `token` is asked for at each request */
  constructor({ base, token = () => "" }) {
    this.#base = base;
    this.#token = token;
  }

  /** @returns {Promise<{defaultModelId: string, models: Model[]}>} */
  async models() {
    return (await this.#again(() => this.#send("GET", "api/models"))).body;
  }

  /** @returns {Promise<Credits>} */
  async credits() {
    return (await this.#again(() => this.#send("GET", "api/credits"))).body;
  }

  /** Newest first, without prompts. @param {number} limit @returns {Promise<Job[]>} */
  async jobs(limit) {
    return (await this.#again(() => this.#send("GET", `api/aiimage/jobs?limit=${limit}`))).body.jobs;
  }

  /** Start a job; a lost reply is asked for again with the same key. @param {JobRequest} body
   * @param {string} key @returns {Promise<Started>} */
  async start(body, key) {
    const headers = { "Idempotency-Key": key };
    return (await this.#again(() => this.#send("POST", "api/aiimage/start", { headers, body }))).body;
  }

  /** One picture while you wait, no credentials needed where the stage allows it. Without an owner there is no
   * Idempotency-Key, so this is never repeated. @param {JobRequest} body
   * @param {string} [solved] the token of a challenge, where the stage asks for one @returns {Promise<Quick>} */
  async quick(body, solved = "") {
    const headers = solved ? { "Easel-Turnstile": solved } : {};
    return (await this.#send("POST", "api/generate-images", { headers, body })).body;
  }

  /** A job as it stands; `job` is null when nothing changed since `etag`.
   * @param {string} jobId @param {{wait?: number, etag?: string, jobToken?: string, signal?: AbortSignal}} [options]
   * @returns {Promise<{job: Job|null, etag: string}>} */
  async status(jobId, { wait = 0, etag = "", jobToken = "", signal } = {}) {
    const headers = { ...(etag && { "If-None-Match": etag }), ...(jobToken && { "Easel-Job-Token": jobToken }) };
    const path = `api/aiimage/status/${encodeURIComponent(jobId)}${wait ? `?wait=${wait}` : ""}`;
    const answer = await this.#send("GET", path, { headers, signal });
    const job = answer.body && { ...answer.body, requestId: answer.headers.get("X-Request-Id") ?? "" };
    return { job, etag: answer.headers.get("ETag") ?? etag };
  }

  /** Long-poll a job to its end; short troubles are waited out.
   * @param {string} jobId
   * @param {{jobToken?: string, signal?: AbortSignal, onChange: (job: Job) => void, onTrouble?: () => void}} options
   * @returns {Promise<Job>} */
  async watch(jobId, { jobToken, signal, onChange, onTrouble }) {
    for (let etag = ""; ; ) {
      const asked = performance.now();
      const wait = etag ? 20 : 0;
      const look = () => this.status(jobId, { wait, etag, jobToken, signal });
      const answer = await this.#again(look, { signal, onTrouble, most: TRIES_WATCHING });
      etag = answer.etag;
      if (answer.job) onChange(answer.job);
      if (answer.job && FINAL.has(answer.job.status)) return answer.job;
      if (!answer.job) await sleep(1_000 - (performance.now() - asked), signal); // no news, and no waiting: a slower pace
    }
  }

  /** Put a person's token into a cookie that no script can read. @param {string} token
   * @returns {Promise<{owner: string, expiresAt: string}>} */
  async keep(token) {
    return (await this.#send("POST", "api/session", { headers: { Authorization: `Bearer ${token}` } })).body;
  }

  /** End the session in this browser. */
  async leave() {
    await this.#again(() => this.#send("DELETE", "api/session"));
  }

  /** @param {string} jobId @returns {Promise<Job>} */
  async cancel(jobId) {
    return (await this.#again(() => this.#send("POST", `api/aiimage/jobs/${encodeURIComponent(jobId)}/cancel`))).body;
  }

  /** @param {string} method @param {string} path
   * @param {{headers?: Record<string, string>, body?: object, signal?: AbortSignal}} [options]
   * @returns {Promise<{body: any, headers: Headers}>} `body` is null when nothing changed */
  async #send(method, path, { headers = {}, body, signal } = {}) {
    const token = this.#token();
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const request = {
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    };
    try {
      const response = await fetch(new URL(path, this.#base), request);
      if (response.status === 304 || response.status === 204) return { body: null, headers: response.headers };
      const found = await response.json().catch((error) => (error instanceof SyntaxError ? null : Promise.reject(error)));
      if (response.ok && found) return { body: found, headers: response.headers };
      throw new Problem(found?.code ? found : unknown(response), Number(response.headers.get("Retry-After")) || 0);
    } catch (error) {
      if (error instanceof Problem || signal?.aborted) throw error;
      throw new Problem(silence());
    }
  }

  /** Ask again, a little later each time, while the trouble is a passing one.
   * @template T @param {() => Promise<T>} ask
   * @param {{signal?: AbortSignal, onTrouble?: () => void, most?: number}} [options] @returns {Promise<T>} */
  async #again(ask, { signal, onTrouble, most = TRIES } = {}) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Problem) || !error.passing || tries === most) throw error;
        const asked = 1_000 * error.retryAfter;
        if (asked > PAUSE_MAX_MS) throw error;
        onTrouble?.();
        await sleep(Math.max(asked, Math.min(500 * 2 ** tries, PAUSE_MAX_MS)), signal);
      }
    }
  }
}

const silence = () => ({
  code: "no_answer",
  title: "No answer came",
  detail: "The server could not be reached, or its answer was lost. Check the connection and try again.",
});

/** @param {Response} response */
const unknown = ({ status, headers }) => ({
  ...silence(),
  ...(status < 500 && { code: "unexpected_answer", title: "An answer this page does not understand" }),
  detail: `The server answered ${status}, without saying why. Try again, and name the request id if it stays.`,
  requestId: headers.get("X-Request-Id") ?? headers.get("x-amzn-RequestId") ?? "",
  status,
});

/** @param {number} milliseconds @param {AbortSignal} [signal] @returns {Promise<void>} */
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.max(0, milliseconds));
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
