const localNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a page of this origin may use the server. Requests without an origin do not come from a page of another
 *  site, so they pass.
 *  @param origin header `Origin`, "" when absent
 *  @param host header `Host`
 *  @param allowed origins in full, or `*`; undefined: the server's own host, and pages served from this machine */
export function isOriginAllowed(origin: string, host: string, allowed?: readonly string[]): boolean {
  if (origin === "") return true;
  if (allowed !== undefined) return allowed.includes("*") || allowed.includes(origin);
  if (!URL.canParse(origin)) return false; // also "null", of sandboxed frames and files
  const { host: from, hostname } = new URL(origin);
  return localNames.has(hostname) || from === host.toLowerCase();
}
