"""Logs: one JSON object per line on stderr, never the text that people asked to be spoken."""

import logging
import sys
import traceback

import structlog

Logger = structlog.typing.FilteringBoundLogger


def configure_logging(level: str) -> None:
    """Send our own and the libraries' lines through one JSON renderer, at `level` and above."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak up only when something is wrong: at `info` engine.io would log every packet.
    root.setLevel(max(number, logging.WARNING))


def get_logger(name: str) -> Logger:
    """Give the logger of one module."""
    logger: Logger = structlog.get_logger(module=name)
    return logger


def frames_of(error: BaseException) -> list[str]:
    """Where an exception came from, innermost last, without its message: that may quote what somebody said."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
