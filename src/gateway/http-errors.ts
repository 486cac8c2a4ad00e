import type { RealtimeError } from "../protocol/realtime-error.ts";

/** Error body of every HTTP answer, in the shape of the OpenAI API. */
export interface ApiError {
  readonly error: {
    readonly message: string;
    readonly type: RealtimeError["type"];
    readonly param: string | null;
    readonly code: string;
  };
}

export function invalidRequest(code: string, message: string, param: string | null = null): ApiError {
  return { error: { message, type: "invalid_request_error", param, code } };
}

export function serverError(code: string, message: string): ApiError {
  return { error: { message, type: "server_error", param: null, code } };
}

export function rateLimited(message: string): ApiError {
  return { error: { message, type: "rate_limit_error", param: null, code: "rate_limit_exceeded" } };
}

/** What a client's event would be answered with, as an HTTP answer. */
export function protocolError({ message, type, param, code }: RealtimeError): ApiError {
  return { error: { message, type, param: param === "" ? null : param, code } };
}

/** Seconds after which a client that got 503 may try again. */
export const retryAfterSeconds = 5;
