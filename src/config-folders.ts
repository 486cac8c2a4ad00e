import { isAbsolute, posix, win32 } from "node:path";

/** What the machine itself decides. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly cores: number;
}

/** Where each system wants a program's data and its cache: XDG base directories, Apple's Library, Windows' local
 *  application data. A relative XDG path is to be ignored, says their specification. */
export function defaultFolder(
  kind: "data" | "models",
  env: Readonly<Record<string, string | undefined>>,
  { platform, home }: Machine,
): string {
  if (platform === "win32") {
    return win32.join(env["LOCALAPPDATA"] ?? win32.join(home, "AppData", "Local"), "parley", kind);
  }
  const xdg = env[kind === "data" ? "XDG_DATA_HOME" : "XDG_CACHE_HOME"];
  const tail = kind === "data" ? ["parley"] : ["parley", "models"];
  if (xdg !== undefined && isAbsolute(xdg)) return posix.join(xdg, ...tail);
  if (platform === "darwin") {
    return posix.join(home, "Library", kind === "data" ? "Application Support" : "Caches", ...tail);
  }
  return posix.join(home, ...(kind === "data" ? [".local", "share"] : [".cache"]), ...tail);
}
