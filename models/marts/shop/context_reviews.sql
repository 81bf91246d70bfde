{{ config(indexes=[
    {'columns': ['review_id'], 'unique': True},
    {'columns': ['product_id']},
]) }}

with reviews as (
    select
        reviews.review_id,
        reviews.product_id,
        products.category,
        reviews.customer_key,
        reviews.reviewed_at,
        reviews.review_date,
        reviews.rating,
        reviews.language as stated_language,
        texts.language,
        texts.words_count,
        coalesce(measured.sentiment, 0) as sentiment,
        measured.strongest_words,
        coalesce(measured.topics, {{ no_texts() }}) as topics,
        coalesce(measured.mentioned_products, {{ no_texts() }}) as mentioned_products,
        measured.wording,
        reviews._file_id,
        reviews._line
    from {{ ref('fct_reviews') }} as reviews
    inner join {{ ref('dim_products') }} as products on reviews.product_id = products.product_id
    left join {{ ref('int_texts') }} as texts on reviews.review_id = texts.text_id
    left join {{ ref('int_texts__measured') }} as measured on reviews.review_id = measured.text_id
),

copies as (
    select
        review_id,
        count(*) over (partition by wording) as same_wording_count,
        first_value(review_id) over (partition by wording order by reviewed_at, review_id) as first_of_wording
    from reviews
    where wording is not null
),

-- The sentiment that texts with so many stars usually have.
usual_sentiments as (
    select
        rating,
        {{ median('sentiment') }} as usual_sentiment
    from reviews
    where rating is not null
    group by rating
)

select
    reviews.review_id,
    reviews.product_id,
    reviews.category,
    reviews.customer_key,
    reviews.reviewed_at,
    reviews.review_date,
    reviews.rating,
    reviews.language,
    coalesce(reviews.language <> reviews.stated_language and reviews.stated_language <> 'unknown', false)
        as is_language_misstated,
    coalesce(reviews.words_count, 0) as words_count,
    round(reviews.sentiment::numeric, 3) as sentiment,
    {{ sentiment_word('reviews.sentiment') }} as sentiment_label,
    round(usual_sentiments.usual_sentiment::numeric, 3) as usual_sentiment,
    reviews.strongest_words,
    reviews.topics,
    reviews.mentioned_products,
    case
        when {{ elements_count('reviews.mentioned_products') }} > 0
            then {{ is_element('reviews.product_id', 'reviews.mentioned_products') }}
    end as mentions_own_product,
    coalesce(
        (reviews.rating >= 4 and reviews.sentiment <= -0.3) or (reviews.rating <= 2 and reviews.sentiment >= 0.3),
        false
    ) as contradicts_rating,
    coalesce(copies.same_wording_count, 1)::integer as same_wording_count,
    case when copies.first_of_wording <> reviews.review_id then copies.first_of_wording end as near_duplicate_of,
    {{ sentence([
        "case when reviews.rating >= 4 and reviews.sentiment <= -0.3 then format(
            '%s stars, but it reads like a complaint: %s', reviews.rating, reviews.strongest_words
        ) end",
        "case when reviews.rating <= 2 and reviews.sentiment >= 0.3 then format(
            'only %s stars, but it reads like praise: %s', reviews.rating, reviews.strongest_words
        ) end",
        "case when " ~ elements_count('reviews.mentioned_products') ~ " > 0
            and not " ~ is_element('reviews.product_id', 'reviews.mentioned_products') ~ "
            then 'names another product: ' || " ~ joined_texts('reviews.mentioned_products', ', ') ~ " end",
        "case when copies.same_wording_count > 1 then format(
            'one of %s reviews of nearly the same wording', copies.same_wording_count
        ) end",
        "case when reviews.language <> reviews.stated_language and reviews.stated_language <> 'unknown' then format(
            'written in %s, not in %s', reviews.language, reviews.stated_language
        ) end",
    ]) }} as why,
    reviews._file_id,
    reviews._line
from reviews
left join copies on reviews.review_id = copies.review_id
left join usual_sentiments on reviews.rating = usual_sentiments.rating
