with cases (orders, silent, gap, expected_stage, overdue, unhappy, returns_much, once, expected_risk) as (
    values
    (0, null::integer, null::integer, 'prospect', false, false, false, false, 'low'),
    (1, 10, null, 'new', false, false, false, true, 'low'),
    -- A first order is judged by the default of 120 days.
    (1, 240, null, 'new', false, true, false, true, 'medium'),
    (1, 241, null, 'slipping', true, false, false, true, 'high'),
    (1, 481, null, 'lost', true, true, true, true, 'high'),
    (3, 20, 10, 'active', true, false, false, false, 'medium'),
    (3, 21, 10, 'slipping', false, true, true, false, 'medium'),
    (5, 20, 10, 'loyal', false, true, false, false, 'low'),
    (9, 41, 10, 'lost', false, false, false, false, 'low'),
    (null, 5, 5, null, false, false, false, false, 'low')
),

results as (
    select
        orders,
        silent,
        gap,
        expected_stage,
        {{ lifecycle_stage('orders', 'silent', 'gap', 120) }} as actual_stage,
        expected_risk,
        {{ churn_risk('overdue', 'unhappy', 'returns_much', 'once') }} as actual_risk,
        {{ sentence(["case when overdue then 'silent for long' end", "case when once then 'one order' end"]) }}
            as actual_sentence,
        case
            when overdue and once then 'Silent for long; one order.'
            when overdue then 'Silent for long.'
            when once then 'One order.'
        end as expected_sentence
    from cases
)

select
    orders,
    silent,
    gap,
    actual_stage,
    actual_risk,
    actual_sentence
from results
where
    actual_stage is distinct from expected_stage
    or actual_risk is distinct from expected_risk
    or actual_sentence is distinct from expected_sentence
