{{ config(indexes=[
    {'columns': ['message_id'], 'unique': True},
    {'columns': ['ticket_id']},
]) }}

with messages as (
    select
        texts.text_id as message_id,
        texts.subject_id as ticket_id,
        texts.position,
        texts.author,
        texts.written_at,
        texts.language,
        texts.body,
        texts.words_count,
        measured.sentiment,
        measured.strongest_words,
        measured.topics,
        measured.is_urgent,
        measured.mentioned_orders,
        measured.mentioned_products,
        measured.wording,
        texts._file_id,
        texts._line
    from {{ ref('int_texts') }} as texts
    inner join {{ ref('int_texts__measured') }} as measured on texts.text_id = measured.text_id
    where texts.kind = 'message'
),

-- Who says the same again: the author's other messages are compared only with those of the same author.
threaded as (
    select
        message_id,
        {{ previous('author', 'ticket_id', 'position') }} as previous_author,
        {{ previous('written_at', 'ticket_id', 'position') }} as previous_at,
        {{ previous('sentiment', 'ticket_id, author', 'position') }} as previous_sentiment,
        count(*) over (partition by author, wording) as same_wording_count,
        first_value(message_id) over (partition by author, wording order by written_at, message_id) as first_of_wording
    from messages
)

select
    messages.message_id,
    messages.ticket_id,
    messages.position,
    messages.author,
    messages.written_at,
    threaded.previous_author,
    {{ hours_between('threaded.previous_at', 'messages.written_at') }} as hours_since_previous,
    messages.language,
    messages.body,
    messages.words_count,
    round(messages.sentiment::numeric, 3) as sentiment,
    {{ sentiment_word('messages.sentiment') }} as sentiment_label,
    round((messages.sentiment - threaded.previous_sentiment)::numeric, 3) as sentiment_change,
    messages.strongest_words,
    messages.topics,
    messages.is_urgent,
    messages.mentioned_orders,
    messages.mentioned_products,
    case when messages.wording is null then 1 else threaded.same_wording_count end::integer as same_wording_count,
    case
        when messages.wording is not null and threaded.first_of_wording <> messages.message_id
            then threaded.first_of_wording
    end as near_duplicate_of,
    {{ sentence([
        "case when messages.sentiment <= -0.1 and messages.strongest_words is not null
            then 'sounds negative: ' || messages.strongest_words end",
        "case when messages.sentiment >= 0.1 and messages.strongest_words is not null
            then 'sounds positive: ' || messages.strongest_words end",
        "case when messages.is_urgent then 'says that it is urgent' end",
        "case when messages.wording is not null and threaded.same_wording_count > 1 then format(
            'one of %s messages of nearly the same wording', threaded.same_wording_count
        ) end",
    ]) }} as why,
    messages._file_id,
    messages._line
from messages
inner join threaded on messages.message_id = threaded.message_id
