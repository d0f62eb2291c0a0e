/** The page: one form, one picture at a time, and the jobs before it. */

import { challenged } from "./challenge.js";
import { Easel, FINAL, Problem, newKey, priceOf } from "./client.js";
import { arrive, config, leave } from "./signin.js";
import { canvas, choices, failure, figure, make, refusal, shape, tile } from "./views.js";

const RATIOS = ["1:1", "3:2", "2:3", "16:9", "9:16"];
const STAGES = { waiting: "Waiting for a turn", preparing: "Preparing", generating: "Drawing", storing: "Storing" };
const FIELDS = { prompt: "prompt", modelId: "model", n: "n" };
const RECENT = 12;
const TOKEN = "easel.token";
const SESSION = "easel.until"; // when the session ends whose cookie no script can see

const by = (id) => document.getElementById(id);
const form = by("form");
const token = () => sessionStorage.getItem(TOKEN) ?? "";
const until = () => Number(localStorage.getItem(SESSION) ?? 0);
const known = () => Boolean(token()) || until() > Date.now();
const easel = new Easel({ base: document.baseURI, token });
const told = config(document.baseURI); // what this stage says of signing in; it never fails

let models = []; // those that draw from words alone
let busy = false;
let unsure = null; // the submit whose answer was lost: pressing Go again repeats it with the same key
let watching = new AbortController();
let asOf = 0; // the latest look at the account: an older one's answer is dropped

// --- the form -----------------------------------------------------------------------------------------------------

function wish() {
  const { prompt, modelId, aspectRatio, quality, n } = form.elements;
  return {
    prompt: prompt.value,
    modelId: modelId.value,
    aspectRatio: aspectRatio.value,
    quality: quality?.value,
    n: known() ? Number(n.value) : 1,
  };
}

async function offer() {
  models = (await easel.models()).models.filter((model) => model.modes.includes("text_to_image"));
  const cost = (model) => priceOf(model, { aspectRatio: "1:1", quality: "medium", n: 1 }) ?? Infinity;
  const [cheapest] = models.toSorted((a, b) => cost(a) - cost(b) || Boolean(a.until) - Boolean(b.until));
  by("model").replaceChildren(...models.map(({ id, title }) => new Option(title || id, id, false, id === cheapest?.id)));
  chosen();
}

function chosen() {
  const model = models.find(({ id }) => id === by("model").value);
  if (!model) return;
  const before = form.elements.quality?.value;
  const quality = [before, "medium"].find((each) => model.qualities.includes(each)) ?? model.qualities[0];
  by("qualities").replaceChildren(...choices("quality", model.qualities, quality));
  by("n").max = model.nMax;
  priced();
}

function priced() {
  const model = models.find(({ id }) => id === by("model").value);
  const most = model?.promptCharactersMax ?? 32_000;
  const length = [...by("prompt").value.trim()].length;
  by("count").textContent = `${length.toLocaleString()} / ${most.toLocaleString()}`;
  by("count").classList.toggle("over", length > most);
  const credits = model && priceOf(model, wish());
  by("price").textContent = credits ? `About ${credits} ${credits === 1 ? "credit" : "credits"}` : "";
}

function allowed() {
  const signedIn = known();
  by("n").disabled = !signedIn;
  by("forget").hidden = !signedIn;
  by("note").textContent = signedIn
    ? "More may be set aside until it is done; what is not used comes back."
    : "Without a token you can try one picture at a time, where this server allows it.";
  by("go").disabled = busy;
  priced();
}

// --- one picture ---------------------------------------------------------------------------------------------------

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  watching.abort();
  const request = wish();
  const since = performance.now();
  clear();
  by("account").open = false;
  occupy(true, since);
  say(known() ? "Sending" : "Drawing");
  by("pictures").replaceChildren(...Array.from({ length: request.n }, () => canvas(request.aspectRatio)));
  by("pictures").scrollIntoView({ block: "nearest" });
  try {
    await (known() ? signedIn(request, since) : anonymous(request, since));
  } catch (error) {
    trouble(error, unsure ? "Pressing “Make it” again repeats this very request: it is never paid twice." : "");
  }
}

async function signedIn(request, since) {
  const body = JSON.stringify(request);
  if (unsure?.body !== body) unsure = { body, key: newKey() };
  let started;
  try {
    started = await easel.start(request, unsure.key);
    unsure = null;
  } catch (error) {
    if (!error.passing) unsure = null;
    throw error;
  }
  account();
  await follow(started.jobId, { since });
}

