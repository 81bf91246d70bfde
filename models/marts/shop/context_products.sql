{{ config(indexes=[{'columns': ['product_id'], 'unique': True}]) }}

{%- set weight_of_category = 20 %}

with items as (
    select
        product_id,
        count(*) as lines_sold,
        sum(sold_quantity) as units_sold,
        sum(revenue_eur) as revenue_eur,
        count(*) filter (where returned_quantity > 0) as lines_returned,
        {{ most_frequent('return_reason', 'returned_quantity > 0') }} as main_return_reason
    from {{ ref('fct_order_items') }}
    where not is_cancelled
    group by product_id
),

reviews as (
    select
        product_id,
        count(*) as reviews_count,
        avg(rating) as average_rating,
        count(*) filter (where rating <= 2) as bad_reviews
    from {{ ref('fct_reviews') }}
    group by product_id
),

complaints as (
    select
        items.product_id,
        count(distinct tickets.ticket_id) as complaints_count
    from {{ ref('fct_support_tickets') }} as tickets
    inner join {{ ref('fct_order_items') }} as items on tickets.order_id = items.order_id
    where tickets.topic in ('damaged item', 'wrong item', 'return or exchange', 'refund')
    group by items.product_id
),

together as (
    select
        products.product_id,
        products.product_name,
        products.category,
        coalesce(items.lines_sold, 0) as lines_sold,
        coalesce(items.units_sold, 0) as units_sold,
        coalesce(items.revenue_eur, 0) as revenue_eur,
        coalesce(items.lines_returned, 0) as lines_returned,
        items.main_return_reason,
        coalesce(complaints.complaints_count, 0) as complaints_count,
        coalesce(reviews.reviews_count, 0) as reviews_count,
        coalesce(reviews.bad_reviews, 0) as bad_reviews,
        reviews.average_rating
    from {{ ref('dim_products') }} as products
    left join items on products.product_id = items.product_id
    left join reviews on products.product_id = reviews.product_id
    left join complaints on products.product_id = complaints.product_id
    where products.product_id <> 'unknown'
),

-- What its category leads us to expect of a product that has sold so much.
expected as (
    select
        together.product_id,
        together.lines_sold * sum(together.lines_returned) over of_category
        / nullif(sum(together.lines_sold) over of_category, 0) as expected_returns,
        together.lines_sold * sum(together.complaints_count) over of_category
        / nullif(sum(together.lines_sold) over of_category, 0) as expected_complaints,
        together.reviews_count * sum(together.bad_reviews) over of_category
        / nullif(sum(together.reviews_count) over of_category, 0) as expected_bad_reviews
    from together
    window of_category as (partition by together.category)
),

surprises as (
    select
        together.product_id,
        expected.expected_returns,
        expected.expected_complaints,
        expected.expected_bad_reviews,
        {{ surprise('together.lines_returned', 'expected.expected_returns') }} as returns_surprise,
        {{ surprise('together.complaints_count', 'expected.expected_complaints') }} as complaints_surprise,
        {{ surprise('together.bad_reviews', 'expected.expected_bad_reviews') }} as bad_reviews_surprise
    from together
    inner join expected on together.product_id = expected.product_id
)

select
    together.product_id,
    together.product_name,
    together.category,
    together.lines_sold::integer as lines_sold,
    together.units_sold::integer as units_sold,
    together.revenue_eur,
    together.lines_returned::integer as lines_returned,
    round(together.lines_returned / nullif(together.lines_sold, 0)::numeric, 4) as return_rate,
    together.main_return_reason,
    together.complaints_count::integer as complaints_count,
    together.reviews_count::integer as reviews_count,
    round(together.average_rating::numeric, 2) as average_rating,
    round(surprises.returns_surprise::numeric, 2) as returns_surprise,
    round(surprises.complaints_surprise::numeric, 2) as complaints_surprise,
    round(surprises.bad_reviews_surprise::numeric, 2) as bad_reviews_surprise,
    (
        coalesce(surprises.returns_surprise > 2, false)::integer
        + coalesce(surprises.complaints_surprise > 2, false)::integer
        + coalesce(surprises.bad_reviews_surprise > 2, false)::integer
    ) as signs_of_trouble,
    {{ sentence([
        "case when surprises.returns_surprise > 2 then format(
            'returned %s times, where its category leads to expect %s%s', together.lines_returned,
            round(surprises.expected_returns::numeric, 1),
            ', most often as ' || replace(together.main_return_reason, '_', ' ')
        ) end",
        "case when surprises.complaints_surprise > 2 then format(
            '%s complaints instead of %s', together.complaints_count, round(surprises.expected_complaints::numeric, 1)
        ) end",
        "case when surprises.bad_reviews_surprise > 2 then format(
            '%s of %s reviews are bad instead of %s', together.bad_reviews, together.reviews_count,
            round(surprises.expected_bad_reviews::numeric, 1)
        ) end",
    ]) }} as why
from together
inner join surprises on together.product_id = surprises.product_id
