"""A place in words follows the services and areas around it."""

from pathlib import Path

from geodata.imports import import_service_locations
from proposals.models import Proposal
from tests import toytown as toy
from tests.proposals.rows import sent
from tests.toytown import Toytown


def test_a_place_is_told_anew_when_the_services_change(toytown: Toytown, tmp_path: Path) -> None:
    proposal = sent()
    header = "id,name_fi,category,lon,lat"
    near = tmp_path / "new.csv"
    near.write_text(f"{header}\nn1,Lelukauppa,shop,24.81,60.1745\n", encoding="utf-8")
    import_service_locations(toy.write_services(tmp_path / "toytown.csv"))
    import_service_locations(near)
    proposal.refresh_from_db()
    assert proposal.landmark is not None
    near.write_text(f"{header}\nn2,Muualla,shop,24.83,60.1851\n", encoding="utf-8")
    version = proposal.version
    import_service_locations(near)
    proposal.refresh_from_db()
    assert "Lelukauppa" not in str(proposal.landmark)
    assert proposal.version == version


def test_what_is_told_by_its_area_alone_gets_no_landmark(toytown: Toytown, tmp_path: Path) -> None:
    proposal = sent()
    Proposal.objects.filter(pk=proposal.pk).update(place_precision="area", landmark=None)
    near = tmp_path / "new.csv"
    near.write_text("id,name_fi,category,lon,lat\nn1,Lelukauppa,shop,24.81,60.1745\n", encoding="utf-8")
    import_service_locations(near)
    proposal.refresh_from_db()
    assert proposal.landmark is None
