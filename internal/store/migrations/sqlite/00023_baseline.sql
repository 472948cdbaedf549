-- +goose Up

-- How the service was before the program, by unit ('' where the list named none), from
-- the city's own list: sums only. The histograms hold working minutes.
CREATE TABLE baselines (
    region         TEXT NOT NULL,
    unit           TEXT NOT NULL,
    from_day       TEXT NOT NULL,
    to_day         TEXT NOT NULL,
    cases          INTEGER NOT NULL,
    response       BLOB,
    resolution     BLOB,
    on_time        INTEGER NOT NULL,
    late           INTEGER NOT NULL,
    made_by        TEXT NOT NULL,
    made_at        TEXT NOT NULL,
    PRIMARY KEY (region, unit)
) STRICT;
