#!/bin/sh
# Save speech with curl: examples/speak.sh "Hello." hello.mp3 [URL]
# The file's ending is the format: mp3, opus, aac, flac, wav, or pcm (raw s16le, 24 kHz, mono). A key goes in $API_KEY.
set -eu
text=${1:?'say what to speak: examples/speak.sh "Hello." hello.mp3'}
file=${2:?'say where to: examples/speak.sh "Hello." hello.mp3'}
url=${3:-http://127.0.0.1:8000}

escaped=$(printf '%s' "$text" | tr '\n\r\t' '   ' | sed 's/\\/\\\\/g; s/"/\\"/g')
if ! printf '{"model": "wildtrack", "input": "%s", "response_format": "%s"}' "$escaped" "${file##*.}" |
    curl --silent --show-error --no-buffer --fail-with-body --output "$file" --data-binary @- \
        --header 'Content-Type: application/json' ${API_KEY:+--oauth2-bearer "$API_KEY"} "$url/v1/audio/speech"; then
    cat "$file" >&2 # the server says in words what was wrong
    rm -f "$file"
    exit 1
fi
