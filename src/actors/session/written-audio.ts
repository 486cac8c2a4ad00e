import { isInputFull, withAudio } from "./client-handlers.ts";
import { bytesPerMs } from "./format.ts";
import type { SessionState } from "./state.ts";

/** Audio written to the input buffer since the session's state last changed. Audio frames are nearly all that a session
 *  is sent: they are added up here, and the machine is told before whatever else it handles next, so that a frame costs no
 *  message, effects and new state. */
export class WrittenAudio {
  private newMs = 0;

  /** Takes what the machine would take. @returns false: the machine says why not */
  take(state: SessionState, audio: Uint8Array): boolean {
    if (isInputFull(state, this.newMs)) return false;
    this.newMs += audio.length / bytesPerMs(state.config.audio.input.format);
    return true;
  }

  /** All audio written since the session's start, ms. */
  total(state: SessionState): number {
    return state.input.writtenMs + this.newMs;
  }

  /** The state that knows of all of it; nothing is new from here on. */
  countedIn(state: SessionState): SessionState {
    if (this.newMs === 0) return state;
    const counted = withAudio(state, this.newMs);
    this.newMs = 0;
    return counted;
  }
}
