import type { Clock } from "../../lib/clock.ts";
import type { ResponseStep } from "../response/messages.ts";
import { responseBehaviour } from "../response/response.ts";
import type { ResponseInput } from "../response/response.ts";
import type { ActorContext, ActorRef } from "../runtime/actor.ts";
import type { ItemAudio } from "./item-audio.ts";
import type { SessionJobs } from "./jobs.ts";
import type { SessionEffect } from "./messages.ts";
import type { SessionInput } from "./session-input.ts";
import type { Turns } from "./turns.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Messages that may wait in the mailbox of a session's child. */
export const childMailbox = { normalMax: 8_192, urgentMax: 1_024 } as const;

/** What a response's actor needs of its session. */
interface ResponseChildDeps {
  readonly context: ActorContext<SessionInput>;
  readonly clock: Clock;
  readonly jobs: SessionJobs;
  readonly turns: Turns;
  readonly workers: WorkerLink;
  readonly audio: ItemAudio;
  readonly tellSession: (step: ResponseStep) => void;
}

/** Starts the actor of one response; it stops by itself when it has said its end. */
export function spawnResponse(
  { spec, config }: Extract<SessionEffect, { type: "respond" }>,
  { context, clock, jobs, turns, workers, audio, tellSession }: ResponseChildDeps,
): ActorRef<ResponseInput> {
  const child: ActorRef<ResponseInput> = context.spawn(
    `response-${spec.id.replaceAll("~", "-")}`,
    responseBehaviour({
      clock,
      spec,
      format: config.audio.output.format,
      tellSession: (step) => {
        tellSession(step);
        if (step.ended !== undefined) queueMicrotask(() => void child.stop());
      },
      generate: (request, refused) => jobs.generate(spec.id, request, turns.traceparent(spec.id), refused),
      synthesize: (segment, text, refused) =>
        jobs.synthesize(spec, segment, text, config, turns.traceparent(spec.id), refused),
      stopJobs: (response) => jobs.stop(response, ["llm", "tts1", "tts"]),
      repair: () => workers.repair(),
      keep: (item, pcm) => audio.keep(item, pcm),
      kept: (item) => audio.end(item),
    }),
    childMailbox,
  );
  return child;
}
