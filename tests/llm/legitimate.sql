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
-- rows frame
select order_date, sum(revenue_eur) over (order by order_date, order_id rows between 3 preceding and 1 following) from fct_orders order by order_date, order_id limit 5
-- range frame of days
select order_date, sum(revenue_eur) over (order by order_date range between interval '7 days' preceding and current row) as week from (select order_date, sum(revenue_eur) as revenue_eur from fct_orders group by 1) as d order by 1 limit 10
-- groups frame
select order_date, count(*) over (order by order_date groups between 1 preceding and 1 following) from fct_orders order by 1, 2 limit 5
-- frame with exclusion
select order_id, avg(revenue_eur) over (partition by country order by order_id rows between 5 preceding and 5 following exclude current row) from fct_orders order by order_id limit 5
-- first and last value
select distinct country, first_value(order_id) over w, last_value(order_id) over w from fct_orders window w as (partition by country order by ordered_at, order_id rows between unbounded preceding and unbounded following) order by 1
-- nth value
select distinct channel, nth_value(order_id, 3) over (partition by channel order by order_id rows between unbounded preceding and unbounded following) from fct_orders order by 1
-- dense rank within rank
select * from (select country, channel, count(*) as n, dense_rank() over (partition by country order by count(*) desc) as place from fct_orders group by 1, 2) as x where place <= 2 order by 1, 4, 2
-- cume_dist
select order_id, cume_dist() over (order by revenue_eur) as part from fct_orders order by part desc, order_id limit 5
-- window over an aggregate
select country, sum(revenue_eur), rank() over (order by sum(revenue_eur) desc) from fct_orders group by 1 order by 3
-- filtered window
select order_date, count(*) filter (where is_cancelled) over (order by order_date, order_id rows 10 preceding) from fct_orders order by order_date, order_id limit 5
-- two windows
select order_id, row_number() over (partition by country order by order_id), row_number() over (partition by channel order by order_id) from fct_orders order by 1 limit 5
-- lag with a default
select order_id, lag(revenue_eur, 2, 0) over (order by order_id) from fct_orders order by 1 limit 5
-- difference to the previous month
with m as (select date_trunc('month', order_date)::date as month, sum(revenue_eur) as r from fct_orders group by 1) select month, r - lag(r) over (order by month) as change from m order by 1
-- running share
select category, sum(n) over (order by n desc, category) / sum(n) over () from (select category, count(*)::numeric as n from dim_products group by 1) as x order by 2
-- islands
with d as (select order_date, order_date - (row_number() over (order by order_date))::integer as island from (select distinct order_date from fct_orders where country_code = 'US') as x) select min(order_date), max(order_date), count(*) from d group by island order by 3 desc, 1 limit 3
-- sessions rebuilt
select visitor_id, count(*) filter (where gap is null or gap > interval '30 minutes') as visits from (select visitor_id, occurred_at - lag(occurred_at) over (partition by visitor_id order by occurred_at, event_id) as gap from fct_web_events) as x group by 1 order by 2 desc, 1 limit 5
-- grouping function
select country, channel, grouping(country, channel), count(*) from fct_orders group by grouping sets ((country, channel), (country), ()) order by 3, 1 nulls last, 2 nulls last limit 20
-- rollup of two parts
select extract(year from order_date) as year, country, count(*) from fct_orders group by rollup (1, 2) order by 1 nulls last, 2 nulls last
-- cube filtered
select country, channel, count(*) from fct_orders group by cube (country, channel) having count(*) > 100 order by 3 desc, 1 nulls last, 2 nulls last
-- mixed grouping
select country, status, channel, count(*) from fct_orders group by country, rollup (status, channel) order by 1, 2 nulls last, 3 nulls last limit 20
-- group by expression
select left(order_id, 4) as part, count(*) from fct_orders group by left(order_id, 4) order by 1 limit 5
-- group by distinct sets
select country, count(*) from fct_orders group by grouping sets ((country), (country)) order by 1, 2
-- having a subquery
select country from fct_orders group by 1 having sum(revenue_eur) > (select avg(r) from (select sum(revenue_eur) as r from fct_orders group by country) as x) order by 1
-- lateral top three
select c.country, t.order_id from (select distinct country from fct_orders) as c cross join lateral (select order_id from fct_orders as o where o.country = c.country order by revenue_eur desc nulls last, order_id limit 3) as t order by 1, 2
-- lateral with a left join
select p.category, x.n from (select distinct category from dim_products) as p left join lateral (select count(*) as n from dim_products as q where q.category = p.category and q.is_active) as x on true order by 1
-- lateral series
select d.day::date, o.n from generate_series(date '2026-01-01', date '2026-01-05', interval '1 day') as d(day) left join lateral (select count(*) as n from fct_orders where order_date = d.day::date) as o on true order by 1
-- lateral values
select v.name, v.value from fct_orders as o cross join lateral (values ('gross', o.gross_eur), ('revenue', o.revenue_eur)) as v(name, value) order by o.order_id, 1 limit 4
-- unpivot by lateral
select m.metric, sum(m.amount) from fct_orders cross join lateral (values ('discount', discount_eur), ('shipping', shipping_eur)) as m(metric, amount) group by 1 order by 1
-- pivot by filter
select country, count(*) filter (where channel = 'web') as web, count(*) filter (where channel = 'app') as app, count(*) filter (where channel not in ('web', 'app')) as other from fct_orders group by 1 order by 1
-- pivot by case
select date_trunc('quarter', order_date)::date, sum(case when country = 'Germany' then revenue_eur else 0 end), sum(case when country <> 'Germany' then revenue_eur else 0 end) from fct_orders group by 1 order by 1
-- recursive calendar
with recursive m(day) as (select date '2026-01-01' union all select (day + interval '1 month')::date from m where day < date '2026-06-01') select m.day, count(o.order_id) from m left join fct_orders as o on date_trunc('month', o.order_date)::date = m.day group by 1 order by 1
-- recursive depth
with recursive n as (select 1 as i union all select i + 1 from n where i < 20) select max(i), sum(i) from n
-- chained ctes
with a as (select customer_key, sum(revenue_eur) as r from fct_orders group by 1), b as (select *, ntile(10) over (order by r, customer_key) as decile from a) select decile, count(*), sum(r) from b group by 1 order by 1
-- cte used twice
with o as (select * from fct_orders where country = 'France') select (select count(*) from o), (select sum(revenue_eur) from o)
-- cte not materialised
with o as not materialized (select * from fct_orders) select count(*) from o where channel = 'app'
-- cte in a subquery
select * from (with x as (select country, count(*) as n from fct_orders group by 1) select * from x where n > 10) as y order by 1
-- union inside a cte
with x as (select country from fct_orders union select country from fct_sessions) select count(*) from x
-- intersect all
select country from fct_orders intersect all select country from fct_support_tickets order by 1 limit 3
-- except all
select country from fct_sessions except all select country from fct_orders order by 1 limit 3
-- three unions ordered
select 'orders' as what, count(*) from fct_orders union all select 'reviews', count(*) from fct_reviews union all select 'tickets', count(*) from fct_support_tickets order by 1
-- semi join
select count(*) from dim_customers as c where exists (select 1 from fct_support_tickets as t where t.customer_key = c.customer_key)
-- anti join
select count(*) from dim_products as p where not exists (select 1 from fct_order_items as i where i.product_id = p.product_id)
-- anti join by a left join
select count(*) from dim_products as p left join fct_reviews as r on r.product_id = p.product_id where r.review_id is null
-- natural order of joins
select p.department, count(*) from fct_orders as o join fct_order_items as i on i.order_id = o.order_id join dim_products as p on p.product_id = i.product_id join dim_customers as c on c.customer_key = o.customer_key where c.segment = 'premium' group by 1 order by 1
-- right join
select p.category, count(i.order_item_id) from fct_order_items as i right join dim_products as p on p.product_id = i.product_id group by 1 order by 1
-- join on a range
select d.month, count(*) from (select first_day_of_month as month, max(date_day) as last from dim_dates group by 1) as d join fct_orders as o on o.order_date between d.month and d.last group by 1 order by 1 limit 5
-- join on an inequality
select count(*) from (select country, sum(revenue_eur) as r from fct_orders group by 1) as a join (select country, sum(revenue_eur) as r from fct_orders group by 1) as b on a.r < b.r
-- joined with using and aliases
select o.country, avg(t.resolution_hours) from fct_orders as o join fct_support_tickets as t using (order_id) group by 1 order by 1
-- in with several columns
select count(*) from fct_orders where (country, order_date) in (select country, order_date from context_daily_revenue where is_unusual)
-- all and any of a subquery
select count(*) from fct_orders where revenue_eur > all (select avg(revenue_eur) from fct_orders group by country)
-- any of an array
select count(*) from fct_orders where country = any(array['Germany', 'Austria'])
-- not between symmetric
select count(*) from fct_orders where revenue_eur not between 10 and 100
-- nested case
select case when revenue_eur is null then 'none' when revenue_eur < 50 then case when is_cancelled then 'small, cancelled' else 'small' end else 'large' end as size, count(*) from fct_orders group by 1 order by 1
-- case in an order
select country, count(*) from fct_orders group by 1 order by case country when 'Germany' then 0 else 1 end, 1
-- nulls in comparisons
select count(*) from fct_orders where days_to_deliver is not distinct from null
-- is true
select count(*) filter (where is_delivered_late is true), count(*) filter (where is_delivered_late is not true) from fct_orders
-- is unknown
select count(*) from fct_orders where (days_to_deliver > 3) is unknown
-- continuous percentiles by group
select country, percentile_cont(0.9) within group (order by days_to_deliver) from fct_orders group by 1 order by 1
-- discrete percentiles
select percentile_disc(array[0.1, 0.5, 0.9]) within group (order by revenue_eur) from fct_orders
-- median absolute deviation
with m as (select percentile_cont(0.5) within group (order by revenue_eur) as median from fct_orders) select percentile_cont(0.5) within group (order by abs(revenue_eur - m.median)) from fct_orders, m
-- mode by group
select country, mode() within group (order by channel) from fct_orders group by 1 order by 1
-- spread
select country, round(stddev_samp(revenue_eur), 4), round(var_pop(revenue_eur), 4) from fct_orders group by 1 order by 1
-- regression
select round(regr_slope(revenue_eur, items_count)::numeric, 6), round(regr_r2(revenue_eur, items_count)::numeric, 6), regr_count(revenue_eur, items_count) from fct_orders
-- covariance
select round(covar_pop(revenue_eur, items_count)::numeric, 4), round(corr(revenue_eur, items_count)::numeric, 6) from fct_orders
-- trimmed mean
select avg(revenue_eur) from (select revenue_eur, percent_rank() over (order by revenue_eur) as p from fct_orders) as x where p between 0.05 and 0.95
-- ordered aggregate
select country, string_agg(distinct channel, ', ' order by channel) from fct_orders group by 1 order by 1
-- array aggregate in order
select (array_agg(order_id order by revenue_eur desc nulls last, order_id))[1:3] from fct_orders
-- aggregate of an aggregate
select max(n), min(n), avg(n) from (select count(*) as n from fct_orders group by order_date) as x
-- distinct in several aggregates
select count(distinct country), count(distinct channel), count(distinct (country, channel)) from fct_orders
-- weighted mean
select sum(rating * (1 + helpful_votes))::numeric / sum(1 + helpful_votes) from fct_reviews where rating is not null
-- any value
select country_code, any_value(country) from fct_orders group by 1 order by 1
-- bool and, every
select bool_and(revenue_eur >= 0), every(gross_eur >= 0), bool_or(is_cancelled) from fct_orders
-- iso week and year
select extract(isoyear from order_date) as y, extract(week from order_date) as w, count(*) from fct_orders group by 1, 2 order by 1, 2 limit 5
-- day of week names
select to_char(order_date, 'FMDay') as day, count(*) from fct_orders group by 1 order by 2 desc, 1
-- month names
select to_char(order_date, 'Mon YYYY') as month, count(*) from fct_orders group by 1 order by min(order_date) limit 5
-- hour of the day
select extract(hour from ordered_at at time zone 'Europe/Berlin') as hour, count(*) from fct_orders group by 1 order by 1
-- last day of the month
select (date_trunc('month', order_date) + interval '1 month' - interval '1 day')::date as last, count(*) from fct_orders group by 1 order by 1 limit 3
-- days between
select avg(closed_at - opened_at) > interval '0' from fct_support_tickets where closed_at is not null
-- epoch
select min(extract(epoch from ordered_at)::bigint) from fct_orders
-- date arithmetic
select count(*) from fct_orders where order_date > (select max(order_date) from fct_orders) - 30
-- date parts as text
select to_char(ordered_at, 'YYYY-MM-DD HH24:MI') from fct_orders order by ordered_at, order_id limit 3
-- half years
select extract(year from order_date) || ' H' || case when extract(month from order_date) <= 6 then 1 else 2 end as half, count(*) from fct_orders group by 1 order by 1
-- quarter label
select concat('Q', extract(quarter from order_date), ' ', extract(year from order_date)) as quarter, count(*) from fct_orders group by 1 order by min(order_date)
-- same day last year
select a.order_date, a.n, b.n as before from (select order_date, count(*) as n from fct_orders group by 1) as a left join (select order_date, count(*) as n from fct_orders group by 1) as b on b.order_date = (a.order_date - interval '1 year')::date order by 1 desc limit 5
-- moving year
select order_date, sum(n) over (order by order_date range between interval '365 days' preceding and current row) from (select order_date, count(*) as n from fct_orders group by 1) as x order by 1 desc limit 3
-- age in years
select extract(year from age(date '2026-10-31', customer_since)) as years, count(*) from dim_customers where customer_since is not null group by 1 order by 1
-- series of months
select to_char(m, 'YYYY-MM') from generate_series(timestamp '2026-01-01', timestamp '2026-03-01', interval '1 month') as m
-- empty days shown
select d.date_day, coalesce(count(o.order_id), 0) from dim_dates as d left join fct_orders as o on o.order_date = d.date_day and o.country = 'Switzerland' where d.date_day between '2026-02-01' and '2026-02-07' group by 1 order by 1
-- date ranges
select daterange('2026-01-01', '2026-02-01') @> order_date as inside, count(*) from fct_orders group by 1 order by 1
-- JSON of a row
select to_jsonb(x) from (select country, count(*) as n from fct_orders group by 1 order by 1 limit 2) as x
-- JSON lines built
select jsonb_build_object('country', country, 'orders', count(*)) from fct_orders group by country order by country
-- JSON array of objects
select jsonb_agg(jsonb_build_object('c', country, 'n', n) order by country) from (select country, count(*) as n from fct_orders group by 1) as x
-- JSON object aggregate
select jsonb_object_agg(channel, n) from (select channel, count(*) as n from fct_orders group by 1) as x
-- JSON path
select jsonb_path_query_array('{"a": [1, 2, 3]}'::jsonb, '$.a[*] ? (@ > 1)')
-- JSON expanded
select e.key, e.value from jsonb_each_text('{"a": 1, "b": "x"}'::jsonb) as e order by 1
-- JSON containment
select '{"a": {"b": 1}}'::jsonb @> '{"a": {}}'::jsonb, '{"a": 1}'::jsonb ? 'a'
-- JSON keys deep
select '{"a": {"b": [10, 20]}}'::jsonb #>> '{a,b,1}', '{"a": {"b": 2}}'::jsonb -> 'a' ->> 'b'
-- full text with ranking
select review_id, ts_rank(to_tsvector('english', body), websearch_to_tsquery('english', 'quality or price')) as rank from fct_reviews where to_tsvector('english', body) @@ websearch_to_tsquery('english', 'quality or price') order by 2 desc, 1 limit 5
-- full text in a phrase
select count(*) from fct_reviews where to_tsvector('english', coalesce(title, '') || ' ' || coalesce(body, '')) @@ phraseto_tsquery('english', 'would buy')
-- full text in German
select count(*) from fct_reviews where to_tsvector('german', body) @@ to_tsquery('german', 'gut | schlecht')
-- full text weights
select ts_rank(setweight(to_tsvector('simple', 'a b'), 'A') || setweight(to_tsvector('simple', 'b c'), 'B'), to_tsquery('simple', 'b'))
-- text search highlighted
select ts_headline('english', 'The parcel came late again', to_tsquery('english', 'late'), 'StartSel=<, StopSel=>')
-- words counted
select word, count(*) from fct_reviews, unnest(string_to_array(lower(title), ' ')) as word group by 1 order by 2 desc, 1 limit 5
-- words by a pattern
select w.word[1], count(*) from fct_reviews, regexp_matches(lower(title), '[a-z]+', 'g') as w(word) group by 1 order by 2 desc, 1 limit 5
-- domain of an address
select split_part(email, '@', 2) as domain, count(*) from dim_customers where email is not null group by 1 order by 2 desc, 1 limit 3
-- text cleaned
select initcap(trim(both ' ' from lower('  SOME Name ')))
-- text replaced by a pattern
select regexp_replace('O-0001', '^O-0*', '')
-- text cut and padded
select lpad(left(order_id, 3), 6, '.'), right(order_id, 2) from fct_orders order by order_id limit 2
-- text with positions
select position('-' in order_id), strpos(order_id, '-'), overlay('abcdef' placing 'X' from 3 for 2) from fct_orders order by order_id limit 1
-- text compared without case
select count(*) from fct_orders where lower(country) = lower('GERMANY')
-- like with an escape
select count(*) from fct_sessions where campaign like 'shopping\_q_' escape '\'
-- arrays of issues
select issue, count(*) from fct_orders, unnest(issues) as issue group by 1 order by 1
-- array length
select cardinality(issues) as n, count(*) from fct_orders group by 1 order by 1
-- array contains
select count(*) from fct_orders where issues @> array['late_arriving']
-- array overlap
select count(*) from fct_orders where issues && array['late_arriving', 'total_mismatch']
-- array position
select array_position(array['a', 'b'], 'b'), array_remove(array[1, 2, 1], 1), array_to_string(array[1, null, 3], ',', '-')
-- unnest with ordinality
select t.v, t.i from unnest(array['x', 'y']) with ordinality as t(v, i) order by 2
-- two arrays side by side
select * from unnest(array[1, 2], array['a', 'b']) as t(a, b) order by 1
-- integer and numeric division
select 7 / 2, 7 % 2, 7.0 / 2, 2 ^ 10, sqrt(16), cbrt(27), abs(-5)
-- rounding
select round(2.567, 2), trunc(2.567, 1), ceil(2.1), floor(-2.1), sign(-3)
-- logarithms
select round(ln(10)::numeric, 6), round(log(100)::numeric, 6), round(exp(1)::numeric, 6)
-- buckets by a list
select width_bucket(revenue_eur, array[0, 50, 100, 500]) as b, count(*) from fct_orders where revenue_eur is not null group by 1 order by 1
-- histogram
select floor(revenue_eur / 100) * 100 as bin, count(*) from fct_orders group by 1 order by 1 limit 10
-- safe division
select country, sum(returned_eur) / nullif(sum(revenue_eur), 0) from fct_orders group by 1 order by 1
-- least and greatest of columns
select greatest(gross_eur, revenue_eur, 0), least(gross_eur, revenue_eur) from fct_orders order by order_id limit 3
-- casts of many kinds
select '1'::int, '1.50'::numeric(10, 2), '2026-01-01'::date, 'true'::boolean, 5::text, 3.7::int, '10:00'::time, '1 day'::interval
-- cast by function
select cast(order_date as timestamp), cast(items_count as numeric) from fct_orders order by order_id limit 1
-- funnel
select count(*) as sessions, count(*) filter (where has_product_view) as viewed, count(*) filter (where has_add_to_cart) as carted, count(*) filter (where has_checkout) as checked, count(*) filter (where has_purchase) as bought from fct_sessions
-- funnel by source
select traffic_source, round(100.0 * count(*) filter (where has_purchase) / count(*), 2) as rate from fct_sessions group by 1 order by 1
-- retention by months
with f as (select customer_key, min(date_trunc('month', order_date)) as cohort from fct_orders where not is_cancelled group by 1) select f.cohort::date, (extract(year from age(o.order_date, f.cohort)) * 12 + extract(month from age(o.order_date, f.cohort)))::int as month, count(distinct o.customer_key) from fct_orders as o join f using (customer_key) group by 1, 2 order by 1, 2 limit 20
-- recency, frequency, money
select ntile(4) over (order by max(order_date), customer_key) as r, ntile(4) over (order by count(*), customer_key) as f, ntile(4) over (order by sum(revenue_eur), customer_key) as m, customer_key from fct_orders where not is_cancelled group by customer_key order by customer_key limit 5
-- bought together
select a.product_id, b.product_id, count(*) from fct_order_items as a join fct_order_items as b on a.order_id = b.order_id and a.product_id < b.product_id group by 1, 2 order by 3 desc, 1, 2 limit 3
-- time between orders
select round(avg(gap), 4) from (select order_date - lag(order_date) over (partition by customer_key order by order_date, order_id) as gap from fct_orders where not is_cancelled and customer_key <> 'unknown') as x
-- ABC classes
with p as (select product_id, sum(revenue_eur) as r from fct_order_items group by 1), c as (select product_id, sum(r) over (order by r desc, product_id) / sum(r) over () as s from p) select case when s <= 0.8 then 'A' when s <= 0.95 then 'B' else 'C' end as class, count(*) from c group by 1 order by 1
-- contribution to growth
with y as (select country, sum(revenue_eur) filter (where order_date >= '2026-01-01') as now, sum(revenue_eur) filter (where order_date < '2026-01-01') as before from fct_orders group by 1) select country, (now - before) / sum(before) over () from y order by 1
-- Z score
select order_date, (r - avg(r) over ()) / nullif(stddev(r) over (), 0) as z from (select order_date, sum(revenue_eur) as r from fct_orders group by 1) as d order by 2 desc, 1 limit 5
-- weekday baseline
select order_date, r, avg(r) over (partition by extract(isodow from order_date) order by order_date rows between 4 preceding and 1 preceding) as usual from (select order_date, sum(revenue_eur) as r from fct_orders group by 1) as d order by 1 limit 12
-- late orders and their tickets
select o.is_delivered_late, count(distinct t.ticket_id)::numeric / count(distinct o.order_id) from fct_orders as o left join fct_support_tickets as t on t.order_id = o.order_id group by 1 order by 1 nulls last
-- exchange rates carried forward
select d.date_day, (select f.rate from fct_fx_rates as f where f.currency = 'GBP' and f.rate_date <= d.date_day order by f.rate_date desc limit 1) from dim_dates as d where d.date_day between '2026-01-01' and '2026-01-07' order by 1
-- scorecard
select entity, count(*) from scorecard group by 1 order by 1
-- exclusions by rule
select entity, rule, count(*) from exclusions group by 1, 2 order by 1, 2
-- rows that flow
select * from row_flow order by 1 limit 20
-- files joined with exclusions
select f.entity, count(distinct f.file_id), count(e.rule) from quality.files as f left join quality.exclusions as e on e._file_id = f.file_id group by 1 order by 1
-- lineage columns
select _file_id, min(_line), max(_line) from fct_orders group by 1 order by 1 limit 3
-- star of one table in a join
select o.* from fct_orders as o join dim_customers as c using (customer_key) where c.segment = 'business' order by o.order_id limit 2
-- alias used in order
select country as c, count(*) as n from fct_orders group by c order by n desc, c limit 3
-- mixed case aliases
select count(*) as "Number of Orders" from fct_orders
-- nested functions
select coalesce(nullif(trim(upper(substring(country from 1 for 3))), ''), 'none') as c, count(*) from fct_orders group by 1 order by 1
-- deep nesting
select (((((select count(*) from (select * from (select order_id from fct_orders) as a) as b)))))
-- long list
select count(*) from dim_products where product_id in ('P-0001', 'P-0002', 'P-0003', 'P-0004', 'P-0005', 'P-0006', 'P-0007', 'P-0008', 'P-0009', 'P-0010')
-- fetch with ties
select country, count(*) as n from fct_orders group by 1 order by n desc fetch first 2 rows with ties
-- quarter over quarter growth
with q as (select date_trunc('quarter', order_date)::date as quarter, sum(revenue_eur) as revenue from fct_orders group by 1) select quarter, revenue, round(100 * (revenue / nullif(lag(revenue) over (order by quarter), 0) - 1), 2) as growth from q order by quarter
-- year over year by month side by side
select extract(month from order_date)::int as month, sum(revenue_eur) filter (where extract(year from order_date) = 2025) as y2025, sum(revenue_eur) filter (where extract(year from order_date) = 2026) as y2026 from fct_orders group by 1 order by 1
-- hours by weekday
select extract(isodow from started_at at time zone 'UTC')::int as day, extract(hour from started_at at time zone 'UTC')::int as hour, count(*) from fct_sessions group by 1, 2 order by 1, 2
-- share within a parent group
select country, channel, count(*) as n, round(count(*)::numeric / sum(count(*)) over (partition by country), 4) as part from fct_orders group by 1, 2 order by 1, 2
-- first and last order of each customer
select distinct on (customer_key) customer_key, first_value(order_id) over w as first_order, last_value(order_id) over w as last_order from fct_orders where customer_key <> 'unknown' window w as (partition by customer_key order by ordered_at, order_id rows between unbounded preceding and unbounded following) order by customer_key limit 50
-- time to second order
with o as (select customer_key, ordered_at, row_number() over (partition by customer_key order by ordered_at, order_id) as n from fct_orders where not is_cancelled) select round(avg(extract(epoch from b.ordered_at - a.ordered_at) / 86400)::numeric, 3) from o as a join o as b on a.customer_key = b.customer_key and a.n = 1 and b.n = 2
-- deciles of customers by revenue
select decile, count(*), sum(revenue) from (select customer_key, sum(revenue_eur) as revenue, ntile(10) over (order by sum(revenue_eur) desc, customer_key) as decile from fct_orders group by customer_key) as t group by decile order by decile
-- share of revenue of the top ten per cent
with c as (select customer_key, sum(revenue_eur) as r from fct_orders group by 1), p as (select r, percent_rank() over (order by r desc) as place from c) select round(sum(r) filter (where place <= 0.1) / sum(r), 4) from p
-- gini of revenue
with c as (select sum(revenue_eur)::float8 as r from fct_orders group by customer_key), s as (select r, row_number() over (order by r) as i, count(*) over () as n from c where r > 0) select round((2 * sum(i * r) / (max(n) * sum(r)) - (max(n) + 1)::float8 / max(n))::numeric, 6) from s
-- orders per basket size
select least(items_count, 5) as size, count(*) from fct_orders group by 1 order by 1
-- hours between messages
select date_trunc('day', opened_at at time zone 'UTC')::date as day, percentile_cont(array[0.5, 0.9]) within group (order by first_answer_hours) from fct_support_tickets where first_answer_hours is not null group by 1 order by 1 limit 20
-- backlog by day
with d as (select day::date from generate_series('2026-09-01'::date, '2026-09-30'::date, interval '1 day') as day) select d.day, (select count(*) from fct_support_tickets as t where t.opened_at < d.day + 1 and (t.closed_at is null or t.closed_at >= d.day + 1)) as open from d order by 1
-- text length bands
select case when length(body) < 50 then 'short' when length(body) < 200 then 'medium' else 'long' end as size, count(*), avg(rating) from fct_reviews where body is not null group by 1 order by 1
-- words in titles
select lower(word) as word, count(*) from fct_reviews cross join lateral regexp_split_to_table(title, '\s+') as word where title is not null group by 1 order by 2 desc, 1 limit 20
-- issues unnested
select issue, count(*) from fct_orders cross join lateral unnest(issues) as issue group by issue order by 2 desc, 1
-- orders without items
select o.status, count(*) from fct_orders as o where not exists (select from fct_order_items as i where i.order_id = o.order_id) group by 1 order by 1
-- full outer by day
select coalesce(o.day, s.day) as day, o.n as orders, s.n as visits from (select order_date as day, count(*) as n from fct_orders group by 1) as o full join (select session_date as day, count(*) as n from fct_sessions group by 1) as s on o.day = s.day order by 1 limit 30
-- median by filter
select percentile_cont(0.5) within group (order by days_to_deliver) filter (where country = 'Germany') as de, percentile_cont(0.5) within group (order by days_to_deliver) filter (where country = 'France') as fr from fct_orders
-- ordered string list per group
select country, string_agg(distinct channel, ', ' order by channel) from fct_orders group by country order by country
-- rolling distinct customers
select d.date_day, (select count(distinct customer_key) from fct_orders as o where o.order_date between d.date_day - 6 and d.date_day) as weekly from dim_dates as d where d.date_day between '2026-10-01' and '2026-10-10' order by 1
-- moving sum over days with gaps
select order_date, sum(sum(revenue_eur)) over (order by order_date range between interval '6 days' preceding and current row) from fct_orders where country = 'Austria' group by order_date order by order_date limit 40
-- cumulative share
select product_id, revenue, round(sum(revenue) over (order by revenue desc, product_id) / sum(revenue) over (), 4) as reached from (select product_id, sum(revenue_eur) as revenue from fct_order_items group by 1) as t order by revenue desc, product_id limit 25
-- case inside an aggregate
select sum(case when is_cancelled then 1 else 0 end)::float8 / count(*) as rate, avg((not is_cancelled)::int) from fct_orders
-- boolean grouping
select is_first_order, is_returned, count(*) from fct_orders group by is_first_order, is_returned order by 1, 2
-- having with several conditions
select country, count(*) from fct_orders group by country having count(*) > 10 and avg(revenue_eur) > 10 order by country
-- nested window in a CTE
with r as (select country, order_date, sum(revenue_eur) as v from fct_orders group by 1, 2), m as (select *, max(v) over (partition by country) as top from r) select country, order_date, v from m where v = top order by country, order_date
-- union of metrics as rows
select 'orders' as metric, count(*)::numeric as value from fct_orders union all select 'revenue', sum(revenue_eur) from fct_orders union all select 'visits', count(*) from fct_sessions order by 1
-- values joined
select v.label, count(*) from (values (1, 'low'), (2, 'low'), (3, 'middle'), (4, 'high'), (5, 'high')) as v (stars, label) join fct_reviews as r on r.rating = v.stars group by v.label order by v.label
-- array of top products
select category, (array_agg(product_name order by list_price_eur desc nulls last, product_id))[1:3] as dearest from dim_products group by category order by category
-- json per country
select country, jsonb_build_object('orders', count(*), 'revenue', round(sum(revenue_eur), 2)) from fct_orders group by country order by country
-- json read back
select country, (j ->> 'n')::int from (select country, to_jsonb(t) as j from (select country, count(*) as n from fct_orders group by country) as t) as s order by 1
-- date label
select to_char(order_date, 'IYYY-"W"IW') as week, count(*) from fct_orders group by 1 order by 1 limit 20
-- half years by case
select case when extract(month from order_date) <= 6 then 'H1' else 'H2' end || ' ' || extract(year from order_date)::text as half, sum(revenue_eur) from fct_orders group by 1 order by 1
-- fiscal year from April
select extract(year from order_date - interval '3 months')::int as fiscal_year, sum(revenue_eur) from fct_orders group by 1 order by 1
-- working days only
select count(*) from fct_orders where extract(isodow from order_date) between 1 and 5
-- last complete month
select sum(revenue_eur) from fct_orders where order_date >= date_trunc('month', date '2026-10-31') - interval '1 month' and order_date < date_trunc('month', date '2026-10-31')
-- age bands
select width_bucket(2026 - birth_year, 20, 80, 6) as band, count(*) from dim_customers where birth_year is not null group by 1 order by 1
-- coupon use
select coalesce(nullif(coupon_code, ''), '(none)') as coupon, count(*), round(avg(revenue_eur), 2) from fct_orders group by 1 order by 2 desc, 1
-- payment success by provider and method
select provider, method, count(*) filter (where not is_failed)::numeric / count(*) as success from fct_payments group by grouping sets ((provider, method), (provider), ()) order by 1 nulls last, 2 nulls last
-- days since last order
select customer_key, date '2026-10-31' - max(order_date) as days from fct_orders where customer_key <> 'unknown' group by customer_key order by 2 desc, 1 limit 20
-- refunds after how many days
select avg(y.payment_date - o.order_date) from fct_payments as y join fct_orders as o using (order_id) where y.status = 'refunded'
-- attribution of orders to sources
select coalesce(s.traffic_source, 'none') as source, count(distinct o.order_id), sum(o.revenue_eur) from fct_orders as o left join fct_sessions as s on s.order_id = o.order_id group by 1 order by 2 desc, 1
-- funnel rates
select device, count(*) as visits, avg(has_product_view::int) as viewed, avg(has_add_to_cart::int) as carted, avg(has_checkout::int) as checked_out, avg(has_purchase::int) as bought from fct_sessions group by device order by device
-- entry and exit pages
select landing_page, count(*) filter (where is_bounce) as bounced, count(*) from fct_sessions group by landing_page order by 3 desc, 1 limit 10
-- search terms
select lower(trim(search_term)) as term, count(*) from fct_web_events where search_term is not null group by 1 order by 2 desc, 1 limit 15
-- correlation by category
select p.category, round(corr(i.unit_price, i.quantity)::numeric, 6) from fct_order_items as i join dim_products as p using (product_id) group by 1 order by 1
-- price bands of products
select case when list_price_eur < 25 then '< 25' when list_price_eur < 100 then '25-100' else '100+' end as band, count(*), min(list_price_eur), max(list_price_eur) from dim_products where product_id <> 'unknown' group by 1 order by 1
-- versions of a customer
select changed, count(*) from dim_customers_history where version_number > 1 group by changed order by 2 desc, 1 limit 10
-- price changes
select product_id, count(distinct list_price) from dim_products_history group by product_id having count(distinct list_price) > 1 order by 1
-- exchange rate range
select currency, min(rate), max(rate), (max(rate) - min(rate)) / nullif(avg(rate), 0) as span from fct_fx_rates group by currency order by currency
-- why column searched
select order_date, country, why from context_daily_revenue where is_unusual and why ilike '%below%' order by order_date, country limit 10
-- late orders and tickets
select o.is_delivered_late, count(distinct o.order_id) as orders, count(distinct t.ticket_id) as tickets from fct_orders as o left join fct_support_tickets as t on t.order_id = o.order_id group by 1 order by 1 nulls last
-- best month of each country
select country, month, v from (select country, date_trunc('month', order_date)::date as month, sum(revenue_eur) as v, rank() over (partition by country order by sum(revenue_eur) desc) as place from fct_orders group by 1, 2) as t where place = 1 order by country
-- streaks of days above average
with d as (select order_date, sum(revenue_eur) as v from fct_orders group by 1), f as (select order_date, v > avg(v) over () as high from d), g as (select order_date, high, order_date - (row_number() over (partition by high order by order_date))::int as island from f) select min(order_date), max(order_date), count(*) from g where high group by island order by 3 desc, 1 limit 5
-- recursive months
with recursive m (month) as (select date '2026-01-01' union all select (month + interval '1 month')::date from m where month < date '2026-10-01') select m.month, count(o.order_id) from m left join fct_orders as o on date_trunc('month', o.order_date)::date = m.month group by 1 order by 1
-- percent formatted
select country, to_char(100.0 * count(*) / sum(count(*)) over (), 'FM990.0') || ' %' from fct_orders group by country order by country
-- greatest of dates
select count(*) from fct_orders where greatest(shipped_at, delivered_at) > ordered_at + interval '10 days'
-- is distinct from
select count(*) from fct_orders where coupon_code is distinct from 'WELCOME10'
-- overlap of arrays
select count(*) from context_tickets where topics && array['refund', 'return']
-- tickets reopened by text
select count(*) from context_messages where author = 'customer' and body ~* '\m(still|again|immer noch|toujours)\M'
-- sorted by an expression of outputs
select country, sum(revenue_eur) as r, count(*) as n from fct_orders group by country order by sum(revenue_eur) / count(*) desc, country
-- quantiles in one array
select percentile_disc(array[0.25, 0.5, 0.75]) within group (order by revenue_eur) from fct_orders
-- two-level aggregate with filter
select avg(n) filter (where n > 1), max(n) from (select count(*) as n from fct_orders where customer_key <> 'unknown' group by customer_key) as t
-- lateral with aggregate
select p.category, x.n from (select distinct category from dim_products) as p cross join lateral (select count(*) as n from dim_products as q where q.category = p.category and q.is_active) as x order by 1
