"""Our stages in the words of other systems: Open311's two, CitySDK's detailed ones, and the history of 6Aika."""

from dataclasses import dataclass

from proposals.models import Status


@dataclass(frozen=True)
class Told:
    """One stage as other systems know it."""

    status: str  # GeoReport v2: open or closed
    detailed_status: str  # CitySDK
    history: str  # 6Aika: received, allocated, handling or done


TOLD: dict[str, Told] = {
    Status.OPEN: Told("open", "RECEIVED", "received"),
    Status.TAKEN_UP: Told("open", "IN_PROCESS", "allocated"),
    Status.IN_PROGRESS: Told("open", "IN_PROCESS", "handling"),
    Status.DELIVERED: Told("open", "IN_PROCESS", "handling"),  # only a claim, so not closed yet
    Status.CONFIRMED: Told("closed", "PROCESSED", "done"),
    Status.CLOSED_UNFIXED: Told("closed", "REJECTED", "done"),
    Status.NOT_PLANNED: Told("closed", "REJECTED", "done"),
    Status.FORWARDED: Told("closed", "REASSIGNED", "done"),
    Status.MERGED: Told("closed", "DUPLICATE", "done"),
    Status.OUTDATED: Told("closed", "ARCHIVED", "done"),
}
OPEN, CLOSED = "open", "closed"


def stages_of(status: str) -> list[str]:
    """Our stages that GeoReport calls `status` ("open" or "closed")."""
    return [stage for stage, told in TOLD.items() if told.status == status]
