import { encodeG711, g711LawOf, g711SampleRate } from "../../audio/g711.ts";
import { bytesFromSamples, samplesFromBytes } from "../../audio/pcm.ts";
import { Resampler } from "../../audio/resample.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ItemId, ResponseId } from "../../lib/ids.ts";
import type { AudioFormat } from "../../protocol/settings.ts";
import type { Ask, AskReply } from "../../protocol/wire.ts";
import { ttsSampleRate } from "../../providers/tts.ts";
import type { GenerationRequest } from "../session/messages.ts";
import type { ActorContext, Behaviour } from "../runtime/actor.ts";
import { handleResponse, newResponse } from "./machine.ts";
import type { ResponseEffect, ResponseMessage, ResponseOutput, ResponseStep } from "./messages.ts";
import type { ResponseSpec, ResponseState } from "./state.ts";

/** What reaches a response's mailbox: messages of its machine without their time, and what only the actor needs. */
export type ResponseInput =
  | { readonly type: "begin"; readonly request: GenerationRequest }
  | { readonly type: "ask"; readonly ask: Ask; readonly reply: (reply: AskReply | undefined) => void }
  | Timeless<Exclude<ResponseMessage, { type: "begin" | "ask" }>>;

type Timeless<M> = M extends unknown ? Omit<M, "at"> : never;

export interface ResponseDeps {
  readonly clock: Clock;
  readonly spec: ResponseSpec;
  readonly format: AudioFormat;
  tellSession(step: ResponseStep): void;
  generate(request: GenerationRequest, refused: (code: string) => void): void;
  synthesize(segment: number, text: string, refused: (code: string) => void): void;
  stopJobs(response: ResponseId): void;
  /** Delivers again what was published lately. */
  repair(): void;
  /** Keeps more of the item's audio, s16le at 24 kHz. */
  keep(item: ItemId, pcm: Uint8Array): void;
  /** The item has all of its audio. */
  kept(item: ItemId): void;
}

interface Life {
  machine: ResponseState;
  request: GenerationRequest | undefined;
  readonly encoder: AudioEncoder;
}

/** One answer as an actor: time, jobs and audio encoding around the machine. If it crashes, what the client was shown
 *  is closed from the last good state. */
export function responseBehaviour(deps: ResponseDeps): Behaviour<ResponseInput, Life> {
  return {
    init: () => ({
      machine: newResponse(deps.spec, deps.clock.monotonic()),
      request: undefined,
      encoder: new AudioEncoder(deps.format),
    }),
    handle: (life, input, context) => {
      const at = deps.clock.monotonic();
      const replies: ((reply: AskReply | undefined) => void)[] = [];
      let message: ResponseMessage;
      if (input.type === "begin") {
        life.request = input.request;
        const { opening } = input.request;
        message = { type: "begin", at, ...(opening !== undefined && { opening }) };
      } else if (input.type === "ask") {
        replies.push(input.reply);
        message = { type: "ask", ask: input.ask, token: 0, at };
      } else message = { ...input, at } as ResponseMessage;
      const { state, effects } = handleResponse(life.machine, message);
      life.machine = state;
      for (const effect of effects) perform(deps, life, effect, context, replies);
      return life;
    },
    stopping: (life, reason) => {
      if (reason.type !== "crashed" || life.machine.phase === "ended") return;
      const { effects } = handleResponse(life.machine, {
        type: "fail",
        code: "ERR_ACTOR_CRASHED",
        at: deps.clock.monotonic(),
      });
      for (const effect of effects) {
        if (effect.type === "step") deps.tellSession(effect.step);
        else if (effect.type === "stop.jobs") deps.stopJobs(deps.spec.id);
      }
    },
  };
}

function perform(
  deps: ResponseDeps,
  life: Life,
  effect: ResponseEffect,
  context: ActorContext<ResponseInput>,
  replies: readonly ((reply: AskReply | undefined) => void)[],
): void {
  const { self } = context;
  switch (effect.type) {
    case "step":
      deps.tellSession(encodeStep(deps, life, effect.step));
      return;
    case "generate":
      if (life.request === undefined) return;
      deps.generate(life.request, (code) => void self.urgent({ type: "refused", segment: undefined, code }));
      return;
    case "synthesize": {
      const { segment, text } = effect;
      deps.synthesize(segment, text, (code) => void self.urgent({ type: "refused", segment, code }));
      return;
    }
    case "reply":
      replies[effect.token]?.(effect.reply);
      return;
    case "stop.jobs":
      deps.stopJobs(deps.spec.id);
      return;
    case "repair":
      deps.repair();
      return;
    case "timer":
      context.timer(effect.key, effect.ms, { type: effect.key });
  }
}

/** Brings audio into the format of the session, and keeps it as it was synthesised. */
function encodeStep(deps: ResponseDeps, life: Life, step: ResponseStep): ResponseStep {
  const output = step.output.flatMap((event): ResponseOutput[] => {
    if (event.type === "response.output_audio.delta") {
      deps.keep(event.item_id as ItemId, event.delta);
      const delta = life.encoder.encode(event.delta);
      return delta.length === 0 ? [] : [{ ...event, delta }];
    }
    if (event.type !== "response.output_audio.done") return [event];
    deps.kept(event.item_id as ItemId);
    const rest = life.encoder.flush();
    return rest.length === 0
      ? [event]
      : [{ ...event, type: "response.output_audio.delta", delta: rest }, event];
  });
  return { ...step, output };
}

class AudioEncoder {
  private readonly format: AudioFormat;
  private resampler: Resampler | undefined;

  constructor(format: AudioFormat) {
    this.format = format;
  }

  /** @param pcm s16le, 24 kHz */
  encode(pcm: Uint8Array): Uint8Array {
    if (this.format.type === "audio/pcm") return pcm;
    this.resampler ??= new Resampler(ttsSampleRate, g711SampleRate);
    return this.toG711(this.resampler.push(samplesFromBytes(pcm)));
  }

  /** What is still in the filter. */
  flush(): Uint8Array {
    const rest = this.resampler?.flush() ?? new Int16Array();
    this.resampler = undefined;
    return this.toG711(rest);
  }

  private toG711(samples: Int16Array): Uint8Array {
    if (this.format.type === "audio/pcm") return bytesFromSamples(samples);
    return encodeG711(g711LawOf(this.format.type), samples);
  }
}