async function anonymous(request, since) {
  const quick = await asStranger(request);
  if (!quick.image && !quick.imageUrl) {
    await follow(quick.jobId, { since, jobToken: quick.jobToken });
    return;
  }
  const bytes = Uint8Array.from(atob(quick.image ?? ""), (letter) => letter.charCodeAt(0));
  const url = quick.imageUrl || URL.createObjectURL(new Blob([bytes], { type: quick.mimeType }));
  const image = { ...quick, url, bytes: bytes.length };
  const job = { ...quick, status: "succeeded", images: [image], effectivePrompt: request.prompt };
  show(job, { since, jobToken: quick.jobToken });
  occupy(false);
}

async function asStranger(request) {
  const { turnstile } = await told;
  if (!turnstile) return easel.quick(request);
  say("Checking that a person asks");
  return challenged(turnstile, by("challenge"), {
    onAsked: () => {
      say("Please tick the box");
      by("challenge").scrollIntoView({ block: "nearest" });
    },
    use: (solved) => {
      say("Drawing");
      return easel.quick(request, solved);
    },
  });
}

async function follow(jobId, { since, jobToken }) {
  watching.abort();
  const mine = (watching = new AbortController());
  by("cancel").hidden = !busy || !known();
  by("cancel").onclick = () => cancel(jobId);
  try {
    await easel.watch(jobId, {
      jobToken,
      signal: mine.signal,
      onChange: (job) => show(job, { since, jobToken }),
      onTrouble: () => say("The connection is lost; trying again"),
    });
    occupy(false);
  } catch (error) {
    if (mine.signal.aborted) return;
    trouble(error, error.passing ? "The job goes on without this page; look for it under Recent." : "");
  }
  account();
}

async function cancel(jobId) {
  by("cancel").hidden = true;
  try {
    await easel.cancel(jobId);
  } catch (error) {
    if (error.code !== "job_not_cancelable") by("problem").replaceChildren(refusal(error));
  }
}

// --- what is shown -------------------------------------------------------------------------------------------------

function show(job, { since, jobToken }) {
  const took = Math.max(1, Math.round((performance.now() - since) / 1000));
  by("warnings").replaceChildren(...(job.warnings ?? []).map((warning) => make("li", {}, warning)));
  if (!FINAL.has(job.status)) {
    const attempt = job.progress.attempt > 1 ? `, attempt ${job.progress.attempt}` : "";
    const stopping = "Canceling: a picture already under way may still arrive, and is charged then";
    say(job.cancelRequested ? stopping : `${STAGES[job.progress.stage] ?? job.progress.stage}${attempt}`);
    if (job.cancelRequested) by("cancel").hidden = true;
    return;
  }
  const renew = (index) => async () => (await easel.status(job.jobId, { jobToken })).job.images[index].url;
  const renewable = !job.images[0]?.url.startsWith("blob:");
  by("pictures").replaceChildren(...job.images.map((_, index) => figure(job, index, renewable && renew(index))));
  by("problem").replaceChildren(...(job.status === "failed" ? [failure(job)] : []));
  const model = job.attempts?.findLast(({ outcome }) => outcome === "delivered")?.model ?? job.modelId;
  const maker = `${model} by ${job.provider}`;
  const cost = job.charge ? `, ${job.charge.charged} credits` : "";
  const words = { failed: "", canceled: "Canceled; its credits are back", succeeded: `${maker}${cost}` };
  say(job.status === "succeeded" && Number.isFinite(took) ? `Done in ${took} s: ${words.succeeded}` : words[job.status]);
}

function trouble(error, more) {
  occupy(false);
  say("");
  for (const empty of by("pictures").querySelectorAll(".canvas")) empty.parentElement.remove();
  if (!(error instanceof Problem)) throw error;
  by("problem").replaceChildren(refusal(error, more));
  by("problem").scrollIntoView({ block: "nearest" });
  for (const { field } of error.errors) by(FIELDS[field] ?? "")?.setAttribute("aria-invalid", "true");
  if (error.code === "unauthenticated") {
    if (!token()) localStorage.removeItem(SESSION);
    allowed();
    by("account").open = true;
    by("token").focus();
  }
}

function clear() {
  by("problem").replaceChildren();
  by("warnings").replaceChildren();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const { src } of by("pictures").querySelectorAll("img")) if (src.startsWith("blob:")) URL.revokeObjectURL(src);
}

function say(words) {
  if (by("stage").textContent !== words) by("stage").textContent = words;
  by("progress").hidden = !words;
}

