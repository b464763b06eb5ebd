"""The program in which espeak-ng runs: a JSON line in for each text, a JSON line out with its phonemes.

espeak-ng is under the GPL (version 3 or later). It is loaded here and nowhere else, in a process of its own that the
server talks to over pipes, and only where somebody has installed it. This file imports nothing of Wildtrack's.

In:  {"voice": "de", "text": "Guten Tag, Welt."}
Out: {"clauses": [["Guten Tag, W", "ɡˈuːtən tˈɑːk"], ["elt.", "vˈɛlt"]]} or {"error": "voice"} where there is no such
voice. A clause is what espeak-ng took for one: what it has read of the text for it, and its phonemes in IPA. It reads a
character or so ahead, so its sign stands shortly before the end. The program ends when its input does.
"""

import ctypes
import json
import signal
import sys

import espeakng_loader

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF_8 = 1
_IPA = 2
_OK = 0
# From espeak-ng's public header, speak_lib.h: AUDIO_OUTPUT_SYNCHRONOUS, espeakINITIALIZE_DONT_EXIT, espeakCHARS_UTF8,
# the bit for IPA of espeak_TextToPhonemes, EE_OK.


def load() -> ctypes.CDLL:
    """Load and start espeak-ng from the package that brings it."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    data = espeakng_loader.get_data_path().encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT) <= 0:
        raise SystemExit("espeak-ng did not start.")
    return library


def clauses(library: ctypes.CDLL, text: str) -> list[tuple[str, str]]:
    """What espeak-ng took for a clause each time, and its phonemes; `text` holds no NUL."""
    encoded = text.encode()
    buffer = ctypes.create_string_buffer(encoded)
    start = ctypes.addressof(buffer)
    rest = ctypes.c_void_p(start)
    found = []
    while rest.value is not None:
        begin = rest.value - start
        phonemes = library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF_8, _IPA) or b""
        end = len(encoded) if rest.value is None else rest.value - start
        found.append((encoded[begin:end].decode(errors="ignore"), phonemes.decode()))
    return found


def main() -> None:
    """Answer line by line."""
    # Ctrl-C in a terminal is the server's to handle; this program ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    library = load()
    voice = ""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer: dict[str, object] = {"error": "voice"}
        if voice != request["voice"]:
            voice = request["voice"] if library.espeak_SetVoiceByName(request["voice"].encode()) == _OK else ""
        if voice:
            answer = {"clauses": clauses(library, request["text"])}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
