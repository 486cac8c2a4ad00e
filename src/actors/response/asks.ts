import type { Ask, AskReply } from "../../protocol/wire.ts";
import { replaceSegment } from "./advance.ts";
import { update } from "./show.ts";
import type { Work } from "./show.ts";

/** Runs of one job that are granted before the job is given up: a job that kills its workers must not do so for ever. */
export const runsGrantedMax = 3;

/** Answers a worker. `undefined`: nothing to say yet, the worker asks again or lets go.
 *  `start` makes the asking run the one that is followed, from exactly where the last one was lost. */
export function answer(work: Work, ask: Ask): AskReply | undefined {
  if (work.state.phase === "ended") return { answer: "drop" };
  if (ask.target.type === "llm")
    return ask.question === "start" ? grantText(work, ask) : confirmText(work, ask);
  if (ask.target.type !== "tts") return undefined;
  return ask.question === "start"
    ? grantSpeech(work, ask, ask.target.segment)
    : confirmSpeech(work, ask, ask.target.segment);
}

function grantText(work: Work, ask: Ask): AskReply | undefined {
  const { generation, segments, uncut } = work.state;
  if (generation.end !== undefined) return { answer: "drop" };
  // the first delivery counts as the first run, whether or not anything of it arrived
  const runsGranted = Math.max(generation.runsGranted, 1) + 1;
  if (runsGranted > runsGrantedMax) return { answer: "bury" };
  const text = segments.map((segment) => segment.text).join("") + uncut;
  // calls are shown only when all has arrived, so those of a lost run leave no trace
  update(work, { generation: { ...generation, run: ask.run, runsGranted, calls: [] } });
  return { answer: "go", offset: generation.length, ...(text !== "" && { text }) };
}

function confirmText(work: Work, ask: Ask): AskReply | undefined {
  const { generation } = work.state;
  if (generation.end === undefined) return undefined;
  return { answer: generation.run === ask.run ? "confirmed" : "drop" };
}

function grantSpeech(work: Work, ask: Ask, index: number): AskReply | undefined {
  const segment = work.state.segments[index];
  if (segment === undefined) return undefined;
  if (segment.phase === "spoken" || segment.phase === "silent") return { answer: "drop" };
  const runsGranted = Math.max(segment.runsGranted, 1) + 1;
  if (runsGranted > runsGrantedMax) return { answer: "bury" };
  replaceSegment(work, index, { run: ask.run, runsGranted });
  return { answer: "go", offset: segment.received };
}

function confirmSpeech(work: Work, ask: Ask, index: number): AskReply | undefined {
  const segment = work.state.segments[index];
  if (segment === undefined || segment.phase === "speaking") return undefined;
  return { answer: segment.run === ask.run ? "confirmed" : "drop" };
}
