import { realtimeError } from "../../protocol/realtime-error.ts";
import type { RealtimeError } from "../../protocol/realtime-error.ts";
import type { ResponseObject } from "../../protocol/server-events.ts";
import { beginningResponse, conversationIdOf, textUsage } from "../../protocol/server-events.ts";
import type { ResponseEnd } from "../response/messages.ts";
import { contextLengthExceeded } from "./context.ts";
import type { ActiveResponse, SessionState } from "./state.ts";

/** The response as events show it: beginning, or as it ended. */
export function responseObject(
  state: SessionState,
  { id, outOfBand, config }: ActiveResponse,
  end?: ResponseEnd,
): ResponseObject {
  const conversation = outOfBand ? null : conversationIdOf(state.id);
  const beginning = beginningResponse(id, config, conversation);
  if (end === undefined) return beginning;
  return {
    ...beginning,
    status: end.status,
    status_details: statusDetails(end),
    output: end.items,
    usage: {
      ...textUsage(end.inputTokens, end.cachedTokens, end.textTokens + end.audioTokens),
      output_token_details: { text_tokens: end.textTokens, audio_tokens: end.audioTokens },
    },
  };
}

function statusDetails(end: ResponseEnd): ResponseObject["status_details"] {
  switch (end.status) {
    case "completed":
      return null;
    case "cancelled":
      return {
        type: "cancelled",
        reason: end.reason === "turn_detected" ? "turn_detected" : "client_cancelled",
      };
    case "incomplete":
      return {
        type: "incomplete",
        ...((end.reason === "max_output_tokens" || end.reason === "content_filter") && {
          reason: end.reason,
        }),
      };
    case "failed": {
      const { type, code, message } = errorOfFailure(
        end,
        "The answer could not be completed. You may ask for it again.",
      );
      return {
        type: "failed",
        error: { type, code, message },
      };
    }
  }
}

/** @param otherwise what is said of a failure that the client can do nothing about */
export function errorOfFailure({ code = "server_error" }: ResponseEnd, otherwise: string): RealtimeError {
  return code === contextLengthExceeded
    ? realtimeError.contextTooLong()
    : realtimeError.server(code, otherwise, null);
}
