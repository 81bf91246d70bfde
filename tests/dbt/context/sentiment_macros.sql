-- Judged with the lexicon as it is: plain words, negation and where it ends, degrees, phrases, contrast.
with cases (id, language, body, expected) as (
    values
    (1, 'en', 'A wonderful film', 'positive'),
    (2, 'en', 'It is not good', 'negative'),
    (3, 'en', 'Not bad at all', 'positive'),
    (4, 'en', 'I did not really like it', 'negative'),
    (5, 'en', 'No, it is great', 'positive'),
    (6, 'en', 'What a waste of money', 'negative'),
    (7, 'en', 'I would like to know the opening hours', 'neutral'),
    (8, 'en', 'The food was good but the service was terrible', 'negative'),
    (9, 'en', 'The service was slow but the food was fantastic', 'positive'),
    -- As strong on both sides: what stands behind `but` decides.
    (31, 'en', 'The food was good but the service was bad', 'negative'),
    (32, 'en', 'The service was bad but the food was good', 'positive'),
    -- Half of twice bad, and more than the whole of good.
    (33, 'en', 'Bad and bad but good', 'neutral'),
    (34, 'en', 'The battery will not charge', 'negative'),
    (35, 'en', 'The battery can charge', 'neutral'),
    (36, 'en', 'It is hard to put down', 'positive'),
    (37, 'en', 'I do not think it was good', 'negative'),
    (10, 'de', 'Ich bin nicht zufrieden', 'negative'),
    (11, 'de', 'Sehr gut verarbeitet, gerne wieder', 'positive'),
    (12, 'fr', 'Je suis très déçue', 'negative'),
    (13, 'fr', 'Sans problème, je recommande', 'positive'),
    (14, 'es', 'No funciona', 'negative'),
    (15, 'es', 'Estoy encantada', 'positive'),
    -- The same letters mean another thing in another language.
    (16, 'en', 'Die Hard', 'negative'),
    (17, 'de', 'die Tür', 'neutral'),
    (18, 'en', 'The train leaves at noon', 'neutral'),
    (19, 'en', '', 'neutral'),
    (20, 'en', null, 'neutral'),
    (21, 'xx', 'terrible', 'neutral'),
    -- A face is not turned by what is denied before it.
    (22, 'en', 'Still no cheque :(', 'negative'),
    (23, 'en', 'My boss was fuming', 'negative')
),

texts as (
    select
        id,
        language,
        {{ text_tokens('body') }} as tokens
    from cases
),

sentiments as (
    {{ sentiment_of('texts') }}
),

-- The same in one step, of any table.
in_one_step as (
    {{ sentiment_of_bodies('cases', language='language') }}
)

select
    cases.id,
    cases.body,
    sentiments.sentiment,
    sentiments.hits
from cases
left join sentiments on cases.id = sentiments.id
left join in_one_step on cases.id = in_one_step.id
where
    {{ sentiment_word('coalesce(sentiments.sentiment, 0)') }} is distinct from cases.expected
    or abs(sentiments.sentiment) > 1
    or in_one_step.sentiment is distinct from sentiments.sentiment
