{{ config(indexes=[{'columns': ['product_id', 'month_start'], 'unique': True}]) }}

{%- set weight_of_category = 20 %}

with sold as (
    select
        product_id,
        date_trunc('month', order_date)::date as month_start,
        count(*) as lines_sold,
        sum(quantity) as units_sold
    from {{ ref('fct_order_items') }}
    where not is_cancelled and product_id <> 'unknown'
    group by product_id, date_trunc('month', order_date)
),

returned_by_reason as (
    select
        product_id,
        date_trunc('month', returned_at at time zone 'UTC')::date as month_start,
        return_reason,
        count(*) as lines_returned,
        sum(returned_quantity) as units_returned
    from {{ ref('fct_order_items') }}
    where returned_quantity > 0 and returned_at is not null and product_id <> 'unknown'
    group by product_id, date_trunc('month', returned_at at time zone 'UTC'), return_reason
),

returned as (
    select
        product_id,
        month_start,
        sum(lines_returned) as lines_returned,
        sum(units_returned) as units_returned,
        {{ first_gathered('return_reason', 'lines_returned desc, return_reason asc', 'return_reason is not null') }}
            as main_reason,
        max(lines_returned) filter (where return_reason is not null) as lines_of_main_reason
    from returned_by_reason
    group by product_id, month_start
),

reviewed as (
    select
        product_id,
        date_trunc('month', review_date)::date as month_start,
        count(*) as reviews_count,
        avg(rating) as average_rating
    from {{ ref('fct_reviews') }}
    where product_id <> 'unknown'
    group by product_id, date_trunc('month', review_date)
),

-- Complaints about the orders that the product was part of.
complained as (
    select
        items.product_id,
        date_trunc('month', tickets.opened_date)::date as month_start,
        count(distinct tickets.ticket_id) as tickets_count
    from {{ ref('fct_support_tickets') }} as tickets
    inner join {{ ref('fct_order_items') }} as items on tickets.order_id = items.order_id
    where
        tickets.topic in ('damaged item', 'wrong item', 'return or exchange', 'refund')
        and items.product_id <> 'unknown'
    group by items.product_id, date_trunc('month', tickets.opened_date)
),

months as (
    select
        coalesce(sold.product_id, returned.product_id) as product_id,
        coalesce(sold.month_start, returned.month_start) as month_start,
        coalesce(sold.lines_sold, 0) as lines_sold,
        coalesce(sold.units_sold, 0) as units_sold,
        coalesce(returned.lines_returned, 0) as lines_returned,
        coalesce(returned.units_returned, 0) as units_returned,
        returned.main_reason,
        coalesce(returned.lines_of_main_reason, 0) as lines_of_main_reason
    from sold
    full outer join returned on sold.product_id = returned.product_id and sold.month_start = returned.month_start
),

-- What comes back in a month was sold in it or in the month before.
with_months_before as (
    select
        months.product_id,
        products.category,
        months.month_start,
        months.lines_sold,
        months.units_sold,
        months.lines_returned,
        months.units_returned,
        months.main_reason,
        months.lines_of_main_reason,
        (months.lines_sold + coalesce(earlier.lines_sold, months.lines_sold)) / 2.0 as lines_at_risk
    from months
    inner join {{ ref('dim_products') }} as products on months.product_id = products.product_id
    left join months as earlier
        on
            months.product_id = earlier.product_id
            and earlier.month_start = (months.month_start - interval '1 month')::date
),

-- The product's own rate in all its other months, steadied by its category's while it has sold little.
expected as (
    select
        product_id,
        category,
        month_start,
        lines_sold,
        units_sold,
        lines_returned,
        units_returned,
        main_reason,
        lines_of_main_reason,
        lines_at_risk,
        (
            sum(lines_returned) over of_product - lines_returned
            + {{ weight_of_category }} * sum(lines_returned) over of_category
            / nullif(sum(lines_sold) over of_category, 0)
        ) / nullif(sum(lines_sold) over of_product - lines_sold + {{ weight_of_category }}, 0) as usual_rate
    from with_months_before
    window
        of_product as (partition by product_id),
        of_category as (partition by category)
),

-- Where four of five come back for one reason, that they have a cause in common, less is needed to call them many.
compared as (
    select
        product_id,
        category,
        month_start,
        lines_sold,
        units_sold,
        lines_returned,
        units_returned,
        main_reason,
        usual_rate,
        usual_rate * lines_at_risk as expected_returns,
        {{ surprise('lines_returned', 'usual_rate * lines_at_risk') }} as surprise,
        lines_returned > {{ usual_at_most(
            'usual_rate * lines_at_risk', 1,
            'case when lines_of_main_reason >= 0.8 * lines_returned then 3 else 4 end', 2.5
        ) }} as is_unusual
    from expected
)

select
    concat(compared.product_id, ' ', compared.month_start) as product_month,
    compared.product_id,
    compared.category,
    compared.month_start,
    compared.lines_sold::integer as lines_sold,
    compared.units_sold::integer as units_sold,
    compared.lines_returned::integer as lines_returned,
    compared.units_returned::integer as units_returned,
    compared.main_reason,
    round(compared.usual_rate::numeric, 4) as usual_return_rate,
    round(compared.expected_returns::numeric, 1) as expected_returns,
    round(compared.surprise::numeric, 2) as surprise,
    coalesce(complained.tickets_count, 0)::integer as tickets_count,
    coalesce(reviewed.reviews_count, 0)::integer as reviews_count,
    round(reviewed.average_rating::numeric, 2) as average_rating,
    coalesce(compared.is_unusual, false) as is_unusual,
    case
        when compared.is_unusual
            then format(
                '%s returns in the month, most often as %s, where %s were to be expected of %s lines sold; '
                'complaints: %s, average rating: %s.',
                compared.lines_returned,
                coalesce(replace(compared.main_reason, '_', ' '), 'unknown'),
                round(compared.expected_returns::numeric, 1),
                compared.lines_sold,
                coalesce(complained.tickets_count, 0),
                coalesce(round(reviewed.average_rating::numeric, 1)::text, 'none')
            )
    end as why
from compared
left join complained
    on compared.product_id = complained.product_id and compared.month_start = complained.month_start
left join reviewed
    on compared.product_id = reviewed.product_id and compared.month_start = reviewed.month_start
