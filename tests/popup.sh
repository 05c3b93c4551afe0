#!/bin/sh
# Shows a real popup: runs a command that sends one (default: the demo) in a virtual screen with dunst, takes a picture of it, and clicks it.
#
#   tests/popup.sh [--to PICTURE] [--popups N] [COMMAND…]      default: --to docs/popup.png --popups 2 target/release/orbat demo
#
# The picture is taken after the N-th popup; of the demo the first only sums up.
# Fails with a sentence where a program is missing, no popup appears, the picture is empty, or the command fails. Leaves nothing behind but
# the picture. On Debian: apt-get install --no-install-recommends xvfb dunst dbus imagemagick xdotool fonts-dejavu-core
set -eu

WAIT_FOR_POPUP=40 # seconds
WAIT_FOR_REST=3   # seconds in which further popups may join the first
WAIT_FOR_CLICK=5  # seconds

fail() {
    echo "popup.sh: $1" >&2
    exit 1
}

picture=docs/popup.png
popups=2
while [ $# -gt 0 ]; do
    case $1 in
    --to) picture=${2:?--to needs a file} ;;
    --popups) popups=${2:?--popups needs a number} ;;
    *) break ;;
    esac
    shift 2
done
[ $# -gt 0 ] || set -- target/release/orbat demo
command -v "$1" >/dev/null || fail "$1 is not there: build it first (cargo build --release)"
for tool in Xvfb dunst dbus-daemon dbus-monitor dbus-send import convert identify xdotool; do
    command -v "$tool" >/dev/null || fail "$tool is not installed (apt-get install xvfb dunst dbus imagemagick xdotool)"
done

dir=$(mktemp -d)
pids=
cleanup() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in $pids; do
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# until_true SECONDS COMMAND…
until_true() {
    tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

export HOME="$dir" XDG_RUNTIME_DIR="$dir"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME WAYLAND_DISPLAY
mkdir -p "$dir/.config/dunst"
cat >"$dir/.config/dunst/dunstrc" <<'END'
[global]
    width = 560
    height = 300
    origin = top-right
    offset = 12x12
    font = DejaVu Sans 12
    markup = full
    format = "<b>%s</b>\n%b"
    word_wrap = yes
    notification_limit = 4
    icon_position = off
    show_indicators = no
    mouse_left_click = do_action, close_current
END

# A bus that starts nobody by itself: with service files another notification server might win.
cat >"$dir/bus.conf" <<END
<busconfig><type>session</type><listen>unix:tmpdir=$dir</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
END

Xvfb -displayfd 3 -screen 0 900x600x24 -nolisten tcp 3>"$dir/display" 2>"$dir/xvfb.log" &
pids="$! $pids"
until_true 10 test -s "$dir/display" || fail "Xvfb did not start: $(cat "$dir/xvfb.log")"
DISPLAY=:$(cat "$dir/display")
export DISPLAY

dbus-daemon --config-file="$dir/bus.conf" --nofork --print-address=3 3>"$dir/address" 2>"$dir/bus.log" &
pids="$! $pids"
until_true 10 test -s "$dir/address" || fail "dbus-daemon did not start: $(cat "$dir/bus.log")"
DBUS_SESSION_BUS_ADDRESS=$(cat "$dir/address")
export DBUS_SESSION_BUS_ADDRESS

dbus-monitor --session "interface='org.freedesktop.Notifications'" >"$dir/monitor.log" 2>&1 &
pids="$! $pids"
dunst >"$dir/dunst.log" 2>&1 &
pids="$! $pids"
listening() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.Notifications | grep -q 'boolean true'
}
until_true 10 listening || fail "dunst did not start: $(cat "$dir/dunst.log")"

"$@" &
command=$!
pids="$command $pids"
told() { [ "$(grep -c 'member=Notify$' "$dir/monitor.log")" -ge "$popups" ]; }
told_or_over() { told || ! kill -0 "$command" 2>/dev/null; }
until_true $WAIT_FOR_POPUP told_or_over || true
told || fail "fewer than $popups popups appeared (the command was given $WAIT_FOR_POPUP s): $*"
grep -q 'string "orbat"' "$dir/monitor.log" || fail "the popup is not by orbat: $(cat "$dir/monitor.log")"
sleep $WAIT_FOR_REST

import -window root "$dir/screen.png"
# An empty screen has one colour; text and frame have many.
colours=$(identify -format '%k' "$dir/screen.png")
[ "$colours" -gt 8 ] || fail "the screen is empty ($colours colours): $(cat "$dir/dunst.log")"
mkdir -p "$(dirname "$picture")"
convert "$dir/screen.png" -trim +repage -bordercolor black -border 12 "$picture"

xdotool mousemove 700 60 click 1
until_true $WAIT_FOR_CLICK grep -q 'member=ActionInvoked$' "$dir/monitor.log" || fail "a click on the popup did not come back as an action"

wait "$command" || fail "the command failed (exit code $?): $*"
echo "popup.sh: $(grep -c 'member=Notify$' "$dir/monitor.log") calls of Notify, picture in $picture"
