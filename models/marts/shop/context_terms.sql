{{ config(indexes=[{'columns': ['segment_kind', 'segment', 'language', 'term'], 'unique': True}]) }}

{%- set terms_kept = 20 %}

with customers_texts as (
    select
        texts.language,
        texts.terms,
        tickets.topic,
        null as category,
        null as stars
    from {{ ref('int_texts') }} as texts
    inner join {{ ref('fct_support_tickets') }} as tickets on texts.subject_id = tickets.ticket_id
    where texts.kind = 'message' and texts.author = 'customer'
    union all
    select
        texts.language,
        texts.terms,
        null as topic,
        products.category,
        case
            when reviews.rating <= 2 then '1-2 stars'
            when reviews.rating = 3 then '3 stars'
            when reviews.rating >= 4 then '4-5 stars'
        end as stars
    from {{ ref('int_texts') }} as texts
    inner join {{ ref('fct_reviews') }} as reviews on texts.subject_id = reviews.review_id
    inner join {{ ref('dim_products') }} as products on reviews.product_id = products.product_id
    where texts.kind = 'review'
),

found as (
    select
        customers_texts.language,
        customers_texts.topic,
        customers_texts.category,
        customers_texts.stars,
        word.term,
        count(*) as texts_with_term
    from customers_texts
    cross join {{ elements('customers_texts.terms', 'word', 'term') }}
    group by
        customers_texts.language, customers_texts.topic, customers_texts.category, customers_texts.stars, word.term
),

terms as (
    select
        segments.kind as segment_kind,
        segments.segment,
        found.language,
        found.term,
        sum(found.texts_with_term)::bigint as texts_with_term
    from found
    cross join
        lateral (
            values ('ticket topic', found.topic), ('review category', found.category), ('review rating', found.stars)
        ) as segments (kind, segment)
    left join {{ ref('int_text__stop_words') }} as stop_words
        on found.term = stop_words.word and found.language = stop_words.language
    where stop_words.word is null and segments.segment is not null
    group by segments.kind, segments.segment, found.language, found.term
),

sizes as (
    select
        segments.kind as segment_kind,
        segments.segment,
        customers_texts.language,
        count(*) as texts_count
    from customers_texts
    cross join
        lateral (
            values
            ('ticket topic', customers_texts.topic),
            ('review category', customers_texts.category),
            ('review rating', customers_texts.stars)
        ) as segments (kind, segment)
    where segments.segment is not null
    group by segments.kind, segments.segment, customers_texts.language
),

-- How frequent a term is in the segment, against how many segments of its kind it occurs in.
weighed as (
    select
        terms.segment_kind,
        terms.segment,
        terms.language,
        terms.term,
        terms.texts_with_term,
        sizes.texts_count,
        terms.texts_with_term / sizes.texts_count::numeric as term_frequency,
        sum(terms.texts_with_term) over same_term / sum(sizes.texts_count) over same_term as overall_frequency,
        count(*) over (partition by terms.segment_kind, terms.language, terms.term) as document_frequency
    from terms
    inner join sizes
        on
            terms.segment_kind = sizes.segment_kind
            and terms.segment = sizes.segment
            and terms.language = sizes.language
    where terms.texts_with_term >= 3
    window same_term as (partition by terms.segment_kind, terms.language, terms.term)
),

segments as (
    select
        segment_kind,
        language,
        count(*) as segments_count
    from sizes
    group by segment_kind, language
),

ranked as (
    select
        weighed.segment_kind,
        weighed.segment,
        weighed.language,
        weighed.term,
        weighed.texts_with_term,
        weighed.texts_count,
        weighed.term_frequency,
        weighed.overall_frequency,
        weighed.term_frequency * ln(1 + segments.segments_count / weighed.document_frequency::numeric) as tf_idf,
        row_number() over (
            partition by weighed.segment_kind, weighed.segment, weighed.language
            order by
                weighed.term_frequency * ln(1 + segments.segments_count / weighed.document_frequency::numeric)
                * weighed.term_frequency / weighed.overall_frequency desc,
                weighed.term asc
        ) as term_rank
    from weighed
    inner join segments on weighed.segment_kind = segments.segment_kind and weighed.language = segments.language
    where weighed.term_frequency > weighed.overall_frequency
)

select
    concat_ws(' / ', segment_kind, segment, language, term) as segment_term,
    segment_kind,
    segment,
    language,
    term,
    term_rank::integer as term_rank,
    texts_with_term::integer as texts_with_term,
    texts_count::integer as texts_count,
    round(term_frequency, 4) as term_frequency,
    round(tf_idf, 4) as tf_idf,
    round(term_frequency / overall_frequency, 2) as times_as_frequent,
    format(
        '"%s" is in %s of %s texts (%s, %s), %s times as often as in all segments.',
        term,
        texts_with_term,
        texts_count,
        segment,
        language,
        round(term_frequency / overall_frequency, 1)
    ) as why
from ranked
where term_rank <= {{ terms_kept }}
