"""What is said beside an arrival, in Spanish and English: what stands behind it, or why none."""

from datetime import date, datetime
from typing import NamedTuple


class Note(NamedTuple):
    """One remark in both languages."""

    es: str
    en: str

    def then(self, other: "Note | None") -> "Note":
        """This remark and another one."""
        return self if other is None else Note(f"{self.es} {other.es}", f"{self.en} {other.en}")


def behind_it(runs: int) -> Note:
    """How many earlier runs an arrival is reckoned from."""
    if runs == 0:
        return Note(
            "Sin recorridos anteriores: es una estimación por la velocidad usual, con margen "
            "amplio.",
            "No earlier runs: a guess from the usual pace, with a wide range.",
        )
    return Note(
        f"Según {runs} {'recorrido anterior' if runs == 1 else 'recorridos anteriores'}; "
        "el margen se cumple unas 8 de cada 10 veces.",
        f"From {runs} earlier {'run' if runs == 1 else 'runs'}; "
        "the range holds about 8 times in 10.",
    )


def partly(done: int, asked: int) -> Note | None:
    """Some of several blocks are done."""
    if not 0 < done < asked:
        return None
    return Note(
        f"Ya pasó por {done} de {asked} cuadras.", f"It has passed {done} of {asked} blocks."
    )


def passed(at: datetime, *, served: bool) -> Note:
    """It was here, at a local time."""
    if served:
        return Note(f"Ya pasó, a las {at:%H:%M}.", f"It has passed, at {at:%H:%M}.")
    return Note(
        f"Pasó a las {at:%H:%M} demasiado rápido para dar servicio.",
        f"It passed at {at:%H:%M}, too fast to serve.",
    )


def silent(since: datetime | None) -> Note:
    """Nothing was heard of the truck, since a local time."""
    if since is None:
        return Note("El camión no ha transmitido.", "The truck has sent nothing.")
    return Note(
        f"El camión no transmite desde el {since:%d/%m a las %H:%M}.",
        f"The truck has been silent since {since:%Y-%m-%d %H:%M}.",
    )


def skipped() -> Note:
    """It is farther on already."""
    return Note(
        "El camión va más adelante y no ha pasado por aquí; no se sabe si volverá.",
        "The truck is farther on and has not been here; whether it comes back is not known.",
    )


def ended() -> Note:
    """The run is over."""
    return Note(
        "El recorrido terminó y no consta que haya pasado.",
        "The run is over, and nothing shows that it passed.",
    )


def no_run(next_day: date | None, *, today: bool) -> Note:
    """Nobody drives it now.

    next_day  when its calendar has it next
    today     whether that is today: a run should be there, and is not
    """
    if today:
        return Note(
            "Hoy toca este recorrido, pero ningún camión lo lleva.",
            "This route is due today, but no truck drives it.",
        )
    if next_day is None:
        return Note("Esta ruta no se recorre.", "This route is not driven.")
    return Note(
        f"Hoy no se recorre; la próxima vez es el {next_day:%d/%m/%Y}.",
        f"It is not driven today; the next time is {next_day}.",
    )
