"""What is no video, or asks for too much, is refused with its own code; what kills the child harms nobody else."""

import itertools
import os
import random
import resource
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from server.errors import (
    DecoderCrashedError,
    DecoderMemoryError,
    DecoderTimeError,
    NoPictureError,
    NotAVideoError,
    TooManyPixelsError,
    UnsupportedCodecError,
    VideoDamagedError,
    VideoEmptyError,
    VideoTooLargeError,
    VideoTooLongError,
    VideoTruncatedError,
    VideoUnreadableError,
)
from server.video.info import DAMAGED
from server.video.limits import VideoLimits
from server.video.reader import VideoReader, open_video
from tests.support.clips import make_clip, make_sound_file


def refuse(path: Path, kind: type[VideoUnreadableError], limits: VideoLimits | None = None) -> None:
    with pytest.raises(kind) as caught, open_video(path, limits) as video:
        list(video)
    assert type(caught.value) is kind
    assert path.name not in caught.value.message


def gif(width: int, height: int) -> bytes:
    """One whole picture's beginning, of any size, in thirty bytes."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return (
        b"GIF89a" + size + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00" + size + b"\x00\x02\x02D\x01\x00;"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x00" * 4096,
        b"%PDF-1.7\n" + b"x" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    refuse(path, NotAVideoError)


def test_a_wav_is_no_video(tmp_path: Path) -> None:
    refuse(make_sound_file(tmp_path / "a.wav"), NotAVideoError)


def test_no_list_makes_the_decoder_open_a_connection(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.mp4"
        for number, text in enumerate(
            (f"ffconcat version 1.0\nfile '{address}'\n", f"#EXTM3U\n#EXTINF:1,\n{address}\n")
        ):
            path = tmp_path / f"{number}.mp4"
            path.write_text(text)
            refuse(path, NotAVideoError)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_sound_without_a_picture_is_refused(tmp_path: Path) -> None:
    refuse(make_sound_file(tmp_path / "a.m4a"), NoPictureError)


def test_a_codec_that_is_not_read_is_named_unsupported(tmp_path: Path) -> None:
    refuse(make_clip(tmp_path / "a.mp4", codec="mpeg4"), UnsupportedCodecError)


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
def test_an_mp4_that_was_cut_off_is_refused_at_once(tmp_path: Path, options: dict[str, str]) -> None:
    path = make_clip(tmp_path / "a.mp4", size=(160, 120), **options)
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(VideoTruncatedError):
        open_video(path)


def test_an_mkv_that_was_cut_off_says_so_at_its_end(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", times_ms=range(0, 20_000, 100))
    os.truncate(path, path.stat().st_size // 2)
    with open_video(path) as video, pytest.raises(VideoTruncatedError):
        list(video)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_hours_in_a_few_bytes_are_too_long(tmp_path: Path, name: str) -> None:
    options = {"video_track_timescale": "1000"} if name.endswith("mp4") else {}
    path = make_clip(tmp_path / name, times_ms=[0, 200_000_000], **options)
    assert path.stat().st_size < 5000
    refuse(path, VideoTooLongError)


def test_what_does_not_say_how_long_it_is_is_too_long_once_it_is(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", times_ms=range(0, 4000, 100), movflags="empty_moov+frag_keyframe")
    limits = VideoLimits(max_duration_s=3.0)
    refuse(path, VideoTooLongError, limits)


def test_more_pictures_than_allowed_are_too_long(tmp_path: Path) -> None:
    refuse(make_clip(tmp_path / "a.mp4"), VideoTooLongError, VideoLimits(max_frames=9))


def test_a_file_may_be_too_large(tmp_path: Path) -> None:
    refuse(make_clip(tmp_path / "a.mp4"), VideoTooLargeError, VideoLimits(max_bytes=100))


@pytest.fixture(scope="module")
def picture_of_8k(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("8k") / "a.mp4", size=(7680, 4320), times_ms=[0])


def test_8k_has_too_many_pixels(picture_of_8k: Path) -> None:
    refuse(picture_of_8k, TooManyPixelsError)


def test_a_long_thin_picture_has_too_many_pixels(tmp_path: Path) -> None:
    refuse(make_clip(tmp_path / "a.mp4", size=(9000, 16), times_ms=[0]), TooManyPixelsError)


@pytest.mark.parametrize("size", [(8000, 8000), (65535, 65535)])
def test_a_gif_of_many_pixels_in_few_bytes_is_refused_before_it_is_decoded(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(gif(*size))
    refuse(path, TooManyPixelsError)


def test_a_container_that_says_small_where_the_codec_says_8k_is_refused(tmp_path: Path, picture_of_8k: Path) -> None:
    data = bytearray(picture_of_8k.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    assert data[at : at + 4] == b"\x1e\x00\x10\xe0"
    data[at : at + 4] = b"\x00\x40\x00\x40"
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises((TooManyPixelsError, VideoDamagedError, VideoTruncatedError)):
        open_video(path)


def test_a_video_without_a_picture_is_empty(tmp_path: Path) -> None:
    refuse(make_clip(tmp_path / "a.mp4", times_ms=[]), VideoEmptyError)
    refuse(make_clip(tmp_path / "b.mp4", times_ms=[], movflags="empty_moov+frag_keyframe"), VideoEmptyError)


def test_hostile_metadata_is_not_looked_at(tmp_path: Path) -> None:
    metadata = {"title": "\u202e\x01<script>" * 1000, "rotate": "1e999", "a" * 500: "%s%n" * 1000}
    path = make_clip(tmp_path / "a.mkv", metadata=metadata)
    data = path.read_bytes().replace(b"<script>", b"\xff\xfe\xfd\x80ipt>")
    path.write_bytes(data)
    with open_video(path) as video:
        assert len(list(video)) == 10


def test_a_damaged_middle_is_left_out_and_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    path = make_clip(
        tmp_path / "a.mp4",
        paint=lambda number, width, height: noise.integers(0, 256, (height, width, 3), np.uint8),
    )
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    with open_video(path) as video:
        pictures = list(video)
    assert 5 <= len(pictures) <= 10
    assert video.end is not None
    assert video.end.warnings == (DAMAGED,)


def mutated(data: bytes, seed: int) -> bytes:
    """A few bytes changed, a piece gone, or a piece twice."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.choice((1, 4, 30))):
        changed[rng.randrange(len(changed))] = rng.choice((0, 0xFF, rng.randrange(256)))
    at = rng.randrange(len(changed))
    if seed % 3 == 1:
        del changed[at : at + rng.randrange(1, 200)]
    elif seed % 3 == 2:
        changed[at:at] = changed[at : at + rng.randrange(1, 200)]
    return bytes(changed)


