#!/bin/sh
# Asks the gate of Gatehouse whether artifacts may be used. Needs a POSIX shell, curl and jq, and nothing else of Gatehouse.
#
#   GATEHOUSE_SERVER=https://gate.acme.example GATEHOUSE_TOKEN_FILE=token sh gatehouse-admit.sh ghcr.io/acme/base@sha256:… pkg:npm/left-pad@1.3.0=sha512:…
#
# Arguments are references of images, package URLs and git+https://… addresses, each with =DIGEST behind it where it does not hold one.
# Besides these, or in place of them:
#   GATEHOUSE_ARTIFACTS   JSON list of artifacts, as in POST /v1/admit
#   GATEHOUSE_USED_AS     what those are used as that do not say it (dependency, baseImage, source, …)
#   GATEHOUSE_SERVER      https://HOST[:PORT]
#   GATEHOUSE_TOKEN, or GATEHOUSE_TOKEN_FILE, which is read anew at every start
#   GATEHOUSE_CA          file with the CA of the gate, in place of those of the system
#   GATEHOUSE_RECEIPT     file that the receipt is written to, when there is one
#   GATEHOUSE_DECISION    file that the decision is written to: admit, warn, deny or undetermined
#   GATEHOUSE_TIMEOUT     seconds for everything together (60)
#
# Exit codes as those of gatehouse: 0 admitted (or warned), 1 denied, 3 undetermined, 64 asked wrongly.
set -eu
umask 077

say() { printf 'gatehouse-admit: %s\n' "$*" >&2; }
wrong() { say "$*"; exit 64; }

# What was written for another question must not lie there when this one is refused.
for file in "${GATEHOUSE_RECEIPT:-}" "${GATEHOUSE_DECISION:-}"; do
  if [ -n "$file" ]; then rm -f -- "$file"; fi
done
for tool in curl jq; do
  command -v "$tool" > /dev/null || wrong "$tool is needed"
done
case "${GATEHOUSE_SERVER:-}" in
  https://*@* | https://*\?* | https://*\#*) wrong 'GATEHOUSE_SERVER: expected no user, query or fragment' ;;
  https://?*) ;;
  *) wrong 'GATEHOUSE_SERVER: expected https://HOST[:PORT]' ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 3' HUP INT TERM

# The token goes into a file that nobody else can read, never on a command line, where every process could see it.
if [ -n "${GATEHOUSE_TOKEN_FILE:-}" ]; then
  [ -r "$GATEHOUSE_TOKEN_FILE" ] || wrong 'GATEHOUSE_TOKEN_FILE: cannot be read'
  token=$(cat -- "$GATEHOUSE_TOKEN_FILE")
else
  token=${GATEHOUSE_TOKEN:-}
fi
case "$token" in
  '') wrong 'expected GATEHOUSE_TOKEN or GATEHOUSE_TOKEN_FILE' ;;
  *[![:graph:]]*) wrong 'expected one token and nothing else' ;;
esac
printf 'Authorization: Bearer %s\nContent-Type: application/json\nAccept: application/json\n' "$token" > "$work/head"

# shellcheck disable=SC2016  # variables of jq
QUESTION='
  def named:
    (capture("^(?<uri>.+)=(?<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|gitCommit:[0-9a-f]+)$") // {uri: .})
    | (if .uri | test("^pkg:"; "i") then {kind: "package"} elif .uri | test("^git[+]") then {kind: "git"} else {kind: "image"} end) + .;
  def used: if $used == "" then . else {usedAs: $used} + . end;
  ($listed | if type == "array" then . else error("GATEHOUSE_ARTIFACTS: expected a JSON list") end)
  + ($ARGS.positional | map(named)) | map(used) | {artifacts: ., receipts: "list"}'
jq -cn --arg used "${GATEHOUSE_USED_AS:-}" --argjson listed "${GATEHOUSE_ARTIFACTS:-[]}" "$QUESTION" --args -- "$@" > "$work/question" \
  || wrong 'artifacts cannot be read: expected arguments, or a JSON list in GATEHOUSE_ARTIFACTS'
[ "$(jq '.artifacts | length' "$work/question")" -gt 0 ] || wrong 'expected artifacts'

# curl obeys Retry-After of 429 and 503, and tries a few times; redirects are not followed, so that the token goes nowhere else.
status=0
timeout=${GATEHOUSE_TIMEOUT:-60}
set -- --silent --show-error --proto =https --max-time "$timeout" --retry 4 --retry-max-time "$timeout"
if [ -n "${GATEHOUSE_CA:-}" ]; then set -- "$@" --cacert "$GATEHOUSE_CA"; fi
http=$(curl "$@" --header "@$work/head" --data-binary "@$work/question" --output "$work/answer" --write-out '%{http_code}' \
  "${GATEHOUSE_SERVER%/}/v1/admit") || status=$?
case "$status" in
  0) ;;
  60 | 77) wrong 'the certificate of the gate is not trusted: give its CA with GATEHOUSE_CA' ;;
  *) http=000 ;;
esac

decided() { if [ -n "${GATEHOUSE_DECISION:-}" ]; then printf '%s' "$1" > "$GATEHOUSE_DECISION"; fi; }

if [ "$http" != 200 ]; then
  # In the words of the gate, where it has said some.
  jq -r '"\(.message)\(if .fix then "; fix: \(.fix)" else "" end)  [\(.code)]" | gsub("[\\p{Cc}\\p{Cf}]"; "?")' "$work/answer" >&2 2> /dev/null || true
  case "$http" in
    000 | 429 | 5??) decided undetermined; say "HTTP $http: the gate cannot be asked now"; exit 3 ;;
    *) wrong "HTTP $http" ;;
  esac
fi

decision=$(jq -r '.decision | select(. == "admit" or . == "warn" or . == "deny" or . == "undetermined")' "$work/answer" 2> /dev/null) || decision=
if [ -z "$decision" ] || [ "$(jq '.artifacts | length' "$work/answer")" != "$(jq '.artifacts | length' "$work/question")" ]; then
  decided undetermined
  say 'answered 200 with something that is no answer to this question'
  exit 3
fi
decided "$decision"

# A block for whatever is not admitted; what comes from elsewhere must not act on a terminal.
jq -r '
  def shown: tostring | gsub("[\\p{Cc}\\p{Cf}]"; "?");
  def told: select(.verdict != "satisfied") | "    \(.verdict) \(.code): \(.title | shown)",
    (.expected // [] | .[] | "        expected \(shown)"), (.found // [] | .[] | "        found    \(shown)"),
    (.cause // empty | "        cause    \(shown)"), "        fix      \(.fix | shown)";
  (.findings[] | told),
  (.artifacts[] | select(.decision != "admit") | "\(.decision) \(.uri | shown)", (.findings[] | told)),
  "\(.artifacts | length) artifacts: \(.decision) (decision \(.id | shown))"' "$work/answer"

if [ -n "${GATEHOUSE_RECEIPT:-}" ] && [ "$decision" = admit ]; then
  if jq -e 'has("receipt")' "$work/answer" > /dev/null; then
    jq -j .receipt "$work/answer" > "$GATEHOUSE_RECEIPT"
  else
    say "no receipt: $(jq -r '.receiptMissing // "the gate has signed none for this answer"' "$work/answer")"
  fi
fi

case "$decision" in
  admit | warn) exit 0 ;;
  deny) exit 1 ;;
  *) exit 3 ;;
esac
