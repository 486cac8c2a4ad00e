import { errorCode } from "../../lib/errors.ts";
import type { ItemId, ResponseId, SessionId, TenantId } from "../../lib/ids.ts";
import { encodeCancel, encodeJob } from "../../protocol/wire.ts";
import type { Job } from "../../protocol/wire.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import { voiceName } from "../../protocol/settings.ts";
import type { ResponseConfig } from "../../protocol/response-config.ts";
import { cancelSubject, jobSubject, sessionJobsSubject } from "../../transport/subjects.ts";
import { jobQueues } from "../../transport/transport.ts";
import type { JobQueue, Transport } from "../../transport/transport.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ResponseSpec } from "../response/state.ts";
import type { GenerationRequest } from "./messages.ts";

interface JobsDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly tenant: TenantId;
  readonly session: SessionId;
  epoch(): number;
}

/** Jobs of one session. A job that cannot be queued is told to `refused`, never thrown. */
export class SessionJobs {
  private readonly deps: JobsDeps;

  constructor(deps: JobsDeps) {
    this.deps = deps;
  }

  recognize(
    item: ItemId,
    end: number,
    audio: Uint8Array,
    input: SessionConfig["audio"]["input"],
    traceparent: string | undefined,
    refused: (code: string) => void,
  ): void {
    const { language, prompt } = input.transcription ?? {};
    const job: Job = {
      type: "stt",
      ...this.base(item, traceparent),
      item,
      end,
      audio,
      ...(language !== undefined && { language }),
      ...(prompt !== undefined && { prompt }),
    };
    this.publish("stt", item, `${this.deps.session}:${item}:${end}`, job, refused);
  }

  generate(
    response: ResponseId,
    { config, messages, opening }: GenerationRequest,
    traceparent: string | undefined,
    refused: (code: string) => void,
  ): void {
    const job: Job = {
      type: "llm",
      ...this.base(response, traceparent),
      response,
      instructions: config.instructions,
      messages,
      tools: config.tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
      toolChoice:
        typeof config.tool_choice === "string" ? config.tool_choice : { name: config.tool_choice.name },
      maxOutputTokens: config.max_output_tokens,
      parallelToolCalls: config.parallel_tool_calls,
      ...(opening !== undefined && { continues: { heard: opening.heard, text: opening.text } }),
    };
    this.publish("llm", response, `${response}:llm`, job, refused);
  }

  synthesize(
    { id: response, answer }: ResponseSpec,
    segment: number,
    text: string,
    { audio: { output } }: ResponseConfig,
    traceparent: string | undefined,
    refused: (code: string) => void,
  ): void {
    const job: Job = {
      type: "tts",
      ...this.base(response, traceparent),
      response,
      segment,
      text,
      voice: voiceName(output.voice),
      speed: output.speed,
      answer,
    };
    this.publish(segment === 0 ? "tts1" : "tts", response, `${response}:tts:${segment}`, job, refused);
  }

  /** Runs of the response stop, and its waiting jobs are dropped. */
  stop(part: ResponseId | ItemId, queues: readonly JobQueue[]): void {
    const { transport, session } = this.deps;
    transport.publish(cancelSubject(session), encodeCancel({ part, epoch: this.deps.epoch() }));
    for (const queue of queues) {
      // a job that is not purged asks before it runs, and is dropped then
      transport.jobs.purge(jobSubject(queue, session, part)).catch(() => {});
    }
  }

  /** Nothing of the session is wanted any more. */
  purge(): void {
    const { transport, session } = this.deps;
    for (const queue of jobQueues) transport.jobs.purge(sessionJobsSubject(queue, session)).catch(() => {});
  }

  private base(turn: string, traceparent: string | undefined) {
    const { tenant, session, clock } = this.deps;
    return {
      tenant,
      session,
      epoch: this.deps.epoch(),
      turn,
      at: clock.now(),
      ...(traceparent !== undefined && { traceparent }),
    };
  }

  private publish(
    queue: JobQueue,
    part: string,
    id: string,
    job: Job,
    refused: (code: string) => void,
  ): void {
    const { transport, session } = this.deps;
    transport.jobs.publish(jobSubject(queue, session, part), id, encodeJob(job)).then(
      (outcome) => {
        // an id is used once, so a duplicate is another utterance under the name of one that was: nobody will run it
        if (outcome !== "accepted") refused(outcome === "full" ? "ERR_BUSY" : "ERR_BAD_INPUT");
      },
      (error: unknown) => refused(errorCode(error)),
    );
  }
}
