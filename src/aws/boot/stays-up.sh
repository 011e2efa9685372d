#!/bin/sh
# Whether a component stays up on a new instance: stays-up UNIT
# Nothing asks this component for its health, so its group takes the instance for well whatever the process does. Where that
# fails the instance is turned off: its group replaces it, and a roll goes on to no other as long as none stays up.
# Runs as root, once on an instance.
set -eu

unit=$1
looks=30
while [ "$looks" -gt 0 ]; do
    # Of its last run. A failed one shows for the five seconds until the next begins.
    result=$(systemctl show --property Result --value "$unit")
    if [ "$result" != success ]; then
        echo "envctl: $unit does not stay up ($result), so this instance is turned off, to be replaced"
        exec systemctl poweroff
    fi
    looks=$((looks - 1))
    sleep 2
done
systemctl disable --quiet "envctl-stays-up@${unit%.service}.timer"
