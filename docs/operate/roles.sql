-- The web processes' and the worker's own role, which cannot change what is sealed. Run by the owner of the tables
-- (the role that runs `manage.py migrate`) after the first migration and after each that makes a table:
--   psql -d osallisuuskartta -f docs/operate/roles.sql
-- The role itself is made once, by a superuser: CREATE ROLE osallisuuskartta_web LOGIN PASSWORD '…';
-- Then DATABASE_URL of both services names it; `manage.py migrate`, `backup` and `restore` go on as the owner.

GRANT USAGE ON SCHEMA public TO osallisuuskartta_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO osallisuuskartta_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO osallisuuskartta_web;

-- The history and its seals are added to, and that is all. (The trigger on proposals_event refuses besides, whoever asks.)
REVOKE UPDATE, DELETE, TRUNCATE ON proposals_event, proposals_eventseal FROM osallisuuskartta_web;

-- Migrations are the owner's.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM osallisuuskartta_web;
REVOKE CREATE ON SCHEMA public FROM osallisuuskartta_web;
