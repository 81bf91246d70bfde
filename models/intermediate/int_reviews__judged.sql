with reviews as (
    select
        reviews.*,
        files.period_start,
        {{ is_excluded('reviews', 'reviews._issues') }} as is_unusable
    from {{ ref('stg_shop__reviews') }} as reviews
    left join {{ ref('stg_ledger__files') }} as files on reviews._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('review_id') }} as copy_number,
        {{ kept_copy('review_id') }} as kept_copy
    from reviews
),

linked as (
    select
        ranked.*,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        products.product_id as known_product_id
    from ranked
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on ranked.customer_id = crosswalk.customer_id
    left join {{ ref('int_products__judged') }} as products
        on ranked.product_id = products.product_id and not products.is_excluded
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('review_duplicate', "copy_number > 1"),
            ('product_orphan', "known_product_id is null"),
        ]) }} as all_issues
    from linked
)

select
    review_id,
    product_id,
    coalesce(known_product_id, 'unknown') as product_key,
    customer_id,
    customer_key,
    rating,
    title,
    body,
    reviewed_at,
    language,
    is_verified_purchase,
    helpful_votes,
    all_issues as _issues,
    {{ is_excluded('reviews', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
