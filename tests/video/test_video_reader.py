"""Every video that people send becomes the same small pictures, at the times at which they are shown."""

import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.video.info import SOUND_ALREADY_THERE, VideoEnd, VideoInfo
from server.video.picture import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH, Picture
from server.video.reader import VideoClosedError, open_video
from tests.support.clips import Image, make_clip


def read(path: Path) -> tuple[VideoInfo, list[Picture], VideoEnd]:
    with open_video(path) as video:
        pictures = list(video)
        assert video.end is not None
        return video.info, pictures, video.end


def white_corner(grey: Any) -> str:
    """Where the one bright quarter is."""
    top, left = GREY_HEIGHT // 4, GREY_WIDTH // 4
    places = {"top left": (top, left), "top right": (top, -left), "bottom left": (-top, left), "": (-top, -left)}
    return max(places, key=lambda place: int(grey[places[place]])) or "bottom right"


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "known_as"),
    [
        ("a.mp4", "libx264", "yuv420p", ("mp4", "h264")),
        ("a.mov", "libx264", "yuv422p", ("mov", "h264")),
        ("a.mkv", "libx265", "yuv420p10le", ("mkv", "hevc")),
        ("a.webm", "libvpx-vp9", "yuva420p", ("webm", "vp9")),
        ("b.webm", "libvpx", "yuv420p", ("webm", "vp8")),
        ("b.mp4", "libsvtav1", "yuv420p10le", ("mp4", "av1")),
        ("a.gif", "gif", "rgb8", ("gif", "gif")),
    ],
)
def test_every_container_and_codec_is_read(
    tmp_path: Path, name: str, codec: str, pixels: str, known_as: tuple[str, str]
) -> None:
    info, pictures, end = read(make_clip(tmp_path / name, codec=codec, pixels=pixels))
    assert (info.container, info.codec) == known_as
    assert (info.width, info.height, info.has_sound, info.warnings) == (64, 48, False, ())
    assert [picture.time_s for picture in pictures] == pytest.approx([number * 0.04 for number in range(10)])
    assert (end.duration_s, end.n_pictures) == (pytest.approx(0.38, abs=0.021), 10)
    assert {white_corner(picture.grey) for picture in pictures} == {"top left"}
    assert pictures[0].grey.shape == (GREY_HEIGHT, GREY_WIDTH)
    assert pictures[0].grey[20, 20] > 245
    assert pictures[0].grey[-20, -20] < 10


