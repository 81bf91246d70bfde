-- Statements that must not run, one per line or block; a line "-- name" starts each.
-- stacked
select 1; drop table marts.fct_orders
-- stacked behind a comment
select 1 /* ; */ ; delete from marts.fct_orders
-- two selects
select 1; select 2
-- commit then write
commit; create table marts.x (a int)
-- rollback to leave read only
rollback; begin; update marts.fct_orders set status = 'x'
-- insert
insert into marts.fct_orders (order_id) values ('x')
-- update
update marts.fct_orders set revenue_eur = 0
-- delete
delete from marts.fct_orders
-- truncate
truncate marts.fct_orders
-- drop
drop table marts.fct_orders cascade
-- create
create table marts.t as select 1
-- alter role
alter role assay_reader set default_transaction_read_only = off
-- grant
grant all on marts.fct_orders to public
-- writing CTE
with gone as (delete from marts.fct_orders returning *) select * from gone
-- inserting CTE
with new as (insert into marts.dim_dates select * from marts.dim_dates returning 1) select * from new
-- select into
select * into marts.copy from marts.fct_orders
-- explain analyze
explain analyze delete from marts.fct_orders
-- explain
explain select 1
-- prepare
prepare p as select 1
-- execute
execute p
-- do block
do $$ begin perform 1; end $$
-- copy to program
copy (select 1) to program 'id'
-- copy from file
copy marts.fct_orders from '/etc/passwd'
-- call
call something()
-- set
set role assay_owner
-- reset
reset all
-- set_config
select set_config('role', 'assay_owner', false)
-- current_setting
select current_setting('data_directory')
-- show
show all
-- read file
select pg_read_file('/etc/passwd')
-- read binary file
select pg_read_binary_file('postgresql.conf')
-- list directory
select pg_ls_dir('.')
-- stat file
select * from pg_stat_file('postgresql.conf')
-- large object import
select lo_import('/etc/passwd')
-- large object write
select lo_from_bytea(0, 'x')
-- sleep
select pg_sleep(600)
-- sleep with a schema
select pg_catalog.pg_sleep(600)
-- sleep quoted
select "pg_sleep"(600)
-- sleep in where
select 1 from marts.fct_orders where pg_sleep(1) is null
-- sleep in order by
select 1 order by (select pg_sleep(1))
-- terminate
select pg_terminate_backend(pg_backend_pid())
-- cancel
select pg_cancel_backend(1)
-- reload
select pg_reload_conf()
-- advisory lock
select pg_advisory_lock(1)
-- notify
notify channel, 'x'
-- notify by function
select pg_notify('channel', 'x')
-- listen
listen channel
-- lock
lock table marts.fct_orders
-- for update
select * from marts.fct_orders for update
-- for share in a subquery
select * from (select * from marts.fct_orders for share) as x
-- sequence
select nextval('marts.s')
-- raw
select * from raw.customers_shop
-- staging
select * from staging.stg_shop__customers
-- raw in a subquery
select (select count(*) from raw.orders)
-- raw in a CTE
with x as (select * from raw._files) select * from x
-- raw in exists
select 1 where exists (select 1 from raw.orders)
-- raw in a union
select 1 union all select 1 from raw.orders
-- raw by table command
table raw.orders
-- raw in a join
select 1 from marts.fct_orders as o join raw.orders as r on true
-- raw in lateral
select 1 from marts.fct_orders as o, lateral (select * from raw.orders) as r
-- passwords
select * from pg_authid
-- shadow
select * from pg_catalog.pg_shadow
-- columns
select * from information_schema.columns
-- statistics
select * from pg_stats
-- catalogue hidden by a CTE elsewhere
select * from (with pg_roles as (select 1) select * from pg_roles) as a, pg_roles
-- CTE named like the catalogue
with pg_class as (select 1) select * from pg_class
-- regclass
select 'raw.orders'::regclass
-- cast to regproc
select cast('pg_sleep' as regproc)
-- query to xml
select query_to_xml('select * from raw.orders', true, true, '')
-- table to xml
select table_to_xml('raw.orders', true, true, '')
-- dblink
select * from dblink('dbname=assay', 'select 1') as t(a int)
-- view definition
select pg_get_viewdef('quality.files')
-- function body
select prosrc from pg_proc
-- user
select current_user
-- session user
select session_user, user
-- version
select version()
-- server address
select inet_server_addr()
-- database name
select current_database()
-- other database
select * from postgres.marts.fct_orders
-- dollar quotes
select $$a$$; $x$ drop table y $x$
-- unicode string
select U&'\0061'
-- escape string
select E'\\'' ; drop table x; --'
-- nested comment
select /* /* */ 1 */ ; drop table x
-- look-alike function
select рg_sleep(1)
-- look-alike schema
select * from mаrts.fct_orders
-- full-width semicolon and more
select 1； drop table x
-- NUL
select 'a' || chr(0) || pg_read_file('x')
-- parameter
select $1
-- named parameter
select :name
-- psycopg parameter
select %(name)s from pg_authid
-- operator with a schema
select 1 operator(pg_catalog.+) 1
-- giant cell
select repeat('x', 1000000000)
-- giant padding
select lpad('x', 1000000000, 'y')
-- padding by expression
select rpad('x', (10 ^ 9)::int)
-- generated text
select format('%1000000000s', 'x')
-- random state
select setseed(0.5)
-- transaction id
select txid_current()
-- snapshot
select pg_export_snapshot()
-- system column
select ctid, xmin from marts.fct_orders
-- tableoid
select tableoid from marts.fct_orders
-- composite cast
select ('x', 1)::marts.dim_dates
-- xml entity
select xmlparse(document '<a/>')
-- logical message
select pg_logical_emit_message(true, 'a', 'b')
-- stat reset
select pg_stat_reset()
-- vacuum
vacuum
-- empty

