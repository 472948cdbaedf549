-- +goose Up

-- How the service was before the program, by unit ('' where the list named none), from
-- the city's own list: sums only. The histograms hold working minutes.
CREATE TABLE baselines (
    region         TEXT NOT NULL,
    unit           TEXT NOT NULL,
    from_day       TEXT NOT NULL,
    to_day         TEXT NOT NULL,
    cases          bigint NOT NULL,
    response       bytea,
    resolution     bytea,
    on_time        bigint NOT NULL,
    late           bigint NOT NULL,
    made_by        TEXT NOT NULL,
    made_at        timestamptz NOT NULL,
    PRIMARY KEY (region, unit)
);
