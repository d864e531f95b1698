#!/usr/bin/env bash
# Gives tests the programs of others that our files are held against: dciodvfy (Debian's dicom3tools).
# Without them those tests are skipped: not every machine has apt-get, or may install with it.
set -euo pipefail

command -v dciodvfy >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
  echo "dciodvfy was not found, and cannot be installed without apt-get: tests that need it are skipped."
  exit 0
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
echo "Installing dicom3tools, which checks DICOM files, for the tests."
"${as_root[@]}" apt-get update -qq &&
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dicom3tools >/dev/null ||
  echo "dicom3tools could not be installed: tests that need it are skipped."
