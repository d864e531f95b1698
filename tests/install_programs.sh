#!/usr/bin/env bash
# Gives tests the programs of others that our files are held against: dciodvfy (Debian's dicom3tools), and the
# archive Orthanc with its plug-in for DICOMweb. Without them those tests are skipped: not every machine has
# apt-get, or may install with it.
set -euo pipefail

packages=()
command -v dciodvfy >/dev/null || packages+=(dicom3tools)
plugin="$(compgen -G "/usr/lib/orthanc/libOrthancDicomWeb.so*" || compgen -G "/usr/share/orthanc/plugins/libOrthancDicomWeb.so*" || true)"
command -v Orthanc >/dev/null && [ -n "$plugin" ] || packages+=(orthanc orthanc-dicomweb)
[ ${#packages[@]} = 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "${packages[*]} were not found, and cannot be installed without apt-get: tests that need them are skipped."
  exit 0
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
echo "Installing ${packages[*]} for the tests, which our files are held against."
"${as_root[@]}" apt-get update -qq || true
for package in "${packages[@]}"; do
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
    echo "$package could not be installed: tests that need it are skipped."
done
# Debian starts Orthanc as a service, on ports of its own; tests start one of theirs.
case "${packages[*]}" in *orthanc*) "${as_root[@]}" service orthanc stop &>/dev/null || true ;; esac
