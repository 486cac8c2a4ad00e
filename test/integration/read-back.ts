import { testApiKey } from "../support/server.ts";

export interface Page {
  readonly object: string;
  readonly data: readonly { readonly id: string; readonly type: string; readonly role?: string }[];
  readonly has_more: boolean;
  readonly next_cursor?: string;
}

/** One page of a conversation as the server remembers it, newest first. */
export async function pageOf(http: string, session: string, query: Record<string, string>): Promise<Page> {
  const address = `${http}/v1/sessions/${session}/items?${new URLSearchParams(query).toString()}`;
  const answer = await fetch(address, { headers: { authorization: `Bearer ${testApiKey}` } });
  if (!answer.ok) throw new Error(`read-back of ${session} answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}

/** A conversation holds fewer pages than this. */
const pagesMax = 1_000;

/** The ids of all its items, newest first, paged through. */
export async function itemIdsOf(http: string, session: string, limit = 100): Promise<readonly string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const query = { limit: `${limit}`, ...(before !== undefined && { before }) };
    const { data, has_more, next_cursor } = await pageOf(http, session, query);
    ids.push(...data.map(({ id }) => id));
    if (!has_more) return ids;
    before = next_cursor;
  }
  throw new Error(`the read-back of ${session} does not end`);
}
