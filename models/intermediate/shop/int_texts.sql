{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    affected_key='subject_id',
    changed_key='text_id',
    indexes=[
        {'columns': ['text_id'], 'unique': True},
        {'columns': ['subject_id']},
    ],
    pre_hook=[
        '{{ in_parallel() }}',
        "{{ affected_by(
            'subject_id', [('int_support_tickets__judged', 'ticket_id'), ('int_reviews__judged', 'review_id')],
            ['int_support_tickets__judged', 'int_reviews__judged']
        ) }}",
    ],
    post_hook='{{ note_built() }}',
) }}

with messages as (
    select
        concat(tickets.ticket_id, ' #', message.position) as text_id,
        'message' as kind,
        tickets.ticket_id as subject_id,
        message.position::integer as position,
        coalesce({{ json_text('message.entry', ['author']) }}, 'unknown') as author,
        {{ to_timestamp_iso('(' ~ json_text('message.entry', ['at']) ~ ')') }} as written_at,
        null::text as stated_language,
        {{ json_text('message.entry', ['text']) }} as body,
        tickets._file_id,
        tickets._line
    from {{ ref('int_support_tickets__judged') }} as tickets
    cross join {{ json_elements('tickets.messages', 'message', 'entry', 'position') }}
    where
        not tickets.is_excluded
        and {{ is_json_object('message.entry') }}
        and {{ is_affected('tickets.ticket_id') }}
),

reviews as (
    select
        review_id as text_id,
        'review' as kind,
        review_id as subject_id,
        1 as position,
        'customer' as author,
        reviewed_at as written_at,
        language as stated_language,
        concat_ws('. ', title, body) as body,
        _file_id,
        _line
    from {{ ref('int_reviews__judged') }}
    where not is_excluded and {{ is_affected('review_id') }}
),

texts as (
    select
        text_id,
        kind,
        subject_id,
        position,
        author,
        written_at,
        stated_language,
        body,
        _file_id,
        _line
    from messages
    union all
    select
        text_id,
        kind,
        subject_id,
        position,
        author,
        written_at,
        stated_language,
        body,
        _file_id,
        _line
    from reviews
),

-- Split into words once; everything that is said about a text is said of these.
tokenised as (
    select
        text_id,
        kind,
        subject_id,
        position,
        author,
        written_at,
        stated_language,
        body,
        coalesce({{ text_tokens('body') }}, '{}') as tokens,
        _file_id,
        _line
    from texts
),

languages as (
    {{ languages_of('tokenised') }}
)

select
    tokenised.text_id,
    tokenised.kind,
    tokenised.subject_id,
    tokenised.position,
    tokenised.author,
    tokenised.written_at,
    tokenised.stated_language,
    coalesce(languages.language, tokenised.stated_language, 'unknown') as language,
    tokenised.body,
    tokenised.tokens,
    {{ text_terms('tokenised.tokens') }} as terms,
    {{ elements_count('tokenised.tokens') }} as words_count,
    tokenised._file_id,
    tokenised._line
from tokenised
left join languages on tokenised.text_id = languages.text_id
