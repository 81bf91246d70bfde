{{ config(
    materialized='incremental',
    meta={'own_files': ['reviews']},
    incremental_strategy='replace_affected',
    changed_key='review_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['review_id']},
    ],
    pre_hook="{{ affected_by_files('stg_shop__reviews', 'review_id', ['reviews'], links=[('customer_id', ['int_links__customers']), ('product_id', ['int_links__products'])]) }}",
    post_hook='{{ note_built() }}',
) }}

with reviews as (
    {{- rows_to_judge('stg_shop__reviews', ['reviews']) }}
),

copies as (
    select
        reviews._file_id,
        reviews._line,
        {{ kept_instead('reviews.review_id', is_excluded('reviews', 'reviews._issues')) }} as kept_instead
    from reviews
    left join {{ ref('stg_ledger__files') }} as files on reviews._file_id = files.file_id
),

judged as (
    select
        reviews._file_id,
        reviews._line,
        copies.kept_instead,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        coalesce(products.product_id, 'unknown') as product_key,
        reviews._issues || {{ issue_codes([
            ('review_duplicate', "copies.kept_instead is not null"),
            ('product_orphan', "products.product_id is null"),
        ]) }} as all_issues
    from reviews
    inner join copies on reviews._file_id = copies._file_id and reviews._line = copies._line
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on reviews.customer_id = crosswalk.linked_id
    left join {{ ref('int_products__judged') }} as products
        on reviews.product_id = products.product_id and not products.is_excluded
)

select
    reviews.review_id,
    reviews.product_id,
    judged.product_key,
    reviews.customer_id,
    judged.customer_key,
    reviews.rating,
    reviews.title,
    reviews.body,
    reviews.reviewed_at,
    reviews.language,
    reviews.is_verified_purchase,
    reviews.helpful_votes,
    judged.all_issues as _issues,
    {{ is_excluded('reviews', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    reviews._file_id,
    reviews._line
from reviews
inner join judged on reviews._file_id = judged._file_id and reviews._line = judged._line
