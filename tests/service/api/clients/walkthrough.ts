// docs/integrating.md once more, with the types that openapi-typescript makes of the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./alongside";

const alongside = createClient<paths>({
  baseUrl: process.env.ALONGSIDE_URL!,
  headers: { Authorization: `Bearer ${process.env.ALONGSIDE_KEY}` },
});
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function good<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.error !== undefined || answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const shared = {
  languages: ["en"],
  timezone: "Europe/London",
  availability: [{ day: "tue", start: "18:00", end: "20:00" }],
  modes: ["voice", "text"],
  age_band: "35-44",
  consent: { matching: true, given_at: "2026-09-01T10:00:00Z" },
} satisfies components["schemas"]["MemberIn"];

async function put(member_id: string, body: components["schemas"]["MemberIn"]) {
  return good(await alongside.PUT("/v1/members/{member_id}", { params: { path: { member_id } }, body }));
}

await put("typescript-1", { ...shared, seeker: { topics: ["bereavement"] } });
await put("typescript-2", { ...shared, supporter: { topics: ["bereavement"] } });
const patched = good(
  await alongside.PATCH("/v1/members/{member_id}", {
    params: { path: { member_id: "typescript-1" } },
    body: { pace: "weekly", gender: null },
    headers: { "Content-Type": "application/merge-patch+json" },
  }),
);
console.log(patched.member_id, patched.pace);

let run = good(
  await alongside.POST("/v1/runs", {
    params: { header: { "Idempotency-Key": `"${crypto.randomUUID()}"` } },
    body: { dry_run: false },
  }),
);
while (run.state === "queued" || run.state === "running") {
  await pause(0.2);
  run = good(await alongside.GET("/v1/runs/{run_id}", { params: { path: { run_id: run.run_id } } }));
}
console.log(run.state, run.counts?.matched);

const page = good(await alongside.GET("/v1/matches", { params: { query: { state: "proposed", limit: 500 } } }));
let match = page.matches.find((found) => found.seeker_id === "typescript-1")!;
const params = { path: { match_id: match.match_id } };
match = good(await alongside.POST("/v1/matches/{match_id}/actions", { params, body: { action: "approve" } }));
const members = { supporter: match.supporter_id, seeker: match.seeker_id };
while (match.awaited.length > 0) {
  const role = match.awaited[0] as keyof typeof members;
  const body = { action: "accept", by: { role, member_id: members[role] } } as const;
  match = good(await alongside.POST("/v1/matches/{match_id}/actions", { params, body }));
}
console.log(match.state);
