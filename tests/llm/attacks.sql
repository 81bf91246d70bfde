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

-- only a comment
-- nothing here
-- values
values (1), (2)
-- deep nesting
((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((select 1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
