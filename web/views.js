/** What the page shows of jobs and problems, as elements. Text from the server becomes text and nothing else. */

import { FINAL } from "./client.js";

const STALE_MS = 150_000; // a link works at least 180 s after it was given out
const FAILURE_REMEDIES = {
  content_refused: "Change the words and try again.",
  providers_unavailable: "Try again in a few minutes, or choose another model.",
  provider_misconfigured: "Choose another model, or try again once the operator has mended it.",
  deadline_exceeded: "Try again, with fewer images or a lower quality.",
  invalid_reference: "Send another reference.",
  internal: "Try again, and name the job if it happens again.",
};

/** An element with properties and children; strings become text. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== "" && child != null));
  return element;
}

/** A few radio buttons that look like chips. @param {(value: string) => Node|string} [mark] drawn before the word */
export function choices(name, values, chosen, mark = () => "") {
  return values.map((value) =>
    make(
      "label",
      { className: "choice" },
      make("input", { type: "radio", name, value, checked: value === chosen }),
      make("span", {}, mark(value), value),
    ),
  );
}

/** A small rectangle of that shape. */
export function shape(ratio) {
  const drawn = make("i", { className: `shape ${wide(ratio) < 1 ? "tall" : ""}`, ariaHidden: "true" });
  drawn.style.aspectRatio = wide(ratio);
  return drawn;
}

/** Where a picture will be. */
export function canvas(ratio) {
  const empty = make("div", { className: "canvas" });
  empty.style.aspectRatio = wide(ratio);
  const framed = make("figure", { ariaHidden: "true" }, empty);
  framed.style.setProperty("--ratio", wide(ratio));
  return framed;
}

/** A picture with its link. `renew` fetches a fresh address once the link has grown old. */
export function figure(job, index, renew) {
  const { url, width, height, mimeType, bytes } = job.images[index];
  const kind = String(mimeType).replace("image/", "");
  const link = make(
    "a",
    { href: safe(url), download: `${job.jobId}-${index}.${kind}`, target: "_blank", rel: "noopener" },
    `Download ${kind.toUpperCase()}`,
  );
  const since = performance.now();
  link.addEventListener("click", async (event) => {
    if (!renew || link.dataset.fresh || performance.now() - since < STALE_MS) return;
    event.preventDefault();
    link.href = safe(await renew());
    link.dataset.fresh = "once";
    link.click();
    delete link.dataset.fresh;
  });
  const alt = job.effectivePrompt || `Picture ${index + 1}`;
  const weight = bytes ? ` · ${(bytes / 1e6).toFixed(1)} MB` : "";
  return make(
    "figure",
    {},
    make("img", { src: safe(url), alt, width, height }),
    make("figcaption", {}, make("span", {}, `${width} × ${height}${weight}`), link),
  );
}

/** A problem in plain words, with what support needs to find it. */
export function notice({ title, message, code, reference, buyUrl }) {
  const buy = buyUrl && make("a", { href: safe(buyUrl), rel: "noopener" }, "Get credits");
  const facts = make("p", { className: "facts" }, make("code", {}, code));
  if (reference) facts.append(" · ", reference.what, " ", make("code", {}, reference.id));
  return make("div", { className: "notice" }, make("strong", {}, title), make("p", {}, message, buy ? " " : "", buy), facts);
}

/** A refused request as a notice. @param {import("./client.js").Problem} problem */
export function refusal(problem, more = "") {
  const unsaid = problem.errors.filter(({ message }) => !problem.message.includes(message));
  const fields = unsaid.map(({ field, message }) => `${field}: ${message}.`);
  const later = problem.retryAfter > 8 ? `Try again in ${waiting(problem.retryAfter)}.` : "";
  return notice({
    title: problem.title,
    message: [problem.message, ...fields, later, more].filter(Boolean).join(" "),
    code: problem.code,
    reference: problem.requestId && { what: "request", id: problem.requestId },
    buyUrl: problem.facts.buyUrl,
  });
}

/** A failed job as a notice. @param {import("./client.js").Job} job */
export function failure(job) {
  const { code, message } = job.error ?? { code: "internal", message: "The job failed." };
  return notice({
    title: "No picture this time",
    message: `${message} ${FAILURE_REMEDIES[code] ?? ""} Its credits are back.`,
    code,
    reference: { what: "job", id: `${job.jobId}${job.requestId ? ` · request ${job.requestId}` : ""}` },
  });
}

/** A recent job as a tile that opens it. */
export function tile(job, open) {
  const when = new Date(job.createdAt).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const inside = job.images.length
    ? make("img", { src: safe(job.images[0].thumbnailUrl), alt: "", loading: "lazy" })
    : make("span", {}, FINAL.has(job.status) ? job.status : "…");
  const many = job.images.length > 1 ? make("b", { ariaHidden: "true" }, String(job.images.length)) : "";
  const button = make("button", { type: "button", title: when, className: job.status }, inside, many);
  button.setAttribute("aria-label", `Job of ${when}, ${job.status}`);
  button.addEventListener("click", () => open(job));
  return make("li", {}, button);
}

const wide = (ratio) => ratio.split(":").map(Number).reduce((width, height) => width / height);

/** An address that a link or image may have; anything but http, https and our own blobs leads nowhere. */
function safe(address) {
  const known = /^(https?|blob):/i;
  return URL.canParse(address) && known.test(new URL(address).protocol) ? address : "about:blank";
}

const waiting = (seconds) =>
  seconds < 100 ? `${seconds} seconds` : seconds < 5_400 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`;
