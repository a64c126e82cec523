"""The count pyramid: how many published pins lie in each cell of each level, and what has changed since it was folded.

Triggers on proposals and promises write the changes (migration 0001), whatever wrote the rows; `geodata.pyramid` folds
and reads. Sums are of whole centimetres, so that they stay exact however often pins come and go.
"""

from django.db import models


class Counted(models.Model):
    """`n` pins of one `facet` (`kind/stage/taken up`), their sums of x and y in Mercator centimetres."""

    cell = models.BigIntegerField()
    facet = models.CharField(max_length=40, db_collation="C")
    n = models.IntegerField()
    taken_up = models.IntegerField()
    x_cm = models.BigIntegerField()
    y_cm = models.BigIntegerField()

    class Meta:
        abstract = True


class PyramidCell(Counted):
    """A cell of `level` bits an axis; the facet "" counts them all."""

    pk = models.CompositePrimaryKey("level", "facet", "cell")
    level = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.level}/{self.cell} {self.facet}: {self.n}"


class PyramidDelta(Counted):
    """A change since the last fold: `n` is 1 for a pin that came, -1 for one that went; `cell` has all its bits."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        indexes = (models.Index(fields=["cell"], name="pyramiddelta_cell"),)

    def __str__(self) -> str:
        return f"{self.cell} {self.facet}: {self.n:+}"
