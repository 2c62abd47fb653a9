#!/usr/bin/env bash
# Build the wheels of crmlib and of the example plug-ins, install them into a clean
# environment, and use them there: nothing of the source tree is on the path.
set -euo pipefail
python=${1:?usage: smoke_wheel.sh PYTHON}
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One environment with nothing but what builds them, instead of one for each.
make_environment() { "$python" -m venv --without-pip "$work/$1"; }
install() {
  "$python" -m pip --python "$work/$1/bin/python" install --quiet --disable-pip-version-check --no-compile "${@:2}"
}
unset PYTHONDONTWRITEBYTECODE  # only what is imported is compiled, once
make_environment builder
install builder --group "$root/pyproject.toml:build"
for project in "$root" "$root"/tests/plugins/{crmlib_fax,crmlib_kiosk,crmlib_loyalty}; do
  "$work/builder/bin/python" -m build --wheel --no-isolation --outdir "$work/dist" "$project" > "$work/build.log" 2>&1 \
    || { cat "$work/build.log"; exit 1; }
done

# The wheel holds every file of src.
(cd "$root/src" && git ls-files crmlib | sort) > "$work/source"
"$python" -m zipfile --list "$work"/dist/crmlib-*.whl | awk '$1 ~ /^crmlib\// {print $1}' | sort > "$work/wheel"
diff "$work/source" "$work/wheel"

make_environment venv
install venv "$work"/dist/*.whl
cd "$work"
venv/bin/crmlib --version
venv/bin/crmlib channels --json > channels.json
venv/bin/python - <<'PY'
import json

names = {row["name"]: row["package"] for row in json.load(open("channels.json"))}
assert names.items() >= {"fax": "crmlib-fax", "file": "crmlib", "smtp": "crmlib"}.items(), names
PY
# A source of another package is found, and knows its files from those of all others.
printf 'Receipt;Sold at;Card no;Article;Price\n1;01.07.2026 08:15;K-1;Tea;2,50\n' > roll.csv
venv/bin/python - <<'PY'
from crmlib import read_orders
from crmlib.sources import list_sources

packages = {source.name: source.package for source in list_sources()}
assert packages.pop("kiosk") == "crmlib-kiosk", packages
assert "shopify" in packages and set(packages.values()) == {"crmlib"}, packages
table = read_orders("roll.csv").table
assert table[["customer_id", "amount"]].to_numpy().tolist() == [["kiosk:K-1", 2.5]], table
PY
# A segmenter of another package is learned, saved, loaded and asked like ours.
venv/bin/python - <<'PY'
import crmlib as crm
from crmlib.testing import example_customers
from crmlib_loyalty import LoyaltySegmenter

customers = example_customers()
LoyaltySegmenter().fit(customers).save("levels.json")
levels = crm.Segmenter.load("levels.json")
assert type(levels) is LoyaltySegmenter, levels
assert levels.summary(customers)["customers"].to_dict() == {"Gold": 5, "Silver": 10, "Green": 33}
PY
for plugin in crmlib_fax crmlib_kiosk crmlib_loyalty; do
  venv/bin/python -m unittest discover --quiet --start-directory "$root/tests/plugins/$plugin/tests" 2> unittest.log \
    || { cat unittest.log; exit 1; }
done
venv/bin/crmlib demo --help > /dev/null
venv/bin/crmlib demo --customers 300 2> error.txt && { echo "the demo ran without its extra"; exit 1; }
grep --quiet "crmlib\[demo\]" error.txt
echo "the wheel and the example plug-ins work in a clean environment"
