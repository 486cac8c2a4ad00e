import { createHash } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { randomToken, type TenantId } from "../lib/ids.ts";
import type { SecretGrant } from "../protocol/client-secret.ts";

/** What all secrets together may hold. */
export interface SecretBounds {
  /** Secrets that live at once. */
  readonly secretsMax: number;
  /** Characters of all their session configurations, as JSON. */
  readonly sessionCharsMax: number;
}

export const secretBounds: SecretBounds = { secretsMax: 10_000, sessionCharsMax: 32 * 1024 * 1024 };

interface Secret {
  readonly tenant: TenantId;
  readonly grant: SecretGrant;
  /** s since the Unix epoch */
  readonly expiresAt: number;
  /** Size of its session as JSON. */
  readonly sessionChars: number;
}

export type SecretOutcome =
  | { readonly outcome: "created"; readonly value: string; readonly expiresAt: number }
  /** As many live as may; the first of them expires after `retryAfterSeconds`. */
  | { readonly outcome: "full"; readonly retryAfterSeconds: number };

/** Short-lived keys that open sessions and nothing else. They are in memory only, and only as digests: a restart
 *  forgets them, and who reads the memory cannot use them. */
export class ClientSecrets {
  readonly #clock: Clock;
  readonly #bounds: SecretBounds;
  readonly #byDigest = new Map<string, Secret>();
  #sessionChars = 0;

  constructor(clock: Clock, bounds: SecretBounds = secretBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** A live secret is never dropped for a new one. */
  create(tenant: TenantId, grant: SecretGrant, lifetimeSeconds: number): SecretOutcome {
    this.#forgetExpired();
    const sessionChars = JSON.stringify(grant.session ?? null).length;
    const { secretsMax, sessionCharsMax } = this.#bounds;
    if (this.#byDigest.size >= secretsMax || this.#sessionChars + sessionChars > sessionCharsMax) {
      return { outcome: "full", retryAfterSeconds: this.#secondsToNextExpiry() };
    }
    const value = `ek_${randomToken()}`;
    const expiresAt = Math.floor(this.#clock.now() / 1_000) + lifetimeSeconds;
    this.#byDigest.set(digestOf(value), { tenant, grant, expiresAt, sessionChars });
    this.#sessionChars += sessionChars;
    return { outcome: "created", value, expiresAt };
  }

  /** The secret, while it lives. The look-up is by digest, so its time tells nothing of other secrets. */
  find(value: string): { readonly tenant: TenantId; readonly grant: SecretGrant } | undefined {
    const secret = this.#byDigest.get(digestOf(value));
    return secret !== undefined && this.#isLive(secret) ? secret : undefined;
  }

  #isLive({ expiresAt }: Secret): boolean {
    return this.#clock.now() < expiresAt * 1_000;
  }

  #forgetExpired(): void {
    for (const [digest, secret] of this.#byDigest) {
      if (this.#isLive(secret)) continue;
      this.#byDigest.delete(digest);
      this.#sessionChars -= secret.sessionChars;
    }
  }

  #secondsToNextExpiry(): number {
    let next = Infinity;
    for (const { expiresAt } of this.#byDigest.values()) next = Math.min(next, expiresAt);
    return Number.isFinite(next) ? Math.max(1, Math.ceil(next - this.#clock.now() / 1_000)) : 1;
  }
}

const digestOf = (value: string): string => createHash("sha256").update(value).digest("base64url");
