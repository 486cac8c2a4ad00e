import type { SessionId } from "../lib/ids.ts";
import type { JobQueue } from "./transport.ts";

/** Jobs of one response, or of one item to transcribe. */
export const jobSubject = (queue: JobQueue, session: SessionId, part: string): string =>
  `v1.job.${queue}.${session}.${part}`;
/** All jobs of a session in one queue, to purge them. */
export const sessionJobsSubject = (queue: JobQueue, session: SessionId): string =>
  `v1.job.${queue}.${session}.>`;
/** Results of workers, live. */
export const outSubject = (session: SessionId): string => `v1.out.${session}`;
/** Stop the runs of a response. */
export const cancelSubject = (session: SessionId): string => `v1.cancel.${session}`;
/** A worker's questions to the session: may I start, have you got it all? */
export const askSubject = (session: SessionId): string => `v1.ask.${session}`;
