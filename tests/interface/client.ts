// A job from its start to its picture, by a client that openapi-typescript made of the document. Prints what it saw.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

type Job = components["schemas"]["JobView"];
type Code = components["schemas"]["Problem"]["code"];

const [, , baseUrl = "", token = ""] = process.argv;
const easel = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const header = { "Idempotency-Key": "lamp-17" };

async function start(): Promise<string> {
  const { data, error } = await easel.POST("/api/aiimage/start", { body: { prompt: "a lamp" }, params: { header } });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data.jobId;
}

async function ended(jobId: string): Promise<Job> {
  for (;;) {
    const query = { wait: 20 };
    const { data, error } = await easel.GET("/api/aiimage/status/{jobId}", { params: { path: { jobId }, query } });
    if (error) throw new Error(`${error.code}: ${error.detail}`);
    if (data && data.status !== "queued" && data.status !== "running") return data;
  }
}

async function link(jobId: string, i: number): Promise<string | null> {
  const params = { path: { jobId, i } };
  const { response } = await easel.GET("/api/aiimage/jobs/{jobId}/images/{i}", { params, redirect: "manual" });
  return response.headers.get("Location");
}

async function refused(): Promise<Code | undefined> {
  const { error } = await easel.POST("/api/aiimage/start", { body: { prompt: "a lamp", aspectRatio: "5:1" } });
  return error?.code;
}

const offered = (await easel.GET("/api/models")).data?.models.map((model) => model.id) ?? [];
const job = await ended(await start());
console.log(
  JSON.stringify({
    jobId: job.jobId,
    status: job.status,
    charged: job.charge.charged,
    width: job.images[0]?.width,
    link: await link(job.jobId, 0),
    offered: offered.includes(job.modelId),
    refused: await refused(),
  }),
);
