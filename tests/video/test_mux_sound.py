"""The picture comes out as it went in, packet by packet, with the new sound in place of the old."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from server.errors import DecoderCrashedError, DecoderTimeError, NotAVideoError
from server.video.limits import VideoLimits
from server.video.mux import add_sound
from server.video.reader import VideoClosedError, open_video
from tests.support.clips import make_clip


def beep(seconds: float, at_s: float = 0.2) -> bytes:
    """Silence but for a tone of 50 ms, loudest where it begins."""
    time_s = np.arange(int(seconds * 48_000)) / 48_000
    wave = np.where((time_s >= at_s) & (time_s < at_s + 0.05), np.cos(2 * np.pi * 2000 * (time_s - at_s)), 0.0)
    return np.repeat((wave * 16_000).astype("<i2"), 2).tobytes()


def pieces(sound: bytes, size: int = 19_201) -> Iterator[bytes]:
    for at in range(0, len(sound), size):
        yield sound[at : at + size]


def packets(path: Path) -> list[tuple[int, int, bytes, bool]]:
    """Of the picture: when decoded and shown in microseconds, what is in it, whether it is a key."""
    with av.open(str(path)) as container:
        (stream,) = container.streams.video
        return [
            (round(p.dts * p.time_base * 10**6), round(p.pts * p.time_base * 10**6), bytes(p), p.is_keyframe)
            for p in container.demux(stream)
            if p.size and p.dts is not None and p.pts is not None
        ]


def heard(path: Path) -> tuple[Any, float]:
    """The sound, one channel, on the timeline of the file: sample 0 is at the returned second."""
    with av.open(str(path)) as container:
        (stream,) = container.streams.audio
        assert stream.codec_context.sample_rate == 48_000
        assert stream.codec_context.layout.name == "stereo"
        resampler = av.AudioResampler("fltp", "stereo", 48_000)
        frames = [frame for frame in container.decode(stream)]
        start_s = float(frames[0].pts * frames[0].time_base)
        return np.concatenate([r.to_ndarray()[0] for frame in frames for r in resampler.resample(frame)]), start_s


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "container", "sound_codec"),
    [
        ("a.mp4", "libx264", "yuv420p", "mp4", "aac"),
        ("b.mp4", "libx265", "yuv420p10le", "mp4", "aac"),
        ("c.mp4", "libsvtav1", "yuv420p", "mp4", "aac"),
        ("a.mov", "libx264", "yuv420p", "mov", "aac"),
        ("a.webm", "libvpx-vp9", "yuv420p", "webm", "opus"),
        ("a.mkv", "libx264", "yuv420p", "mkv", "opus"),
    ],
)
def test_the_picture_is_copied_and_the_sound_is_new(
    tmp_path: Path, name: str, codec: str, pixels: str, container: str, sound_codec: str
) -> None:
    source = make_clip(tmp_path / name, codec=codec, pixels=pixels, times_ms=range(0, 1000, 40), sound_s=1.0)
    written = add_sound(source, pieces(beep(1.0)), tmp_path / f"out.{container}")
    assert written.container == container
    assert packets(written.path) == packets(source)
    with open_video(written.path) as video:
        assert video.info.container == container
        assert len(list(video)) == 25
    with av.open(str(written.path)) as opened:
        assert [stream.codec_context.name for stream in opened.streams.audio] == [sound_codec]
        assert opened.duration / av.time_base == pytest.approx(1.0, abs=0.06)
    wave, start_s = heard(written.path)
    assert len(wave) / 48_000 + start_s == pytest.approx(1.0, abs=0.06)
    loud = np.flatnonzero(np.abs(wave) > 0.2)[0] / 48_000 + start_s
    assert loud == pytest.approx(0.2, abs=0.005)


def test_a_gif_becomes_a_webm(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.gif", codec="gif", pixels="rgb8", times_ms=range(0, 1000, 100))
    written = add_sound(source, pieces(beep(1.0)), tmp_path / "out")
    assert (written.container, written.content_type) == ("webm", "video/webm")
    with open_video(source) as before, open_video(written.path) as after:
        for old, new in zip(before, after, strict=True):
            assert new.time_s == pytest.approx(old.time_s)
            assert np.abs(new.grey.astype(int) - old.grey).mean() < 4
    assert len(heard(written.path)[0]) / 48_000 == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_sound_begins_where_the_video_does_even_if_that_is_late(tmp_path: Path, name: str) -> None:
    source = make_clip(tmp_path / name, times_ms=range(5000, 6000, 40))
    written = add_sound(source, pieces(beep(1.0)), tmp_path / f"out{source.suffix}")
    wave, start_s = heard(written.path)
    loud_s = np.flatnonzero(np.abs(wave) > 0.2)[0] / 48_000 + start_s
    assert loud_s - packets(written.path)[0][1] / 10**6 == pytest.approx(0.2, abs=0.005)


def test_the_way_it_is_turned_and_the_shape_of_its_pixels_stay(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", rotation=90, mirrored=True, pixel_aspect=Fraction(3, 2))
    written = add_sound(source, pieces(beep(0.4)), tmp_path / "out.mp4")
    with open_video(source) as before, open_video(written.path) as after:
        assert (before.info.width, before.info.height) == (after.info.width, after.info.height)
        assert all(np.array_equal(old.grey, new.grey) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("tag", ["hvc1", "hev1"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_h265_keeps_the_name_by_which_players_know_it(tmp_path: Path, name: str, tag: str) -> None:
    source = make_clip(tmp_path / name, codec="libx265", tag=tag, times_ms=[0, 40])
    written = add_sound(source, pieces(beep(0.1)), tmp_path / f"out{source.suffix}")
    with av.open(str(written.path)) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_pictures_that_reorder_and_gaps_between_them_stay(tmp_path: Path, name: str) -> None:
    source = make_clip(tmp_path / name, codec="libx265", times_ms=[0, 20, 50, 51, 200, 2000, 2040, 2080, 2120])
    written = add_sound(source, pieces(beep(2.2)), tmp_path / f"out{source.suffix}")
    assert [packet[1:] for packet in packets(written.path)] == [packet[1:] for packet in packets(source)]


def test_no_tag_of_the_old_file_is_carried_on(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", metadata={"title": "holiday at home", "location": "+12.3-045.6/"})
    written = add_sound(source, pieces(beep(0.4)), tmp_path / "out.mp4")
    assert b"holiday" in source.read_bytes()
    assert b"holiday" not in written.path.read_bytes()


def test_the_same_picture_and_sound_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        source = make_clip(tmp_path / name)
        outs = [add_sound(source, pieces(beep(0.4), size), tmp_path / f"{size}.out").path for size in (100, 50_000)]
        assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("seconds", [0.0, 0.1, 3.0])
def test_sound_may_be_shorter_or_longer_than_the_picture(tmp_path: Path, seconds: float) -> None:
    source = make_clip(tmp_path / "a.mp4")
    written = add_sound(source, pieces(beep(seconds)), tmp_path / "out.mp4")
    assert packets(written.path) == packets(source)


def test_the_file_is_private_and_replaces_what_was_there(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "a.mp4"), tmp_path / "out.mp4"
    target.write_bytes(b"old")
    add_sound(source, pieces(beep(0.4)), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["a.mp4", "out.mp4"]


@pytest.mark.media
def test_ffmpeg_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("ffprobe is not installed")
    source = make_clip(tmp_path / "a.mp4", times_ms=range(0, 1000, 40))
    written = add_sound(source, pieces(beep(1.0)), tmp_path / "out.mp4")
    found = subprocess.run(
        [program, "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(written.path)],
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert found.stderr == b""
    streams = json.loads(found.stdout)["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264", "aac"]
    assert streams[0]["nb_read_frames"] == "25"


def nothing_left(folder: Path) -> bool:
    return sorted(os.listdir(folder)) == ["a.mp4"]


def test_what_is_no_video_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(b"hello")
    with pytest.raises(NotAVideoError):
        add_sound(source, pieces(beep(20.0)), tmp_path / "out.mp4")
    assert nothing_left(tmp_path)


def test_sound_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield beep(0.1)
        raise RuntimeError("the log is gone")

    source = make_clip(tmp_path / "a.mp4")
    with pytest.raises(RuntimeError, match="gone"):
        add_sound(source, failing(), tmp_path / "out.mp4")
    assert nothing_left(tmp_path)


def test_one_that_cancels_leaves_no_file(tmp_path: Path) -> None:
    cancel = threading.Event()

    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(19_200)
            cancel.set()

    source = make_clip(tmp_path / "a.mp4")
    with pytest.raises(VideoClosedError):
        add_sound(source, endless(), tmp_path / "out.mp4", cancelled=cancel.is_set)
    assert nothing_left(tmp_path)


def test_sound_without_an_end_is_stopped_by_the_system(tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        noise = np.random.default_rng(1).integers(-(2**15), 2**15, 480_000, np.int16).tobytes()
        while True:
            yield noise

    source = make_clip(tmp_path / "a.mp4")
    with pytest.raises(DecoderTimeError):
        add_sound(source, endless(), tmp_path / "out.mp4", VideoLimits(cpu_base_s=1, cpu_per_second=0))
    assert nothing_left(tmp_path)


def test_a_writer_that_dies_leaves_no_file(tmp_path: Path, children: Callable[[], list[int]]) -> None:
    def deadly() -> Iterator[bytes]:
        yield bytes(19_200)
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        while Path(f"/proc/{child}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.01)
        yield bytes(19_200)

    source = make_clip(tmp_path / "a.mp4")
    with pytest.raises(DecoderCrashedError):
        add_sound(source, deadly(), tmp_path / "out.mp4")
    assert nothing_left(tmp_path)


def test_a_writer_whose_server_dies_takes_its_file_with_it(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4")
    program = (
        "import os, sys, time; from pathlib import Path; from server.video.mux import add_sound\n"
        "def sound():\n"
        "    yield bytes(192_000)\n"
        "    os.write(1, b'x')\n"
        "    time.sleep(60)\n"
        "add_sound(sys.argv[1], sound(), Path(sys.argv[2]))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "out.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as server:
        assert server.stdout is not None
        assert server.stdout.read(1) == b"x"
        assert not nothing_left(tmp_path)
        server.kill()
    for _ in range(200):
        if nothing_left(tmp_path):
            break
        time.sleep(0.05)
    assert nothing_left(tmp_path)
