#!/usr/bin/env bash
# Builds the image, starts compose.yaml and tries it: one deployment and one alert over HTTP, their answer out of Kafka, rights, restart. Then takes all down.
#
#   docker/smoke.sh [--without SERVICE,SERVICE]
#
# Needs a Docker engine (DOCKER_HOST or the default socket) and docker compose or docker-compose; nothing else on this machine. Takes a project name and
# ports of its own, so that an installation that runs here is not touched. --without leaves services out whose images cannot be had, with those that need them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

services=(kafka registry clickhouse topics ingest run sink view grafana)
need_of() { # SERVICE: the service that it cannot do without, as in compose.yaml's depends_on
  case $1 in
    sink | grafana) echo clickhouse ;;
    registry | topics) echo kafka ;;
    ingest | run) echo registry ;;
    view) echo ingest ;;
    *) echo nothing ;;
  esac
}
healthy_within=180 # seconds, from the start of a service until its health check passes
answer_within=90
step_within=1200
export LC_ALL=C

say() { printf 'smoke: %s\n' "$*"; }
fail() { say "FAILED after $SECONDS s: $*" >&2; exit 1; }

left_out=,
while [ $# -gt 0 ]; do
  case $1 in
    --without) [ $# -ge 2 ] || fail "--without takes names of services, with commas between them"; left_out+=$2,; shift 2 ;;
    *) fail "$1 is not known: docker/smoke.sh [--without SERVICE,SERVICE]" ;;
  esac
