#!/usr/bin/env bash
# Gives the end-to-end tests a Chromium: an installed one, else the distribution's, else Playwright's own.
set -euo pipefail

for name in "${FEWSHOT_SAM_TEST_BROWSER:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$name" ] && command -v "$name" >/dev/null; then exit 0; fi
done

install_with_apt() {
  command -v apt-get >/dev/null || return 1
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
}

echo "No Chromium found; installing one for the end-to-end tests."
install_with_apt || "${PYTHON:-python3}" -m playwright install chromium
