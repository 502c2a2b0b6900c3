#!/bin/sh
# Tells StreamDeploy of a deployment, from any shell: with sh, curl, sed and tr alone, and git where it is there.
#
#   export STREAMDEPLOY_URL=https://streamdeploy.example.com   # where `streamdeploy ingest` listens
#   export STREAMDEPLOY_KEY=...                                # the pipeline's integration key, from where you keep secrets
#   export STREAMDEPLOY_SERVICE=checkout STREAMDEPLOY_ENVIRONMENT=production
#   export STREAMDEPLOY_ID=$(date +%s)-$$                      # the same for all events of one deployment, another for the next
#   ./send.sh STARTED
#   if ./deploy.sh; then ./send.sh SUCCEEDED; else ./send.sh FAILED; fi
#
# Also read: STREAMDEPLOY_VERSION, STREAMDEPLOY_COMMIT, STREAMDEPLOY_REPOSITORY (owner/repo), STREAMDEPLOY_BRANCH, STREAMDEPLOY_USER,
# STREAMDEPLOY_EMAIL, STREAMDEPLOY_MESSAGE, STREAMDEPLOY_LINK. It always ends with 0: what cannot be reported is a warning.
streamdeploy() (
  { set +eux; } 2>/dev/null
  service=${STREAMDEPLOY_SERVICE:-}
  environment=${STREAMDEPLOY_ENVIRONMENT:-}
  version=${STREAMDEPLOY_VERSION:-}
  commit=${STREAMDEPLOY_COMMIT:-$(git rev-parse --verify -q HEAD 2>/dev/null)}
  repository=${STREAMDEPLOY_REPOSITORY:-}
  branch=${STREAMDEPLOY_BRANCH:-$(git symbolic-ref -q --short HEAD 2>/dev/null)}
  user=${STREAMDEPLOY_USER:-${USER:-}}
  email=${STREAMDEPLOY_EMAIL:-}
  message=${STREAMDEPLOY_MESSAGE:-$(git log -1 --format=%s 2>/dev/null)}
  link=${STREAMDEPLOY_LINK:-}
  deployment=${STREAMDEPLOY_ID:-$(uname -n)/$(date +%s)/$$}
  warning='WARNING: '
  # From here on the same in every template.
  case $1 in
    success) status=SUCCEEDED ;;
    failure | failed) status=FAILED ;;
    cancelled | canceled) status=CANCELLED ;;
    *) status=$1 ;;
  esac
  line() { printf '%s' "$1" | LC_ALL=C tr '\001-\037' ' '; }
  fields() {
    comma=
    while [ $# -gt 1 ]; do
      printf '%s"%s":"%s"' "$comma" "$1" "$(line "$2" | LC_ALL=C sed 's/["\]/\\&/g')"
      comma=,
      shift 2
    done
  }
  title=$(printf '%s\n' "$message" | LC_ALL=C sed -n 1p)
  body=$(fields status "$status" deploymentId "$deployment" service "$service" environment "$environment" version "$version" commit "$commit" \
    repository "$repository" branch "$branch" userName "$user" userEmail "$email" \
    summary "Deploy${service:+ $service}${version:+ $version}${environment:+ to $environment}${title:+: $title}")
  links=
  if [ -n "$link" ]; then links=",\"links\":[{$(fields href "$link" text 'deployment run')}]"; fi
  if [ -z "${STREAMDEPLOY_URL:-}" ] || [ -z "${STREAMDEPLOY_KEY:-}" ]; then
    answer='STREAMDEPLOY_URL or STREAMDEPLOY_KEY is not set'
  elif ! command -v curl >/dev/null 2>&1; then
    answer='curl is missing'
  else
    # The key goes in by a pipe, so that no list of processes shows it.
    # Sent again after 408, 429, 500, 502 to 504, a timeout or no connection, as the same event.
    answer=$(printf 'Authorization: Bearer %s\n' "$STREAMDEPLOY_KEY" | curl -sS -H @- -H 'Content-Type: application/json' \
      -H "Idempotency-Key: $(line "$deployment/$status")" -d "{$body$links}" --retry 5 --retry-connrefused --retry-max-time 60 --max-time 10 \
      -w ' %{http_code}' "${STREAMDEPLOY_URL%/}/api/deployment-events" 2>&1)
  fi
  case $answer in
    *' 2'[0-9][0-9]) printf '%s\n' "StreamDeploy was told: $status" ;;
    *) printf '%s\n' "${warning}StreamDeploy was not told of $status: $(line "$answer")" ;;
  esac
  exit 0
)
streamdeploy "${1:-SUCCEEDED}"
