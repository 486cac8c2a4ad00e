import { ParleyError } from "../../lib/errors.ts";

/** Statuses that another try may not meet: everything else from 400 to 499 is our request's fault, or our key's. */
const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 425, 429]);

interface ApiFault {
  readonly status: number | undefined;
  readonly param: string;
  readonly code: string;
  readonly text: string;
}

/** What the client library's error says. Read by shape: the library is loaded lazily, and its classes with it. */
export function apiFault(error: unknown): ApiFault {
  const given = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    status: typeof given["status"] === "number" ? given["status"] : undefined,
    param: text(given["param"]),
    code: text(given["code"]),
    text: text(given["message"]),
  };
}

/** Whether the endpoint refused the request because of this parameter. */
export function refusesParameter(error: unknown, parameter: string): boolean {
  const fault = apiFault(error);
  if (fault.status !== 400 && fault.status !== 422) return false;
  return fault.param === parameter || new RegExp(`\\b${parameter}\\b`).test(fault.text);
}

/** The failure as the port names it. Message and cause say nothing of what the server wrote: it may quote the
 *  conversation, or the key. */
export function providerError(name: string, error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const { status, code } = apiFault(error);
  const said = /^[a-z][a-z0-9_]{0,63}$/i.test(code) ? ` (${code})` : "";
  if (status === undefined)
    return new ParleyError("ERR_PROVIDER", `${name}: the connection failed or was cut${said}`);
  const isOurs = status >= 400 && status < 500 && !retryableStatuses.has(status);
  return new ParleyError(
    isOurs ? "ERR_PROVIDER_REJECTED" : "ERR_PROVIDER",
    `${name}: the endpoint answered ${status}${said}`,
  );
}
