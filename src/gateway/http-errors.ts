/** Error body of every HTTP answer, in the shape of the OpenAI API. */
export interface ApiError {
  readonly error: {
    readonly message: string;
    readonly type: "invalid_request_error" | "server_error";
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

/** Seconds after which a client that got 503 may try again. */
export const retryAfterSeconds = 5;
