-- Queries that must run and return exactly what they return without the guard. "-- name" starts each.
-- count
select count(*) from fct_orders
-- schema in front
select count(*) from marts.fct_orders
-- alias
select o.order_id from fct_orders as o order by 1 limit 5
-- table name as prefix
select fct_orders.order_id from fct_orders order by fct_orders.order_id limit 5
-- star
select * from dim_dates order by date_day limit 3
-- group by
select country, sum(revenue_eur) as revenue from fct_orders group by country order by 1
-- group by number, having
select channel, count(*) from fct_orders group by 1 having count(*) > 10 order by 2 desc
-- order nulls
select order_id, delivered_at from fct_orders order by delivered_at desc nulls last, order_id limit 5
-- offset
select order_id from fct_orders order by order_id limit 5 offset 10
-- fetch
select order_id from fct_orders order by order_id fetch first 3 rows only
-- distinct
select distinct channel from fct_orders order by 1
-- distinct on
select distinct on (country) country, order_id from fct_orders order by country, revenue_eur desc nulls last, order_id
-- inner join
select p.category, sum(i.revenue_eur) from fct_order_items as i join dim_products as p on p.product_id = i.product_id group by 1 order by 1
-- using
select count(*) from fct_order_items join fct_orders using (order_id)
-- left join
select count(*) from fct_orders as o left join fct_support_tickets as t on t.order_id = o.order_id where t.ticket_id is null
-- full join
select count(*) from dim_dates as d full join fct_orders as o on o.order_date = d.date_day
-- cross join
select count(*) from (select distinct channel from fct_orders) as a cross join (select distinct country from fct_orders) as b
-- self join
select count(*) from fct_orders as a join fct_orders as b on a.customer_key = b.customer_key and a.order_date < b.order_date
-- lateral
select d.date_day, x.n from dim_dates as d cross join lateral (select count(*) as n from fct_orders as o where o.order_date = d.date_day) as x order by 1 limit 5
-- cte
with monthly as (select date_trunc('month', order_date) as m, count(*) as n from fct_orders group by 1) select * from monthly order by m
-- two ctes
with a as (select country, count(*) as n from fct_orders group by 1), b as (select max(n) as top from a) select a.country from a, b where a.n = b.top order by 1
-- cte with columns
with a (c, n) as (select country, count(*) from fct_orders group by 1) select c, n from a order by c
-- recursive
with recursive t (n) as (select 1 union all select n + 1 from t where n < 10) select sum(n) from t
-- cte shadows a table
with fct_orders as (select 1 as a) select a from fct_orders
-- materialized cte
with a as materialized (select count(*) as n from fct_orders) select n from a
-- subquery in from
select avg(n) from (select customer_key, count(*) as n from fct_orders group by 1) as x
-- scalar subquery
select order_id from fct_orders where revenue_eur = (select max(revenue_eur) from fct_orders) order by 1
-- correlated subquery
select p.product_id, (select count(*) from fct_reviews as r where r.product_id = p.product_id) as n from dim_products as p order by 1 limit 10
-- exists
select count(*) from dim_customers as c where exists (select 1 from fct_orders as o where o.customer_key = c.customer_key)
-- not exists
select count(*) from dim_products as p where not exists (select 1 from fct_reviews as r where r.product_id = p.product_id)
-- in subquery
select count(*) from fct_orders where customer_key in (select customer_key from dim_customers where segment = 'premium')
-- not in list
select count(*) from fct_orders where country not in ('Germany', 'France')
-- any array
select count(*) from fct_orders where channel = any (array['web', 'app'])
-- between, like, ilike
select count(*) from dim_products where list_price_eur between 10 and 50 and product_name ilike '%a%' and product_name not like 'Z%'
-- similar to, regex
select count(*) from dim_products where product_name similar to '(A|B)%' or product_name ~ '^[C-E]' or product_name ~* 'lamp'
-- is null, distinct from
select count(*) from fct_orders where delivered_at is null and status is distinct from 'cancelled'
-- booleans
select count(*) from fct_orders where is_cancelled is true or not is_returned
-- case
select case when revenue_eur > 100 then 'large' when revenue_eur > 50 then 'medium' else 'small' end as size, count(*) from fct_orders group by 1 order by 1
-- simple case
select case channel when 'web' then 1 else 0 end as web, count(*) from fct_orders group by 1 order by 1
-- coalesce, nullif, greatest, least
select sum(coalesce(revenue_eur, 0)), max(nullif(items_count, 0)), greatest(1, 2), least(1, 2) from fct_orders
-- filter
select count(*) filter (where is_cancelled) as cancelled, count(*) from fct_orders
-- aggregates
select min(revenue_eur), max(revenue_eur), avg(revenue_eur), stddev(revenue_eur), variance(revenue_eur) from fct_orders
-- percentiles
select percentile_cont(0.5) within group (order by revenue_eur), percentile_disc(0.9) within group (order by revenue_eur) from fct_orders
-- mode
select mode() within group (order by channel) from fct_orders
-- several percentiles
select percentile_cont(array[0.25, 0.5, 0.75]) within group (order by revenue_eur) from fct_orders
-- correlation
select round(corr(items_count, revenue_eur)::numeric, 6), regr_slope(revenue_eur, items_count) is not null from fct_orders
-- bool aggregates
select bool_and(items_count >= 0), bool_or(is_cancelled), every(order_id is not null) from fct_orders
-- string_agg, array_agg
select string_agg(distinct channel, ', ' order by channel), array_agg(distinct country order by country) from fct_orders
-- count distinct
select count(distinct customer_key), count(distinct (country, channel)) from fct_orders
-- grouping sets
select country, channel, count(*) from fct_orders group by grouping sets ((country), (channel), ()) order by 1 nulls last, 2 nulls last
-- rollup
select country, channel, count(*), grouping(country, channel) from fct_orders group by rollup (country, channel) order by 1 nulls last, 2 nulls last
-- cube
select country, channel, count(*) from fct_orders group by cube (country, channel) order by 1 nulls last, 2 nulls last
-- row_number
select * from (select order_id, row_number() over (partition by country order by revenue_eur desc nulls last, order_id) as r from fct_orders) as x where r <= 2 order by 2, 1
-- rank
select country, rank() over (order by count(*) desc), dense_rank() over (order by count(*) desc) from fct_orders group by country order by 1
-- lag and lead
select m, n, lag(n) over (order by m), lead(n, 1, 0) over (order by m) from (select date_trunc('month', order_date)::date as m, count(*) as n from fct_orders group by 1) as x order by m
-- running total
select m, sum(n) over (order by m rows between unbounded preceding and current row) from (select date_trunc('month', order_date)::date as m, count(*) as n from fct_orders group by 1) as x order by m
-- moving average
select m, avg(n) over (order by m rows between 2 preceding and current row) from (select date_trunc('month', order_date)::date as m, count(*) as n from fct_orders group by 1) as x order by m
-- named window
select country, first_value(country) over w, last_value(country) over w from (select country, count(*) as n from fct_orders group by 1) as x window w as (order by n desc, country rows between unbounded preceding and unbounded following) order by 1
-- ntile, percent_rank
select country, ntile(4) over (order by count(*), country), percent_rank() over (order by count(*)), cume_dist() over (order by count(*)) from fct_orders group by 1 order by 1
-- share of total
select country, sum(revenue_eur) / sum(sum(revenue_eur)) over () as share from fct_orders group by 1 order by 1
-- dates
select extract(year from order_date) as y, extract(dow from order_date) as d, count(*) from fct_orders group by 1, 2 order by 1, 2
-- date_part, to_char
select to_char(order_date, 'YYYY-MM') as m, count(*) from fct_orders where date_part('year', order_date) = 2025 group by 1 order by 1
-- intervals
select count(*) from fct_orders where order_date >= date '2026-10-31' - interval '30 days'
-- age
select max(delivered_at - ordered_at) is not null, age(timestamp '2026-01-01', timestamp '2025-01-01') from fct_orders
-- make_date
select count(*) from fct_orders where order_date >= make_date(2026, 1, 1) and order_date < make_date(2026, 1, 1) + 31
-- make_interval
select date '2026-01-31' + make_interval(months => 1)
-- time zones
select min(ordered_at at time zone 'Europe/Berlin') from fct_orders
-- generate_series
select d::date from generate_series(date '2026-01-01', date '2026-01-05', interval '1 day') as d order by 1
-- series joined
select d.day::date, count(o.order_id) from generate_series(date '2026-01-01', date '2026-01-07', interval '1 day') as d (day) left join fct_orders as o on o.order_date = d.day group by 1 order by 1
-- casts
select '12.50'::numeric, cast('2026-01-01' as date), 1::text, 'true'::boolean, round(2.345::numeric, 2)
-- arithmetic
select 7 / 2, 7 % 2, 7.0 / 2, 2 ^ 10, abs(-3), ceil(1.2), floor(1.8), round(1.5), sqrt(16), mod(7, 3), ln(1), exp(0), power(2, 3), trunc(1.9)
-- bit operations
select 5 & 3, 5 | 3, ~1, 1 << 4
-- text functions
select upper(channel), lower(country), length(country), left(country, 3), right(country, 2), initcap('a b'), reverse('abc') from fct_orders order by order_id limit 3
-- more text functions
select concat('a', 'b', 1), concat_ws('-', 'a', 'b'), 'a' || 'b', replace('abc', 'b', 'x'), split_part('a,b,c', ',', 2), substring('abcdef' from 2 for 3), position('c' in 'abc'), trim('  x '), strpos('abc', 'b')
-- padding
select lpad('7', 3, '0'), rpad('x', 4, '.'), lpad(extract(month from date '2026-03-01')::text, 2, '0')
-- regex functions
select regexp_replace('a1b2', '[0-9]', '', 'g'), (regexp_match('abc123', '([0-9]+)'))[1]
-- quoted identifiers
select "order_id" as "Order", "revenue_eur" as "Revenue (EUR)" from fct_orders order by 1 limit 3
-- reserved word as an alias
select 1 as "order", 2 as "select"
-- string with quotes, semicolons and comments
select 'it''s; -- not a comment /* nor this */' as s
-- dollar-quoted string
select $$it's plain$$ as s
-- comments
select /* how many */ count(*) -- orders
from fct_orders
-- union all
select 'orders' as what, count(*) from fct_orders union all select 'reviews', count(*) from fct_reviews order by 1
-- intersect and except
select country from fct_orders intersect select country from dim_customers except select 'Spain' order by 1
-- parentheses
(select 1 as a) union all (select 2) order by a
-- values
select * from (values (1, 'a'), (2, 'b')) as t (n, s) order by n
-- arrays
select cardinality(issues) as n, count(*) from fct_orders group by 1 order by 1 nulls first
-- unnest
select issue, count(*) from fct_orders cross join unnest(issues) as issue group by 1 order by 1
-- array functions
select array_length(array[1, 2, 3], 1), array_to_string(array['a', 'b'], ','), string_to_array('a,b', ','), 'late_arriving' = any (issues), array_position(array['x', 'y'], 'y') from fct_orders order by order_id limit 1
-- array operators
select count(*) from fct_orders where issues && array['total_mismatch', 'late_arriving'] or issues @> array['total_missing']
-- json
select jsonb_build_object('country', country, 'n', count(*)) ->> 'country' as c from fct_orders group by country order by 1
-- json aggregation
select jsonb_agg(channel order by channel) from (select distinct channel from fct_orders) as x
-- json access
select '{"a": {"b": [1, 2]}}'::jsonb #>> '{a,b,1}', '{"a": 1}'::jsonb -> 'a', '{"a": 1}'::jsonb ? 'a', jsonb_array_length('[1, 2]'::jsonb)
-- json rows
select e.key, e.value from jsonb_each_text('{"a": 1, "b": 2}'::jsonb) as e order by 1
-- full text
select count(*) from fct_reviews where to_tsvector('english', coalesce(body, '')) @@ plainto_tsquery('english', 'quality')
-- text rank
select review_id, ts_rank(to_tsvector('english', coalesce(body, '')), websearch_to_tsquery('english', 'good or great')) as rank from fct_reviews order by 2 desc, 1 limit 3
-- headline
select ts_headline('english', 'a very good product', plainto_tsquery('english', 'good'))
-- quality
select entity, count(*) from quality.exclusions group by 1 order by 1
-- files
select entity, count(*), sum(rows_landed) from quality.files group by 1 order by 1
-- rules
select entity, code, severity from quality.rules order by 1, 2 limit 20
-- context
select country, count(*) filter (where is_unusual) from context_daily_revenue group by 1 order by 1
-- row comparison
select count(*) from fct_orders where (country, channel) = ('Germany', 'web')
-- cohort
with first as (select customer_key, min(date_trunc('month', order_date)) as cohort from fct_orders where not is_cancelled group by 1) select cohort::date, count(*) from first group by 1 order by 1
-- repeat purchases
select count(*) filter (where n > 1)::numeric / count(*) from (select customer_key, count(*) as n from fct_orders where not is_cancelled group by 1) as x
-- pareto
with p as (select product_id, sum(revenue_eur) as r from fct_order_items group by 1), c as (select r, sum(r) over (order by r desc, product_id) / sum(r) over () as share from p) select count(*) from c where share <= 0.8
-- gaps
select order_date, order_date - lag(order_date) over (order by order_date) as gap from (select distinct order_date from fct_orders) as x order by gap desc nulls last, order_date limit 3
-- width_bucket
select width_bucket(revenue_eur, 0, 500, 5) as bucket, count(*) from fct_orders group by 1 order by 1
-- date bin
select date_bin('7 days', ordered_at, timestamptz '2025-01-01 00:00:00+00') as week, count(*) from fct_orders group by 1 order by 1 limit 3
-- overlaps
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', date '2026-03-01')
-- trailing semicolon
select count(*) from fct_reviews;
-- upper case
SELECT COUNT(*) AS N FROM FCT_ORDERS WHERE COUNTRY = 'Germany'
-- collation
select country from fct_orders group by 1 order by country collate "C"
-- no from
select 1 + 1 as two