-- values
values (1), (2)
-- deep nesting
((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((select 1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
-- merge
merge into marts.fct_orders as t using marts.fct_orders as s on t.order_id = s.order_id when matched then delete
-- deleting CTE behind a select
with gone as (delete from marts.fct_orders returning *) select count(*) from gone
-- updating CTE nested in a subquery
select * from (with x as (update marts.dim_dates set month = 'x' returning month) select * from x) as y
-- insert from select
insert into marts.dim_dates select * from marts.dim_dates
-- create table as
create table marts.copy as select * from marts.fct_orders
-- temporary table
create temporary table t as select 1
-- select into temporary
select 1 as a into temporary t
-- create view
create view marts.v as select * from raw.orders
-- create function
create function marts.f() returns int language sql as 'select 1'
-- create extension
create extension dblink
-- alter system
alter system set log_statement = 'all'
-- alter database
alter database assay set work_mem = '1GB'
-- security label
security label on table marts.fct_orders is 'x'
-- comment on
comment on table marts.fct_orders is 'x'
-- copy to file
copy marts.fct_orders to '/tmp/x'
-- copy to standard output
copy marts.fct_orders to stdout
-- declare cursor
declare c cursor with hold for select 1
-- fetch from a cursor
fetch all from assay_answer
-- move a cursor
move all in assay_answer
-- close the cursor
close assay_answer
-- deallocate
deallocate all
-- discard
discard all
-- savepoint
savepoint a
-- set transaction
set transaction read write
-- begin inside
begin; select 1
-- set session authorisation
set session authorization assay_owner
-- set local
set local statement_timeout = 0
-- set constraints
set constraints all deferred
-- checkpoint
checkpoint
-- analyze
analyze marts.fct_orders
-- refresh
refresh materialized view marts.fct_orders
-- import foreign schema
import foreign schema public from server s into marts
-- reassign
reassign owned by assay_owner to assay_reader
-- explain analyze with options
explain (analyze, buffers) select * from marts.fct_orders
-- explain in a CTE
with x as (explain analyze select 1) select * from x
-- table function that reads files
select * from pg_read_file('/etc/passwd') as t
-- files by directory functions
select * from pg_ls_waldir()
-- log directory
select * from pg_ls_logdir()
-- file by a lateral call
select f.* from marts.fct_orders as o, lateral pg_ls_dir('/') as f
-- file by a default of coalesce
select coalesce(pg_read_file('/etc/hosts'), 'x')
-- file in an order by
select 1 from marts.fct_orders order by pg_read_file('/etc/hosts')
-- file in a filter
select count(*) filter (where pg_read_file('/etc/hosts') is not null) from marts.fct_orders
-- file in a window
select sum(1) over (partition by pg_read_file('/etc/hosts')) from marts.fct_orders
-- file in a limit
select 1 limit (select length(pg_read_file('/etc/hosts')))
-- file in a join condition
select 1 from marts.fct_orders as a join marts.fct_orders as b on pg_read_file('/etc/hosts') = a.order_id
-- file in a case
select case when true then pg_read_file('/etc/hosts') end
-- file in a grouping set
select 1 from marts.fct_orders group by grouping sets ((pg_read_file('/etc/hosts')))
-- file in a values list
select * from (values (pg_read_file('/etc/hosts'))) as v
-- file in an array
select array[pg_read_file('/etc/hosts')]
-- file in a distinct on
select distinct on (pg_read_file('/etc/hosts')) 1 from marts.fct_orders
-- large object descriptor
select lo_open(1, 262144)
-- large object read
select loread(0, 100)
-- large object export
select lo_export(1, '/tmp/x')
-- large object whole
select lo_get(1)
-- binary file into a large object
select lo_put(1, 0, pg_read_binary_file('/etc/passwd'))
-- sleep for
select pg_sleep_for('1 hour')
-- sleep until
select pg_sleep_until('tomorrow')
-- sleep hidden by case
select PG_SLEEP(10)
-- sleep with blanks and comments
select pg_sleep/**/ ( 10 )
-- sleep in a CTE never read
with x as (select pg_sleep(10)) select 1
-- try advisory lock
select pg_try_advisory_lock(1)
-- advisory lock of the transaction
select pg_advisory_xact_lock(1)
-- share lock by for key share
select * from marts.fct_orders for key share
-- for no key update, skip locked
select * from marts.fct_orders for no key update skip locked
-- lock in a CTE
with x as (select * from marts.fct_orders for update) select count(*) from x
-- terminate all
select pg_terminate_backend(pid) from pg_stat_activity
-- other sessions' statements
select query from pg_stat_activity
-- other sessions' statements by function
select * from pg_stat_get_activity(null)
-- statements kept
select query from pg_stat_statements
-- settings
select * from pg_settings
-- settings from files
select * from pg_file_settings
-- host based access
select * from pg_hba_file_rules
-- roles
select rolname, rolpassword from pg_authid
-- role membership
select pg_has_role('assay_reader', 'assay_owner', 'member')
-- tables of the catalogue
select relname from pg_class
-- unqualified catalogue view
select tablename from pg_tables
-- statistics hold values
select most_common_vals from pg_stats
-- temporary schema
select * from pg_temp.x
-- toast
select * from pg_toast.pg_toast_2619
-- information schema by quoted name
select * from "information_schema"."tables"
-- constraint definition
select pg_get_constraintdef(1)
-- object name from an oid
select 16384::regclass
-- relation size by name
select pg_relation_size('raw.orders')
-- existence by to_regclass
select to_regclass('raw.orders')
-- privileges
select has_table_privilege('raw.orders', 'select')
-- data directory
select setting from pg_settings where name = 'data_directory'
-- process
select pg_backend_pid()
-- postmaster start
select pg_postmaster_start_time()
-- client address
select inet_client_addr()
-- WAL position
select pg_current_wal_lsn()
-- switch WAL
select pg_switch_wal()
-- replication slot
select pg_create_physical_replication_slot('x')
-- rotate log
select pg_rotate_logfile()
-- promote
select pg_promote()
-- last value of a sequence
select lastval()
-- set a sequence
select setval('raw.orders_seq', 1)
-- event in the background
select pg_notify('assay', 'x') from marts.fct_orders
-- query in a string by xpath
select query_to_xml_and_xmlschema('select * from raw.orders', true, true, '')
-- whole schema as XML
select schema_to_xml('raw', true, true, '')
-- cursor as XML
select cursor_to_xml('assay_answer', 1, true, true, '')
-- statement by text search parser
select ts_stat('select body from raw.reviews')
-- statement by text search rewrite
select ts_rewrite('a'::tsquery, 'select * from raw.orders')
-- crosstab
select * from crosstab('select * from raw.orders') as t(a text)
-- repeat behind a cast
select length(repeat('x', 100000000)::text)
-- padded to a gigabyte
select rpad('x', 1000000000, 'y')
-- bytes from nothing
select gen_random_bytes(1000000)
-- array filled
select array_fill(0, array[100000000])
-- exponential JSON
select jsonb_build_object(variadic array_fill('x'::text, array[100000]))
-- dollar quotes with a tag hide a second statement
select $x$ a $x$; drop table marts.fct_orders; select $x$ b $x$
-- comment hides a second statement
select 1 /* ; */ ; delete from marts.fct_orders --
-- line comment ends with a carriage return
select 1 -- x
; drop table marts.fct_orders
-- escape string ends early
select E'\'' ; drop table marts.fct_orders; --'
-- unicode identifier
select * from U&"raw"."orders"
-- unicode identifier with an escape
select U&"pg\005fsleep"(10)
-- identifier with a look-alike underscore
select pg＿sleep(10)
-- cyrillic look-alike of a schema
select * from rаw.orders
-- zero-width space in a function
select pg​_sleep(10)
-- right-to-left mark in a name
select * from ‮srǝdro
-- quoted function name
select "pg_sleep"(10)
-- quoted schema and function
select "pg_catalog"."pg_sleep"(10)
-- function of another schema
select public.anything(1)
-- cast to a table's row type
select '(1)'::marts.fct_orders
-- cast to a catalogue's type
select '1'::pg_catalog.regprocedure
-- cast by function of a catalogue
select pg_catalog.int4('1')
-- raw behind a quoted name
select * from "raw"."orders"
-- raw with capitals
select * from RAW.ORDERS
-- staging view
select * from staging.stg_shop__orders
-- intermediate
select * from intermediate.int_orders__repaired
-- ledger tables
select * from raw._files
-- raw in a having
select 1 from marts.fct_orders group by order_id having exists (select 1 from raw.orders)
-- raw in an array subquery
select array(select order_id from raw.orders)
-- raw in an order by subquery
select 1 order by (select max(order_id) from raw.orders)
-- raw in a recursive CTE
with recursive x as (select order_id from raw.orders union all select order_id from x) select * from x
-- raw behind a CTE of a like name
with fct as (select 1) select * from raw.orders, fct
-- raw by only
select * from only raw.orders
-- raw with a star for children
select * from raw.orders *
-- raw sampled
select * from raw.orders tablesample system (1)
-- row's table by tableoid
select tableoid::regclass from marts.fct_orders
-- psql meta-command
\! id
-- psql copy
\copy marts.fct_orders to '/tmp/x'
-- MetricFlow template in SQL
select {{ Dimension('order__country') }} from marts.fct_orders
-- Jinja that reads the environment
select '{{ env_var("PGPASSWORD") }}' where {{ 1 }}
-- JSON path with a function of files
select jsonb_path_query(pg_read_file('/x')::jsonb, '$')
-- XML with an external entity
select xmlparse(document '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')
-- XML table
select * from xmltable('/x' passing '<x/>' columns a text)
-- text search headline over a file
select ts_headline(pg_read_file('/etc/passwd'), 'root'::tsquery)
-- security barrier bypass by a leaky function
select * from marts.fct_orders where pg_input_is_valid(order_id, 'regclass')
-- foreign query
select * from dblink('host=localhost', 'select 1') as t(a int)
-- procedure body
do language plpgsql $$ begin execute 'drop table marts.fct_orders'; end $$
-- nested table command
select * from (table raw.orders) as t
-- two CTEs, the second writes
with a as (select 1), b as (delete from marts.dim_dates) select * from a
-- rows from several functions
select * from rows from (pg_ls_dir('/'), generate_series(1, 2)) as t
-- with ordinality over a file function
select * from pg_ls_dir('/') with ordinality as t(a, b)
-- series as a sleep
select count(*) from generate_series(1, 3) as n, lateral (select pg_sleep(n)) as s
-- set role in a CTE
with r as (set role assay_owner) select 1
-- tower of powers in text
select (9 ^ 9 ^ 9)::text, lpad('x', (10 ^ 9)::int)
-- XML serialised from a query
select xmlserialize(content query_to_xml('select * from raw.orders', true, false, '') as text)
-- XML exists
select xmlexists('//a' passing by value query_to_xml('select 1', true, false, ''))
-- cast of text to a registered name
select 'raw.orders'::regclass::text
-- cast of text to a role
select 'assay_owner'::regrole
-- cast of text to a namespace
select cast('raw' as regnamespace)
-- oid cast to its name
select 1259::oid::regclass
-- cast to pg_lsn
select '0/0'::pg_lsn
-- cast to a snapshot
select '10:20:10'::pg_snapshot
-- cast to an array of names
select array['raw.orders']::regclass[]
-- large object made
select lo_create(0)
-- large object removed
select lo_unlink(16400)
-- copy from a program
copy marts.fct_orders from program 'id'
-- anonymous block with a language
do language plpgsql $$ begin perform 1; end $$
-- setting shown by a select
select current_setting('data_directory', true)
-- unicode escape hides a function
select U&"pg\005fsleep"(1)
-- unicode escape with its own sign
select U&"pg!005fsleep" uescape '!'(1)
-- dots within one quoted name
select * from "raw.orders"
-- quoted schema with a dot and a table
select * from "marts.fct_orders"."x"
-- search path in the statement
set search_path to raw; select * from orders
-- search path by options
select set_config('search_path', 'raw', true), count(*) from orders
-- table command of a mart in a CTE
with t as (table raw.orders) select * from t
-- values with a subquery over raw
values ((select count(*) from raw.orders))
-- sampled mart, repeatable
select * from raw.orders tablesample bernoulli (10) repeatable (1)
-- for update of a table alias
select * from fct_orders as o for update of o nowait
-- scroll cursor with hold
declare c scroll cursor with hold for select * from fct_orders
-- prepared statement described
prepare p (int) as select $1; execute p(1)
-- column statistics by table
select * from pg_catalog.pg_stats where tablename = 'orders'
-- extended statistics
select * from pg_stats_ext
-- column privileges probed
select has_column_privilege('raw.orders', 'order_id', 'select')
-- parameter privileges probed
select has_parameter_privilege('assay_reader', 'work_mem', 'set')
-- role privileges probed
select pg_has_role('assay_reader', 'assay_owner', 'usage')
-- error oracle over a forbidden table
select 1 / (case when exists (select 1 from raw.orders where order_id like 'O%') then 0 else 1 end)
-- value quoted by a failing cast of another table
select (select max(email) from raw.customers_crm)::int
-- tab-separated catalogue
select string_agg(relname, ',') from pg_class
-- name of the function by oid
select proname from pg_proc
-- format evades quoting
select format('%s', query_to_xml('select 1', true, true, ''))
-- query planner hints
/*+ SeqScan(fct_orders) */ explain select * from fct_orders
-- input validity probes a type of the catalogue
select pg_input_is_valid('raw.orders', 'regclass')
-- input error tells
select message from pg_input_error_info('raw.nothing', 'regclass')
-- table size told
select pg_size_pretty(pg_total_relation_size('raw.orders'))
-- schema listed
select nspname from pg_namespace
-- acl exploded
select (aclexplode(relacl)).grantee from pg_class
-- partition tree
select * from pg_partition_tree('raw.orders')
-- index definition
select pg_get_indexdef(0)
-- comment of a column
select col_description('marts.fct_orders'::regclass, 1)
-- description of an object
select obj_description(1259, 'pg_class')
-- keywords
select * from pg_get_keywords()
-- prepared transactions
select * from pg_prepared_xacts
-- timezones from files
select * from pg_timezone_names
-- extension files
select * from pg_available_extensions
-- configuration in a set-returning call
select * from pg_show_all_settings()
-- backend's memory
select * from pg_backend_memory_contexts
-- memory of another backend logged
select pg_log_backend_memory_contexts(1)
-- locks seen
select * from pg_locks
-- bloom of random values
select random(), gen_random_uuid()
-- random normal
select random_normal()
-- sequence as a table
select last_value from raw._files_file_id_seq
-- bytes by convert
select convert_from(decode('73656c656374', 'hex'), 'utf8'), convert_to('a', 'latin1')
-- sha of nothing forbidden with pgcrypto
select crypt('x', gen_salt('bf', 16))
-- function by named notation
select pg_read_file(filename => '/etc/passwd')
-- variadic call
select concat(variadic array[pg_read_file('/etc/passwd')])
-- function hidden in an aggregate's order
select string_agg(order_id, ',' order by pg_sleep(1)) from fct_orders
-- function hidden in a window frame
select sum(1) over (order by order_date range between pg_sleep(1)::text::interval preceding and current row) from fct_orders
-- function hidden in an interval
select now() - (pg_sleep(1)::text)::interval
-- function hidden in an in list
select 1 where 1 in (select 1 from pg_ls_dir('/'))
-- function hidden in a between
select 1 where 1 between 0 and length(pg_read_file('/etc/passwd'))
-- function hidden in a slice
select (array[1, 2])[1:length(pg_read_file('/etc/passwd'))]
-- function hidden in a collation
select 'a' collate "pg_catalog"."pg_sleep"
-- function hidden in a composite's field
select (pg_stat_file('/etc/passwd')).size
-- star of a function's result
select (pg_ls_logdir()).*
-- record with a column list of file functions
select * from json_to_recordset(pg_read_file('/etc/passwd')::json) as x(a text)
-- json table over a file
select * from json_table(pg_read_file('/x')::jsonb, '$[*]' columns (a text path '$'))
-- merge returning in a CTE
with m as (merge into marts.fct_orders o using marts.dim_dates d on false when matched then delete returning 1) select * from m
-- search breadth with a writing end
with recursive t as (select 1 as n union all select n + 1 from t where n < 3) search depth first by n set s select * from t, pg_sleep(1)
-- wait for an LSN
wait for lsn '0/0'
-- recursive view
create recursive view v (n) as select 1
-- grant in a do block by execute
do $x$ begin execute 'grant all on schema raw to assay_reader'; end $x$
-- load a library
load 'auto_explain'
-- cluster
cluster marts.fct_orders
-- reindex
reindex table marts.fct_orders
-- transaction isolation
begin isolation level serializable; select 1
