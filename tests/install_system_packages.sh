#!/bin/sh
# Installs what the tests drive for real (redis-server, Chromium, strace) through the system's package manager, where it may.
# Changes nothing when they are there. Without the right to install, or without a known package manager, it says so and
# ends well: the tests that need the missing program are then skipped with the reason, and fail under CI=true.
set -u

missing=""
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        echo "Not installed, and no right to install:$missing. Tests that need them are skipped."
        exit 0
    fi
fi

if command -v apt-get >/dev/null 2>&1; then
    # Debian's package starts a server of its own on the usual port; the tests bring theirs, so it is told not to.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
elif command -v dnf >/dev/null 2>&1; then
    $as_root dnf install -y -q $(echo "$missing" | sed 's/redis-server/redis/')
elif command -v apk >/dev/null 2>&1; then
    $as_root apk add -q $(echo "$missing" | sed 's/redis-server/redis/')
else
    echo "Not installed, and no known package manager:$missing. Tests that need them are skipped."
    exit 0
fi || echo "Could not install:$missing. Tests that need them are skipped."
exit 0
