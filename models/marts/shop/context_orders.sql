{{ config(indexes=[
    {'columns': ['order_id'], 'unique': True},
    {'columns': ['customer_key']},
]) }}

{%- set most_robust_deviations = 3 %}
{%- set least_peers = 30 %}

with orders as (
    select
        orders.order_id,
        orders.customer_key,
        orders.ordered_at,
        orders.order_date,
        orders.country_code,
        orders.currency,
        customers.segment,
        concat_ws(
            ' / ', customers.segment, orders.currency, date_trunc('quarter', orders.order_date)::date
        ) as peers_key,
        orders.is_delivered_late,
        orders.days_to_deliver,
        orders.gross_eur,
        orders.revenue_eur,
        ln(greatest(orders.gross_eur, 1)::double precision) as log_value,
        orders._file_id,
        orders._line
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('dim_customers') }} as customers on orders.customer_key = customers.customer_key
),

-- Orders are compared with those of the same segment, currency and quarter, or, where these are few, of
-- the same currency. Values vary by factors: on a logarithmic scale. Peers have one key, not three columns: of a
-- join by three the planner expects a single row, and may go through all orders again for each order.
medians_of_peers as (
    select
        peers_key,
        count(*) as peers_count,
        {{ median('log_value') }} as median_log
    from orders
    group by peers_key
),

medians_of_currencies as (
    select
        currency,
        count(*) as peers_count,
        {{ median('log_value') }} as median_log
    from orders
    group by currency
),

peers as (
    select
        orders.peers_key,
        orders.currency,
        medians.peers_count,
        medians.median_log,
        {{ median('abs(orders.log_value - medians.median_log)') }} as deviation_log
    from orders
    inner join medians_of_peers as medians on orders.peers_key = medians.peers_key
    group by orders.peers_key, orders.currency, medians.peers_count, medians.median_log
),

currencies as materialized (
    select
        orders.currency,
        medians.peers_count,
        medians.median_log,
        {{ median('abs(orders.log_value - medians.median_log)') }} as deviation_log
    from orders
    inner join medians_of_currencies as medians on orders.currency = medians.currency
    group by orders.currency, medians.peers_count, medians.median_log
),

-- Beside each group its currency's figures, so that the orders need one join only.
peers_and_currencies as materialized (
    select
        peers.peers_key,
        case when peers.peers_count >= {{ least_peers }} then 'segment, currency and quarter' else 'currency' end
            as peer_group,
        case when peers.peers_count >= {{ least_peers }} then peers.peers_count else currencies.peers_count end
            as peers_count,
        case when peers.peers_count >= {{ least_peers }} then peers.median_log else currencies.median_log end
            as median_log,
        case when peers.peers_count >= {{ least_peers }} then peers.deviation_log else currencies.deviation_log end
            as deviation_log
    from peers
    inner join currencies on peers.currency = currencies.currency
),

-- The unknown customer is many people: no order of theirs comes before or after another.
neighbours as (
    select
        order_id,
        segment,
        currency,
        peers_key,
        gross_eur,
        log_value,
        case when customer_key <> 'unknown' then row_number() over of_customer end as order_number,
        case
            when customer_key <> 'unknown'
                then {{ previous('order_id', 'customer_key', 'ordered_at, order_id') }}
        end as previous_order_id,
        case
            when customer_key <> 'unknown'
                then {{ previous('ordered_at', 'customer_key', 'ordered_at, order_id') }}
        end as previous_ordered_at,
        case
            when customer_key <> 'unknown'
                then {{ following('order_id', 'customer_key', 'ordered_at, order_id') }}
        end as next_order_id,
        case
            when customer_key <> 'unknown'
                then {{ following('ordered_at', 'customer_key', 'ordered_at, order_id') }}
        end as next_ordered_at,
        case
            when customer_key <> 'unknown'
                then avg(revenue_eur) over (of_customer rows between unbounded preceding and 1 preceding)
        end as usual_before_eur,
        customer_key,
        ordered_at,
        order_date,
        country_code,
        is_delivered_late,
        days_to_deliver,
        revenue_eur,
        _file_id,
        _line
    from orders
    window of_customer as (partition by customer_key order by ordered_at, order_id)
),

tickets_around as (
    select
        orders.order_id,
        count(*) filter (where tickets.opened_at < orders.ordered_at) as tickets_before,
        count(*) filter (where tickets.opened_at >= orders.ordered_at) as tickets_after
    from orders
    inner join {{ ref('fct_support_tickets') }} as tickets
        on
            orders.customer_key = tickets.customer_key
            and tickets.opened_at >= orders.ordered_at - interval '30 days'
            and tickets.opened_at < orders.ordered_at + interval '30 days'
    where orders.customer_key <> 'unknown'
    group by orders.order_id
),

compared as (
    select
        neighbours.order_id,
        neighbours.customer_key,
        neighbours.ordered_at,
        neighbours.order_date,
        neighbours.country_code,
        neighbours.currency,
        neighbours.segment,
        neighbours.gross_eur,
        neighbours.revenue_eur,
        neighbours.order_number,
        neighbours.previous_order_id,
        neighbours.next_order_id,
        neighbours.previous_ordered_at,
        neighbours.next_ordered_at,
        neighbours.usual_before_eur,
        neighbours.is_delivered_late,
        neighbours.days_to_deliver,
        peers.peer_group,
        peers.peers_count,
        exp(peers.median_log) as peers_median_eur,
        {{ robust_distance('neighbours.log_value', 'peers.median_log', 'peers.deviation_log') }} as value_distance,
        neighbours._file_id,
        neighbours._line
    from neighbours
    inner join peers_and_currencies as peers on neighbours.peers_key = peers.peers_key
)

select
    compared.order_id,
    compared.customer_key,
    compared.ordered_at,
    compared.order_date,
    compared.country_code,
    compared.currency,
    compared.segment,
    compared.gross_eur,
    compared.revenue_eur,
    compared.order_number::integer as order_number,
    compared.previous_order_id,
    compared.next_order_id,
    {{ days_between('compared.previous_ordered_at', 'compared.ordered_at') }} as days_since_previous,
    {{ days_between('compared.ordered_at', 'compared.next_ordered_at') }} as days_to_next,
    round(compared.usual_before_eur, 2) as customers_usual_eur,
    coalesce(tickets_around.tickets_before, 0)::integer as tickets_before,
    coalesce(tickets_around.tickets_after, 0)::integer as tickets_after,
    compared.peer_group,
    compared.peers_count::integer as peers_count,
    round(compared.peers_median_eur::numeric, 2) as peers_median_eur,
    round(compared.value_distance::numeric, 2) as value_distance,
    coalesce(compared.value_distance > {{ most_robust_deviations }}, false) as is_value_outlier,
    {{ sentence([
        "case when compared.value_distance > " ~ most_robust_deviations ~ " then format(
            '%s EUR is %s times the median of %s orders of the same %s, %s robust deviations above it',
            round(compared.gross_eur), round((compared.gross_eur / compared.peers_median_eur)::numeric),
            compared.peers_count, compared.peer_group, round(compared.value_distance::numeric, 1)
        ) end",
        "case when compared.is_delivered_late then format(
            'delivered late, after %s days', round(compared.days_to_deliver)
        ) end",
        "case when tickets_around.tickets_after > 0 then format(
            'tickets within 30 days after it: %s', tickets_around.tickets_after
        ) end",
    ]) }} as why,
    compared._file_id,
    compared._line
from compared
left join tickets_around on compared.order_id = tickets_around.order_id