@pytest.mark.parametrize(
    ("name", "codec", "pixels"), [("a.mp4", "libx264", "yuv444p"), ("a.webm", "libvpx-vp9", "yuv420p")]
)
def test_odd_sizes_are_read(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    info, pictures, _ = read(make_clip(tmp_path / name, codec=codec, pixels=pixels, size=(63, 47), times_ms=[0, 40]))
    assert (info.width, info.height, len(pictures)) == (63, 47, 2)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    # One pixel, transparent, black if it were not (GIF89a, 23: the graphic control extension).
    path.write_bytes(
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00"
        b"!\xf9\x04\x01\x0a\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )
    _, pictures, _ = read(path)
    assert pictures[0].grey.min() == 255


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_variable_frame_rates_keep_their_own_times(tmp_path: Path, name: str) -> None:
    _, pictures, end = read(make_clip(tmp_path / name, times_ms=[0, 20, 50, 200, 2000]))
    assert [picture.time_s for picture in pictures] == pytest.approx([0, 0.02, 0.05, 0.2, 2.0], abs=1e-3)
    assert end.duration_s == pytest.approx(2.02, abs=0.021)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_video_that_starts_late_starts_at_nought(tmp_path: Path, name: str) -> None:
    _, pictures, _ = read(make_clip(tmp_path / name, times_ms=[5000, 5040, 5080]))
    assert [picture.time_s for picture in pictures] == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_picture_that_starts_after_the_sound_keeps_its_distance(tmp_path: Path, name: str) -> None:
    info, pictures, _ = read(make_clip(tmp_path / name, times_ms=[500, 540, 580], sound_s=0.6))
    assert pictures[0].time_s == pytest.approx(0.5, abs=0.03)
    assert info.has_sound
    assert info.warnings == (SOUND_ALREADY_THERE,)


def test_a_thousand_pictures_a_second_are_thinned_by_their_times(tmp_path: Path) -> None:
    _, pictures, end = read(make_clip(tmp_path / "a.mp4", times_ms=range(300)))
    assert 17 <= len(pictures) <= 19
    assert end.duration_s == pytest.approx(0.3, abs=0.041)


@pytest.mark.parametrize(
    ("rotation", "mirrored", "corner", "size"),
    [
        (0, True, "top right", (64, 48)),
        (90, False, "bottom left", (48, 64)),
        (90, True, "bottom right", (48, 64)),
        (180, False, "bottom right", (64, 48)),
        (180, True, "bottom left", (64, 48)),
        (270, False, "top right", (48, 64)),
        (270, True, "top left", (48, 64)),
    ],
)
def test_pictures_are_turned_the_way_they_are_shown(
    tmp_path: Path, rotation: int, mirrored: bool, corner: str, size: tuple[int, int]
) -> None:
    path = make_clip(tmp_path / "a.mp4", rotation=rotation, mirrored=mirrored, times_ms=[0, 40])
    info, pictures, _ = read(path)
    assert (info.width, info.height) == size
    assert {white_corner(picture.grey) for picture in pictures} == {corner}


def red_middle(_: int, width: int, height: int) -> Image:
    """Blue but for the square in the middle, if pixels are square."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 2] = 255
    side = height // 2
    image[:, width // 2 - side : width // 2 + side] = (255, 0, 0)
    return image


def test_the_colour_picture_is_the_middle_about_once_a_second(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mp4", size=(128, 48), times_ms=range(0, 2200, 100), paint=red_middle, pixels="yuv444p"
    )
    _, pictures, _ = read(path)
    assert [picture.time_s for picture in pictures if picture.colour is not None] == pytest.approx([0, 1, 2])
    colour = pictures[0].colour
    assert colour is not None
    assert colour.shape == (COLOUR_SIZE, COLOUR_SIZE, 3)
    assert colour[:, 8:-8, 0].min() > 200
    assert colour[:, 8:-8, 2].max() < 60


def test_pixels_that_are_not_square_are_shown_as_wide_as_they_are(tmp_path: Path) -> None:
    info, pictures, _ = read(
        make_clip(
            tmp_path / "a.mp4",
            size=(64, 48),
            pixel_aspect=Fraction(2),
            paint=red_middle,
            pixels="yuv444p",
            times_ms=[0, 40],
        )
    )
    assert (info.width, info.height) == (128, 48)
    colour = pictures[0].colour
    assert colour is not None
    # The square of 48 lines is now 24 stored pixels wide, all of them red.
    assert colour[:, 8:-8, 0].min() > 200


def test_pictures_cannot_be_written_to(tmp_path: Path) -> None:
    _, pictures, _ = read(make_clip(tmp_path / "a.mp4", times_ms=[0]))
    assert not pictures[0].grey.flags.writeable


def test_the_end_is_the_end_however_often_one_asks(tmp_path: Path) -> None:
    with open_video(make_clip(tmp_path / "a.mp4", times_ms=[0, 40])) as video:
        assert len(list(video)) == 2
        assert list(video) == []


def test_a_reader_can_be_closed_while_another_thread_waits_for_it(tmp_path: Path, stopped: Any) -> None:
    video = open_video(make_clip(tmp_path / "a.mp4", times_ms=range(0, 40_000, 40)))
    stopped(video)
    closing = threading.Timer(0.05, video.close)
    closing.start()
    with pytest.raises(VideoClosedError):
        list(video)
    closing.join()
    with pytest.raises(VideoClosedError):
        next(video)


def test_a_wait_ends_when_its_caller_cancels(tmp_path: Path, stopped: Any) -> None:
    cancel = threading.Event()
    path = make_clip(tmp_path / "a.mp4", times_ms=range(0, 40_000, 40))
    with open_video(path, cancelled=cancel.is_set) as video:
        stopped(video)
        cancel.set()
        with pytest.raises(VideoClosedError):
            list(video)


def test_a_cancelled_opening_leaves_no_child(tmp_path: Path) -> None:
    with pytest.raises(VideoClosedError):
        open_video(make_clip(tmp_path / "a.mp4"), cancelled=lambda: True)


def test_a_file_that_is_not_there_is_no_fault_of_the_videos(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_video(tmp_path / "none.mp4")


def test_the_child_stops_decoding_while_nobody_takes_its_pictures(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size=(320, 240), times_ms=range(0, 60_000, 40))
    with open_video(path) as video:
        next(video)
        used = [cpu_ticks(video.process_id)]
        while len(used) < 3 or used[-1] != used[-3]:
            time.sleep(0.05)
            used.append(cpu_ticks(video.process_id))
            assert len(used) < 100
        assert next(video).time_s == pytest.approx(0.04)


def cpu_ticks(process_id: int) -> int:
    """User and system time (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process_id}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_a_film_is_read_whole() -> None:
    info, pictures, end = read(Path(__file__).parents[1] / "data" / "big_buck_bunny.mp4")
    assert info == VideoInfo("mp4", "h264", 1280, 720, 25.0, pytest.approx(5.28), has_sound=False)
    assert end == VideoEnd(pytest.approx(5.28), 132)
    assert [picture.time_s for picture in pictures] == pytest.approx([number / 25 for number in range(132)])
    colours = [picture.colour for picture in pictures if picture.colour is not None]
    assert len(colours) == 6
    # Of a meadow at noon, mostly green.
    assert all(colour[:, :, 1].mean() > colour[:, :, 2].mean() for colour in colours)
