import type { RunId, SessionId } from "../../lib/ids.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { Clock } from "../../lib/clock.ts";
import { decodeReply, encodeAsk } from "../../protocol/wire.ts";
import type { AskReply, JobTarget } from "../../protocol/wire.ts";
import { askSubject } from "../../transport/subjects.ts";
import type { Transport } from "../../transport/transport.ts";

const askMsMax = 500;
/** A session that has not got everything yet is asked again, this often and this many times. */
const finishEveryMs = 100;
const finishAsksMax = 20;

interface Asking {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly session: SessionId;
  readonly epoch: number;
  readonly run: RunId;
  readonly target: JobTarget;
}

/** May this run start? `undefined`: nobody answered. */
export async function askStart(asking: Asking): Promise<AskReply | undefined> {
  const reply = await ask(asking, "start");
  return reply === "nobody" ? undefined : reply;
}

/** Has the session got all of this run? Waits a while for it. */
export async function askFinish(asking: Asking, signal: AbortSignal): Promise<AskReply | undefined> {
  for (let asked = 0; asked < finishAsksMax && !signal.aborted; asked += 1) {
    const reply = await ask(asking, "finish");
    if (reply === "nobody") return undefined;
    if (reply !== undefined) return reply;
    await new Promise<void>((resolve) => {
      asking.clock.after(finishEveryMs, resolve);
    });
  }
  return undefined;
}

/** `nobody`: no session is there to ask; `undefined`: it has no answer yet. */
async function ask(asking: Asking, question: "start" | "finish"): Promise<AskReply | "nobody" | undefined> {
  const { transport, session, epoch, run, target } = asking;
  try {
    const reply = await transport.request(
      askSubject(session),
      encodeAsk({ question, target, run, epoch }),
      askMsMax,
    );
    return decodeReply(reply);
  } catch (error) {
    if (error instanceof ParleyError) return error.code === "ERR_NO_RESPONDER" ? "nobody" : undefined;
    throw error;
  }
}
