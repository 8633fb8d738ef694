# shellcheck shell=bash
# Reads what Swift Testing prints, in any locale: each line begins with a sign that may be several bytes. Sourced.

# passed_tests LOG, failed_tests LOG: how many functions; the cases of one with arguments count as one.
passed_tests() { grep -E '^[^ ]+ +Test .* passed after ' "$1" | grep -vcE '^[^ ]+ +Test (run with|case )' || true; }
failed_tests() { grep -E '^[^ ]+ +Test .* failed after ' "$1" | grep -vcE '^[^ ]+ +Test (run with|case )' || true; }

# skipped_tests LOG: a line for each, with its reason.
skipped_tests() { sed -nE 's/^➜ +Test (.*) skipped(: .*|\.)?$/\1\2/p' "$1"; }

# failures LOG: the issues, each with its place.
failures() { grep -E '^[^ ]+ +(Test .* recorded an issue|Test .* failed after|Suite .* failed after)|Fatal error|error: Exited' "$1" || true; }
