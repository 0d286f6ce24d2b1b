"""
The SQL of `shared.costs.ledger`: all money is whole numbers, BIGINT as it comes and HUGEINT while it is worked on.

Tables in short: `charges` are the bills' rows, `ids` lays each id to its bearer, `spans` says which days of a bearer
have which attribution, `portions` how an attribution splits, `labels` whose a portion is, `stamps` its tags' values.
"""

from shared.costs.shares import WHOLE

DISTINCT_IDS = "SELECT DISTINCT resource_id FROM charges"

MATCH = """
CREATE TABLE matched AS
SELECT row_number() OVER () AS charge, *
FROM (
    SELECT bill, resource, service, currency, span, day < known AS early,
           sum(cost)::HUGEINT AS cost, sum(usd)::HUGEINT AS usd
    FROM charges
    JOIN ids ON ids.text = charges.resource_id
    JOIN spans ON spans.bearer = ids.bearer AND charges.day >= spans.first AND charges.day < spans.after
    GROUP BY ALL
)
"""
"""Each charge under the attribution of its day; days that share one are added up before anything is split."""

USD_BY_SPAN = "SELECT span, sum(usd) FROM matched GROUP BY span"

_RANKED = f"""
    SELECT charge, portion, cost, usd,
           cost_parts // {WHOLE} AS cost_floor,
           usd_parts // {WHOLE} AS usd_floor,
           row_number() OVER (PARTITION BY charge ORDER BY cost_parts % {WHOLE} DESC, portion) AS cost_rank,
           row_number() OVER (PARTITION BY charge ORDER BY usd_parts % {WHOLE} DESC, portion) AS usd_rank,
           abs(cost) - sum(cost_parts // {WHOLE}) OVER (PARTITION BY charge) AS cost_left,
           abs(usd) - sum(usd_parts // {WHOLE}) OVER (PARTITION BY charge) AS usd_left
    FROM (
        SELECT charge, portion, cost, usd, abs(cost) * share AS cost_parts, abs(usd) * share AS usd_parts
        FROM matched JOIN portions USING (span)
        WHERE share < {WHOLE}
    )
"""  # noqa: S608 - the number is ours

SPLIT = f"""
CREATE TABLE parts AS
SELECT charge, portion, cost, usd
FROM matched JOIN portions USING (span)
WHERE share = {WHOLE}
UNION ALL
SELECT charge, portion,
       sign(cost) * (cost_floor + (cost_rank <= cost_left)::HUGEINT),
       sign(usd) * (usd_floor + (usd_rank <= usd_left)::HUGEINT)
FROM ({_RANKED})
"""  # noqa: S608 - the number is ours
"""
Largest remainder on billionths, of equal remainders the first portion's, so that the parts are the charge again.

It works on amounts without their sign, so that a refund takes back exactly what the charge had given to each.
"""

LINES = """
SELECT bill, currency, label, service, resource, early, sum(p.cost)::BIGINT AS cost, sum(p.usd)::BIGINT AS usd
FROM parts AS p JOIN matched USING (charge) JOIN portions USING (portion)
GROUP BY ALL
ORDER BY bill, currency, label, service, resource, early
"""
"""The texts behind the numbers are put in by whoever asks: a database would hold all of them twice to sort them."""

BY_TAG = """
SELECT currency, tag, value, sum(cost) AS cost, sum(usd) AS usd
FROM (
    SELECT currency, stamp, sum(p.cost) AS cost, sum(p.usd) AS usd
    FROM parts AS p JOIN matched USING (charge) JOIN portions USING (portion)
    GROUP BY ALL
)
JOIN stamps USING (stamp)
GROUP BY ALL
ORDER BY currency, tag, value
"""
