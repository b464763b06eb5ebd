#!/bin/sh
# Make sound for a video with curl: examples/foley.sh walk.mp4 "footsteps on gravel" walk.mp3 [URL]
# The file's ending is the format: wav, mp3, aac or flac; mp4, mov, webm or mkv give the video with its new sound.
set -eu
video=${1:?'name a video: examples/foley.sh walk.mp4 "footsteps on gravel" walk.mp3'}
description=${2?'say what it is, or "": examples/foley.sh walk.mp4 "footsteps on gravel" walk.mp3'}
file=${3:?'say where to: examples/foley.sh walk.mp4 "footsteps on gravel" walk.mp3'}
url=${4:-http://127.0.0.1:8000}

ask() {
    curl --silent --show-error --no-buffer --fail-with-body ${API_KEY:+--oauth2-bearer "$API_KEY"} "$@"
}
field() { # of the flat JSON in $task
    printf '%s' "$task" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"
}
task=$(ask --form "video=@$video" --form-string "description=$description" "$url/start-generation/") ||
    { printf '%s\n' "$task" >&2 && exit 1; }
of_task="$url/v1/video/foley/$(field task_id)"
token="X-Task-Token: $(field token)"
case ${file##*.} in
wav | mp3 | aac | flac) path="audio?format=${file##*.}" ;;
*)
    ask --header "$token" --output /dev/null "$of_task/audio" # which ends when it is done
    path=video
    ;;
esac
if ! ask --header "$token" --output "$file" "$of_task/$path"; then
    cat "$file" >&2 # the server says in words what was wrong
    rm -f "$file"
    exit 1
fi
