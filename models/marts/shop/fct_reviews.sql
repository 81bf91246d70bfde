{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='review_id',
    changed_key='review_id',
    indexes=[
        {'columns': ['review_id'], 'unique': True},
        {'columns': ['product_id']},
    ],
    pre_hook="{{ affected_by('review_id', [('int_reviews__judged', 'review_id')], ['int_reviews__judged']) }}",
    post_hook='{{ note_built() }}',
) }}

select
    review_id,
    product_key as product_id,
    customer_key,
    rating,
    title,
    body,
    coalesce(language, 'unknown') as language,
    reviewed_at,
    (reviewed_at at time zone 'UTC')::date as review_date,
    coalesce(is_verified_purchase, false) as is_verified_purchase,
    coalesce(helpful_votes, 0) as helpful_votes,
    _issues as issues,
    _file_id,
    _line
from {{ ref('int_reviews__judged') }}
where not is_excluded and {{ is_affected('review_id') }}
