"""Structured logs: one `snake_case_event` a line, with fields, on standard error.

People at a terminal get colours; anything else gets one JSON object a line.
"""

import logging
import sys
from typing import TextIO, cast

import structlog


def configure(
    *, level: str = "info", as_json: bool | None = None, stream: TextIO | None = None
) -> None:
    """Set up logging once, at the edge (a CLI or service).

    level   debug, info, warning or error
    as_json None: JSON unless the stream is a terminal
    """
    out = stream or sys.stderr
    renderer: structlog.typing.Processor
    if as_json or (as_json is None and not out.isatty()):
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Answer a logger that says where it speaks from."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(module=name))
