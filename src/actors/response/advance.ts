import {
  closeItem,
  end,
  openCall,
  openMessage,
  sendAudio,
  showArguments,
  showText,
  step,
  tellSpeech,
  update,
} from "./show.ts";
import type { Work } from "./show.ts";
import { newSegment, samplesPerCharacter } from "./state.ts";
import type { ResponseState, Segment } from "./state.ts";

/** Audio that may be synthesised ahead of what the client has played, ms: bounds the work that a cancel throws away
 *  and the memory that a slow client costs. Not a bound on what is sent: all that is synthesised is sent at once. */
export const aheadMsMax = 10_000;
const samplesPerMs = 24;
/** Segments of one answer that are synthesised at once: under the bound of jobs per subject. */
const speakingMax = 4;

/** @param more that changes with it: a new state for each chunk of audio is what this costs */
export function replaceSegment(
  work: Work,
  index: number,
  change: Partial<Segment>,
  more?: Partial<ResponseState>,
): void {
  const segments = work.state.segments.slice();
  const segment = segments[index];
  if (segment === undefined) return;
  segments[index] = { ...segment, ...change };
  update(work, more === undefined ? { segments } : { segments, ...more });
}

/** Cuts what has arrived into segments and hands each to the log. What is spoken is synthesised meanwhile: its audio leaves
 *  behind the segment's record. */
export function cut(work: Work, pieces: readonly string[]): void {
  for (const text of pieces) {
    if (text === "") continue;
    const { spec, segments, shown } = work.state;
    const last = segments.at(-1);
    const offset = last === undefined ? 0 : last.offset + last.text.length;
    const opening = shown.open === undefined ? openMessage(work) : [];
    const { open } = work.state.shown;
    if (open?.type !== "message") return;
    const index = segments.length;
    const speaks = spec.modality === "audio";
    update(work, { segments: [...segments, newSegment(offset, text, speaks ? "ready" : "logging")] });
    step(
      work,
      opening,
      [{ type: "segment", response: spec.id, item: open.id, segment: index, offset, text }],
      speaks ? {} : { notify: index },
    );
  }
}

/** A text answer has one segment on its way to the log at a time; what arrives meanwhile is the next one. */
export function cutText(work: Work): void {
  const { state } = work;
  if (state.spec.modality !== "text" || state.uncut === "") return;
  if (state.segments.at(-1)?.phase === "logging") return;
  update(work, { uncut: "" });
  cut(work, [state.uncut]);
}

/** Shows, speaks and closes whatever can be by now. */
export function advance(work: Work, at: number): void {
  if (work.state.phase !== "running") return;
  showSegments(work, at);
  speak(work, at);
  const { state } = work;
  const textComplete = state.generation.end !== undefined && state.uncut === "";
  const allShown = state.current === state.segments.length;
  // calls are complete one by one, but come after the whole message
  if (!textComplete || !allShown) return;
  if (state.shown.open?.type === "message") {
    step(work, closeItem(work, state.failure === undefined ? messageStatus(state) : "incomplete"));
  }
  showCalls(work);
  finish(work);
}

const messageStatus = (state: ResponseState) =>
  state.generation.end?.reason === "max_output_tokens" || state.generation.end?.reason === "content_filter"
    ? "incomplete"
    : "completed";

function showSegments(work: Work, at: number): void {
  for (;;) {
    const { state } = work;
    const index = state.current;
    const segment = state.segments[index];
    if (segment === undefined || segment.phase === "logging") return;
    const silent = segment.phase === "silent";
    const heard = segment.waiting.length > 0 || segment.length !== undefined;
    if (!segment.shown && (silent || heard)) {
      showText(work, segment.text);
      replaceSegment(work, index, { shown: true });
    }
    if (segment.waiting.length > 0) {
      if (state.firstAudioAt === undefined) update(work, { firstAudioAt: at });
      for (const pcm of segment.waiting) sendAudio(work, index, pcm);
      replaceSegment(work, index, { waiting: [] });
    }
    if (!silent && segment.phase !== "spoken") return;
    // a voice that failed in its midst has taken its time all the same
    if (!silent || segment.received > 0) tellSpeech(work, index);
    update(work, { current: index + 1 });
  }
}

/** Publishes the jobs of segments that may be spoken now; comes back by timer when playback has made room. */
function speak(work: Work, at: number): void {
  if (work.state.spec.modality !== "audio" || work.state.congested) return;
  for (;;) {
    const { state } = work;
    const index = state.segments.findIndex((segment) => segment.phase === "ready");
    const segment = state.segments[index];
    if (segment === undefined) return;
    if (state.degraded) {
      replaceSegment(work, index, { phase: "silent" });
      showSegments(work, at);
      continue;
    }
    if (state.segments.filter(({ phase }) => phase === "speaking").length >= speakingMax) return;
    const over = aheadMs(state, at) - aheadMsMax;
    if (over > 0) {
      work.effects.push({ type: "timer", key: "speak", ms: Math.ceil(over) });
      return;
    }
    replaceSegment(work, index, { phase: "speaking" });
    update(work, { progressAt: at });
    work.effects.push({ type: "synthesize", segment: index, text: segment.text });
  }
}

/** Audio that is sent or on its way, beyond what the client can have played by now, ms. */
function aheadMs(state: ResponseState, at: number): number {
  const sent = state.shown.audioSamples / samplesPerMs;
  let coming = 0;
  for (const segment of state.segments.slice(state.current)) {
    if (segment.phase !== "speaking" && segment.phase !== "spoken") continue;
    const shown = segment.received - segment.waiting.reduce((sum, pcm) => sum + pcm.length / 2, 0);
    const whole = segment.length ?? Math.max(segment.received, segment.text.length * samplesPerCharacter);
    coming += (whole - shown) / samplesPerMs;
  }
  const played = state.firstAudioAt === undefined ? 0 : Math.min(sent, at - state.firstAudioAt);
  return sent + coming - played;
}

function showCalls(work: Work): void {
  const { calls } = work.state.generation;
  const before = work.state.shown.items.filter((item) => item.type === "function_call").length;
  for (const call of calls.slice(before)) {
    if (work.state.shown.open === undefined) openCall(work, call);
    showArguments(work, call);
    step(work, closeItem(work, isJsonObject(call.arguments) ? "completed" : "incomplete"));
  }
}

function isJsonObject(text: string): boolean {
  if (text === "") return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function finish(work: Work): void {
  const { generation, failure } = work.state;
  if (failure !== undefined) end(work, "failed", { code: failure });
  else if (generation.end?.reason === "max_output_tokens" || generation.end?.reason === "content_filter") {
    end(work, "incomplete", { reason: generation.end.reason });
  } else end(work, "completed");
}
