import { Hearing } from "../listener/hearing.ts";
import { isInputFull } from "./client-handlers.ts";
import { bytesPerMs } from "./format.ts";
import type { SessionState } from "./state.ts";

/** Audio written to the input buffer since the session's state last changed. Audio frames are nearly all that a session
 *  is sent: they are added up here, and the machine is told before whatever else it handles next, so that a frame costs no
 *  message, effects and new state. */
export class WrittenAudio {
  /** How far the listener has come with it. */
  readonly hearing = new Hearing();
  private newMs = 0;

  /** Takes what the machine would take. @returns false: the machine says why not */
  take(state: SessionState, audio: Uint8Array): boolean {
    const { judgedMs } = this.hearing;
    if (isInputFull(state, { writtenMs: this.total(state), judgedMs })) return false;
    this.newMs += audio.length / bytesPerMs(state.config.audio.input.format);
    return true;
  }

  private total(state: SessionState): number {
    return state.input.writtenMs + this.newMs;
  }

  /** The state that knows of all of it, and of what was judged; nothing is new from here on. */
  countedIn(state: SessionState): SessionState {
    const { judgedMs } = this.hearing;
    if (this.newMs === 0 && judgedMs === state.input.judgedMs) return state;
    const counted = { ...state, input: { ...state.input, writtenMs: this.total(state), judgedMs } };
    this.newMs = 0;
    return counted;
  }
}