def test_whatever_is_done_to_a_file_it_is_read_or_refused(tmp_path: Path) -> None:
    whole = [
        make_clip(tmp_path / name, codec=codec, pixels=pixels, times_ms=range(0, 240, 40)).read_bytes()
        for name, codec, pixels in (
            ("a.mp4", "libx264", "yuv420p"),
            ("b.webm", "libvpx-vp9", "yuv420p"),
            ("c.mkv", "libx265", "yuv420p"),
            ("d.gif", "gif", "rgb8"),
            ("e.mp4", "libsvtav1", "yuv420p"),
        )
    ]

    def outcome(seed: int) -> str:
        path = tmp_path / f"mutated{seed}"
        path.write_bytes(mutated(whole[seed % len(whole)], seed))
        try:
            with open_video(path) as video:
                times = [picture.time_s for picture in video]
        except VideoUnreadableError as error:
            return error.code
        assert all(later > earlier for earlier, later in itertools.pairwise(times))
        return "read"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, range(60)))
    assert outcomes.count("read") >= 20
    # A refusal has its reason: libav itself never died of them.
    assert DecoderCrashedError.code not in outcomes


def endless(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.mp4", times_ms=range(0, 40_000, 40))


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_decoder_that_dies_is_an_error_of_this_video_alone(tmp_path: Path, death: signal.Signals) -> None:
    with open_video(endless(tmp_path)) as video:
        next(video)
        os.kill(video.process_id, death)
        with pytest.raises(DecoderCrashedError):
            list(video)


def test_a_decoder_that_used_up_its_time_says_so(tmp_path: Path) -> None:
    with open_video(endless(tmp_path)) as video:
        next(video)
        os.kill(video.process_id, signal.SIGXCPU)
        with pytest.raises(DecoderTimeError):
            list(video)


def test_a_decoder_that_falls_silent_is_not_waited_for(tmp_path: Path, stopped: Callable[[VideoReader], None]) -> None:
    with open_video(endless(tmp_path), VideoLimits(silence_s=0.3)) as video:
        stopped(video)
        with pytest.raises(DecoderTimeError):
            list(video)


def test_a_decoder_that_wants_too_much_memory_is_refused_it(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size=(3840, 2160), times_ms=[0, 40])
    refuse(path, DecoderMemoryError, VideoLimits(memory_bytes=130 * 2**20))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
def test_the_system_holds_the_child_to_its_limits(tmp_path: Path) -> None:
    with open_video(endless(tmp_path), VideoLimits(cpu_base_s=7, cpu_per_second=2)) as video:
        limits = {
            kind: resource.prlimit(video.process_id, kind)[0]
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        }
        niceness = os.getpriority(os.PRIO_PROCESS, video.process_id)
    assert list(limits.values()) == [2**30, 7 + 2 * 40, 0, 0]
    assert niceness > os.getpriority(os.PRIO_PROCESS, 0)
