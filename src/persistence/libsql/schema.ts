/** Steps of the schema, oldest first. A released step is never changed: a change is a new step at the end.
 *  Keys mirror those of the cluster's store: a session's rows lie together, the newest first. */
export const schemaSteps: readonly string[] = [
  `
  create table log (
    sequence integer primary key autoincrement, -- autoincrement: never goes back, not even after a purge
    tenant text not null,
    session text not null,
    record blob not null
  ) strict;
  create index log_session on log (tenant, session, sequence desc);

  create table sessions (
    tenant text not null,
    session text not null,
    model text not null,
    opened_at real not null,
    updated_at real not null,
    closed_at real,
    primary key (tenant, session)
  ) strict, without rowid;

  create table conversation_items (
    tenant text not null,
    session text not null,
    n integer not null,
    epoch integer not null,
    entry integer not null,
    item text not null,
    at real not null,
    body text not null,
    primary key (tenant, session, n desc, epoch desc, entry desc, item desc)
  ) strict, without rowid;
  create unique index conversation_items_item on conversation_items (tenant, session, item);

  create table item_audio ( -- has a rowid: blocks are far larger than a page's share of a clustered key
    tenant text not null,
    session text not null,
    item text not null,
    block integer not null,
    pcm blob not null,
    primary key (tenant, session, item, block)
  ) strict;

  create table interactions (
    tenant text not null,
    session text not null,
    at real not null,
    id text not null,
    body text not null,
    primary key (tenant, session, at desc, id desc)
  ) strict, without rowid;
  create unique index interactions_id on interactions (tenant, session, id);
  `,
  `
  alter table item_audio add column at real not null default 0.0;
  update item_audio set at = coalesce(
    (select updated_at from sessions
     where sessions.tenant = item_audio.tenant and sessions.session = item_audio.session), 0.0);
  create index item_audio_at on item_audio (at);
  `,
];