function occupy(now, since = 0) {
  busy = now;
  by("go").disabled = now;
  by("pictures").ariaBusy = String(now);
  by("cancel").hidden = true;
  clearInterval(occupy.ticking);
  const tick = () => (by("elapsed").textContent = now ? `${Math.floor((performance.now() - since) / 1000)} s` : "");
  tick();
  if (now) occupy.ticking = setInterval(tick, 500);
}

// --- the account ---------------------------------------------------------------------------------------------------

async function account(signingIn = false) {
  const mine = (asOf += 1);
  if (!known()) {
    by("credits").textContent = "No token";
    by("recent").hidden = true;
    return;
  }
  try {
    const [credits, jobs] = await Promise.all([easel.credits(), easel.jobs(RECENT)]);
    if (mine !== asOf) return;
    by("credits").textContent = `${credits.available} credits${credits.held ? ` · ${credits.held} held` : ""}`;
    by("recent").hidden = !jobs.length;
    by("strip").replaceChildren(...jobs.map((job) => tile(job, reopen)));
    if (signingIn) by("account").open = false;
  } catch (error) {
    if (mine !== asOf) return;
    by("credits").textContent = "Credits unknown";
    by("recent").hidden = true;
    if (!busy) trouble(error, "");
  }
}

function reopen(job) {
  clear();
  const running = !FINAL.has(job.status);
  const age = Math.max(0, Date.now() - Date.parse(job.createdAt));
  occupy(running, performance.now() - age);
  if (running) by("pictures").replaceChildren(canvas("1:1"));
  follow(job.jobId, { since: running ? performance.now() - age : NaN });
}

async function keep(given) {
  try {
    localStorage.setItem(SESSION, String(Date.parse((await easel.keep(given)).expiresAt)));
    sessionStorage.removeItem(TOKEN);
    by("token").value = "";
  } catch (error) {
    trouble(error, "");
    return false;
  }
  return true;
}

async function signOut() {
  const kept = until() > 0;
  localStorage.removeItem(SESSION);
  by("token").value = "";
  by("keep").checked = false;
  if (kept) await easel.leave().catch((error) => trouble(error, ""));
  signIn(true);
}

/** Offer the issuers' sign-in pages, and take in whoever comes back from them. */
async function welcome() {
  const { signIn: issuers } = await told;
  const buttons = issuers.map((issuer) => {
    const title = issuers.length > 1 ? `Sign in with ${issuer.name}` : "Sign in";
    const button = make("button", { type: "button", className: "quiet" }, title);
    button.addEventListener("click", () => leave(issuer, document.baseURI).catch((error) => trouble(error, "")));
    return button;
  });
  by("issuers").replaceChildren(...buttons);
  const brought = await arrive(issuers, document.baseURI);
  if (!brought) return;
  if (!(await keep(brought))) sessionStorage.setItem(TOKEN, brought); // too long for a cookie: for this tab, then
  allowed();
  account(true);
}

async function signIn(anyway = false) {
  const given = by("token").value.trim().replace(/^Bearer\s+/i, "");
  if (given === token() && !(given && by("keep").checked) && anyway !== true) return;
  if (/[^\x21-\x7e]/.test(given)) {
    const detail = "A token has letters, digits and signs without spaces; copy it again, whole.";
    trouble(new Problem({ code: "unauthenticated", title: "That is not a token", detail }), "");
    return;
  }
  if (given) sessionStorage.setItem(TOKEN, given);
  else sessionStorage.removeItem(TOKEN);
  unsure = null;
  clear();
  if (given && by("keep").checked && !(await keep(given))) return;
  allowed();
  account(true);
}

form.addEventListener("submit", submit);
form.addEventListener("input", (event) => (event.target === by("model") ? chosen() : priced()));
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) form.requestSubmit(by("go"));
});
by("go").addEventListener("click", (event) => event.detail > 1 && event.preventDefault()); // the second of a double click
by("token").addEventListener("change", signIn);
by("account").addEventListener("keydown", (event) => {
  if (event.key === "Escape") by("account").open = false;
});
by("keep").addEventListener("change", () => by("keep").checked && token() && signIn());
by("forget").addEventListener("click", signOut);

by("token").value = token();
by("ratios").replaceChildren(...choices("aspectRatio", RATIOS, "1:1", shape));
allowed();
account();
welcome().catch((error) => trouble(error, ""));
offer().catch((error) => trouble(error, "Reload the page to try again."));
