import { samplesFromBytes, viewAsBytes } from "../../audio/pcm.ts";
import type { RunId } from "../../lib/ids.ts";
import type { WordMark } from "../../protocol/word-mark.ts";
import type { AskReply, Job, JobTarget, LlmJob, Out, SttJob, TtsJob } from "../../protocol/wire.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { LlmProvider } from "../../providers/llm.ts";
import type { SttProvider } from "../../providers/stt.ts";
import type { TtsProvider } from "../../providers/tts.ts";

type Go = Extract<AskReply, { answer: "go" }>;

/** One run of one job. */
export interface Run<J extends Job> {
  readonly job: J;
  readonly run: RunId;
  /** Where to go on; the start unless an earlier run was lost. */
  readonly from: Go;
  readonly signal: AbortSignal;
  /** Packs what it is given before it returns. */
  readonly publish: (out: Out) => void;
}

/** What a run used and made, for its interaction record. */
export interface RunSize {
  /** Bytes of audio or characters of text. */
  readonly inputSize: number;
  readonly outputSize: number;
}

/** How the jobs of one kind are run. */
export interface Stage<J extends Job = Job> {
  readonly name: "stt" | "llm" | "tts";
  readonly provider: string;
  accepts(job: Job): job is J;
  target(job: J): JobTarget;
  /** Cancels of this part stop the run. */
  part(job: J): string;
  /** Publishes everything, and the last result with it. `first` is called when the first output leaves. */
  execute(run: Run<J>, first: () => void): Promise<RunSize>;
  /** The last result of a run that failed. */
  failed(job: J, run: RunId, code: string): Out;
}

export function sttStage(provider: SttProvider): Stage<SttJob> {
  return {
    name: "stt",
    provider: provider.name,
    accepts: (job): job is SttJob => job.type === "stt",
    target: ({ item, end }) => ({ type: "stt", item, end }),
    part: ({ item }) => item,
    async execute({ job, run, signal, publish }, first) {
      const { item, end, language, prompt } = job;
      const { text } = await provider.transcribe({
        audio: samplesFromBytes(job.audio),
        signal,
        ...(language !== undefined && { language }),
        ...(prompt !== undefined && { prompt }),
      });
      first();
      publish({ type: "stt.done", item, end, run, text });
      return { inputSize: job.audio.length, outputSize: text.length };
    },
    failed: ({ item, end }, run, code) => ({ type: "stt.failed", item, end, run, code }),
  };
}

export function llmStage(provider: LlmProvider): Stage<LlmJob> {
  return {
    name: "llm",
    provider: provider.name,
    accepts: (job): job is LlmJob => job.type === "llm",
    target: ({ response }) => ({ type: "llm", response }),
    part: ({ response }) => response,
    async execute({ job, run, from, signal, publish }, first) {
      const { response } = job;
      const { messages, tail, joint, length: begun } = whereToGoOn(job, from, provider.canContinue);
      let length = begun;
      const argumentsLength: number[] = [];
      const { instructions, tools, toolChoice, maxOutputTokens, parallelToolCalls } = job;
      const events = provider.generate({
        instructions,
        messages,
        tools,
        toolChoice,
        maxOutputTokens,
        parallelToolCalls,
        signal,
        ...tail,
      });
      for await (const event of events) {
        first();
        switch (event.type) {
          case "text": {
            const isWord = length === begun && /^[\p{L}\p{N}]/u.test(event.text);
            const text = isWord ? joint + event.text : event.text;
            publish({ type: "llm.text", response, run, offset: length, text });
            length += text.length;
            break;
          }
          case "call":
            argumentsLength[event.index] = 0;
            publish({
              type: "llm.call",
              response,
              run,
              index: event.index,
              callId: event.callId,
              name: event.name,
            });
            break;
          case "arguments": {
            const offset = argumentsLength[event.index] ?? 0;
            publish({ type: "llm.arguments", response, run, index: event.index, offset, delta: event.delta });
            argumentsLength[event.index] = offset + event.delta.length;
            break;
          }
          case "end":
            publish({ ...event, type: "llm.done", response, run, length, argumentsLength });
        }
      }
      return {
        inputSize: messages.reduce((sum, message) => sum + ("text" in message ? message.text.length : 0), 0),
        outputSize: length,
      };
    },
    failed: ({ response }, run, code) => ({ type: "llm.failed", response, run, code }),
  };
}

/** Asked of a model that is shown its own words as the last of the conversation. */
const goOn =
  "You were cut off by a noise; the user has said nothing. Go on exactly where your last words stop: repeat nothing of " +
  "them, do not mention it, and say nothing if they are complete.";

/** Where in its answer a model goes on: after what an earlier run has delivered, or after what is known of an answer that
 *  was cut off.
 *  @throws {ParleyError} `ERR_CANNOT_CONTINUE` */
function whereToGoOn({ messages, continues }: LlmJob, from: Go, canContinue: boolean) {
  const known = continues?.text.length ?? 0;
  if (from.offset > known && !canContinue) {
    throw new ParleyError("ERR_CANNOT_CONTINUE", "this model cannot go on in the middle of an answer");
  }
  const said = (continues?.heard ?? "") + (from.text ?? continues?.text ?? "");
  const length = Math.max(from.offset, known);
  if (said === "") return { messages, tail: {}, joint: "", length };
  if (canContinue) return { messages, tail: { continueAfter: said }, joint: "", length };
  const shown = [
    ...messages,
    { role: "assistant", text: said },
    { role: "system", text: goOn },
  ] as const satisfies LlmJob["messages"];
  // such a model begins with a word, not with the space before it
  return { messages: shown, tail: {}, joint: /\s$/.test(said) ? "" : " ", length };
}

export function ttsStage(provider: TtsProvider): Stage<TtsJob> {
  return {
    name: "tts",
    provider: provider.name,
    accepts: (job): job is TtsJob => job.type === "tts",
    target: ({ response, segment }) => ({ type: "tts", response, segment }),
    part: ({ response }) => response,
    async execute({ job, run, from, signal, publish }, first) {
      const { response, segment, text, voice, speed, answer } = job;
      if (from.offset > 0 && !provider.repeatable) {
        throw new ParleyError("ERR_CANNOT_CONTINUE", "this voice cannot go on in the middle of a segment");
      }
      let at = 0;
      let marks: readonly WordMark[] | undefined;
      const request = { text, voice, speed, signal, ...(answer !== undefined && { answer }) };
      for await (const chunk of provider.synthesize(request)) {
        const { pcm } = chunk;
        // marks of audio that is not sent again go along: the session leaves out those that it has
        if (chunk.marks !== undefined) marks = [...(marks ?? []), ...chunk.marks];
        // what an earlier run has delivered is made again, but not sent again
        const fresh = pcm.subarray(Math.min(pcm.length, Math.max(0, from.offset - at)));
        if (fresh.length > 0) {
          first();
          const offset = at + pcm.length - fresh.length;
          publish({
            type: "tts.audio",
            response,
            segment,
            run,
            offset,
            pcm: viewAsBytes(fresh),
            ...(marks !== undefined && { marks }),
          });
          marks = marks && [];
        }
        at += pcm.length;
      }
      publish({ type: "tts.done", response, segment, run, length: at });
      return { inputSize: text.length, outputSize: at * 2 };
    },
    failed: ({ response, segment }, run, code) => ({ type: "tts.failed", response, segment, run, code }),
  };
}
