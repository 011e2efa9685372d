#!/bin/sh
# Whether a database's password is another than the component was started with: rotated VERSIONS
# Says so by success; any other end is a failure below 255, which systemd takes for "not now".
# Runs under the component's own user, with the right that the component's start needed.
set -u

# A line for each password: its version's id, its secret's ARN. Not there while the component is stopped.
versions=$1
if ! [ -r "$versions" ]; then
    exit 1
fi
while read -r started arn; do
    region=$(echo "$arn" | cut -d : -f 4)
    # The value itself stays within the AWS CLI, which prints what is queried alone.
    current=$(aws secretsmanager get-secret-value --region "$region" --secret-id "$arn" \
        --query VersionId --output text </dev/null) || continue
    if [ "$current" != "$started" ]; then
        echo "envctl: $arn was rotated, the component is restarted"
        exit 0
    fi
done <"$versions"
exit 1
