with source as (
    select * from {{ source('shop', 'reviews') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.review_id,
        reading.product_id,
        reading.customer_id,
        reading.rating_as_written,
        reading.title_read_back,
        reading.body_read_back,
        reading.reviewed_at,
        reading.language,
        reading.is_verified_purchase,
        reading.helpful_votes,
        reading.raw_title,
        reading.raw_body,
        reading.raw_is_verified_purchase,
        reading.raw_helpful_votes
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('review_id') }} as review_id,
                {{ clean_id('product_id') }} as product_id,
                {{ clean_id('customer_id') }} as customer_id,
                {{ to_integer('rating') }} as rating_as_written,
                {{ fix_mojibake('title') }} as title_read_back,
                {{ fix_mojibake('body') }} as body_read_back,
                {{ to_timestamp_iso('reviewed_at') }} as reviewed_at,
                {{ clean_word('language') }} as language,
                {{ to_boolean('verified_purchase') }} as is_verified_purchase,
                {{ to_integer('helpful_votes') }} as helpful_votes,
                title as raw_title,
                body as raw_body,
                verified_purchase as raw_is_verified_purchase,
                helpful_votes as raw_helpful_votes
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        review_id,
        product_id,
        customer_id,
        rating_as_written,
        title_read_back,
        body_read_back,
        reviewed_at,
        language,
        is_verified_purchase,
        helpful_votes,
        {{ issue_codes([
            ('key_missing', 'review_id is null'),
            ('reviewed_at_invalid', 'reviewed_at is null'),
            ('rating_out_of_range', 'rating_as_written is null or rating_as_written not between 1 and 5'),
            ('html_in_text', has_html('title_read_back') ~ ' or ' ~ has_html('body_read_back')),
            ('mojibake', 'title_read_back <> raw_title or body_read_back <> raw_body'),
            ('verified_purchase_invalid', is_unreadable('raw_is_verified_purchase', 'is_verified_purchase')),
            ('helpful_votes_invalid', is_unreadable('raw_helpful_votes', 'helpful_votes')),
        ]) }} as _issues
    from cleaned
)

select
    review_id,
    product_id,
    customer_id,
    case when rating_as_written between 1 and 5 then rating_as_written end as rating,
    {{ clean_prose(strip_html('title_read_back')) }} as title,
    {{ clean_prose(strip_html('body_read_back')) }} as body,
    reviewed_at,
    language,
    is_verified_purchase,
    helpful_votes,
    _issues,
    _file_id,
    _line
from flagged
