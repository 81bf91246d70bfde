-- The list of rules decides what excludes; the lowest priority is named first.
with cases (issues, expected_excluded, expected_rules) as (
    values
    (array['late_arriving']::text[], false, array[]::text[]),
    (array['order_duplicate'], true, array['order_duplicate']),
    (array['test_order', 'late_arriving', 'ordered_at_invalid'], true, array['ordered_at_invalid', 'test_order']),
    (array['event_duplicate'], false, array[]::text[]),
    (array[]::text[], false, array[]::text[])
),

results as (
    select
        issues,
        expected_excluded,
        {{ is_excluded('orders', 'issues') }} as actual_excluded,
        expected_rules,
        {{ excluding_rules('orders', 'issues') }} as actual_rules
    from cases
)

select
    issues,
    actual_excluded,
    actual_rules
from results
where
    actual_excluded is distinct from expected_excluded
    or actual_rules is distinct from expected_rules
