"""Link tidied contacts with splink: run by identity.py in splink's own environment.

    python identity_splink.py rows.parquet links.json

Writes for each way of linking and each threshold the clusters of the rows and
the seconds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule

# rows of one account are one account anyway: the model is to learn from the others
RULES = [
    CustomRule(f"{rule} and l.account <> r.account")
    for rule in (
        "l.phone = r.phone",
        "l.email = r.email",
        "l.name = r.name and l.postal_code = r.postal_code and l.numbers = r.numbers",
    )
]
MORE_RULES = [
    CustomRule(f"{rule} and l.account <> r.account")
    for rule in (
        "l.name = r.name and l.postal_code = r.postal_code",
        "l.postal_code = r.postal_code and l.numbers = r.numbers",
        "l.name = r.name and l.birth_date = r.birth_date",
    )
]
THRESHOLDS = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999]


def main(source: str, target: str) -> None:
    """Link in both ways."""
    rows = pd.read_parquet(source)
    answers = [link_by_rules(rows), *link_by_probability(rows)]
    Path(target).write_text(json.dumps(answers), encoding="utf-8")


def link_by_rules(rows: pd.DataFrame) -> dict[str, object]:
    """Join rows that agree in one of the rules."""
    start = time.perf_counter()
    api = DuckDBAPI()
    settings = SettingsCreator(
        link_type="dedupe_only", blocking_rules_to_generate_predictions=RULES
    )
    linker = Linker(api.register(rows), settings, log_level=None)
    pairs = linker.inference.deterministic_link()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs)
    return {
        "name": "splink, deterministic",
        "clusters": to_list(clusters.as_pandas_dataframe()),
        "seconds": time.perf_counter() - start,
    }


def link_by_probability(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Score pairs by Fellegi and Sunter's model, learned without labels."""
    start = time.perf_counter()
    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("name", 0.9),
            cll.CustomLevel("script_l <> script_r", label_for_charts="other script"),
            cll.ElseLevel(),
        ],
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name,
            cl.LevenshteinAtThresholds("phone", 1),
            cl.LevenshteinAtThresholds("email", 2),
            cl.ExactMatch("postal_code"),
            cl.LevenshteinAtThresholds("numbers", 1),
            cl.ExactMatch("birth_date"),
            cl.ExactMatch("gender"),
        ],
        blocking_rules_to_generate_predictions=RULES + MORE_RULES,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(rows), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(RULES, recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (RULES[0], RULES[2], RULES[1]):
        training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    learned = time.perf_counter() - start
    answers = []
    for threshold in THRESHOLDS:
        start = time.perf_counter()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=threshold
        )
        answers.append(
            {
                "name": f"splink, probability {threshold:g}",
                "clusters": to_list(clusters.as_pandas_dataframe()),
                "seconds": learned + time.perf_counter() - start,
            }
        )
    return answers


def to_list(clusters: pd.DataFrame) -> list[int]:
    """Give the cluster of each row, in the order of the rows."""
    return clusters.sort_values("unique_id")["cluster_id"].astype(int).tolist()


if __name__ == "__main__":
    main(*sys.argv[1:])
