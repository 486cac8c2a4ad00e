import type { TenantId } from "../lib/ids.ts";
import type { Peer } from "./fetch-adapter.ts";

/** What a REST handler finds in its context. */
export interface RestEnv {
  Bindings: Peer;
  /** Set once the key of the request was found good. */
  Variables: { tenant: TenantId };
}
