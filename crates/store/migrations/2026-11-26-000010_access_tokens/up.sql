-- Keys for programs that cannot sign in: a desktop GIS reads the layers of the account that made one.

create table access_token (
    id bigint generated always as identity primary key,
    -- SHA-256 of the token: a copy of the database opens no door.
    token_hash bytea not null unique check (length(token_hash) = 32),
    account_id bigint not null references account (id) on delete cascade,
    name text not null check (name <> ''),
    created_at timestamptz not null default now(),
    used_at timestamptz,
    expires_at timestamptz not null
);
create index access_token_account on access_token (account_id);
