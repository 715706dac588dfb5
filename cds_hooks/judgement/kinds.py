"""Every kind of condition that a protocol file may write, by its keyword."""

from __future__ import annotations

from cds_hooks.judgement.predicates.again import WrittenAgain
from cds_hooks.judgement.predicates.age_table import WrittenAgeTable
from cds_hooks.judgement.predicates.before_start import DrawnBeforeStart, DrawnOnTreatment
from cds_hooks.judgement.predicates.before_treatment import WrittenBeforeTreatment
from cds_hooks.judgement.predicates.calculated import WrittenCalculated
from cds_hooks.judgement.predicates.change import WrittenChange
from cds_hooks.judgement.predicates.circumstances import (
    AgeAtLeast,
    AgeBelow,
    GivenAs,
    ProfileAsked,
    ProfileIs,
    TreatedFor,
)
from cds_hooks.judgement.predicates.counted import WrittenCounted
from cds_hooks.judgement.predicates.cycle import CycleDay, LastPeriod
from cds_hooks.judgement.predicates.daily_dose import WrittenDailyDose
from cds_hooks.judgement.predicates.dose_ratio import DoseRatio
from cds_hooks.judgement.predicates.draw_times import DrawnAt, Mistimed
from cds_hooks.judgement.predicates.fasting import NotFasting
from cds_hooks.judgement.predicates.fraction import WrittenFraction
from cds_hooks.judgement.predicates.goals import HasGoal
from cds_hooks.judgement.predicates.hours import WrittenDrawnBetween
from cds_hooks.judgement.predicates.illness import DrawnDuringIllness
from cds_hooks.judgement.predicates.implausible import WrittenImplausible
from cds_hooks.judgement.predicates.latest import WrittenLatest
from cds_hooks.judgement.predicates.mean import WrittenMean
from cds_hooks.judgement.predicates.measured import WrittenMeasured
from cds_hooks.judgement.predicates.mislabelled import WrittenReadsLike
from cds_hooks.judgement.predicates.missing import Missing
from cds_hooks.judgement.predicates.mixed_methods import MixedMethods
from cds_hooks.judgement.predicates.nadir import WrittenAboveNadir
from cds_hooks.judgement.predicates.not_listed import NotRecorded, NotTaking
from cds_hooks.judgement.predicates.organs import AnatomyAssumed, HasAnatomy, HasOrgan, LacksOrgan
from cds_hooks.judgement.predicates.predicate import Kinds
from cds_hooks.judgement.predicates.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.projected import WrittenProjected
from cds_hooks.judgement.predicates.ratio import WrittenRatio
from cds_hooks.judgement.predicates.recorded import Recorded
from cds_hooks.judgement.predicates.reported import ReportedIn
from cds_hooks.judgement.predicates.rise import WrittenRise
from cds_hooks.judgement.predicates.sds import WrittenSds
from cds_hooks.judgement.predicates.since_change import DrawnSinceChange
from cds_hooks.judgement.predicates.since_dose import DrawnAfterDose
from cds_hooks.judgement.predicates.since_start import DrawnSinceStart
from cds_hooks.judgement.predicates.started import Started
from cds_hooks.judgement.predicates.stated import StatedLongAgo
from cds_hooks.judgement.predicates.taking import Planned, Stopped, Taking
from cds_hooks.judgement.predicates.target import WrittenTarget
from cds_hooks.judgement.predicates.true_change import TrueChange
from cds_hooks.judgement.predicates.unread import Noted, Unusable
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs

KINDS: Kinds = {
    kind.keyword: kind
    for kind in (
        *(WrittenLatest, WrittenRise, Missing, Taking, GivenAs, TreatedFor, Recorded, HasOrgan, ProfileIs, AgeAtLeast),
        *(LacksOrgan, Unusable, WrittenImplausible, WrittenReadsLike, Noted, Mistimed, DrawnAt, VisitIs, RepeatMissed),
        *(Planned, Stopped, HasAnatomy, AnatomyAssumed, AgeBelow),
        *(WrittenMeasured, WrittenCalculated, HasGoal, WrittenCounted, WrittenDrawnBetween, WrittenChange),
        *(ProfileAsked, NotTaking, NotRecorded, ReportedIn, WrittenBeforeTreatment),
        *(WrittenAboveNadir, WrittenAgain, WrittenProjected, MixedMethods, WrittenDailyDose),
        *(WrittenPregnant, LastPeriod, CycleDay, DrawnBeforeStart),
        *(DrawnSinceChange, DrawnAfterDose, DrawnDuringIllness, NotFasting, DoseRatio),
        *(WrittenTarget, WrittenFraction, WrittenSds, WrittenAgeTable, TrueChange, Started),
        *(WrittenMean, WrittenRatio, DrawnSinceStart, StatedLongAgo, DrawnOnTreatment),
    )
}
