#!/bin/bash
# The DAHDI tests, on the real driver, in two guests at once, one for the scenarios and libpri, one for the port and
# the doctor: an interpreted guest has one core, and one after the other they take twice as long (together some 220 s
# of a host's core). `make test-dahdi` calls it. Exit status 0 if both passed.
set -uo pipefail
cd "$(dirname "$0")/../.."
run=tests/vm/run.sh
python=.venv/bin/python
pytest=("$python" -X faulthandler -m pytest -p no:cacheprovider -p no:xdist -p no:randomly --color=no --basetemp=/run/tmp/pytest -q)
tests/vm/build.sh >/dev/null || exit 1
# Compiled here, since the guest is slow and its file system read-only; pytest keeps its own form of the tests.
"$python" -m compileall -q bench protocols fixtures tests
"$python" -m pytest -p no:cacheprovider -p no:xdist -q --collect-only --port-pair dahdi \
    tests/vm tests/ports/conformance >/dev/null || exit 1

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# A process that is killed in the doctor's file leaves its channels configured: what follows has to cope.
"$run" "${pytest[@]}" tests/vm/test_dahdi_bench.py >"$logs/bench" 2>&1 &
bench=$!
"$run" "${pytest[@]}" --port-pair dahdi tests/vm/test_dahdi_driver.py tests/vm/test_dahdi_doctor.py \
    tests/vm/test_dahdi_readme.py tests/ports/conformance >"$logs/port" 2>&1
port_status=$?
wait "$bench"
bench_status=$?
for log in port bench; do
    printf '\n== %s\n' "$log"
    cat "$logs/$log"
done
[ "$port_status" = 0 ] && [ "$bench_status" = 0 ]