done
for name in ${left_out//,/ }; do
  [[ " ${services[*]} " == *" $name "* ]] || fail "--without $name: compose.yaml has no such service. It has ${services[*]}"
done

if docker compose version >/dev/null 2>&1; then compose=(docker compose)
elif command -v docker-compose >/dev/null; then compose=(docker-compose)
else fail "neither 'docker compose' nor docker-compose is installed"; fi
project=streamdeploy-smoke-$$
compose+=(--project-name "$project" --file compose.yaml)

port=$((20000 + RANDOM % 10000))
export KAFKA_PORT=$port REGISTRY_PORT=$((port + 1)) CLICKHOUSE_PORT=$((port + 2)) INGEST_PORT=$((port + 3)) METRICS_PORT=$((port + 4)) VIEW_PORT=$((port + 5)) \
  GRAFANA_PORT=$((port + 6)) STREAMDEPLOY_TAG=smoke COMPOSE_PROFILES=grafana COMPOSE_INTERACTIVE_NO_CLI=1
# Keys of this run only.
key() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
ACME_TERRAFORM_KEY=$(key) ACME_ALERTS_KEY=$(key)
export ACME_TERRAFORM_KEY ACME_ALERTS_KEY

# macOS has no timeout.
within() { if command -v timeout >/dev/null; then timeout "$@"; else shift; "$@"; fi; }

log=$(mktemp "${TMPDIR:-/tmp}/streamdeploy-smoke.XXXXXX")
clean() {
  local status=$?
  trap - EXIT
  if [ $status != 0 ]; then
    within 60 "${compose[@]}" logs --no-color --tail=12 >>"$log" 2>&1 || true
    tail -n 100 "$log" | cut -c 1-300 >&2
  fi
  within 180 "${compose[@]}" down --volumes --remove-orphans --timeout 20 >"$log" 2>&1 || { tail -n 20 "$log" >&2; say "the containers of $project could not all be removed" >&2; status=1; }
  rm -f "$log"
  exit $status
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command unseen and within a limit; what it said is shown when the smoke test fails.
run() { within "$step_within" "$@" >>"$log" 2>&1 </dev/null; }
in_service() { within 60 "${compose[@]}" exec -T "$@" </dev/null 2>>"$log"; }
done_step() { say "ok, $((SECONDS - since)) s: $*"; since=$SECONDS; }
since=0

started=()
for service in "${services[@]}"; do
  why=
  if [[ $left_out == *",$service,"* ]]; then why="--without $service"
  elif [[ $left_out == *",$(need_of "$service"),"* ]]; then why="it needs $(need_of "$service")"; left_out+=$service,; fi
  if [ -n "$why" ]; then say "left out: $service ($why)"; else started+=("$service"); fi
done
[[ " ${started[*]} " == *" run "* && " ${started[*]} " == *" ingest "* ]] || fail "without kafka, registry, topics, ingest and run there is nothing to try"

run "${compose[@]}" build topics || fail "the image does not build"
done_step "the image is built"

for service in "${started[@]}"; do
  case $service in kafka | registry | clickhouse | grafana)
    run "${compose[@]}" up --no-start --no-deps "$service" || fail "the image of $service cannot be had, see above. To go without it: --without $service" ;;
  esac
done
done_step "the other images are there"

health() { # SERVICE...: waits until each has passed its health check
  local service until=$((SECONDS + healthy_within))
  for service in "$@"; do
    until "${compose[@]}" ps "$service" 2>>"$log" | grep -q '(healthy)'; do
      [ "$SECONDS" -lt "$until" ] || fail "$service was not healthy within $healthy_within s"
      sleep 1
    done
  done
}
servers=() # all but topics, which does its work and ends
for service in "${started[@]}"; do [ "$service" = topics ] || servers+=("$service"); done
run "${compose[@]}" up --detach "${started[@]}" || fail "the services do not start"
health "${servers[@]}"
done_step "healthy: ${servers[*]}"

# docker-compose 1 on a busy machine sometimes loses what a command printed, so what is looked for is looked for again.
read_from() { # PATTERN SERVICE COMMAND...: what the command prints once the pattern is in it
  local pattern=$1 output until=$((SECONDS + 60)); shift
  until output=$(in_service "$@") && [[ $output =~ $pattern ]]; do
    [ "$SECONDS" -lt "$until" ] || return 1
  done
  echo "$output"
}

# Of process 1, not of what exec starts beside it. A root file system is read-only where its mount says so.
for service in "${servers[@]}"; do
  rights=$(read_from CapBnd:.*NoNewPrivs "$service" cat /proc/1/status) && mounts=$(read_from ' / ' "$service" cat /proc/1/mounts) ||
    fail "$service: its process cannot be looked at"
  [[ $rights =~ Uid:[[:space:]]+([0-9]+) ]] && [ "${BASH_REMATCH[1]}" != 0 ] || fail "$service runs as root"
  [[ $rights =~ CapEff:[[:space:]]+0+[[:space:]] && $rights =~ CapBnd:[[:space:]]+0+[[:space:]] ]] || fail "$service has capabilities"
  [[ $rights =~ NoNewPrivs:[[:space:]]+1 ]] || fail "$service may gain privileges"
  awk '$2 == "/" { options = $4 } END { exit options !~ /^ro(,|$)/ }' <<<"$mounts" || fail "$service: its root file system is writable"
done
done_step "no root, no capability, no new privilege, no writable root file system: ${servers[*]}"

send() { # KEY deployment|alert ARGUMENTS: by the command in the image, over HTTP
  local key=$1; shift
  in_service -e "STREAMDEPLOY_KEY=$key" ingest dotnet /app/streamdeploy.dll send "$@" --to http://ingest:8080 >>"$log"
}
answered() { # ALERT DEPLOYMENT: waits until one enrichment has both names. Texts in Avro are readable as they are.
  local until=$((SECONDS + answer_within))
  until { in_service kafka /opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server kafka:19092 --topic enrichments --from-beginning --timeout-ms 5000 \
    --isolation-level read_committed --formatter-property line.separator=END-OF-RECORD || true; } | tr -cd '[:print:]' |
    awk -v alert="$1" -v deployment="$2" '{ n = split($0, records, "END-OF-RECORD"); for (i = 1; i <= n; i++) if (index(records[i], alert) && index(records[i], deployment)) found = 1 }
      END { exit !found }'; do
    [ "$SECONDS" -lt "$until" ] || fail "no enrichment of alert $1 names deployment $2 within $answer_within s"
  done
}
one=$(key)
send "$ACME_TERRAFORM_KEY" deployment --summary 'Smoke test deploys checkout' --service checkout --environment production --deployment-id "deployment-$one" ||
  fail "ingest did not take a deployment event"
send "$ACME_ALERTS_KEY" alert --summary 'Smoke test: payments fail' --service checkout --alert-id "alert-$one" || fail "ingest did not take an alert"
done_step "ingest took a deployment event and an alert"
answered "alert-$one" "deployment-$one"
done_step "an enrichment in Kafka names the deployment as the alert's suspect"

# New containers of the broker, which must find its data, and of the worker, which then knows nothing but what Kafka has.
topics() { read_from deployments kafka /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:19092 --list | sort; }
accounts() { read_from accounts:3: kafka /opt/kafka/bin/kafka-get-offsets.sh --bootstrap-server kafka:19092 --topic accounts | sort; }
topics_before=$(topics) && accounts_before=$(accounts) || fail "kafka's topics cannot be listed"
[[ $accounts_before =~ :[1-9] ]] || fail "no account is in its topic"
run "${compose[@]}" stop --timeout 20 run || fail "the worker does not stop"
run "${compose[@]}" up --detach --no-deps --force-recreate kafka || fail "kafka's container cannot be made again"
health kafka
[ "$(topics)" = "$topics_before" ] || fail "a new container of kafka has not the topics of the one before"
[ "$(accounts)" = "$accounts_before" ] || fail "a new container of kafka has not the accounts of the one before"
run "${compose[@]}" up --detach --no-deps --force-recreate run || fail "the worker's container cannot be made again"
health "${servers[@]}"
send "$ACME_ALERTS_KEY" alert --summary 'Smoke test: payments fail again' --service checkout --alert-id "alert-later-$one" || fail "ingest did not take an alert after the restart"
answered "alert-later-$one" "deployment-$one"
done_step "new containers of kafka and the worker have all topics, accounts and events of before"

since=0
left_out=${left_out#,} left_out=${left_out%,}
done_step "everything works; left out: ${left_out:-nothing}"
